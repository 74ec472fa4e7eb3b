package agent

import (
	"context"
	"fmt"
	"strings"
	"sync"
	"time"

	"pilotlight/backend"
	"pilotlight/backend/rule/doctor"
	"pilotlight/backend/source/openclaw"
)

// Checkup is what the doctor asks of this machine, each when it is run and within
// the time of ctx. What is nil is not known.
type Checkup struct {
	// LMStudio looks for the program by its files and the processes, which are nil
	// where they could not be read.
	LMStudio func(ctx context.Context, processes []backend.Process) backend.LMStudioSeen
	// Disk tells the room where models are kept, in the folder path; "" is not known.
	Disk  func(ctx context.Context, path string) *backend.DiskSpace
	Sleep func(ctx context.Context) *backend.SleepRule
	// Listening tells where a server on this machine takes connections.
	Listening func(ctx context.Context, srv backend.Server) *backend.Listening
}

const (
	// probeLimit is how long a question may take: what has not answered by then
	// is not waited for.
	probeLimit = 2 * time.Second
	// probedFor is how long an answer is good for, and hostedFor one of a hosted
	// service, which is asked only when a person wants it.
	probedFor = 30 * time.Second
	hostedFor = 10 * time.Minute
)

// depth is how much the doctor asks for.
type depth int

const (
	reuse depth = iota // what was asked a moment ago
	anew               // asked anew, but hosted services
	all                // asked anew, hosted services too
)

// probing holds the newest answers. One round runs at a time: who comes meanwhile
// takes its answers.
type probing struct {
	mu   sync.Mutex
	last probed
}

// probed are the answers of one round.
type probed struct {
	at        time.Time
	of        string // what was there to be asked, as keyOf tells it
	reach     map[string]backend.Reach
	lmstudio  backend.LMStudioSeen
	files     []backend.FileAccess
	listening []backend.Listening
	disk      *backend.DiskSpace
	sleep     *backend.SleepRule
}

// probe puts into the facts what has to be asked for.
func (a *Agent) probe(f *doctor.Facts, hash string, how depth) {
	p := &a.probing
	p.mu.Lock()
	defer p.mu.Unlock()
	of := keyOf(hash, f.Status)
	if age := a.cfg.Now().Sub(p.last.at); how != reuse || p.last.of != of || age < 0 || age >= probedFor {
		p.last = a.probeAll(f, p.last.reach, how)
		p.last.of = of
	}
	f.LMStudio, f.Files, f.Listening, f.Disk, f.Sleep = p.last.lmstudio, p.last.files, p.last.listening, p.last.disk, p.last.sleep
	f.Reach = p.last.reach
}

// keyOf tells whether answers may still hold: another config names other servers, and
// one that came or went answers otherwise than it did.
func keyOf(hash string, st *backend.Status) string {
	var b strings.Builder
	b.WriteString(hash)
	for i := range st.Servers {
		fmt.Fprint(&b, " ", st.Servers[i].ID, " ", st.Servers[i].State)
	}
	return b.String()
}

// answers takes what questions bring until the time is up, and nothing after it.
type answers struct {
	mu   sync.Mutex
	late bool
	wg   sync.WaitGroup
}

// ask runs a question beside; put takes its answer in.
func ask[T any](ctx context.Context, s *answers, question func(context.Context) T, put func(T)) {
	s.wg.Go(func() {
		got := question(ctx)
		s.mu.Lock()
		defer s.mu.Unlock()
		if !s.late {
			put(got)
		}
	})
}

// wait is over when all have answered or the time is up.
func (s *answers) wait(ctx context.Context) {
	done := make(chan struct{})
	go func() { defer close(done); s.wg.Wait() }()
	select {
	case <-done:
	case <-ctx.Done():
		// Those that heed ctx answer at once now; only what hangs is left behind.
		select {
		case <-done:
		case <-time.After(grace):
		}
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.late = true
}

// grace is how long a question may take to notice that its time is up.
const grace = 100 * time.Millisecond

// probeAll asks everything at once. known are the answers of providers before. It
// goes on when who wanted it has left: the answers are for everybody.
func (a *Agent) probeAll(f *doctor.Facts, known map[string]backend.Reach, how depth) probed {
	ctx, cancel := context.WithTimeout(a.life, probeLimit)
	defer cancel()
	got := probed{at: a.cfg.Now(), reach: map[string]backend.Reach{}}
	var calls []openclaw.Call
	for _, c := range a.calls() {
		if !c.Hosted || how == all {
			calls = append(calls, c)
		} else if r, ok := known[c.Provider]; ok && got.at.Sub(r.At.Time) < hostedFor {
			got.reach[c.Provider] = r
		}
	}
	s := &answers{}
	for _, c := range calls {
		ask(ctx, s, func(ctx context.Context) backend.Reach { return openclaw.Reach(ctx, c, a.cfg.Now) },
			func(r backend.Reach) { got.reach[c.Provider] = r })
	}
	if r := a.latest.Load(); r != nil && r.OpenClaw.Found {
		ask(ctx, s, func(context.Context) []backend.FileAccess { return openclaw.Access(r.Paths) },
			func(v []backend.FileAccess) { got.files = v })
	}
	a.askMachine(ctx, s, f.Status, &got)
	s.wait(ctx)
	return got
}

// calls are what OpenClaw's gateway would ask the providers of its chain.
func (a *Agent) calls() []openclaw.Call {
	r := a.latest.Load()
	if r == nil {
		return nil
	}
	return openclaw.Calls(*r)
}

// askMachine asks what the doctor wants to know of this machine.
func (a *Agent) askMachine(ctx context.Context, s *answers, st *backend.Status, got *probed) {
	c := a.cfg.Checkup
	if c.LMStudio != nil {
		ask(ctx, s, func(ctx context.Context) backend.LMStudioSeen { return c.LMStudio(ctx, a.processes(ctx)) },
			func(v backend.LMStudioSeen) { got.lmstudio = v })
	}
	if c.Disk != nil {
		ask(ctx, s, func(ctx context.Context) *backend.DiskSpace { return c.Disk(ctx, a.modelsFolder()) },
			func(v *backend.DiskSpace) { got.disk = v })
	}
	if c.Sleep != nil {
		ask(ctx, s, c.Sleep, func(v *backend.SleepRule) { got.sleep = v })
	}
	for _, srv := range st.Servers {
		if c.Listening == nil || srv.Host != "" {
			continue
		}
		ask(ctx, s, func(ctx context.Context) *backend.Listening { return c.Listening(ctx, srv) },
			func(v *backend.Listening) {
				if v != nil {
					got.listening = append(got.listening, *v)
				}
			})
	}
}

// modelsFolder is where the models' files are on this machine, "" where that is not
// known.
func (a *Agent) modelsFolder() string {
	if a.cfg.ModelHome == nil {
		return ""
	}
	return a.cfg.ModelHome().Folder
}

// processes are those of model servers that run here, nil where they cannot be read.
func (a *Agent) processes(ctx context.Context) []backend.Process {
	s := a.sample(ctx, backend.Want{Processes: true, Search: true})
	if s.ReadAt == nil || s.ReadAt.Processes == nil {
		return nil
	}
	return s.Processes
}
