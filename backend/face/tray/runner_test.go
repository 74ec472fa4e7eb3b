package tray

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"reflect"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"pilotlight/backend"
	"pilotlight/backend/rule/say"
)

// paper is a screen that writes down what is done to it.
type paper struct {
	mu      sync.Mutex
	touched []string
	text    map[string]string
}

func (p *paper) note(what string) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.touched = append(p.touched, what)
}

func (p *paper) set(id string, it Item, _ *Item) {
	p.note(id)
	p.mu.Lock()
	defer p.mu.Unlock()
	p.text[id] = it.Text
}

func (p *paper) hide(id string) {
	p.note("-" + id)
	p.mu.Lock()
	defer p.mu.Unlock()
	delete(p.text, id)
}

func (p *paper) icon(f say.Flame) { p.note("icon " + string(f)) }
func (p *paper) tooltip(string)   {}

// take gives what was touched since the last time.
func (p *paper) take() []string {
	p.mu.Lock()
	defer p.mu.Unlock()
	t := p.touched
	p.touched = nil
	return t
}

func (p *paper) reads(id string) string {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.text[id]
}

// puppet is an agent whose state the test sets and whose commands it answers.
type puppet struct {
	status atomic.Pointer[backend.Status]
	poke   func()
	answer func(ctx context.Context) error
	mu     sync.Mutex
	asked  []string
}

func (a *puppet) Status() *backend.Status { return a.status.Load() }

func (a *puppet) Watch(ctx context.Context, changed func()) {
	a.poke = changed
	<-ctx.Done()
}

func (a *puppet) changed(st *backend.Status) {
	a.status.Store(st)
	a.poke()
}

func (a *puppet) ask(ctx context.Context, what string) error {
	a.mu.Lock()
	a.asked = append(a.asked, what)
	a.mu.Unlock()
	if a.answer == nil {
		return nil
	}
	return a.answer(ctx)
}

func (a *puppet) count() int {
	a.mu.Lock()
	defer a.mu.Unlock()
	return len(a.asked)
}

func (a *puppet) SetKeep(ctx context.Context, t backend.Target) (backend.Keep, error) {
	return backend.Keep{}, a.ask(ctx, "keep "+t.Model)
}
func (a *puppet) Release(ctx context.Context) (backend.Keep, error) {
	return backend.Keep{}, a.ask(ctx, "release")
}
func (a *puppet) Pause(ctx context.Context, d time.Duration) (backend.Keep, error) {
	return backend.Keep{}, a.ask(ctx, "pause "+d.String())
}
func (a *puppet) Resume(ctx context.Context) (backend.Keep, error) {
	return backend.Keep{}, a.ask(ctx, "resume")
}
func (a *puppet) Replace(ctx context.Context) (backend.Keep, error) {
	return backend.Keep{}, a.ask(ctx, "replace")
}
func (a *puppet) Unload(ctx context.Context, server, id string, force bool) (backend.Load, error) {
	return backend.Load{}, a.ask(ctx, fmt.Sprint("unload ", server, " ", id, " ", force))
}
func (a *puppet) SeeFallbacks(ctx context.Context) error { return a.ask(ctx, "seen") }

// stage runs a runner in a time of its own until f returns.
func stage(t *testing.T, o Options, f func(r *runner, a *puppet, p *paper)) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) {
		a, p := &puppet{}, &paper{text: map[string]string{}}
		o.Now, o.Log = time.Now, slog.New(slog.NewTextHandler(io.Discard, nil))
		r := newRunner(a, p, o)
		ctx, stop := context.WithCancel(t.Context())
		ended := make(chan struct{})
		go func() { defer close(ended); r.run(ctx) }()
		synctest.Wait()
		a.changed(warm(time.Now()))
		synctest.Wait()
		f(r, a, p)
		stop()
		<-ended
	})
}

func warm(now time.Time) *backend.Status {
	return &backend.Status{
		Servers: []backend.Server{{ID: "s", State: backend.ServerUp, Models: []backend.Model{
			{Key: "m", Name: "M", Type: backend.TypeLLM, Instances: []backend.Instance{{ID: "m", SeenLoadedAt: backend.At(now)}}},
		}}},
		Keep:    backend.Keep{Server: "s", Model: "m", State: backend.KeepWarm, InstanceID: "m"},
		Machine: &backend.Sample{},
	}
}

// TestOnlyWhatDiffersIsTouched sends the same state, then one that differs in
// one line.
func TestOnlyWhatDiffersIsTouched(t *testing.T) {
	stage(t, Options{}, func(_ *runner, a *puppet, p *paper) {
		started := time.Now()
		if got := p.take(); !slices.Contains(got, "headline") || !slices.Contains(got, "icon lit") {
			t.Errorf("at first it drew %v", got)
		}
		for range 10 {
			a.changed(warm(started))
			synctest.Wait()
		}
		if got := p.take(); len(got) != 0 {
			t.Errorf("the same again touched %v", got)
		}
		st := warm(started)
		st.Machine = &backend.Sample{Memory: &backend.Memory{TotalBytes: 64 << 30, UsedBytes: 20 << 30}}
		a.changed(st)
		synctest.Wait()
		if got := p.take(); !reflect.DeepEqual(got, []string{"memory"}) {
			t.Errorf("more memory in use touched %v", got)
		}
		// Nothing happens: times go on, once a minute.
		time.Sleep(10*time.Minute + time.Second)
		synctest.Wait()
		if got := p.take(); len(got) != 10 || slices.ContainsFunc(got, func(id string) bool { return id != "sub.0" }) {
			t.Errorf("ten quiet minutes touched %v", got)
		}
		if got := p.reads("sub.0"); got != "loaded 10 min ago" {
			t.Errorf("after them it reads %q", got)
		}
		// The memory has changed meanwhile, which is not worth an event.
		p.take()
		st = warm(started)
		st.Machine = &backend.Sample{Memory: &backend.Memory{TotalBytes: 64 << 30, UsedBytes: 30 << 30}}
		a.status.Store(st)
		time.Sleep(time.Minute)
		synctest.Wait()
		if got := p.reads("memory"); got != "RAM 30 of 64 GB" {
			t.Errorf("a minute later the memory reads %q", got)
		}
	})
}

// TestClicksDoNotQueue clicks often on something that takes long.
func TestClicksDoNotQueue(t *testing.T) {
	stage(t, Options{}, func(r *runner, a *puppet, p *paper) {
		a.answer = func(ctx context.Context) error { <-ctx.Done(); return ctx.Err() }
		for range 100 {
			r.clicks <- "pause.0"
			r.clicks <- "unload"
		}
		synctest.Wait()
		if got := a.count(); got != 2 {
			t.Errorf("200 clicks became %d commands, want one of each kind", got)
		}
		time.Sleep(quick + time.Second)
		synctest.Wait()
		if got := p.reads("failure.0"); !strings.HasPrefix(got, "No answer yet") {
			t.Errorf("a command that takes too long reads %q", got)
		}
		r.clicks <- "pause.0"
		synctest.Wait()
		if got := a.count(); got != 3 {
			t.Errorf("after it ended, %d commands were asked for, want 3", got)
		}
	})
}

// TestFailureIsShownForAWhile lets a click fail.
func TestFailureIsShownForAWhile(t *testing.T) {
	stage(t, Options{}, func(r *runner, a *puppet, p *paper) {
		a.answer = func(context.Context) error {
			return &backend.Error{Code: backend.CodeBusy, Message: "It is busy.", Hint: "Wait."}
		}
		r.clicks <- "unload"
		synctest.Wait()
		if got := p.reads("failure.0"); got != "It is busy. Wait." {
			t.Errorf("it reads %q", got)
		}
		time.Sleep(failureFor - time.Second)
		synctest.Wait()
		if got := p.reads("failure.0"); got == "" {
			t.Error("it went too soon")
		}
		time.Sleep(2 * time.Second)
		synctest.Wait()
		if got := p.reads("failure.0"); got != "" {
			t.Errorf("later it still reads %q", got)
		}
	})
}

// entry is a login entry that remembers.
type entry struct{ on, broken bool }

func (e *entry) Enabled() bool { return e.on }

func (e *entry) Set(on bool) error {
	if e.broken {
		return errors.New("the folder cannot be written")
	}
	e.on = on
	return nil
}

func TestLoginAndQuit(t *testing.T) {
	e, quits := &entry{}, 0
	stage(t, Options{Login: e, Quit: func() { quits++ }}, func(r *runner, _ *puppet, p *paper) {
		r.clicks <- "login"
		synctest.Wait()
		if got := r.shown["login"].Check; !e.on || got != Checked {
			t.Errorf("after a click it is %v and drawn %v", e.on, got)
		}
		e.broken = true
		r.clicks <- "login"
		synctest.Wait()
		if got := p.reads("failure.0"); !e.on || got == "" {
			t.Errorf("a login entry that cannot be changed: %v, %q", e.on, got)
		}
		r.clicks <- "nothing of that name"
		r.clicks <- "quit"
		synctest.Wait()
		if quits != 1 {
			t.Errorf("it quit %d times", quits)
		}
	})
}

// Who opens the story from the menu has seen it; one that did not open is not
// seen.
func TestAFallbackIsSeenWhereItOpens(t *testing.T) {
	var opened []string
	var fails error
	stage(t, Options{Open: func(_ context.Context, path string) error { opened = append(opened, path); return fails }},
		func(r *runner, a *puppet, _ *paper) {
			st := *warm(time.Now())
			st.LastFallback = &backend.Fallback{ID: 7, At: backend.At(time.Now())}
			st.FallbackUnseen = true
			a.changed(&st)
			synctest.Wait()
			fails = errors.New("no window")
			r.clicks <- "fallback"
			synctest.Wait()
			if a.count() != 0 {
				t.Errorf("it was asked %v", a.asked)
			}
			fails = nil
			r.clicks <- "fallback"
			synctest.Wait()
			if want := []string{"/fallbacks/7", "/fallbacks/7"}; !reflect.DeepEqual(opened, want) {
				t.Errorf("opened %v, want %v", opened, want)
			}
			if want := []string{"seen"}; !reflect.DeepEqual(a.asked, want) {
				t.Errorf("asked %v, want %v", a.asked, want)
			}
		})
}

// TestEveryLineHasItsPlace holds View to the layout: the same lines, in the
// same order, with a box where one is checked, and no separator that would
// stand beside another.
func TestEveryLineHasItsPlace(t *testing.T) {
	on, now := true, time.Now()
	st := warm(now)
	st.Keep.Reason = &backend.Error{Code: "confirm_replace", Message: strings.Repeat("why ", 100), Hint: strings.Repeat("do ", 100)}
	st.Keep.State = backend.KeepBlocked
	st.Machine = &backend.Sample{Memory: &backend.Memory{TotalBytes: 1 << 30}, GPUs: make([]backend.GPU, 9)}
	half := 0.5
	for i := range st.Machine.GPUs {
		st.Machine.GPUs[i].Utilization = &half
	}
	one := 1
	st.LastFallback, st.FallbacksToday = &backend.Fallback{At: backend.At(now)}, &one
	for i := range 50 {
		st.Servers[0].Models = append(st.Servers[0].Models, backend.Model{Key: fmt.Sprint("k", i), Type: backend.TypeLLM})
	}
	st.Peers = make([]backend.Peer, mostPeers+1)
	m := View(st, now, Extra{Login: &on, Failure: strings.Repeat("no ", 100)})
	var seen []place
	var walk func([]Item, string)
	walk = func(items []Item, under string) {
		for _, it := range items {
			seen = append(seen, place{id: it.ID, under: under, check: it.Check != NoCheck})
			walk(it.Children, it.ID)
		}
	}
	walk(m.Items, "")
	var want []place
	for _, p := range layout() {
		if p.id != "" {
			want = append(want, p)
		}
	}
	if !reflect.DeepEqual(seen, want) {
		t.Errorf("with everything there is, the lines are\n%v\nand the places\n%v", seen, want)
	}

	// And with as little as there can be.
	least := View(&backend.Status{Keep: backend.Keep{State: backend.KeepOff}}, now, Extra{})
	filled := false
	for _, p := range layout() {
		if p.id == "" && !filled {
			t.Error("a separator has nothing above it")
		}
		there := slices.ContainsFunc(least.Items, func(it Item) bool { return it.ID == p.id })
		filled = p.id != "" && (filled || there)
	}
}
