package tray_test

import (
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"pilotlight/backend"
	"pilotlight/backend/face/tray"
)

var update = flag.Bool("update", false, "write the golden files anew")

// noon is a fixed moment in a zone of its own: the menu shows local times.
var noon = time.Date(2026, 3, 14, 12, 0, 0, 0, time.UTC)

func ago(d time.Duration) backend.Time { return backend.At(noon.Add(-d)) }

func in(d time.Duration) *backend.Time { return backend.AtPtr(noon.Add(d)) }

func ptr[T any](v T) *T { return &v }

func instance(id string) backend.Instance {
	return backend.Instance{
		ID: id, ContextLength: ptr(131072), SeenLoadedAt: ago(3 * time.Hour), LastUsedAt: ptr(ago(2 * time.Minute)), Busy: ptr(false),
	}
}

// status is a machine with three models of which the first is kept and warm.
func status(changes ...func(*backend.Status)) *backend.Status {
	st := &backend.Status{
		Servers: []backend.Server{{
			ID: "lmstudio", Name: "LM Studio", State: backend.ServerUp,
			Models: []backend.Model{
				{Key: "minimax/m2", Name: "MiniMax M2.1", Type: backend.TypeLLM, SizeBytes: ptr(int64(138_380_000_000)), Instances: []backend.Instance{instance("minimax/m2")}},
				{Key: "zai/glm", Name: "GLM 4.7", Type: backend.TypeLLM, SizeBytes: ptr(int64(201_000_000_000)), Fit: &backend.Fit{Verdict: backend.TooBig}},
				{Key: "google/gemma", Name: "gemma 3 27B", Type: backend.TypeLLM, SizeBytes: ptr(int64(17_400_000_000)), Fit: &backend.Fit{Verdict: backend.Fits}},
				{Key: "nomic/embed", Name: "Nomic Embed", Type: backend.TypeEmbedding, Instances: []backend.Instance{instance("nomic/embed")}},
			},
		}},
		Keep: backend.Keep{
			Server: "lmstudio", Model: "minimax/m2", Policy: backend.RespectManual, State: backend.KeepWarm, InstanceID: "minimax/m2", Since: ago(3 * time.Hour),
		},
		Machine: &backend.Sample{Memory: &backend.Memory{TotalBytes: 512 << 30, UsedBytes: 402 << 30, Pressure: ptr("normal")}},
	}
	for _, c := range changes {
		c(st)
	}
	return st
}

func keep(s backend.KeepState, why *backend.Error) func(*backend.Status) {
	return func(st *backend.Status) {
		st.Keep.State, st.Keep.Reason = s, why
		if s != backend.KeepWarm {
			st.Keep.InstanceID = ""
			st.Servers[0].Models[0].Instances = nil
		}
	}
}

func off(st *backend.Status) {
	st.Keep = backend.Keep{State: backend.KeepOff, Policy: backend.RespectManual}
}

func because(code backend.Code, message, hint string) *backend.Error {
	return &backend.Error{Code: code, Message: message, Hint: hint}
}

var longName = "Extraordinarily-Long-Model-Name-Of-A-Community-Merge-GGUF-UD-Q4_K_XL"

// views are the states of the menu by the name of their golden file.
func views() map[string]struct {
	st *backend.Status
	x  tray.Extra
} {
	type view = struct {
		st *backend.Status
		x  tray.Extra
	}
	empty := func(st *backend.Status) { off(st); st.Servers[0].Models[0].Instances = nil }
	return map[string]view{
		"off-empty":       {status(empty), tray.Extra{}},
		"off-one-loaded":  {status(off), tray.Extra{Login: ptr(false)}},
		"off-two-loaded":  {status(off, func(st *backend.Status) { st.Servers[0].Models[2].Instances = []backend.Instance{instance("g")} }), tray.Extra{}},
		"off-kept-before": {status(empty), tray.Extra{Last: &backend.Target{Server: "lmstudio", Model: "zai/glm", ContextLength: ptr(65536)}}},
		"off-no-models":   {status(empty, func(st *backend.Status) { st.Servers[0].Models = nil; st.Machine = nil }), tray.Extra{}},
		"warm":            {status(), tray.Extra{Login: ptr(true)}},
		"warm-busy":       {status(func(st *backend.Status) { st.Servers[0].Models[0].Instances[0].Busy = ptr(true) }), tray.Extra{}},
		"warm-smaller-context": {status(keep(backend.KeepWarm, because("context_smaller",
			"The server gave it a context of 32768 tokens instead of 131072.",
			"It is kept as it is: loading again would end the same. A smaller model, or more free memory, gets more context."))), tray.Extra{}},
		"warm-expiring": {status(func(st *backend.Status) {
			st.Servers[0].Models[0].Instances[0].ExpiresAt = in(12 * time.Minute)
		}), tray.Extra{}},
		"loading": {status(keep(backend.KeepLoading, nil), func(st *backend.Status) {
			st.Keep.LoadingSince, st.Keep.ExpectedSeconds = ptr(ago(41*time.Second)), ptr(95.0)
		}), tray.Extra{}},
		"loading-progress": {status(keep(backend.KeepLoading, nil), func(st *backend.Status) {
			st.Keep.LoadingSince, st.Keep.Progress = ptr(ago(41*time.Second)), ptr(0.37)
		}), tray.Extra{}},
		"waiting-settling": {status(keep(backend.KeepWaiting, because("settling", "The server has just come back; giving it a moment.", "")), func(st *backend.Status) {
			st.Keep.NextAttemptAt = in(12 * time.Second)
		}), tray.Extra{}},
		"waiting-server-off": {status(keep(backend.KeepWaiting, because(backend.CodeServerOff, "LM Studio is open, but its server is off.",
			"Open Developer in LM Studio and switch Status to Running.")), func(st *backend.Status) { st.Servers[0].State = backend.ServerOff }), tray.Extra{}},
		"waiting-app-off": {status(keep(backend.KeepWaiting, because(backend.CodeAppOff, "LM Studio is not open.",
			"Open LM Studio, then open Developer there and switch Status to Running.")), func(st *backend.Status) { st.Servers[0].State = backend.ServerDown }), tray.Extra{}},
		"waiting-memory": {status(keep(backend.KeepWaiting, because("other_model",
			"MiniMax M2.1 needs about 160 GB; 94 GB of 512 GB are available, and 10 GB are left for the system.",
			"gemma 3 27B is loaded, and both do not fit. Unload it, or keep a smaller context."))), tray.Extra{}},
		"waiting-context-too-small": {status(func(st *backend.Status) {
			st.Keep.State, st.Keep.InstanceID = backend.KeepWaiting, ""
			st.Keep.Reason = because("context_too_small", "MiniMax M2.1 is loaded with a context of 4096 tokens; 131072 are wanted.",
				"It is replaced once it has been idle for 60 s, so that no answer is cut off.")
		}), tray.Extra{}},
		"paused-an-hour":   {status(keep(backend.KeepPaused, nil), func(st *backend.Status) { st.Keep.PausedUntil = in(time.Hour) }), tray.Extra{}},
		"paused-for-ever":  {status(keep(backend.KeepPaused, nil)), tray.Extra{}},
		"paused-by-unload": {status(keep(backend.KeepPaused, because("unloaded_by_you", "You unloaded it.", "Resume to load it again."))), tray.Extra{}},
		"blocked-token": {status(keep(backend.KeepBlocked, because(backend.CodeNeedsToken, "LM Studio wants an API token.",
			"Make one in LM Studio (Developer, Server Settings) and start Pilotlight with LM_API_TOKEN."))), tray.Extra{}},
		"blocked-confirm-replace": {status(func(st *backend.Status) {
			st.Keep.State, st.Keep.InstanceID = backend.KeepBlocked, ""
			st.Keep.Reason = because("confirm_replace", "MiniMax M2.1 is loaded with a context of 4096 tokens; 131072 are wanted.",
				"The server does not tell whether it is answering someone. Replace it when you know that it is not, or keep it with a smaller context.")
		}), tray.Extra{}},
		"not-looked-yet": {status(keep(backend.KeepWaiting, because("looking", "Looking at the server.", "")), func(st *backend.Status) {
			st.Servers[0].State, st.Servers[0].Models, st.Machine = backend.ServerUnknown, nil, nil
		}), tray.Extra{}},
		"demo":    {status(func(st *backend.Status) { st.Demo = true }), tray.Extra{}},
		"failure": {status(), tray.Extra{Failure: "minimax/m2 is answering someone right now. Wait until it is done, or force it, which cuts the answer off."}},
		"long-names": {status(func(st *backend.Status) {
			st.Servers[0].Models[0].Name = longName
			st.Servers[0].Models[1].Name = "tab\tand\nline " + strings.Repeat("GLM", 30)
		}), tray.Extra{}},
		"key-that-nobody-lists": {status(keep(backend.KeepBlocked, because(backend.CodeModelMissing, "LM Studio does not have the model "+longName+".",
			"Download it there, or keep another model.")), func(st *backend.Status) { st.Keep.Model = longName }), tray.Extra{}},
		"gpus-and-fallback": {status(func(st *backend.Status) {
			st.Machine.GPUs = []backend.GPU{
				{Utilization: ptr(0.37), MemoryUsedBytes: ptr(int64(289 << 30)), MemoryLimitBytes: ptr(int64(464 << 30))},
				{Utilization: ptr(0.02)}, {},
			}
			st.LastFallback = &backend.Fallback{ID: 7, At: ago(78 * time.Minute), Answered: ptr("anthropic/claude-opus"), Cause: backend.Cause{Summary: "LM Studio was stopped"}}
			st.FallbacksToday, st.LostToday, st.FallbackUnseen = ptr(3), ptr(244.0), true
		}), tray.Extra{}},
		"one-gpu": {status(func(st *backend.Status) {
			st.Machine.GPUs = []backend.GPU{{Utilization: ptr(0.374), MemoryUsedBytes: ptr(int64(289 << 30)), MemoryLimitBytes: ptr(int64(464 << 30)), MemoryTotalBytes: ptr(int64(512 << 30))}}
			st.Machine.Memory.Pressure = nil
		}), tray.Extra{}},
		"gpu-alone": {status(func(st *backend.Status) {
			st.Machine.Memory, st.Machine.GPUs = nil, []backend.GPU{{MemoryUsedBytes: ptr(int64(21 << 30)), MemoryTotalBytes: ptr(int64(24 << 30))}}
		}), tray.Extra{}},
		"nothing-read-but-fallback": {status(func(st *backend.Status) {
			st.Machine = nil
			st.LastFallback = &backend.Fallback{ID: 7, At: ago(time.Hour), Outcome: backend.Exhausted}
		}), tray.Extra{}},
		"models-of-each-fit": {status(func(st *backend.Status) {
			for _, v := range []backend.Verdict{backend.Fits, backend.Tight, backend.TooBig, backend.FitUnknown} {
				st.Servers[0].Models = append(st.Servers[0].Models, backend.Model{Key: string(v), Name: "of " + string(v), Type: backend.TypeLLM, SizeBytes: ptr(int64(1e9)), Fit: &backend.Fit{Verdict: v}})
			}
		}), tray.Extra{}},
		"fallback-just-now": {status(func(st *backend.Status) {
			st.LastFallback = &backend.Fallback{ID: 7, At: ago(14 * time.Minute), EndedAt: ptr(ago(time.Minute)), Outcome: backend.Exhausted, Cause: backend.Cause{Summary: "LM Studio was stopped"}}
			st.FallbacksToday, st.LostToday, st.FallbackUnseen = ptr(1), ptr(0.0), true
		}), tray.Extra{}},
		"openclaw-found": {status(func(st *backend.Status) { st.OpenClaw = &backend.OpenClaw{Found: true} }), tray.Extra{}},
		"doctor-found":   {status(func(st *backend.Status) { st.Doctor = &backend.DoctorSummary{Fail: 2, Warn: 3} }), tray.Extra{}},
		"doctor-content": {status(func(st *backend.Status) { st.Doctor = &backend.DoctorSummary{Warn: 3} }), tray.Extra{}},
		"fallback-seen": {status(func(st *backend.Status) {
			st.LastFallback = &backend.Fallback{ID: 7, At: ago(time.Minute), Outcome: backend.ErrorAsReply, Cause: backend.Cause{Summary: "LM Studio was stopped"}}
			st.FallbacksToday = ptr(1)
		}), tray.Extra{}},
		"fallback-last-week": {status(func(st *backend.Status) {
			st.LastFallback = &backend.Fallback{ID: 7, At: ago(6 * 24 * time.Hour), Answered: ptr("anthropic/claude-opus"), Cause: backend.Cause{Summary: "its context was too small"}}
			st.FallbacksToday, st.FallbackUnseen = ptr(0), true
			st.OpenClaw = &backend.OpenClaw{Chain: []backend.Hop{{Ref: "anthropic/claude-opus", Alias: "Opus"}}}
		}), tray.Extra{}},
		"many-models": {status(func(st *backend.Status) {
			for i := range 60 {
				st.Servers[0].Models = append(st.Servers[0].Models, backend.Model{Key: fmt.Sprintf("many/%02d", i), Name: fmt.Sprintf("Many %02d", i), Type: backend.TypeLLM})
			}
		}), tray.Extra{}},
	}
}

// draw writes a menu as text, with what a click on each line does.
func drawMenu(m tray.Menu) string {
	var b strings.Builder
	fmt.Fprintf(&b, "(%s) %s\n", m.Shape, m.Tooltip)
	var items func(list []tray.Item, indent string)
	items = func(list []tray.Item, indent string) {
		for _, it := range list {
			mark := map[tray.Check]string{tray.Unchecked: "[ ] ", tray.Checked: "[x] "}[it.Check]
			does := ""
			switch a := it.Do; {
			case it.Off:
				does = " (off)"
			case a.Verb != tray.DoNothing:
				does = fmt.Sprintf("  -> %s", a.Verb)
				if a.Target.Model != "" {
					does += " " + a.Target.Model
				}
				if a.Instance+a.Path != "" {
					does += " " + a.Instance + a.Path
				}
			}
			fmt.Fprintf(&b, "%s%-11s %s%s%s\n", indent, it.ID, mark, it.Text, does)
			items(it.Children, indent+"    ")
		}
	}
	items(m.Items, "")
	return b.String()
}

func TestView(t *testing.T) {
	local := time.Local
	time.Local = time.UTC
	t.Cleanup(func() { time.Local = local })
	for name, v := range views() {
		t.Run(name, func(t *testing.T) {
			got := drawMenu(tray.View(v.st, noon, v.x))
			file := filepath.Join("testdata", name+".golden")
			if *update {
				if err := os.WriteFile(file, []byte(got), 0o644); err != nil {
					t.Fatal(err)
				}
			}
			want, err := os.ReadFile(file)
			if err != nil {
				t.Fatal(err)
			}
			if got != string(want) {
				t.Errorf("the menu is\n%s\nand should be\n%s", got, want)
			}
		})
	}
}

// TestNoLineIsTooLong: a menu is as wide as its longest line.
func TestNoLineIsTooLong(t *testing.T) {
	for name, v := range views() {
		var walk func([]tray.Item)
		walk = func(items []tray.Item) {
			for _, it := range items {
				if n := len([]rune(it.Text)); n == 0 || n > 100 || strings.ContainsAny(it.Text, "\n\t") {
					t.Errorf("%s: the line %s is %q", name, it.ID, it.Text)
				}
				walk(it.Children)
			}
		}
		walk(tray.View(v.st, noon, v.x).Items)
	}
}

// TestViewLeavesTheStateAlone: the state is shared with everybody.
func TestViewLeavesTheStateAlone(t *testing.T) {
	v := views()["long-names"]
	tray.View(v.st, noon, v.x)
	if got := v.st.Servers[0].Models[0].Name; got != longName {
		t.Errorf("the name became %q", got)
	}
}

func TestLengths(t *testing.T) {
	for _, c := range []struct {
		length tray.Length
		hour   int
		want   time.Duration
	}{
		{tray.ForAnHour, 12, time.Hour},
		{tray.UntilResume, 12, 0},
		{tray.UntilMorning, 12, 18 * time.Hour},
		{tray.UntilMorning, 2, 4 * time.Hour},
		{tray.UntilMorning, 6, 24 * time.Hour},
	} {
		now := time.Date(2026, 3, 14, c.hour, 0, 0, 0, time.UTC)
		if got := c.length.From(now); got != c.want {
			t.Errorf("length %d at %d h is %v, want %v", c.length, c.hour, got, c.want)
		}
	}
}
