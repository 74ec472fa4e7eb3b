package agent_test

import (
	"context"
	"testing"
	"time"

	"pilotlight/backend"
	"pilotlight/backend/agent"
	"pilotlight/backend/source/lmstudio"
	"pilotlight/backend/source/lmstudio/lmstudiotest"
)

func TestKeepLoadsTheModel(t *testing.T) {
	t.Parallel()
	r := start(t, lmstudiotest.Options{LoadTime: 300 * time.Millisecond})
	st := r.keepHero("", 8192)
	if st.Keep.InstanceID != hero {
		t.Errorf("kept instance %q, want %q", st.Keep.InstanceID, hero)
	}
	r.untilStory(hero + " loaded keep_warm")
	row := r.history()[0]
	if row.ContextRequested == nil || *row.ContextRequested != 8192 || row.ContextActual == nil || *row.ContextActual != 8192 {
		t.Errorf("context asked %v, got %v, want 8192 and 8192", row.ContextRequested, row.ContextActual)
	}
	if row.DurationSeconds == nil || *row.DurationSeconds < 0.25 {
		t.Errorf("the load took %v s, want 0.3 or more", row.DurationSeconds)
	}
}

func TestKeepLeavesAloneWhatIsThere(t *testing.T) {
	t.Parallel()
	r := start(t, lmstudiotest.Options{})
	r.fake.LoadExplicit(hero, 16384)
	r.until("the instance", loaded(1))
	r.keepHero("", 8192)
	time.Sleep(time.Second) // four looks in which nothing may be stacked
	if n := r.instances(); n != 1 {
		t.Fatalf("%d instances are loaded, want 1", n)
	}
}

// loaded says that the server is seen to have n instances.
func loaded(n int) func(*backend.Status) bool {
	return func(st *backend.Status) bool {
		got := 0
		for _, m := range st.Servers[0].Models {
			got += len(m.Instances)
		}
		return got == n
	}
}

func TestItComesBack(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		policy backend.Policy
		before func(*room) // instead of the keep's own load
		lose   func(*room)
		cause  string
	}{
		"after its TTL": {
			before: func(r *room) { r.fake.JIT(hero, 1500*time.Millisecond); r.until("the JIT load", loaded(1)) },
			lose:   func(*room) {}, cause: "ttl",
		},
		"after an eviction": {
			before: func(r *room) { r.fake.JIT(hero, time.Hour); r.until("the JIT load", loaded(1)) },
			lose:   func(r *room) { r.fake.JIT(second, time.Hour) }, cause: "evicted",
		},
		"after an eject, where it is always kept": {
			policy: backend.Always,
			lose:   func(r *room) { r.fake.Eject(hero) }, cause: "external",
		},
		"after LM Studio restarted": {
			lose: func(r *room) {
				must(r.T, r.fake.QuitApp())
				r.until("LM Studio gone", func(st *backend.Status) bool { return st.Servers[0].State == backend.ServerDown })
				must(r.T, r.fake.StartApp())
			}, cause: "server_stopped",
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			r := start(t, lmstudiotest.Options{})
			r.untilListed()
			first := "keep_warm"
			if c.before != nil {
				c.before(r)
				first = "external"
			}
			r.keepHero(c.policy, 0)
			c.lose(r)
			r.until("the return", func(*backend.Status) bool {
				return has(r, hero+" loaded "+first, hero+" unloaded "+c.cause, hero+" loaded keep_warm")
			})
			r.untilKeep(backend.KeepWarm, "")
		})
	}
}

// has says whether the story has these lines in this order.
func has(r *room, lines ...string) bool {
	for _, got := range r.story() {
		if len(lines) > 0 && got == lines[0] {
			lines = lines[1:]
		}
	}
	return len(lines) == 0
}

func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

func TestAnEjectIsRespected(t *testing.T) {
	t.Parallel()
	r := start(t, lmstudiotest.Options{})
	r.keepHero(backend.RespectManual, 0)
	r.fake.Eject(hero)
	st := r.untilKeep(backend.KeepPaused, "ejected")
	if st.Keep.PausedUntil == nil {
		t.Error("the pause has no end")
	}
	time.Sleep(time.Second)
	if n := r.instances(); n != 0 {
		t.Fatalf("%d instances are loaded while paused, want 0", n)
	}
	if _, err := r.api.Resume(context.Background()); err != nil {
		t.Fatal(err)
	}
	r.untilKeep(backend.KeepWarm, "")
	r.untilStory(hero+" loaded keep_warm", hero+" unloaded external", hero+" loaded keep_warm")
}

func TestACrashThatStaysListed(t *testing.T) {
	t.Parallel()
	r := start(t, lmstudiotest.Options{})
	r.keepHero("", 0)
	r.fake.Crash(hero, true)
	wantCode(t, r.api.Check(context.Background(), "", hero), backend.CodeModelCrashed)
	r.untilStory(hero+" loaded keep_warm", hero+" unloaded crashed", hero+" loaded keep_warm")
	r.untilKeep(backend.KeepWarm, "")
	if err := r.api.Check(context.Background(), "", hero); err != nil {
		t.Fatalf("the new instance does not answer: %v", err)
	}
	// A second crash within ten minutes is no accident.
	r.fake.Crash(hero, true)
	wantCode(t, r.api.Check(context.Background(), "", hero), backend.CodeModelCrashed)
	r.untilKeep(backend.KeepPaused, "unstable")
}

func TestServerOffAndOn(t *testing.T) {
	t.Parallel()
	r := start(t, lmstudiotest.Options{})
	r.keepHero("", 0)
	must(t, r.fake.StopServer())
	r.untilKeep(backend.KeepWaiting, backend.CodeServerOff)
	must(t, r.fake.StartServer())
	r.untilKeep(backend.KeepWarm, "")
	time.Sleep(time.Second)
	r.untilStory(hero + " loaded keep_warm") // it never left memory
}

func TestATokenIsNeeded(t *testing.T) {
	t.Parallel()
	r := start(t, lmstudiotest.Options{})
	r.keepHero("", 0)
	r.fake.SetToken("sk-lm-abcdefgh:01234567890123456789")
	st := r.untilKeep(backend.KeepBlocked, backend.CodeNeedsToken)
	if st.Keep.Reason.Hint == "" {
		t.Error("nobody is told how to give the token")
	}
	r.fake.SetToken("")
	r.untilKeep(backend.KeepWarm, "")
	r.untilStory(hero + " loaded keep_warm")
}

func TestGuardrailStopsTheTries(t *testing.T) {
	t.Parallel()
	r := start(t, lmstudiotest.Options{MemoryBytes: 100_000_000, NoWebSocket: true})
	r.untilListed()
	if _, err := r.api.SetKeep(context.Background(), backend.Target{Model: hero}); err != nil {
		t.Fatal(err)
	}
	r.untilKeep(backend.KeepBlocked, backend.CodeGuardrail)
	time.Sleep(time.Second)
	if n := r.fake.Count("POST /api/v1/models/load"); n != 2 {
		t.Errorf("%d loads were asked for, want 2", n)
	}
	r.fake.SetMemory(0)
	if _, err := r.api.Resume(context.Background()); err != nil {
		t.Fatal(err)
	}
	r.untilKeep(backend.KeepWarm, "")
}

func TestTheMemoryGateAsksTheServerFirst(t *testing.T) {
	t.Parallel()
	clock := &jumpingClock{}
	r := start(t, lmstudiotest.Options{MemoryBytes: 100_000_000}, func(c *agent.Config, _ *lmstudio.Config) { c.Now = clock.Now })
	r.untilListed()
	if _, err := r.api.SetKeep(context.Background(), backend.Target{Model: hero}); err != nil {
		t.Fatal(err)
	}
	r.untilKeep(backend.KeepWaiting, "memory")
	time.Sleep(time.Second)
	if got := r.story(); len(got) != 0 {
		t.Errorf("a load was tried although it would not fit: %v", got)
	}
	// The server is asked again, so that it is loaded once there is room.
	clock.jump(time.Minute)
	r.fake.SetMemory(0)
	r.untilKeep(backend.KeepWarm, "")
}

func TestASmallerContextIsAcceptedOnce(t *testing.T) {
	t.Parallel()
	mlx := models()
	mlx[0].Format = lmstudiotest.MLX // only MLX changes the context by itself
	r := start(t, lmstudiotest.Options{Models: mlx})
	r.fake.OverrideContext(4096)
	r.keepHero("", 32768)
	r.untilKeep(backend.KeepWarm, "context_smaller")
	time.Sleep(time.Second)
	r.untilStory(hero + " loaded keep_warm")
	// Also after Pilotlight itself was restarted.
	r.stop()
	r.run()
	r.untilKeep(backend.KeepWarm, "context_smaller")
	time.Sleep(time.Second)
	r.untilStory(hero + " loaded keep_warm")
}

func TestATooSmallInstanceIsReplacedWhenIdle(t *testing.T) {
	t.Parallel()
	r := start(t, lmstudiotest.Options{})
	r.fake.LoadExplicit(hero, 4096)
	r.fake.SetBusy(hero, true)
	r.until("the small instance", loaded(1))
	want := 16384
	if _, err := r.api.SetKeep(context.Background(), backend.Target{Model: hero, ContextLength: &want}); err != nil {
		t.Fatal(err)
	}
	r.untilKeep(backend.KeepWaiting, "context_too_small")
	time.Sleep(2 * time.Second)
	if got := r.fake.Instances(); len(got) != 1 || got[0].Context != 4096 {
		t.Fatalf("a busy instance was touched: %+v", got)
	}
	r.fake.SetBusy(hero, false)
	r.untilKeep(backend.KeepWarm, "")
	r.untilStory(hero+" loaded already_loaded", hero+" unloaded keep_warm", hero+" loaded keep_warm")
}

func TestWithoutAWebSocketAPersonConfirms(t *testing.T) {
	t.Parallel()
	r := start(t, lmstudiotest.Options{NoWebSocket: true})
	r.fake.LoadExplicit(hero, 4096)
	r.until("the small instance", loaded(1))
	want := 16384
	if _, err := r.api.SetKeep(context.Background(), backend.Target{Model: hero, ContextLength: &want}); err != nil {
		t.Fatal(err)
	}
	r.untilKeep(backend.KeepBlocked, "confirm_replace")
	if _, err := r.api.Replace(context.Background()); err != nil {
		t.Fatal(err)
	}
	r.untilKeep(backend.KeepWarm, "")
	if got := r.fake.Instances(); len(got) != 1 || got[0].Context != 16384 {
		t.Fatalf("want one instance with 16384 tokens, got %+v", got)
	}
}

func TestAnOldServerIsKeptWarmToo(t *testing.T) {
	t.Parallel()
	r := start(t, lmstudiotest.Options{Version: "0.3.30"})
	st := r.keepHero("", 8192)
	if api := st.Servers[0].API; api == nil || *api != backend.APIv0 {
		t.Errorf("the server is said to speak %v, want v0", api)
	}
	r.untilStory(hero + " loaded keep_warm")
}

func TestAnOldServerWithoutAWebSocketCannotLoad(t *testing.T) {
	t.Parallel()
	r := start(t, lmstudiotest.Options{Version: "0.3.30", NoWebSocket: true})
	r.untilListed()
	if _, err := r.api.SetKeep(context.Background(), backend.Target{Model: hero}); err != nil {
		t.Fatal(err)
	}
	st := r.untilKeep(backend.KeepBlocked, backend.CodeUnsupported)
	if st.Keep.Reason.Hint == "" {
		t.Error("nobody is told what to do")
	}
}

func TestTheAgentRemembersOverARestart(t *testing.T) {
	t.Parallel()
	r := start(t, lmstudiotest.Options{})
	r.keepHero("", 0)
	r.stop()
	r.run()
	r.untilKeep(backend.KeepWarm, "")
	time.Sleep(time.Second)
	r.untilStory(hero + " loaded keep_warm") // seen again is not loaded again
	r.stop()
	r.fake.Eject(hero)
	r.run()
	r.untilKeep(backend.KeepWarm, "")
	r.untilStory(hero+" loaded keep_warm", hero+" unloaded unknown", hero+" loaded keep_warm")
}

func TestDuplicatesAreTold(t *testing.T) {
	t.Parallel()
	r := start(t, lmstudiotest.Options{})
	r.keepHero("", 0)
	id := r.fake.LoadExplicit(hero, 4096)
	st := r.until("the notice", func(st *backend.Status) bool { return len(st.Notices) == 1 })
	if n := st.Notices[0]; n.Code != "duplicate_instance" || n.Hint == "" {
		t.Errorf("notice %+v", n)
	}
	r.fake.Eject(id)
	r.until("the notice taken down", func(st *backend.Status) bool { return len(st.Notices) == 0 })
	if k := r.untilKeep(backend.KeepWarm, "").Keep; k.InstanceID != hero {
		t.Errorf("kept %q", k.InstanceID)
	}
}

func TestPauseAndResume(t *testing.T) {
	t.Parallel()
	r := start(t, lmstudiotest.Options{})
	ctx := context.Background()
	_, err := r.api.Pause(ctx, 0)
	wantCode(t, err, backend.CodeRefused)
	r.keepHero("", 0)
	if _, err := r.api.Pause(ctx, time.Hour); err != nil {
		t.Fatal(err)
	}
	r.fake.Eject(hero)
	r.until("the loss", loaded(0))
	st := r.untilKeep(backend.KeepPaused, "")
	if st.Keep.PausedUntil == nil {
		t.Error("a pause of an hour has no end")
	}
	if _, err := r.api.Resume(ctx); err != nil {
		t.Fatal(err)
	}
	r.untilKeep(backend.KeepWarm, "")
	if k, err := r.api.Release(ctx); err != nil || k.State != backend.KeepOff {
		t.Fatalf("release: %+v %v", k, err)
	}
	if n := r.instances(); n != 1 {
		t.Errorf("release left %d instances, want 1: it unloads nothing", n)
	}
}

func TestSlowLoadShowsProgress(t *testing.T) {
	t.Parallel()
	r := start(t, lmstudiotest.Options{LoadTime: 2 * time.Second}, func(c *agent.Config, _ *lmstudio.Config) {})
	r.untilListed()
	if _, err := r.api.SetKeep(context.Background(), backend.Target{Model: hero}); err != nil {
		t.Fatal(err)
	}
	st := r.until("progress", func(st *backend.Status) bool {
		return st.Keep.State == backend.KeepLoading && st.Keep.Progress != nil && *st.Keep.Progress > 0.2
	})
	if st.Keep.LoadingSince == nil {
		t.Error("a load that runs has no start")
	}
	r.untilKeep(backend.KeepWarm, "")
}
