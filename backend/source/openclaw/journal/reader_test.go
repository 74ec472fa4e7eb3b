package journal_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"sync"
	"testing"
	"time"

	"pilotlight/backend"
	"pilotlight/backend/source/openclaw/journal"
)

// owner is who keeps what a reader delivers.
type owner struct {
	mu      sync.Mutex
	traces  []backend.Trace
	cursors map[string]backend.Cursor
	batches []journal.Batch
	arrived chan struct{} // one token a batch, as far as there is room
	refuse  func(journal.Batch) error
}

func newOwner() *owner {
	return &owner{cursors: map[string]backend.Cursor{}, arrived: make(chan struct{}, 1)}
}

func (o *owner) deliver(_ context.Context, b journal.Batch) error {
	o.mu.Lock()
	defer o.mu.Unlock()
	if o.refuse != nil {
		if err := o.refuse(b); err != nil {
			return err
		}
	}
	o.batches = append(o.batches, b)
	o.traces = append(o.traces, b.Traces...)
	for _, path := range b.Gone {
		delete(o.cursors, path)
	}
	for _, c := range b.Cursors {
		o.cursors[c.Path] = c
	}
	select {
	case o.arrived <- struct{}{}:
	default:
	}
	return nil
}

func (o *owner) runs() []string {
	o.mu.Lock()
	defer o.mu.Unlock()
	var list []string
	for _, t := range o.traces {
		list = append(list, t.RunID)
	}
	return list
}

func (o *owner) stored() []backend.Cursor {
	o.mu.Lock()
	defer o.mu.Unlock()
	var list []backend.Cursor
	for _, c := range o.cursors {
		list = append(list, c)
	}
	return list
}

// until waits for what is delivered to satisfy.
func (o *owner) until(t testing.TB, what string, ok func([]string) bool) {
	t.Helper()
	deadline := time.After(30 * time.Second)
	for !ok(o.runs()) {
		select {
		case <-o.arrived:
		case <-deadline:
			t.Fatalf("waited in vain for %s; got %d traces: %.2000q", what, len(o.runs()), o.runs())
		}
	}
}

func has(id string) func([]string) bool {
	return func(list []string) bool { return slices.Contains(list, id) }
}

// look looks once with a reader that goes on where o is.
func (o *owner) look(t testing.TB, places journal.Places) *journal.Reader {
	t.Helper()
	r := reader(places, o.stored())
	if err := r.Look(t.Context(), o.deliver); err != nil {
		t.Fatal(err)
	}
	return r
}

func reader(places journal.Places, cursors []backend.Cursor) *journal.Reader {
	return journal.New(journal.Config{Places: func() journal.Places { return places }, Now: func() time.Time { return fixed }}, cursors)
}

// run runs a reader until the test ends.
func run(t testing.TB, r *journal.Reader, o *owner) {
	t.Helper()
	ctx, cancel := context.WithCancel(context.Background())
	done := make(chan error)
	go func() { done <- r.Run(ctx, o.deliver) }()
	t.Cleanup(func() {
		cancel()
		if err := <-done; err != nil {
			t.Errorf("Run returned %v", err)
		}
	})
}

func logLine(id string) string {
	return fmt.Sprintf(`{"0":"{\"subsystem\":\"model-fallback/decision\"}","1":{"event":"model_fallback_decision","runId":%q},"_meta":{"date":"2026-11-22T07:06:24Z"}}`, id) + "\n"
}

func write(t testing.TB, path, text string) {
	t.Helper()
	if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
		t.Fatal(err)
	}
	f, err := os.OpenFile(path, os.O_CREATE|os.O_APPEND|os.O_WRONLY, 0o600)
	if err == nil {
		_, err = f.WriteString(text)
		err = errors.Join(err, f.Close())
	}
	if err != nil {
		t.Fatal(err)
	}
}

func dayFiles(dir string) journal.Places {
	return journal.Places{LogDir: dir, LogPrefix: "openclaw-"}
}

func wantRuns(t testing.TB, o *owner, want ...string) {
	t.Helper()
	if got := o.runs(); !slices.Equal(got, want) {
		t.Errorf("got %q, want %q", got, want)
	}
}

func TestANewLineIsToldOfWithoutAskingAgain(t *testing.T) {
	t.Parallel()
	dir, o := t.TempDir(), newOwner()
	write(t, dir+"/openclaw-2026-11-22.log", logLine("old"))
	r := reader(dayFiles(dir), nil)
	run(t, r, o)
	o.until(t, "what was there", has("old"))
	write(t, dir+"/openclaw-2026-11-22.log", logLine("new"))
	o.until(t, "a new line", has("new"))
	write(t, dir+"/openclaw-2026-11-23.log", logLine("day"))
	o.until(t, "the next day's file", has("day"))
	wantRuns(t, o, "old", "new", "day")
	o.mu.Lock()
	defer o.mu.Unlock()
	if b := o.batches; !b[0].Backfill || b[1].Backfill {
		t.Errorf("what was there came as backfill %t, what was new %t", b[0].Backfill, b[1].Backfill)
	}
	wantHealth(t, r, func(h journal.Health) bool {
		return h.Log == dir+"/openclaw-2026-11-23.log" && h.Err == nil && !h.LastLineAt.IsZero() && !h.Polling
	})
}

// wantHealth waits for how the reading goes to satisfy: it is noted after a look,
// so what was found in it is delivered a little before.
func wantHealth(t testing.TB, r *journal.Reader, ok func(journal.Health) bool) {
	t.Helper()
	for deadline := time.Now().Add(30 * time.Second); !ok(r.Health()); time.Sleep(time.Millisecond) {
		if time.Now().After(deadline) {
			t.Fatalf("health stays %+v", r.Health())
		}
	}
}

// TestAFolderThatGoesAndComesIsWatchedAgain empties and removes the log's folder
// under the reader, as a cleaning of /tmp does.
func TestAFolderThatGoesAndComesIsWatchedAgain(t *testing.T) {
	t.Parallel()
	dir, o := t.TempDir()+"/openclaw", newOwner()
	run(t, reader(dayFiles(dir), nil), o)
	for _, id := range []string{"a", "b"} {
		write(t, dir+"/openclaw-2026-11-22.log", logLine(id))
		o.until(t, "a line in a folder that was not there", has(id))
		if err := os.RemoveAll(dir); err != nil {
			t.Fatal(err)
		}
	}
}

func TestTheOldestFileIsReadFirst(t *testing.T) {
	t.Parallel()
	dir, o := t.TempDir(), newOwner()
	for _, name := range []string{"22.log", "21.log", "22.2.log", "22.1.log", "21.1.log", "22.10.log"} {
		write(t, dir+"/openclaw-2026-11-"+name, logLine(name))
	}
	for _, name := range []string{"openclaw-ops-2026-11-22.log", "openclaw-2026-11-22.log.gz", "openclaw-2026-13-22.log", "openclaw-2026-11-22.x.log", "other.log"} {
		write(t, dir+"/"+name, logLine("wrong "+name))
	}
	o.look(t, dayFiles(dir))
	wantRuns(t, o, "21.1.log", "21.log", "22.10.log", "22.2.log", "22.1.log", "22.log")
}

func TestABatchThatCannotBeKeptComesAgain(t *testing.T) {
	t.Parallel()
	dir, o := t.TempDir(), newOwner()
	write(t, dir+"/openclaw-2026-11-22.log", logLine("a"))
	times := 0
	o.refuse = func(journal.Batch) error {
		if times++; times < 3 {
			return errors.New("the disk is full")
		}
		return nil
	}
	run(t, reader(dayFiles(dir), nil), o)
	o.until(t, "the batch", has("a"))
	wantRuns(t, o, "a")
}

func TestWhatIsReadIsNotReadAgain(t *testing.T) {
	t.Parallel()
	dir, o := t.TempDir(), newOwner()
	file := dir + "/openclaw-2026-11-22.log"
	write(t, file, logLine("a")+logLine("b")[:20])
	o.look(t, dayFiles(dir))
	o.look(t, dayFiles(dir))
	write(t, file, logLine("b")[20:])
	o.look(t, dayFiles(dir))
	if err := os.Rename(file, dir+"/openclaw-2026-11-22.1.log"); err != nil {
		t.Fatal(err)
	}
	o.look(t, dayFiles(dir))
	wantRuns(t, o, "a", "b")
}

func TestPlacesCanChange(t *testing.T) {
	t.Parallel()
	dir, o := t.TempDir(), newOwner()
	write(t, dir+"/a.log", logLine("a"))
	write(t, dir+"/deep/b.txt", logLine("b"))
	places := journal.Places{LogFile: dir + "/a.log"}
	r := journal.New(journal.Config{Places: func() journal.Places { return places }}, nil)
	for _, file := range []string{"/a.log", "/deep/b.txt", "/a.log"} {
		places.LogFile = dir + file
		if err := r.Look(t.Context(), o.deliver); err != nil {
			t.Fatal(err)
		}
	}
	wantRuns(t, o, "a", "b")
	if len(o.cursors) != 2 {
		t.Errorf("cursors %+v", o.cursors)
	}
}

func TestLinksAreFollowed(t *testing.T) {
	t.Parallel()
	dir, o := t.TempDir(), newOwner()
	write(t, dir+"/real/x.log", logLine("a"))
	if err := os.Symlink(dir+"/real/x.log", dir+"/claw.log"); err != nil {
		t.Fatal(err)
	}
	run(t, reader(journal.Places{LogFile: dir + "/claw.log"}, nil), o)
	o.until(t, "what was there", has("a"))
	write(t, dir+"/real/x.log", logLine("b"))
	o.until(t, "a line written behind the link", has("b"))
}

func TestCursorsOfFilesThatAreGoneGo(t *testing.T) {
	t.Parallel()
	dir, o := t.TempDir(), newOwner()
	write(t, dir+"/openclaw-2026-11-21.log", logLine("a"))
	write(t, dir+"/openclaw-2026-11-22.log", logLine("b"))
	o.look(t, dayFiles(dir))
	if err := os.Remove(dir + "/openclaw-2026-11-21.log"); err != nil {
		t.Fatal(err)
	}
	r := reader(dayFiles(dir), o.stored())
	for _, d := range []time.Duration{time.Hour, 0} {
		r.ForgetAfter(d)
		if len(o.cursors) != 2 {
			t.Fatalf("too early there are cursors %+v", o.cursors)
		}
		if err := r.Look(t.Context(), o.deliver); err != nil {
			t.Fatal(err)
		}
	}
	if _, ok := o.cursors[dir+"/openclaw-2026-11-22.log"]; !ok || len(o.cursors) != 1 {
		t.Errorf("cursors %+v", o.cursors)
	}
}

func TestRunEndsAtOnce(t *testing.T) {
	t.Parallel()
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if err := reader(dayFiles(t.TempDir()), nil).Run(ctx, func(context.Context, journal.Batch) error { return io.ErrUnexpectedEOF }); err != nil {
		t.Errorf("got %v", err)
	}
}
