package agent_test

import (
	"context"
	"fmt"
	"io"
	"log/slog"
	"os"
	"path/filepath"
	"testing"
	"testing/fstest"
	"time"

	"pilotlight/backend"
	"pilotlight/backend/agent"
	"pilotlight/backend/face/client"
	"pilotlight/backend/rule/keep"
	"pilotlight/backend/source/lmstudio"
	"pilotlight/backend/source/lmstudio/lmstudiotest"
)

const (
	hero    = "acme/hero-8b"
	second  = "acme/second-4b"
	patient = 30 * time.Second // for what should happen; the machine may be slow
)

func models() []lmstudiotest.Model {
	return []lmstudiotest.Model{
		{Key: hero, Name: "Hero 8B", SizeBytes: 600_000_000, MaxContext: 32768, KVBytesPerToken: 1000},
		{Key: second, Name: "Second 4B", SizeBytes: 400_000_000, MaxContext: 32768, KVBytesPerToken: 1000},
	}
}

// quickSettings are the usual rules with periods that a test can wait for.
func quickSettings() keep.Settings {
	s := keep.Defaults()
	s.Settle, s.BackoffBase, s.BackoffCap = 500*time.Millisecond, 300*time.Millisecond, 2*time.Second
	s.EjectPause, s.IdleProof, s.LostHold = time.Minute, 700*time.Millisecond, time.Second
	return s
}

// room is a running agent over a fake LM Studio.
type room struct {
	*testing.T
	fake *lmstudiotest.Server
	api  *client.Client
	cfg  agent.Config
	stop func()
}

type change func(*agent.Config, *lmstudio.Config)

// start runs an agent over the fake until the test ends.
func start(t *testing.T, o lmstudiotest.Options, changes ...change) *room {
	t.Helper()
	if o.Models == nil {
		o.Models = models()
	}
	r := &room{T: t, fake: lmstudiotest.Start(t, o)}
	home, err := os.MkdirTemp("", "pl") // t.TempDir is too long for a socket
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { os.RemoveAll(home) })
	r.cfg = agent.Config{
		Home: filepath.Join(home, "s"), Listen: "127.0.0.1:0", Poll: agent.MinPoll, ServerName: "LM Studio",
		Sample: plentyOfMemory, Unified: true, Keep: quickSettings(), Version: "test",
		PeerPatience: 30 * time.Second,
		Dashboard:    fstest.MapFS{}, Log: slog.New(slog.NewTextHandler(io.Discard, nil)), Now: time.Now,
	}
	r.run(changes...)
	t.Cleanup(func() { r.stop() })
	return r
}

// run starts the agent, again if it was stopped before.
func (r *room) run(changes ...change) {
	r.Helper()
	lm := lmstudio.Config{ID: "lmstudio", URL: r.fake.URL(), InternalPorts: []int{r.fake.InternalPort()}}
	for _, c := range changes {
		c(&r.cfg, &lm)
	}
	r.cfg.Source = lmstudio.New(lm)
	ready := make(chan struct{})
	r.cfg.Ready = func(string, string) { close(ready) }
	ctx, cancel := context.WithCancel(context.Background())
	done := make(chan error, 1)
	go func() { done <- agent.Run(ctx, r.cfg) }()
	select {
	case <-ready:
	case err := <-done:
		cancel()
		r.Fatalf("the agent did not start: %v", err)
	}
	r.api = client.New(agent.SocketPath(r.cfg.Home))
	stopped := false
	r.stop = func() {
		if stopped {
			return
		}
		stopped = true
		r.api.Close()
		cancel()
		if err := <-done; err != nil {
			r.Errorf("the agent ended with: %v", err)
		}
	}
}

// plentyOfMemory is a machine with 60 of 64 GB available.
func plentyOfMemory(context.Context, backend.Want) (backend.Sample, error) {
	available, at := int64(60_000_000_000), backend.At(time.Now())
	return backend.Sample{
		At: at, ReadAt: &backend.ReadAt{Memory: &at}, GPUs: []backend.GPU{}, Processes: []backend.Process{},
		Memory: &backend.Memory{TotalBytes: 64_000_000_000, UsedBytes: 4_000_000_000, AvailableBytes: &available, Source: "test"},
	}, nil
}

// until waits for something to become true and shows what it was instead.
func (r *room) until(what string, ok func(*backend.Status) bool) *backend.Status {
	r.Helper()
	deadline := time.Now().Add(patient)
	for {
		st, err := r.api.Status(context.Background())
		if err != nil {
			r.Fatalf("status: %v", err)
		}
		if ok(st) {
			return st
		}
		if time.Now().After(deadline) {
			r.Fatalf("never came: %s\nnotices %+v\nkeep %+v reason %+v\nserver %+v\nhistory %v", what, st.Notices, st.Keep, st.Keep.Reason, st.Servers, r.story())
		}
		time.Sleep(20 * time.Millisecond)
	}
}

func (r *room) untilKeep(state backend.KeepState, code backend.Code) *backend.Status {
	r.Helper()
	return r.until(fmt.Sprintf("keep %s %s", state, code), func(st *backend.Status) bool {
		got := backend.Code("")
		if st.Keep.Reason != nil {
			got = st.Keep.Reason.Code
		}
		return st.Keep.State == state && (code == "" || got == code)
	})
}

func (r *room) untilListed() {
	r.Helper()
	r.until("a list", func(st *backend.Status) bool { return st.Servers[0].ListedAt != nil })
}

// keepHero keeps the hero and waits until it is warm.
func (r *room) keepHero(policy backend.Policy, context_ int) *backend.Status {
	r.Helper()
	r.untilListed()
	t := backend.Target{Model: hero, Policy: policy}
	if context_ > 0 {
		t.ContextLength = &context_
	}
	if _, err := r.api.SetKeep(context.Background(), t); err != nil {
		r.Fatalf("keep: %v", err)
	}
	return r.untilKeep(backend.KeepWarm, "")
}

func (r *room) history() []backend.Load {
	r.Helper()
	page, err := r.api.Loads(context.Background(), backend.LoadQuery{Limit: 1000})
	if err != nil {
		r.Fatalf("loads: %v", err)
	}
	return page.Items
}

// story is the history, oldest first, as "instance event cause".
func (r *room) story() []string {
	rows := r.history()
	lines := make([]string, len(rows))
	for i, l := range rows {
		lines[len(rows)-1-i] = fmt.Sprintf("%s %s %s", l.InstanceID, l.Event, l.Cause)
	}
	return lines
}

// untilStory waits for the history to be exactly this.
func (r *room) untilStory(want ...string) {
	r.Helper()
	deadline := time.Now().Add(patient)
	for {
		got := r.story()
		if fmt.Sprint(got) == fmt.Sprint(want) {
			return
		}
		if time.Now().After(deadline) {
			r.Fatalf("the history is\n%v\nand should be\n%v", got, want)
		}
		time.Sleep(20 * time.Millisecond)
	}
}

// instances are what the fake really has in memory.
func (r *room) instances() int { return len(r.fake.Instances()) }

func wantCode(t *testing.T, err error, code backend.Code) {
	t.Helper()
	if got := backend.CodeOf(err); got != code {
		t.Fatalf("got error %v (%s), want %s", err, got, code)
	}
	if backend.AsError(err).Hint == "" {
		t.Errorf("the error %q says not what to do", err)
	}
}
