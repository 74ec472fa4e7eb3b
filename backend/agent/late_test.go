package agent

import (
	"context"
	"io"
	"log/slog"
	"testing"
	"time"

	"pilotlight/backend"
	"pilotlight/backend/rule/watch"
)

// bench has what the hub does beside its loop done when a test says so.
type bench struct {
	Stage
	beside, posted []func()
}

func (b *bench) Beside(f func()) { b.beside = append(b.beside, f) }
func (b *bench) Post(f func())   { b.posted = append(b.posted, f) }

// answersAll is a way to a server that answers what a load takes, what an instance does, and
// that one has crashed.
type answersAll struct {
	Source
	bytes int64
}

func (s answersAll) Estimate(context.Context, backend.LoadRequest) (backend.Estimate, error) {
	return backend.Estimate{TotalBytes: s.bytes}, nil
}

func (answersAll) Processing(context.Context, string) (backend.Processing, error) {
	return backend.Processing{Busy: true}, nil
}

func (answersAll) Close() error { return nil }

// What the machine that a provider had before answers late is none of the one that it has
// now: neither what a load takes there, nor who is busy, nor who crashed.
func TestALateAnswerOfAFormerAddressIsDropped(t *testing.T) {
	t.Parallel()
	later := answersAll{bytes: 2}
	turns := &bench{}
	a := &Agent{stage: turns, life: t.Context(), cfg: Config{
		Now: time.Now, NewSource: func(ServerSpec) Source { return later }, Log: slog.New(slog.NewTextHandler(io.Discard, nil)),
	}}
	w := &watched{id: "den", lmstudio: true, src: answersAll{bytes: 1}, state: watch.New(backend.Server{ID: "den"}, nil)}
	first := w.src
	load := backend.LoadRequest{Model: "acme/hero-8b"}
	a.estimated(w, load, time.Now())
	a.askBusy(w, []string{"acme/hero-8b"}, func(string, backend.Processing, error) { t.Error("a late answer was told of") })
	for _, f := range turns.beside {
		f()
	}
	late := turns.posted
	turns.posted = nil

	w.spec.Engine = backend.EngineLMStudio
	a.speakAnew(w)
	a.estimated(w, load, time.Now())
	a.askBusy(w, []string{"acme/other-4b"}, func(string, backend.Processing, error) {})
	for _, f := range late {
		f()
	}
	if !w.estimate.asking || w.estimate.value != nil {
		t.Errorf("the estimate is that of the address before: %+v", w.estimate)
	}
	if !w.asking || !w.askedAt.IsZero() {
		t.Error("who is busy counts as told by the address before")
	}
	w.next = time.Now()
	a.heard(w, first, "acme/hero-8b", &backend.Error{Code: backend.CodeModelCrashed, Message: "It crashed."})
	if w.next.IsZero() {
		t.Error("a crash on the machine before is looked for on this one")
	}

	for _, f := range turns.beside[2:] { // what closes the first, and what asks the second
		f()
	}
	for _, f := range turns.posted {
		f()
	}
	if w.estimate.value == nil || w.estimate.value.TotalBytes != 2 || w.asking || w.askedAt.IsZero() {
		t.Errorf("what the new address answers is not taken in: %+v, asking %v", w.estimate, w.asking)
	}
}
