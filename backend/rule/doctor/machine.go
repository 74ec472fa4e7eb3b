package doctor

import (
	"pilotlight/backend"
	"pilotlight/backend/rule/fit"
)

func memory(m backend.MemoryProbe) backend.Check {
	d := about("memory", groupMachine, "Memory")
	if m.Err != nil || m.Memory == nil {
		return d.fail("Send this report to the people who make Pilotlight.", "The memory cannot be read: %v.", m.Err)
	}
	return d.ok("%s of %s used, read by %s.", fit.GB(m.Memory.UsedBytes), fit.GB(m.Memory.TotalBytes), m.Memory.Source)
}

// find gives the value of one name, with ok false where it was not asked for.
func find(all []backend.Sysctl, name string) (backend.Sysctl, bool) {
	for _, s := range all {
		if s.Name == name {
			return s, true
		}
	}
	return backend.Sysctl{}, false
}

func memorySize(p backend.Platform) backend.Check {
	d := about("sysctl_memsize", groupMachine, "hw.memsize")
	s, asked := find(p.Sysctls, "hw.memsize")
	switch {
	case !asked:
		return d.skip("Only macOS has it.")
	case s.Value == nil:
		return d.fail("Send this report to the people who make Pilotlight.", "It cannot be read: %v.", s.Err)
	}
	return d.ok("%s.", fit.GB(int64(*s.Value)))
}

func gpuLimit(p backend.Platform) backend.Check {
	d := about("sysctl_gpu_limit", groupMachine, "iogpu.wired_limit_mb")
	s, asked := find(p.Sysctls, "iogpu.wired_limit_mb")
	switch {
	case !asked:
		return d.skip("Only Macs with Apple silicon have it.")
	case s.Value == nil:
		return d.warn("Pilotlight reckons with the system's usual share instead.", "It cannot be read: %v.", s.Err)
	case *s.Value == 0:
		return d.ok("0: macOS chooses how much memory the GPU may use.")
	}
	return d.ok("The GPU may use %d MB.", *s.Value)
}

func gpu(p backend.Platform) backend.Check {
	d := about("gpu", groupMachine, "GPU")
	switch g := p.GPU; {
	case g.Source != "":
		return d.ok("It can be read through %s.", g.Source)
	case g.Card && p.OS == "linux":
		return d.warn("Install NVIDIA's driver with its tools (nvidia-smi).",
			"There is an NVIDIA card, but %v.", g.Err)
	case p.OS == darwin && g.Err != nil:
		return d.warn("Pilotlight shows no figures of the GPU; the rest works.", "It cannot be read: %v.", g.Err)
	}
	return d.skip("There is none that Pilotlight can read.")
}
