package doctor

import (
	"cmp"
	"encoding/json"
	"fmt"
	"strconv"
	"strings"

	"pilotlight/backend"
	"pilotlight/backend/rule/fit"
)

const (
	// brokenBits and fewBits are the bits for a weight below which a model's answers
	// suffer badly, or begin to.
	brokenBits = 3
	fewBits    = 4
	// smallModel is the count of parameters, in billions, below which a model loses
	// the thread of an agent's work. OpenClaw's own audit (models.small_params of
	// "openclaw security audit") is about something else: it calls all up to 300
	// billion small, and asks for a sandbox.
	smallModel = 8
)

func (s *scene) listed() backend.Check {
	d := about("model_listed", groupSetup, "The server lists the model")
	if why := s.noServer(); why != "" {
		return d.skip("%s", why)
	}
	name := host(s.server)
	switch {
	case s.server.State != backend.ServerUp:
		return d.skip("%s cannot be asked now.", name)
	case s.model == nil && s.server.ListedAt == nil:
		return d.skip("%s has not told its models yet.", name)
	case s.model == nil:
		return on("models", s.notListed(d))
	}
	if r, ok := s.reach(); ok && r.Lists && r.Status == 200 && !lists(r, s.model, s.hop.Model) {
		return mends(d.warn("Load it, or switch on just-in-time loading in LM Studio's Developer tab.",
			"%s has %s, but does not offer it at %s: it lists there only what is loaded.", name, clip(s.key, maxWord), clip(r.URL, 2*maxWord)), s.warmFixes()...)
	}
	return d.ok("%s has %s%s.", name, clip(s.key, maxWord), described(s.model))
}

func (s *scene) notListed(d draft) backend.Check {
	want := s.key
	if s.hop != nil {
		want = s.hop.Model
	}
	hint, near := "Download it there, or choose a model that it has.", ""
	if s.entry != nil {
		if issue := s.issue(s.entry.Path, "not_on_server"); issue != nil && len(issue.Edits) == 1 && json.Unmarshal(issue.Edits[0].Value, &near) == nil && near != "" {
			hint = fmt.Sprintf("Did you mean %s?", clip(near, maxWord))
		}
	}
	return mends(d.fail(hint, "%s has no model %s; it has %s.", host(s.server), clip(want, maxWord), models(s.server)),
		configFix("rename", "Use "+short(near), s.renamed(near)...))
}

func models(srv *backend.Server) string {
	if len(srv.Models) == 0 {
		return "none at all"
	}
	var keys []string
	for i := range srv.Models {
		if srv.Models[i].Type != backend.TypeEmbedding {
			keys = append(keys, clip(srv.Models[i].Key, maxWord))
		}
	}
	return cmp.Or(several(keys, 5), "only embedding models")
}

// lists tells whether an answer names the model, by its key or one of its instances.
func lists(r backend.Reach, m *backend.Model, id string) bool {
	for _, got := range r.Models {
		if strings.EqualFold(got, m.Key) || got == id {
			return true
		}
		for i := range m.Instances {
			if got == m.Instances[i].ID {
				return true
			}
		}
	}
	return false
}

// described is what the metadata tells of a model, in brackets.
func described(m *backend.Model) string {
	var parts []string
	if m.Parameters != "" {
		parts = append(parts, clip(m.Parameters, 20))
	}
	if m.Quantization != "" {
		parts = append(parts, clip(m.Quantization, 20))
	}
	if m.SizeBytes != nil {
		parts = append(parts, fit.GB(*m.SizeBytes))
	}
	if len(parts) == 0 {
		return ""
	}
	return " (" + strings.Join(parts, ", ") + ")"
}

func (s *scene) largest() backend.Check {
	d := about("largest_build", groupSetup, "The largest build downloaded is in use")
	switch why := s.noModel(); {
	case why != "":
		return d.skip("%s", why)
	case s.model.SizeBytes == nil:
		return d.skip("%s does not tell how large %s is.", host(s.server), s.name())
	}
	larger, others := s.larger()
	switch {
	case larger == nil && others == 0:
		return d.ok("%s%s is the only build of it there.", s.name(), described(s.model))
	case larger == nil:
		return d.ok("%s%s is the largest of %d builds there.", s.name(), described(s.model), others+1)
	case larger.Fit != nil && larger.Fit.Verdict == backend.TooBig:
		return d.ok("%s%s is in use; %s%s is there too, but does not fit into memory.", s.name(), described(s.model), clip(larger.Key, maxWord), described(larger))
	}
	return on("models", d.warn(fmt.Sprintf("A larger build of a model makes fewer mistakes. Look in Models whether %s fits, and choose it in Config.", clip(larger.Key, maxWord)),
		"%s%s is in use, though %s%s is downloaded.", clip(s.key, maxWord), described(s.model), clip(larger.Key, maxWord), described(larger)))
}

// larger is the largest build of the same model that is larger than the one in use,
// if there is one, and how many other builds there are. One that is known not to fit
// is taken only where all are.
func (s *scene) larger() (best *backend.Model, others int) {
	family := familyOf(s.model.Key)
	tooBig := func(m *backend.Model) bool { return m.Fit != nil && m.Fit.Verdict == backend.TooBig }
	for i := range s.server.Models {
		m := &s.server.Models[i]
		if m == s.model || m.Key == s.model.Key || !akin(s.model, m, family) {
			continue
		}
		others++
		// A few percent more are another way to count, not another build.
		if m.SizeBytes == nil || float64(*m.SizeBytes) < 1.02*float64(*s.model.SizeBytes) {
			continue
		}
		switch {
		case best == nil, tooBig(best) && !tooBig(m), tooBig(best) == tooBig(m) && *m.SizeBytes > *best.SizeBytes:
			best = m
		}
	}
	return best, others
}

// akin tells whether two are builds of one model: nothing that the server tells of
// them differs, and they have one name.
func akin(a, b *backend.Model, family string) bool {
	if a.Type != b.Type || differ(a.Architecture, b.Architecture) || differ(a.Parameters, b.Parameters) {
		return false
	}
	return a.Name != "" && a.Name == b.Name || family != "" && familyOf(b.Key) == family
}

func differ(a, b string) bool { return a != "" && b != "" && !strings.EqualFold(a, b) }

// familyOf is a key without who published it and how it is quantized:
// lmstudio-community/MiniMax-M2.1-MLX-4bit and minimax-m2.1-gs32@q8 are minimax-m2.1.
func familyOf(key string) string {
	if i := strings.LastIndexByte(key, '/'); i >= 0 {
		key = key[i+1:]
	}
	if i := strings.LastIndexByte(key, '@'); i > 0 {
		key = key[:i]
	}
	var parts []string
	after := false // of how it is quantized: k, m, s, l, xl, 0 and 1 belong to it
	for _, p := range strings.FieldsFunc(strings.ToLower(clip(key, 128)), func(r rune) bool { return r == '-' || r == '_' || r == ' ' }) {
		if after = quantizing(p) || after && tail(p); !after {
			parts = append(parts, p)
		}
	}
	return strings.Join(parts, "-")
}

func quantizing(p string) bool {
	switch p {
	case "mlx", "gguf", "dwq", "awq", "gptq", "qat", "ud", "fp4", "fp8", "fp16", "f16", "bf16", "f32", "int4", "int8", "mxfp4", "nvfp4", "i1":
		return true
	}
	for _, pre := range []string{"iq", "q", "gs", "tq"} {
		if rest, ok := strings.CutPrefix(p, pre); ok && rest != "" && rest[0] >= '0' && rest[0] <= '9' {
			return true
		}
	}
	rest, ok := strings.CutSuffix(p, "bit")
	return ok && rest != "" && rest[len(rest)-1] >= '0' && rest[len(rest)-1] <= '9'
}

func tail(p string) bool {
	switch p {
	case "k", "s", "m", "l", "xs", "xl", "xxs", "nl", "0", "1", "bit":
		return true
	}
	return false
}

func (s *scene) bits() backend.Check {
	d := about("quantization", groupSetup, "The model is not heavily quantized")
	if why := s.noModel(); why != "" {
		return d.skip("%s", why)
	}
	n, ok := bitsOf(s.model)
	const hint = "Use a build with 4 bits or more, or a smaller model with more bits. Heavily quantized models mix up tool calls, and follow instructions hidden in what they read more easily."
	words := func() string { return strconv.FormatFloat(n, 'g', 3, 64) + " bits for a weight" }
	switch {
	case !ok:
		return d.skip("%s does not tell how %s is quantized.", host(s.server), s.name())
	case n < brokenBits:
		return on("models", d.fail(hint, "%s%s has %s.", s.name(), described(s.model), words()))
	case n < fewBits:
		return on("models", d.warn(hint, "%s%s has %s.", s.name(), described(s.model), words()))
	}
	return d.ok("%s has %s%s.", s.name(), words(), described(s.model))
}

// bitsOf is how many bits a weight has, as the server tells, or as the name of the
// quantization says: Q2_K, IQ3_XXS, 4bit.
func bitsOf(m *backend.Model) (float64, bool) {
	if m.BitsPerWeight != nil && *m.BitsPerWeight > 0 {
		return *m.BitsPerWeight, true
	}
	q := strings.ToLower(clip(m.Quantization, 32))
	q = strings.TrimPrefix(q, "ud-")
	for _, pre := range []string{"iq", "q", "tq"} {
		if rest, ok := strings.CutPrefix(q, pre); ok && rest != "" && rest[0] >= '1' && rest[0] <= '8' {
			return float64(rest[0] - '0'), true
		}
	}
	if rest, ok := strings.CutSuffix(q, "bit"); ok {
		n, err := strconv.ParseFloat(strings.Trim(rest, "- "), 64)
		return n, err == nil && n >= 1 && n <= 32
	}
	return 0, false
}

func (s *scene) size() backend.Check {
	d := about("model_size", groupSetup, "The model is large enough for an agent")
	if why := s.noModel(); why != "" {
		return d.skip("%s", why)
	}
	n, ok := billions(s.model.Parameters)
	switch {
	case !ok:
		return d.skip("%s does not tell how many parameters %s has.", host(s.server), s.name())
	case n < smallModel:
		return on("models", d.warn("Use a larger model for an agent: one this small loses the thread over long prompts and tools, and is talked into things more easily.",
			"%s is a small model: %s parameters.", s.name(), clip(s.model.Parameters, 20)))
	}
	return d.ok("%s has %s parameters.", s.name(), clip(s.model.Parameters, 20))
}

// billions reads a count of parameters as a server writes it: 26B-A4B is 26, 270M is
// 0.27, 1T is 1000.
func billions(s string) (float64, bool) {
	s = strings.TrimSpace(s)
	end := 0
	for end < len(s) && (s[end] >= '0' && s[end] <= '9' || s[end] == '.') {
		end++
	}
	n, err := strconv.ParseFloat(s[:end], 64)
	unit := strings.TrimLeft(s[end:], " ")
	if err != nil || unit == "" || n <= 0 {
		return 0, false
	}
	switch unit[0] {
	case 'b', 'B':
		return n, true
	case 'm', 'M':
		return n / 1000, true
	case 't', 'T':
		return n * 1000, true
	}
	return 0, false
}
