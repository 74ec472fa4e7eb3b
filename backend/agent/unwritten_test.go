package agent

import (
	"context"
	"errors"
	"log/slog"
	"slices"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"pilotlight/backend"
)

// tight is a disk that has room for some writes and not for others.
type tight struct {
	Storage
	mu                sync.Mutex // also of what the hub tells
	noLoads, noStates error
	stored            []backend.Load
}

func (s *tight) AddLoads(_ context.Context, rows []backend.Load) ([]backend.Load, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.noLoads != nil {
		return nil, s.noLoads
	}
	rows = slices.Clone(rows)
	for i := range rows {
		rows[i].ID = int64(len(s.stored) + 1)
		s.stored = append(s.stored, rows[i])
	}
	return rows, nil
}

func (s *tight) SetState(context.Context, string, []byte) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.noStates
}

// with does something between two writes.
func (s *tight) with(do func()) {
	s.mu.Lock()
	defer s.mu.Unlock()
	do()
}

func (s *tight) Prune(context.Context) (int64, error) { return 0, nil }
func (s *tight) Flush(context.Context) error          { return nil }

func noRoom(doing string) error {
	return &backend.Error{Code: backend.CodeInternal, Message: "Pilotlight could not " + doing + ": no room.", Hint: "Free some space."}
}

// recording runs a recorder over a disk, as the hub does, and what the hub tells of it.
func recording(t *testing.T, disk *tight, play func(rec *recorder, a *Agent)) {
	synctest.Test(t, func(t *testing.T) {
		a := &Agent{cfg: Config{Now: time.Now}, rec: newRecorder(disk, slog.New(slog.DiscardHandler))}
		a.rec.tell = func([]backend.Load) {}
		a.rec.wrote = func(err error) { disk.with(func() { a.wrote(byRecorder, err) }) }
		a.rec.pruned = func() {}
		ctx, end := context.WithCancel(t.Context())
		ended := make(chan struct{})
		go func() { a.rec.run(ctx); close(ended) }()
		play(a.rec, a)
		end()
		<-ended
	})
}

// Many things that happen while the disk is full make a person who frees it wait no
// longer: what is tried in between is no reason to try more rarely.
func TestAFullDiskIsTriedAgainSoonHoweverMuchHappens(t *testing.T) {
	t.Parallel()
	disk := &tight{noLoads: noRoom("record a load")}
	recording(t, disk, func(rec *recorder, a *Agent) {
		for range 20 {
			rec.loads([]backend.Load{{Server: "lmstudio", Event: backend.Loaded}})
			synctest.Wait()
		}
		if !a.notices.has(historyNotice) {
			t.Fatal("a full disk is not told")
		}
		disk.with(func() { disk.noLoads = nil })
		time.Sleep(rarestRetry)
		synctest.Wait()
		if a.notices.has(historyNotice) {
			t.Errorf("%v after there is room again the notice still stands", rarestRetry)
		}
		if len(disk.stored) != 20 {
			t.Errorf("%d of 20 rows are written", len(disk.stored))
		}
	})
}

// A disk that takes some writes and not others is told once: the notice neither comes
// and goes with each try nor follows the write that happened to fail last.
func TestADiskThatTakesSomeWritesIsToldOnce(t *testing.T) {
	t.Parallel()
	disk := &tight{noStates: noRoom("keep its state")}
	recording(t, disk, func(rec *recorder, a *Agent) {
		rec.state("keep", []byte("{}"))
		for range 5 {
			rec.loads([]backend.Load{{Server: "lmstudio", Event: backend.Loaded}})
			synctest.Wait()
			if !a.notices.has(historyNotice) {
				t.Fatal("the notice is gone while the keep is not written")
			}
		}
		disk.with(func() {
			a.wrote(byFollower, noRoom("record a fallback"))
			a.wrote(byFollower, nil)
		})
		if !a.notices.has(historyNotice) {
			t.Error("a fallback that was written takes down that the keep is not")
		}
		if n := len(a.notices.news); n != 1 {
			t.Errorf("told %d times: %+v", n, a.notices.news)
		}
		disk.with(func() { disk.noStates = nil })
		time.Sleep(rarestRetry)
		synctest.Wait()
		if a.notices.has(historyNotice) {
			t.Error("all is written, and the notice still stands")
		}
	})
}

// What there is to do may change while nothing can be written; that is told.
func TestAnotherReasonNotToWriteIsTold(t *testing.T) {
	t.Parallel()
	a := &Agent{cfg: Config{Now: time.Now}}
	a.wrote(byRecorder, noRoom("record a load"))
	a.wrote(byRecorder, errors.New("the disk is gone"))
	if n, _ := a.notices.find(historyNotice); n.Text != "The history cannot be written: the disk is gone" {
		t.Errorf("told is %q", n.Text)
	}
}
