package doctor

import (
	"fmt"

	"pilotlight/backend"
	"pilotlight/backend/rule/fit"
)

// machineChecks judges whether this machine can bear the models of the chain.
func machineChecks(f Facts) []backend.Check {
	m := machineOf(sceneOf(f))
	return []backend.Check{
		m.memoryKind(), m.memoryFits(), m.wiredLimit(), m.pressure(), m.swap(), m.singleGPU(), m.disk(), m.sleep(),
	}
}

// machineScene is what the checks of the machine start from.
type machineScene struct {
	*guard
	sample *backend.Sample // never nil
	memory *backend.Memory
	here   []owned // the models of the chain on servers of this machine
}

func machineOf(s *scene) *machineScene {
	m := &machineScene{guard: guardOf(s), sample: s.status.Machine}
	if m.sample == nil {
		m.sample = &backend.Sample{}
	}
	if mem := m.sample.Memory; mem != nil && plausible(mem.TotalBytes) && mem.UsedBytes >= 0 {
		m.memory = mem
	}
	for _, o := range m.own {
		if o.server != nil && o.server.Host == "" {
			m.here = append(m.here, o)
		}
	}
	return m
}

// plausible tells whether a memory's or a disk's size is one, in bytes.
func plausible(n int64) bool { return n > 0 && n < 1<<50 }

// system is what the machine's own software is called in a sentence.
func (m *machineScene) system() string {
	if m.OS == darwin {
		return "macOS"
	}
	return "the system"
}

// noneHere says why no model of this machine is judged; "" where one is.
func (m *machineScene) noneHere() string {
	switch {
	case len(m.here) > 0:
		return ""
	case m.noOwn() != "":
		return m.noOwn()
	}
	return "The chain's models are on other machines."
}

func (m *machineScene) memoryKind() backend.Check {
	d := about("memory_kind", groupMachine, "Where models live")
	total, n := m.gpuMemory()
	switch {
	case m.Unified && m.memory != nil:
		return d.ok("In this machine's RAM, which the GPU shares: %s.", fit.RAM(m.memory.TotalBytes))
	case m.Unified:
		return d.skip("The memory could not be read.")
	case n > 0 && m.memory != nil:
		return d.ok("In the GPU's own memory, %s; what does not fit there goes into RAM, %s, and is slow.", fit.RAM(total), fit.RAM(m.memory.TotalBytes))
	case n > 0:
		return d.ok("In the GPU's own memory: %s.", fit.RAM(total))
	case m.memory == nil:
		return d.skip("Neither the memory nor a GPU could be read.")
	}
	return d.skip("There is no GPU that Pilotlight can read; RAM is %s.", fit.RAM(m.memory.TotalBytes))
}

// gpuMemory adds up what models may take of the GPUs, and counts those that tell.
func (m *machineScene) gpuMemory() (total int64, n int) {
	for _, g := range m.sample.GPUs {
		if most := mostOf(g, m.Unified); plausible(most) {
			total, n = total+most, n+1
		}
	}
	return total, n
}

// mostOf is what models may take of a GPU, in bytes; 0 is not known.
func mostOf(g backend.GPU, unified bool) int64 {
	switch {
	case g.MemoryLimitBytes != nil:
		return *g.MemoryLimitBytes
	case g.MemoryTotalBytes != nil && !unified:
		return *g.MemoryTotalBytes
	}
	return 0
}

// memoryFits judges each model with the context that OpenClaw asks for.
func (m *machineScene) memoryFits() backend.Check {
	d := about("memory_fits", groupMachine, "The models fit into memory")
	if why := m.noneHere(); why != "" {
		return d.skip("%s", why)
	}
	worst, hint := backend.FitUnknown, ""
	var words []string
	for _, o := range m.here {
		fitted := m.Fits[Held{o.server.ID, o.hop.Key}]
		f := fitted.AtConfig
		if f == nil {
			f = fitted.AtLoaded
		}
		if f == nil || f.Verdict == backend.FitUnknown || f.Verdict == "" || !plausible(f.TotalBytes) {
			continue
		}
		words = append(words, m.takes(o, f))
		if graver[f.Verdict] > graver[worst] {
			worst, hint = f.Verdict, m.fitHint(o, fitted)
		}
	}
	switch said := several(unique(words), 3); {
	case len(words) == 0:
		return d.skip("It is not known what the models of the chain take.")
	case worst == backend.TooBig:
		return on("models", mends(d.fail(hint, "%s", said), m.fitFix()))
	case worst == backend.Tight:
		return on("models", mends(d.warn(hint, "%s", said), m.fitFix()))
	default:
		return d.ok("%s", said)
	}
}

var graver = map[backend.Verdict]int{backend.Fits: 1, backend.Tight: 2, backend.TooBig: 3}

// takes tells what a model takes, and of what.
func (m *machineScene) takes(o owned, f *backend.Fit) string {
	s := fmt.Sprintf("%s takes about %s", o.name(), fit.RAM(f.TotalBytes))
	if f.ContextLength != nil {
		s += fmt.Sprintf(" with a context of %s tokens", thousands(*f.ContextLength))
	}
	switch {
	case f.LimitBytes != nil && f.AvailableBytes != nil && *f.AvailableBytes >= 0:
		s += fmt.Sprintf("; of %s%s, %s are free", fit.RAM(*f.LimitBytes), whose(f), fit.RAM(min(*f.AvailableBytes+valueOf(f.ReplacedBytes), *f.LimitBytes)))
	case f.LimitBytes != nil:
		s += fmt.Sprintf(", of %s%s", fit.RAM(*f.LimitBytes), whose(f))
	}
	if f.ReserveBytes != nil && *f.ReserveBytes > 0 {
		s += fmt.Sprintf(", and %s of it stay with %s", fit.RAM(*f.ReserveBytes), m.system())
	}
	if f.SpillBytes != nil && *f.SpillBytes > 0 {
		s += fmt.Sprintf("; %s of it would run from RAM, slowly", fit.RAM(*f.SpillBytes))
	}
	return s + "."
}

func whose(f *backend.Fit) string {
	if f.LimitOf != nil && *f.LimitOf == backend.LimitGPU {
		return " that the GPU may use"
	}
	return " of RAM"
}

func valueOf(n *int64) int64 {
	if n == nil {
		return 0
	}
	return *n
}

func (m *machineScene) fitHint(o owned, f Fitted) string {
	if n := f.FitsUpTo; n != nil && *n >= leastContext {
		return fmt.Sprintf("%s fits with up to %s tokens of context. Lower its contextWindow in OpenClaw's config, close other programs, or use a smaller build.", o.name(), thousands(*n))
	}
	return "Use a smaller build, or one with fewer bits but no less than 4 for a weight, or close other programs: memory that is short is made up for by swapping, which makes each answer crawl."
}

// fitFix has OpenClaw ask for what fits, where the model that does not is the one
// that the set-up is about.
func (m *machineScene) fitFix() backend.Fix {
	if m.server == nil || m.server.Host != "" {
		return backend.Fix{}
	}
	fitted := m.Fits[m.held()]
	f, most := fitted.AtConfig, fitted.FitsUpTo
	if f == nil || graver[f.Verdict] < graver[backend.Tight] || most == nil || f.ContextLength != nil && *most >= *f.ContextLength {
		return backend.Fix{}
	}
	return m.lowerContext(usual(*most))
}

// wiredLimit compares what macOS lets the GPU take with what the models need.
func (m *machineScene) wiredLimit() backend.Check {
	d := about("gpu_share", groupMachine, "The GPU may use enough of the memory")
	switch {
	case m.OS != darwin:
		return d.skip("Only macOS limits it.")
	case !m.Unified || m.memory == nil:
		return d.skip("It is not known how much memory the GPU may use.")
	}
	limit, n := m.gpuMemory()
	if n == 0 {
		return d.skip("It is not known how much memory the GPU may use.")
	}
	total := m.memory.TotalBytes
	if p := valueOf(m.memory.PhysicalBytes); plausible(p) {
		total = p
	}
	share := fmt.Sprintf("The GPU may use %s of %s", fit.RAM(limit), fit.RAM(total))
	need := int64(0)
	for _, o := range m.here {
		if f := m.Fits[Held{o.server.ID, o.hop.Key}].AtConfig; f != nil && plausible(f.TotalBytes) {
			need = max(need, f.TotalBytes)
		}
	}
	most := max(total-fit.Reserve(total), 0)
	switch {
	case need == 0:
		return d.ok("%s.", share)
	case need <= limit:
		return d.ok("%s, and the largest model of the chain takes about %s.", share, fit.RAM(need))
	case need > most:
		return d.warn("Use a smaller build or a shorter context: raising the limit would leave macOS too little.",
			"%s, and the largest model of the chain takes about %s.", share, fit.RAM(need))
	}
	return d.warn(fmt.Sprintf("In Terminal: sudo sysctl iogpu.wired_limit_mb=%d. It holds until the next start, and leaves macOS %s. Pilotlight does not set it.", wiredMB(need, most), fit.RAM(total-wiredMB(need, most)<<20)),
		"%s, and the largest model of the chain takes about %s.", share, fit.RAM(need))
}

// wiredMB is a limit that has room for a load and some more, in MiB.
func wiredMB(need, most int64) int64 {
	const room = 2 << 30
	return min(need+room, most) >> 20
}
