package doctor

import (
	"encoding/json"
	"fmt"
	"strings"

	"pilotlight/backend"
	"pilotlight/backend/json5"
	"pilotlight/backend/rule/fit"
)

// leastContext is the context that an agent of OpenClaw needs, in tokens: its
// prompt alone takes about 13,000 (2026.9.6), and 2026.4 refused less.
const leastContext = 16_000

// set is an edit of OpenClaw's config.
func set(path string, value any) backend.ConfigEdit {
	raw, err := json.Marshal(value)
	if err != nil {
		raw = []byte("null") // the values here are all made of what JSON has
	}
	return backend.ConfigEdit{Path: path, Value: raw}
}

// configFix changes OpenClaw's config. What it does is told edit by edit.
func configFix(id, label string, edits ...backend.ConfigEdit) backend.Fix {
	if len(edits) == 0 {
		return backend.Fix{}
	}
	does := make([]string, 0, len(edits))
	for _, e := range edits {
		does = append(does, told(e))
	}
	return backend.Fix{
		ID: id, Label: label, Do: backend.Mending{Kind: backend.MendConfig, Edits: edits},
		Does: "In OpenClaw's config: " + several(does, 10) + ". Nothing else in the file changes, and Config can put it back.",
	}
}

func told(e backend.ConfigEdit) string {
	path := clip(e.Path, 160)
	switch {
	case e.Unset:
		return "removes " + path
	case e.RenameTo != "":
		return fmt.Sprintf("renames %s to %s", path, clip(e.RenameTo, maxWord))
	}
	return fmt.Sprintf("sets %s to %s", path, clip(string(e.Value), maxWord))
}

// issueFix makes the edits that the check of the config proposes.
func issueFix(id, label string, issue *backend.ConfigIssue) backend.Fix {
	if issue == nil {
		return backend.Fix{}
	}
	return configFix(id, label, issue.Edits...)
}

// canLoad tells whether a server can be told to load a model.
func canLoad(s *backend.Server) bool {
	switch {
	case s == nil || s.State != backend.ServerUp:
		return false
	case s.Tells != nil:
		return s.Tells.Load
	}
	return isLMStudio(s)
}

// warmth is a load that may be proposed: with which context, and what it takes.
type warmth struct {
	context *int
	bytes   *int64
}

// proposed is the load that OpenClaw's config asks for, or where memory is short
// the greatest that fits. ok is false where none can be proposed.
func (s *scene) proposed() (w warmth, ok bool) {
	if s.model == nil || !canLoad(s.server) {
		return w, false
	}
	fitted := s.Fits[s.held()]
	w.context = atMost(s.wanted(), s.most())
	if f := fitted.AtConfig; f != nil && same(f.ContextLength, w.context) {
		if f.Verdict != backend.TooBig {
			w.bytes = positive(f.TotalBytes)
			return w, true
		}
		if fitted.FitsUpTo == nil || *fitted.FitsUpTo < leastContext || w.context != nil && *fitted.FitsUpTo >= *w.context {
			return w, false
		}
		most := usual(*fitted.FitsUpTo)
		return warmth{context: &most}, true
	}
	return w, true
}

// keepFix keeps the model loaded, with a context or the server's own choice.
func (s *scene) keepFix(w warmth) backend.Fix {
	label := "Keep " + s.name() + " loaded"
	if w.context != nil {
		label = fmt.Sprintf("Keep it with %s tokens", thousands(*w.context))
	}
	does := s.keeping(w) + w.takes()
	if k := s.status.Keep; k.Model != "" && (k.Model != s.key || k.Server != s.server.ID) && k.State != backend.KeepOff {
		does += fmt.Sprintf(" It takes the place of %s, which is then no longer kept.", s.keptName())
	}
	return backend.Fix{
		ID: "keep", Label: label, Does: does, Bytes: w.bytes,
		Do: backend.Mending{Kind: backend.MendKeep, Server: s.server.ID, Model: s.key, Context: w.context},
	}
}

// keeping is what comes of it when the model is kept, by what is in memory now.
func (s *scene) keeping(w warmth) string {
	var fits, small *backend.Instance
	for _, i := range live(s.model) {
		if w.context == nil || i.ContextLength != nil && *i.ContextLength >= *w.context {
			fits = i
		} else {
			small = i
		}
	}
	name := s.name()
	switch {
	case fits != nil && (fits.TTLSeconds != nil || fits.ExpiresAt != nil || fits.Explicit != nil && !*fits.Explicit):
		return fmt.Sprintf("Pilotlight leaves %s in memory as it is, asks it for one token before its idle time is over, and loads it again%s and without an idle time when it goes away.", name, w.words())
	case fits != nil:
		return fmt.Sprintf("Pilotlight leaves %s in memory as it is, and loads it again%s when it goes away.", name, w.words())
	case small != nil:
		return fmt.Sprintf("Pilotlight unloads %s on %s, which is in memory with less, once it is idle, loads it%s, and loads it again when it goes away.", name, host(s.server), w.words())
	}
	return fmt.Sprintf("Pilotlight loads %s on %s%s, without an idle time after which it would go, and loads it again when it goes away.", name, host(s.server), w.words())
}

func (s *scene) loadFix(w warmth) backend.Fix {
	return backend.Fix{
		ID: "load", Label: "Load it once", Bytes: w.bytes,
		Does: fmt.Sprintf("%s loads %s%s. Nothing loads it again when it goes away.%s", host(s.server), s.name(), w.words(), w.takes()),
		Do:   backend.Mending{Kind: backend.MendLoad, Server: s.server.ID, Model: s.key, Context: w.context},
	}
}

// warmFixes are the ways to get the model into memory: keep it, or load it once.
func (s *scene) warmFixes() []backend.Fix {
	w, ok := s.proposed()
	if !ok {
		return nil
	}
	if s.keeps() {
		return []backend.Fix{s.loadFix(w)}
	}
	return []backend.Fix{s.keepFix(w), s.loadFix(w)}
}

// keepFixes keep the model, where it is not kept.
func (s *scene) keepFixes() []backend.Fix {
	w, ok := s.proposed()
	if !ok || s.keeps() {
		return nil
	}
	return []backend.Fix{s.keepFix(w)}
}

// keeps tells whether Pilotlight is asked to keep this very model.
func (s *scene) keeps() bool {
	k := s.status.Keep
	return s.server != nil && s.key != "" && k.Model == s.key && k.Server == s.server.ID && k.State != "" && k.State != backend.KeepOff
}

func (w warmth) words() string {
	if w.context == nil {
		return " with the context that the server chooses"
	}
	return fmt.Sprintf(" with a context of %s tokens", thousands(*w.context))
}

func (w warmth) takes() string {
	if w.bytes == nil {
		return ""
	}
	return fmt.Sprintf(" It then takes about %s.", fit.RAM(*w.bytes))
}

// resumeFix has Pilotlight go on after a pause, or after it gave up.
func (s *scene) resumeFix() backend.Fix {
	return backend.Fix{
		ID: "resume", Label: "Go on keeping it", Do: backend.Mending{Kind: backend.MendResume},
		Does: fmt.Sprintf("Pilotlight goes on keeping %s at once, as if nothing had failed before, and loads it if it is not in memory.", s.keptName()),
	}
}

// checkFix asks an instance for one token.
func (s *scene) checkFix(instance string) backend.Fix {
	return backend.Fix{
		ID: "check", Label: "Check whether it answers", Do: backend.Mending{Kind: backend.MendCheck, Server: s.server.ID, Instance: instance},
		Does: fmt.Sprintf("Pilotlight asks %s on %s for one token.", clip(instance, maxWord), host(s.server)),
	}
}

// lowerContext has OpenClaw use no more than n tokens of the model.
func (s *scene) lowerContext(n int) backend.Fix {
	if s.entry == nil || n < leastContext {
		return backend.Fix{}
	}
	var edits []backend.ConfigEdit
	if t := s.entry.ContextTokens; t != nil && *t > n {
		edits = append(edits, set(s.entry.Path+".contextTokens", n))
	}
	if w := s.entry.ContextWindow; s.entry.ContextTokens == nil && (w == nil || *w > n) {
		edits = append(edits, set(s.entry.Path+".contextWindow", n))
	}
	if m := s.entry.MaxTokens; m != nil && *m > n/2 && len(edits) > 0 {
		edits = append(edits, set(s.entry.Path+".maxTokens", answerFor(n)))
	}
	return configFix("lower_context", fmt.Sprintf("Tell OpenClaw %s tokens", thousands(n)), edits...)
}

// usualAnswer is OpenClaw's own length of an answer where a config names none, in
// tokens.
const usualAnswer = 8192

// answerFor is a length of an answer that leaves room in a context.
func answerFor(window int) int { return max(1, min(usualAnswer, window/4)) }

// contextSteps are the context lengths that people use.
var contextSteps = []int{1048576, 524288, 393216, 262144, 196608, 131072, 98304, 65536, 49152, 32768, 24576, 16384}

// usual is the usual context length that is n at most; n itself below all of them.
func usual(n int) int {
	for _, step := range contextSteps {
		if step <= n {
			return step
		}
	}
	return n
}

func atMost(n, most *int) *int {
	if n == nil || most == nil || *n <= *most {
		return n
	}
	return most
}

func same(a, b *int) bool { return a == b || a != nil && b != nil && *a == *b }

func positive(n int64) *int64 {
	if n <= 0 {
		return nil
	}
	return &n
}

// renamed are the edits that give the model another id, wherever the config names it.
func (s *scene) renamed(id string) []backend.ConfigEdit {
	if s.entry == nil || s.Config == nil || id == "" {
		return nil
	}
	prefix, _, _ := strings.Cut(s.hop.Ref, "/")
	old, fresh := s.hop.Ref, prefix+"/"+id
	edits := []backend.ConfigEdit{set(s.entry.Path+".id", id)}
	choice := func(path, primary string, fallbacks []string) {
		switch {
		case primary != old:
		case len(fallbacks) > 0:
			edits = append(edits, set(path+".primary", fresh))
		default: // it may be a plain text, which has no parts
			edits = append(edits, set(path, map[string]string{"primary": fresh}))
		}
		for i, f := range fallbacks {
			if f == old {
				edits = append(edits, set(fmt.Sprintf("%s.fallbacks[%d]", path, i), fresh))
			}
		}
	}
	choice("agents.defaults.model", s.Config.Primary, s.Config.Fallbacks)
	for _, m := range s.Config.Models {
		if m.Ref == old {
			edits = append(edits, backend.ConfigEdit{Path: json5.Path{"agents", "defaults", "models", old}.String(), RenameTo: fresh})
		}
	}
	for i, a := range s.Config.Allow {
		if a == old {
			edits = append(edits, set(fmt.Sprintf("agents.defaults.modelPolicy.allow[%d]", i), fresh))
		}
	}
	for _, a := range s.Config.Agents {
		if a.Own && len(a.Fallbacks) == 0 && a.Primary == old {
			edits = append(edits, set(a.Path+".primary", fresh)) // naming no fallbacks is a choice to keep
			continue
		}
		choice(a.Path, a.Primary, a.Fallbacks)
	}
	return edits
}
