package journal_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"

	"pilotlight/backend"
	"pilotlight/backend/source/openclaw/journal"
)

// TestNothingIsReadTwiceAndNothingIsMissed lets a log live through everything that
// can happen to it, with the reader killed at any moment, and counts.
func TestNothingIsReadTwiceAndNothingIsMissed(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(rt *rapid.T) {
		w := newWorld(t, rt)
		defer os.RemoveAll(w.dir)
		rt.Repeat(map[string]func(*rapid.T){
			"append":     w.append,
			"half":       w.half,
			"look":       w.look,
			"killed":     w.lookKilled,
			"restart":    func(*rapid.T) { w.restart() },
			"rotate":     w.rotate,
			"copy":       w.copyTruncate,
			"truncate":   w.truncate,
			"delete":     w.remove,
			"midnight":   w.midnight,
			"wait":       func(*rapid.T) { w.now = w.now.Add(40 * time.Second) },
			"":           w.check,
			"look again": w.look,
		})
		w.look(rt)
		w.look(rt)
		w.check(rt)
		for id := range w.written {
			if w.lines[id] == 0 && w.exists(id) {
				rt.Fatalf("line %s is in the log and was never told of", id)
			}
		}
	})
}

// world is a folder of logs, what the reader's owner keeps, and what should be.
type world struct {
	rt      *rapid.T
	dir     string
	day     time.Time
	days    bool // day files; else one logging.file
	now     time.Time
	reader  *journal.Reader
	cursors map[string]backend.Cursor
	lines   map[string]int  // how often each line was kept
	written map[string]bool // lines that ended
	open    string          // a line at the end of the file, complete but for its line ending
	n       int
}

func newWorld(t *testing.T, rt *rapid.T) *world {
	dir, err := os.MkdirTemp(t.TempDir(), "log")
	if err != nil {
		rt.Fatal(err)
	}
	w := &world{
		rt: rt, dir: dir, day: fixed, now: fixed, days: rapid.Bool().Draw(rt, "day files"),
		cursors: map[string]backend.Cursor{}, lines: map[string]int{}, written: map[string]bool{},
	}
	w.restart()
	return w
}

func (w *world) places() journal.Places {
	p := journal.Places{LogDir: w.dir, LogPrefix: "openclaw-"}
	if !w.days {
		p.LogFile = filepath.Join(w.dir, "claw.log")
	}
	return p
}

// base is the file that OpenClaw writes to, rotated its n-th predecessor.
func (w *world) base() string { return w.rotated(0) }

func (w *world) rotated(n int) string {
	name := "claw"
	if w.days {
		name = "openclaw-" + w.day.Format(time.DateOnly)
	}
	if n > 0 {
		name += fmt.Sprintf(".%d", n)
	}
	return filepath.Join(w.dir, name+".log")
}

func (w *world) restart() {
	var list []backend.Cursor
	for _, c := range w.cursors {
		list = append(list, c)
	}
	w.reader = journal.New(journal.Config{Places: w.places, Now: func() time.Time { return w.now }}, list)
}

func (w *world) keep(b journal.Batch) {
	for _, t := range b.Traces {
		w.lines[t.RunID]++
	}
	for _, path := range b.Gone {
		delete(w.cursors, path)
	}
	for _, c := range b.Cursors {
		w.cursors[c.Path] = c
	}
}

func (w *world) look(rt *rapid.T) {
	err := w.reader.Look(context.Background(), func(_ context.Context, b journal.Batch) error {
		w.keep(b)
		return nil
	})
	if err != nil {
		rt.Fatal(err)
	}
}

// lookKilled kills the reader at its n-th batch, before or after it was kept.
func (w *world) lookKilled(rt *rapid.T) {
	ctx, kill := context.WithCancel(context.Background())
	defer kill()
	n := rapid.IntRange(0, 3).Draw(rt, "batch")
	after := rapid.Bool().Draw(rt, "after it was kept")
	err := w.reader.Look(ctx, func(_ context.Context, b journal.Batch) error {
		if n--; n >= 0 {
			w.keep(b)
			return nil
		}
		if after {
			w.keep(b)
		}
		kill()
		return errors.New("killed")
	})
	if err != nil && !errors.Is(err, context.Canceled) {
		rt.Fatal(err)
	}
	w.restart()
}

// line makes a line that is told of, of any length, or one that is not.
func (w *world) line(rt *rapid.T) (id, text string) {
	w.n++
	id = fmt.Sprintf("run-%d", w.n)
	pad := strings.Repeat("x", rapid.IntRange(0, 300).Draw(rt, "length"))
	return id, fmt.Sprintf(`{"0":"{\"subsystem\":\"model-fallback/decision\"}","1":{"event":"model_fallback_decision","runId":%q,"tags":[%q]},"_meta":{"date":%q}}`,
		id, pad, w.now.Format(time.RFC3339))
}

func (w *world) write(text string) {
	f, err := os.OpenFile(w.base(), os.O_CREATE|os.O_APPEND|os.O_WRONLY, 0o600)
	if err != nil {
		w.rt.Fatal(err)
	}
	defer f.Close()
	if _, err := f.WriteString(text); err != nil {
		w.rt.Fatal(err)
	}
}

// close ends a line that has no ending yet.
func (w *world) close() {
	if w.open != "" {
		w.write("\n")
		w.written[w.open] = true
		w.open = ""
	}
}

func (w *world) append(rt *rapid.T) {
	w.close()
	var b strings.Builder
	for range rapid.IntRange(1, 5).Draw(rt, "lines") {
		id, text := w.line(rt)
		b.WriteString(text + rapid.SampledFrom([]string{"\n", "\r\n", "\n\n", "\nnoise\n", "\n{\"0\":\"{}\",\"1\":\"noise\"}\n"}).Draw(rt, "end"))
		w.written[id] = true
	}
	w.write(b.String())
}

// half writes a line without its ending, in two steps with a look between.
func (w *world) half(rt *rapid.T) {
	w.close()
	id, text := w.line(rt)
	cut := rapid.IntRange(1, len(text)-1).Draw(rt, "cut")
	w.write(text[:cut])
	if rapid.Bool().Draw(rt, "look between") {
		w.look(rt)
	}
	w.write(text[cut:])
	w.open = id
}

// shift makes room for a rotated file; the oldest is pruned.
func (w *world) shift() {
	const most = 3
	w.must(os.RemoveAll(w.rotated(most)))
	for n := most - 1; n > 0; n-- {
		if _, err := os.Stat(w.rotated(n)); err == nil {
			w.must(os.Rename(w.rotated(n), w.rotated(n+1)))
		}
	}
}

func (w *world) must(err error) {
	if err != nil {
		w.rt.Fatal(err)
	}
}

func (w *world) has() bool { _, err := os.Stat(w.base()); return err == nil }

func (w *world) rotate(rt *rapid.T) {
	if !w.has() {
		return
	}
	w.shift()
	w.must(os.Rename(w.base(), w.rotated(1)))
	if w.open != "" { // nobody will end it
		w.written[w.open], w.open = true, ""
	}
	if rapid.Bool().Draw(rt, "look at once") {
		w.look(rt)
	}
	w.append(rt)
}

func (w *world) copyTruncate(rt *rapid.T) {
	if !w.has() {
		return
	}
	w.close()
	text, err := os.ReadFile(w.base())
	w.must(err)
	w.shift()
	w.must(os.WriteFile(w.rotated(1), text, 0o600))
	if rapid.Bool().Draw(rt, "look between") {
		w.look(rt)
	}
	w.must(os.Truncate(w.base(), 0))
	if rapid.Bool().Draw(rt, "look at once") {
		w.look(rt)
	}
	w.append(rt)
}

func (w *world) truncate(rt *rapid.T) {
	if !w.has() {
		return
	}
	w.open = ""
	w.must(os.Truncate(w.base(), 0))
	w.append(rt)
}

func (w *world) remove(rt *rapid.T) {
	if !w.has() {
		return
	}
	w.open = ""
	w.must(os.Remove(w.base()))
	if rapid.Bool().Draw(rt, "written anew") {
		w.append(rt)
	}
}

func (w *world) midnight(rt *rapid.T) {
	if !w.days || !w.has() {
		return
	}
	w.close()
	w.day = w.day.AddDate(0, 0, 1)
	w.append(rt)
}

// exists says whether a line can still be found.
func (w *world) exists(id string) bool {
	names, err := filepath.Glob(filepath.Join(w.dir, "*.log"))
	w.must(err)
	for _, name := range names {
		text, err := os.ReadFile(name)
		w.must(err)
		if strings.Contains(string(text), `"`+id+`"`) {
			return true
		}
	}
	return false
}

// check finds what was told of twice, and cursors of files that never were.
func (w *world) check(rt *rapid.T) {
	for id, n := range w.lines {
		if n > 1 {
			rt.Fatalf("line %s was told of %d times", id, n)
		}
	}
	for path, c := range w.cursors {
		if c.Path != path || filepath.Dir(path) != w.dir {
			rt.Fatalf("cursor %+v of no file of this log", c)
		}
		if b, err := json.Marshal(c); err != nil || len(b) > 1024 {
			rt.Fatalf("cursor %s is not small: %v", b, err)
		}
	}
}
