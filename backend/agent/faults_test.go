package agent_test

import (
	"context"
	"net"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"pilotlight/backend"
	"pilotlight/backend/agent"
	"pilotlight/backend/source/lmstudio"
	"pilotlight/backend/source/lmstudio/lmstudiotest"
)

// Whatever the server answers, what is loaded stays known and nothing is done.
func TestNonsenseIsNotAnEmptyServer(t *testing.T) {
	t.Parallel()
	for name, fault := range map[string]lmstudiotest.Fault{
		"hangs for ever": lmstudiotest.FaultHang, "half an answer": lmstudiotest.FaultHalf,
		"HTML": lmstudiotest.FaultHTML, "10 MB of JSON": lmstudiotest.FaultHuge,
		"deep nesting": lmstudiotest.FaultDeep, "wrong types": lmstudiotest.FaultWrongTypes, "a list that is an object": lmstudiotest.FaultModelsObject,
		"flapping":               lmstudiotest.FaultFlapping,
		"an error that is 200":   lmstudiotest.FaultErrorString,
		"an error that is a 500": lmstudiotest.FaultErrorObject,
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			r := start(t, lmstudiotest.Options{})
			r.keepHero("", 0)
			r.fake.Fault(fault)
			time.Sleep(4 * time.Second)
			st, err := r.api.Status(context.Background())
			if err != nil {
				t.Fatalf("the agent no longer answers: %v", err)
			}
			if !loaded(1)(st) {
				t.Errorf("the loaded model was forgotten: %+v", st.Servers[0])
			}
			r.fake.Fault(lmstudiotest.FaultNone)
			r.untilKeep(backend.KeepWarm, "")
			r.untilStory(hero + " loaded keep_warm")
			if n := r.instances(); n != 1 {
				t.Errorf("%d instances are loaded, want 1", n)
			}
		})
	}
}

func TestASecondAgentHarmsNothing(t *testing.T) {
	t.Parallel()
	r := start(t, lmstudiotest.Options{})
	second := r.cfg
	second.Source = lmstudio.New(lmstudio.Config{ID: "lmstudio", URL: r.fake.URL()})
	defer second.Source.Close()
	wantCode(t, agent.Run(context.Background(), second), backend.CodeRunning)
	r.keepHero("", 0)
}

func TestATakenPortIsTold(t *testing.T) {
	t.Parallel()
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	must(t, err)
	defer ln.Close()
	cfg := spare(t)
	cfg.Listen = ln.Addr().String()
	wantCode(t, agent.Run(context.Background(), cfg), backend.CodePortTaken)
	if _, err := os.Stat(agent.DatabasePath(cfg.Home)); err == nil {
		t.Error("a database was made although the agent cannot run")
	}
}

// spare is a config for an agent that is not meant to run.
func spare(t *testing.T) agent.Config {
	t.Helper()
	r := start(t, lmstudiotest.Options{})
	r.stop()
	cfg := r.cfg
	cfg.Home = filepath.Join(filepath.Dir(cfg.Home), "other")
	cfg.Source = lmstudio.New(lmstudio.Config{ID: "lmstudio", URL: r.fake.URL()})
	t.Cleanup(func() { cfg.Source.Close() })
	return cfg
}

func TestBadSettingsAreRefused(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		change func(*agent.Config)
		code   backend.Code
	}{
		"an address others reach":  {func(c *agent.Config) { c.Listen = "0.0.0.0:0" }, backend.CodeInvalid},
		"no address at all":        {func(c *agent.Config) { c.Listen = "nonsense" }, backend.CodeInvalid},
		"too short a period":       {func(c *agent.Config) { c.Poll = time.Millisecond }, backend.CodeInvalid},
		"too long a path":          {func(c *agent.Config) { c.Home = "/tmp/" + strings.Repeat("x", 100) }, backend.CodeInvalid},
		"a path that is not whole": {func(c *agent.Config) { c.Home = "state" }, backend.CodeInvalid},
		"a folder that is a file": {func(c *agent.Config) {
			c.Home = filepath.Join(filepath.Dir(c.Home), "file")
			must(t, os.WriteFile(c.Home, nil, 0o600))
		}, backend.CodeInternal},
		"a file where the socket belongs": {func(c *agent.Config) {
			must(t, os.MkdirAll(c.Home, 0o700))
			must(t, os.WriteFile(agent.SocketPath(c.Home), []byte("mine"), 0o600))
		}, backend.CodeRefused},
	} {
		t.Run(name, func(t *testing.T) {
			cfg := spare(t)
			c.change(&cfg)
			wantCode(t, agent.Run(context.Background(), cfg), c.code)
		})
	}
}

func TestAStaleSocketIsTakenOver(t *testing.T) {
	t.Parallel()
	r := start(t, lmstudiotest.Options{})
	r.stop()
	// A killed agent leaves its socket behind.
	addr := &net.UnixAddr{Name: agent.SocketPath(r.cfg.Home), Net: "unix"}
	ln, err := net.ListenUnix("unix", addr)
	must(t, err)
	ln.SetUnlinkOnClose(false)
	ln.Close()
	r.run()
	r.untilListed()
	info, err := os.Stat(addr.Name)
	must(t, err)
	if got := info.Mode().Perm(); got != 0o600 {
		t.Errorf("the socket has mode %o, want 600", got)
	}
}

func TestADamagedHistoryIsSetAsideAloud(t *testing.T) {
	t.Parallel()
	r := start(t, lmstudiotest.Options{})
	r.keepHero("", 0)
	r.untilStory(hero + " loaded keep_warm")
	r.stop()
	must(t, os.WriteFile(agent.DatabasePath(r.cfg.Home), []byte(strings.Repeat("rubbish ", 4096)), 0o600))
	r.run()
	st := r.until("a notice", func(st *backend.Status) bool { return len(st.Notices) == 1 })
	if n := st.Notices[0]; n.Code != "history_set_aside" || !strings.Contains(n.Hint, "corrupt") || !strings.Contains(n.Hint, "choose it again") {
		t.Errorf("notice %+v", n)
	}
	r.untilStory(hero + " loaded already_loaded")
}

func TestTheClockJumps(t *testing.T) {
	t.Parallel()
	for name, jump := range map[string]time.Duration{
		"a year ahead": 365 * 24 * time.Hour, "an hour back": -time.Hour, "a year back": -365 * 24 * time.Hour,
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			clock := &jumpingClock{}
			r := start(t, lmstudiotest.Options{}, func(c *agent.Config, _ *lmstudio.Config) { c.Now = clock.Now })
			r.keepHero(backend.Always, 0)
			clock.jump(jump)
			time.Sleep(time.Second)
			r.untilStory(hero + " loaded keep_warm") // the jump alone does nothing
			r.fake.Eject(hero)
			r.untilStory(hero+" loaded keep_warm", hero+" unloaded external", hero+" loaded keep_warm")
			r.untilKeep(backend.KeepWarm, "")
		})
	}
}
