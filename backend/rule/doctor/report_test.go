package doctor_test

import (
	"regexp"
	"slices"
	"strings"
	"testing"

	"pilotlight/backend"
	"pilotlight/backend/rule/doctor"
)

// mine are the groups that these tests are about.
var mine = []string{"setup", "trouble", "servers"}

func TestNothingToMendOnAHealthySetUp(t *testing.T) {
	t.Parallel()
	checks := doctor.Examine(healthy())
	for _, c := range checks {
		if slices.Contains(mine, c.Group) && c.Verdict != backend.FindingOK && c.ID != "reach_anthropic" {
			t.Errorf("%s: %s: %s", c.ID, c.Verdict, c.Detail)
		}
		if c.Fix != nil || c.Others != nil {
			t.Errorf("%s: a fix where nothing is wrong", c.ID)
		}
	}
	if len(checks) < 34 {
		t.Errorf("only %d checks", len(checks))
	}
	r := doctor.Summed(backend.At(noon), checks)
	if r.Fail != 0 || r.At != backend.At(noon) || len(r.Items) != len(checks) {
		t.Errorf("summed %d failures of %d", r.Fail, len(r.Items))
	}
}

func TestNothingKnownIsNeverWell(t *testing.T) {
	t.Parallel()
	for name, f := range map[string]doctor.Facts{
		"nothing at all": {}, "a status alone": {Now: noon, Status: &backend.Status{}},
		"a server not asked": {Now: noon, Status: &backend.Status{Servers: []backend.Server{{ID: "lmstudio", Kind: backend.KindLMStudio, State: backend.ServerUnknown}}}},
		"OpenClaw alone":     {Now: noon, Status: &backend.Status{OpenClaw: &backend.OpenClaw{Found: true, ConfigValid: true, Gateway: "unknown", Chain: []backend.Hop{{Ref: ref, Provider: "lmstudio", Model: key, Local: true, State: "unknown"}}}}},
	} {
		for _, c := range doctor.Examine(f) {
			known := name == "OpenClaw alone" && (c.ID == "openclaw_config" || c.ID == "hosted_fallback")
			if slices.Contains(mine, c.Group) && c.Verdict != backend.FindingSkip && !known {
				t.Errorf("%s: %s is %s: %s", name, c.ID, c.Verdict, c.Detail)
			}
		}
	}
}

func TestTheSameChecksInTheSameOrder(t *testing.T) {
	t.Parallel()
	ids := func(f doctor.Facts) (list []string) {
		for _, c := range doctor.Examine(f) {
			if c.Group != "servers" {
				list = append(list, c.Group+" "+c.ID)
			}
		}
		return list
	}
	all, none := ids(healthy()), ids(doctor.Facts{})
	if !slices.Equal(all, none) {
		t.Errorf("the lists differ:\n%s\n%s", strings.Join(all, ", "), strings.Join(none, ", "))
	}
	var groups []string
	for _, id := range all {
		g, _, _ := strings.Cut(id, " ")
		if len(groups) == 0 || groups[len(groups)-1] != g {
			groups = append(groups, g)
		}
	}
	want := []string{"setup", "trouble", "safety", "machine"}
	want = slices.DeleteFunc(want, func(g string) bool { return !slices.Contains(groups, g) })
	if !slices.Equal(groups, want) {
		t.Errorf("groups in the order %v", groups)
	}
}

// TestAFixTellsWhatItDoes looks at the words that are read before a button is pressed.
func TestAFixTellsWhatItDoes(t *testing.T) {
	t.Parallel()
	jit := func(f *doctor.Facts) {
		f.Status.Keep = backend.Keep{}
		inst(f).Explicit, inst(f).TTLSeconds = ptr(false), ptr(3600.0)
	}
	for _, tc := range []struct {
		name   string
		breaks func(*doctor.Facts)
		id     string
		does   string
	}{
		{"not in memory", unload, "model_kept", "Pilotlight loads MiniMax M2.1 on LM Studio with a context of 196,608 tokens, without an idle time after which it would go, and loads it again when it goes away. It then takes about 170 GB."},
		{"with a context of the server's own", func(f *doctor.Facts) { unload(f); entry(f).ContextWindow = nil }, "model_kept", "Pilotlight loads MiniMax M2.1 on LM Studio with the context that the server chooses, without an idle time after which it would go, and loads it again when it goes away."},
		{"in memory", func(f *doctor.Facts) { f.Status.Keep = backend.Keep{} }, "model_kept", "Pilotlight leaves MiniMax M2.1 in memory as it is, and loads it again with a context of 196,608 tokens when it goes away. It then takes about 170 GB."},
		{"loaded by a request", jit, "jit_ttl", "Pilotlight leaves MiniMax M2.1 in memory as it is, asks it for one token before its idle time is over, and loads it again with a context of 196,608 tokens and without an idle time when it goes away. It then takes about 170 GB."},
		{"in the place of another", func(f *doctor.Facts) {
			unload(f)
			f.Status.Keep = backend.Keep{Server: "lmstudio", Model: "x/glm-5", State: backend.KeepWarm}
		}, "model_kept", "Pilotlight loads MiniMax M2.1 on LM Studio with a context of 196,608 tokens, without an idle time after which it would go, and loads it again when it goes away. It then takes about 170 GB. It takes the place of glm-5, which is then no longer kept."},
		{"off", func(f *doctor.Facts) { srv(f).State = backend.ServerOff }, "lmstudio_server", "Pilotlight switches LM Studio's server on, as its switch in the Developer tab does. It then listens at http://127.0.0.1:1234."},
		{"a config", func(f *doctor.Facts) { f.Config.ModelsMode = "replace" }, "models_mode", `In OpenClaw's config: sets models.mode to "merge". Nothing else in the file changes, and Config can put it back.`},
		{"paused", func(f *doctor.Facts) { f.Status.Keep.State = backend.KeepPaused }, "model_kept", "Pilotlight goes on keeping MiniMax M2.1 at once, as if nothing had failed before, and loads it if it is not in memory."},
	} {
		c := find(t, examined(tc.breaks), tc.id)
		if c.Fix == nil || c.Fix.Does != tc.does {
			t.Errorf("%s: %+v", tc.name, c.Fix)
		}
	}
}

func TestSummedCounts(t *testing.T) {
	t.Parallel()
	r := doctor.Summed(backend.At(noon), []backend.Check{
		{Verdict: backend.FindingOK}, {Verdict: backend.FindingWarn}, {Verdict: backend.FindingFail}, {Verdict: backend.FindingFail}, {Verdict: backend.FindingSkip},
	})
	if r.Fail != 2 || r.Warn != 1 {
		t.Errorf("%d failed, %d warned", r.Fail, r.Warn)
	}
	if r := doctor.Summed(backend.At(noon), nil); r.Items == nil {
		t.Error("no checks are null in JSON")
	}
}

var snake = regexp.MustCompile(`^[a-z0-9]+(_[a-z0-9]+)*$`)

// sound looks at what must hold for every check, whatever the facts.
func sound(t interface{ Errorf(string, ...any) }, checks []backend.Check) {
	seen := map[string]bool{}
	for _, c := range checks {
		if !snake.MatchString(c.ID) || seen[c.ID] {
			t.Errorf("the id %q is no good, or stands twice", c.ID)
		}
		seen[c.ID] = true
		if c.Title == "" || c.Group == "" || c.Detail == "" || strings.Contains(c.Detail+c.Hint, "(MISSING)") || strings.Contains(c.Detail+c.Hint, "%!") {
			t.Errorf("%s: title %q, group %q, detail %q, hint %q", c.ID, c.Title, c.Group, c.Detail, c.Hint)
		}
		bad := c.Verdict == backend.FindingWarn || c.Verdict == backend.FindingFail
		if bad && c.Hint == "" {
			t.Errorf("%s: %s without a hint: %s", c.ID, c.Verdict, c.Detail)
		}
		if len(c.Detail) > 3000 || len(c.Hint) > 2000 {
			t.Errorf("%s: %d bytes of detail, %d of hint", c.ID, len(c.Detail), len(c.Hint))
		}
		fixes := map[string]bool{}
		for _, f := range append(slices.Clone(c.Others), deref(c.Fix)...) {
			if f.ID == "" || f.Label == "" || f.Does == "" || fixes[f.ID] || !bad {
				t.Errorf("%s: the fix %+v", c.ID, f)
			}
			fixes[f.ID] = true
			if why := lacks(f.Do); why != "" {
				t.Errorf("%s: the fix %s has no %s", c.ID, f.ID, why)
			}
			if f.Bytes != nil && *f.Bytes <= 0 {
				t.Errorf("%s: the fix %s takes %d bytes", c.ID, f.ID, *f.Bytes)
			}
		}
		if c.Fix == nil && c.Others != nil {
			t.Errorf("%s: other fixes and no first one", c.ID)
		}
	}
}

func deref(f *backend.Fix) []backend.Fix {
	if f == nil {
		return nil
	}
	return []backend.Fix{*f}
}

// lacks names what a mending of its kind needs and has not.
func lacks(m backend.Mending) string {
	switch m.Kind {
	case backend.MendLoad, backend.MendKeep:
		switch {
		case m.Server == "":
			return "server"
		case m.Model == "":
			return "model"
		case m.Context != nil && *m.Context <= 0:
			return "context above 0"
		}
	case backend.MendUnload, backend.MendCheck:
		if m.Server == "" || m.Instance == "" {
			return "server or instance"
		}
	case backend.MendStartServer:
		if m.Server == "" {
			return "server"
		}
	case backend.MendConfig:
		if len(m.Edits) == 0 {
			return "edits"
		}
		for _, e := range m.Edits {
			if e.Path == "" || !e.Unset && e.RenameTo == "" && len(e.Value) == 0 {
				return "path or value"
			}
		}
	case backend.MendRestore:
		if m.Revision == 0 {
			return "revision"
		}
	case backend.MendMode:
		if len(m.Paths) == 0 {
			return "paths"
		}
	case backend.MendResume:
	default:
		return "kind"
	}
	return ""
}
