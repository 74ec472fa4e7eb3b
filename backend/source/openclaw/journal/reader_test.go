package journal_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"syscall"
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
	h := r.Health()
	if h.Log != dir+"/openclaw-2026-11-23.log" || h.Err != nil || h.LastLineAt.IsZero() || h.Polling {
		t.Errorf("health is %+v", h)
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

func TestWhatCannotBeReadIsTold(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		make func(path string) error
		code backend.Code
	}{
		"nothing":           {func(string) error { return nil }, backend.CodeNotFound},
		"a folder":          {func(p string) error { return os.Mkdir(p, 0o700) }, backend.CodeRefused},
		"a pipe":            {func(p string) error { return syscall.Mkfifo(p, 0o600) }, backend.CodeRefused},
		"a device":          {func(p string) error { return os.Symlink("/dev/zero", p) }, backend.CodeRefused},
		"a link to itself":  {func(p string) error { return os.Symlink(p, p) }, backend.CodeRefused},
		"a link to nothing": {func(p string) error { return os.Symlink(p+".gone", p) }, backend.CodeNotFound},
		"not allowed":       {func(p string) error { return os.WriteFile(p, []byte(logLine("x")), 0) }, backend.CodeRefused},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			if name == "not allowed" && os.Geteuid() == 0 {
				t.Skip("root may read everything")
			}
			path, o := t.TempDir()+"/claw.log", newOwner()
			if err := c.make(path); err != nil {
				t.Fatal(err)
			}
			r := reader(journal.Places{LogFile: path}, nil)
			if err := r.Look(t.Context(), o.deliver); err != nil {
				t.Fatal(err)
			}
			h := r.Health()
			if h.Err == nil || h.Err.Code != c.code || h.Err.Hint == "" || !strings.Contains(h.Err.Message, path) {
				t.Fatalf("health is %+v", h.Err)
			}
			if err := os.RemoveAll(path); err != nil {
				t.Fatal(err)
			}
			write(t, path, logLine("a"))
			if err := r.Look(t.Context(), o.deliver); err != nil {
				t.Fatal(err)
			}
			wantRuns(t, o, "a")
			if h := r.Health(); h.Err != nil {
				t.Errorf("afterwards health is %+v", h.Err)
			}
		})
	}
}

func TestLinesOfAnySortDoNotStopTheReading(t *testing.T) {
	t.Parallel()
	dir, o := t.TempDir(), newOwner()
	write(t, dir+"/openclaw-2026-11-22.log", strings.Join([]string{
		"\x00\x00\x00\n", "\xff\xfe\n", "{\n", "\n\n\r\n", strings.Repeat("[", 10_000) + "\n", strings.Repeat("x", 2*journal.MaxLine) + "\n",
		logLine("a"), `{"0":"` + strings.Repeat(`\"`, journal.MaxLine) + "\"}\n", strings.TrimSuffix(logLine("b"), "\n") + "\r\n",
	}, ""))
	o.look(t, dayFiles(dir))
	wantRuns(t, o, "a", "b")
	for _, tr := range o.traces {
		if !strings.HasPrefix(tr.Ref, "openclaw-2026-11-22.log:") {
			t.Errorf("ref %q", tr.Ref)
		}
	}
}

// TestAHugeLineIsPassedOver reads a line of 100 MB that grows, over restarts.
func TestAHugeLineIsPassedOver(t *testing.T) {
	t.Parallel()
	dir, o := t.TempDir(), newOwner()
	file := dir + "/openclaw-2026-11-22.log"
	write(t, file, logLine("a"))
	part := strings.Repeat("x", 10<<20)
	for i := range 10 {
		write(t, file, part)
		if i%3 == 0 {
			o.look(t, dayFiles(dir))
		}
	}
	write(t, file, "\n"+logLine("b"))
	o.look(t, dayFiles(dir))
	wantRuns(t, o, "a", "b")
}

// TestRotationWhileReading writes and rotates as fast as it can while the reader
// runs.
func TestRotationWhileReading(t *testing.T) {
	t.Parallel()
	dir, o := t.TempDir(), newOwner()
	run(t, reader(journal.Places{LogFile: dir + "/claw.log"}, nil), o)
	const files, perFile = 40, 50
	for i := range files {
		for j := range perFile {
			write(t, dir+"/claw.log", logLine(fmt.Sprintf("%d.%d", i, j)))
		}
		for n := files; n > 0; n-- {
			_ = os.Rename(fmt.Sprintf("%s/claw.%d.log", dir, n), fmt.Sprintf("%s/claw.%d.log", dir, n+1))
		}
		if err := os.Rename(dir+"/claw.log", dir+"/claw.1.log"); err != nil {
			t.Fatal(err)
		}
	}
	write(t, dir+"/claw.log", logLine("last"))
	o.until(t, "all lines", func(list []string) bool { return len(list) >= files*perFile+1 })
	seen := map[string]int{}
	for _, id := range o.runs() {
		if seen[id]++; seen[id] > 1 {
			t.Fatalf("%s was told of twice", id)
		}
	}
}

// TestALogThatIsCutWhileReadIsReadOn lets the file shrink between two batches.
func TestALogThatIsCutWhileReadIsReadOn(t *testing.T) {
	t.Parallel()
	dir, o := t.TempDir(), newOwner()
	file := dir + "/openclaw-2026-11-22.log"
	var b strings.Builder
	for i := range 5000 {
		b.WriteString(logLine(fmt.Sprint("old", i)))
	}
	write(t, file, b.String())
	once := false
	o.refuse = func(journal.Batch) error {
		if !once {
			once = true
			if err := os.Truncate(file, 0); err != nil {
				t.Error(err)
			}
			write(t, file, logLine("new"))
		}
		return nil
	}
	o.look(t, dayFiles(dir))
	o.look(t, dayFiles(dir))
	if got := o.runs(); got[len(got)-1] != "new" || len(got) > 5001 {
		t.Errorf("got %d traces, the last %q", len(got), got[len(got)-1])
	}
}

func TestAClockThatGoesBackLosesNothing(t *testing.T) {
	t.Parallel()
	dir, o := t.TempDir(), newOwner()
	now := fixed
	r := journal.New(journal.Config{Places: func() journal.Places { return dayFiles(dir) }, Now: func() time.Time { return now }}, nil)
	for i := range 10 {
		day := fixed.AddDate(0, 0, -i)
		write(t, dir+"/openclaw-"+day.Format(time.DateOnly)+".log", logLine(fmt.Sprint(i)))
		now = now.AddDate(0, 0, -1)
		if err := r.Look(t.Context(), o.deliver); err != nil {
			t.Fatal(err)
		}
	}
	if got := o.runs(); len(got) != 10 {
		t.Errorf("got %q", got)
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
