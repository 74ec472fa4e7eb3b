package fallback_test

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"

	"pilotlight/backend"
	"pilotlight/backend/rule/fallback"
)

// plan is a handful of runs in several sessions, of every kind.
func plan(t *rapid.T) ([]backend.Trace, int) {
	var traces []backend.Trace
	want := 0
	n := rapid.IntRange(1, 6).Draw(t, "runs")
	tellers := map[string]int{} // by log, transcript, both: the same for a whole session
	for i := range 3 {
		tellers[fmt.Sprintf("s%d", i)] = rapid.IntRange(1, 3).Draw(t, "told by")
	}
	for i := range n {
		session := fmt.Sprintf("s%d", rapid.IntRange(0, 2).Draw(t, "session"))
		s := newScript(fmt.Sprintf("r%d", i), session)
		s.start = noon.Add(time.Duration(i) * 5 * time.Minute)
		turn := newScript("", session)
		turn.start = s.start
		told := tellers[session]
		switch rapid.IntRange(0, 6).Draw(t, "kind") {
		case 0: // fell back
			s.runEnd(1.02, local, "timeout", refused).runEnd(4.02, local, "timeout", refused).lane(9.03, 9, "session:agent:main:main").
				decides(9.05, 1, local, hosted, "timeout", 408).succeeds(12.05, 2, hosted)
			turn.model(-0.1, local).user(0).errs(1, local, refused).errs(4, local, refused).model(9.2, hosted).injected(9.3).answers(12, hosted, "stop")
			want++
		case 1: // nobody answered
			s.decides(9.05, 1, local, hosted, "timeout", 408).decides(12.05, 2, hosted, nobody, "auth", 401)
			turn.model(-0.1, local).user(0).errs(9, local, refused).model(9.2, hosted).injected(9.3).errs(12, hosted, "401 invalid x-api-key")
			want++
		case 2: // the error was the answer
			s.runEnd(1.02, local, "", "404 No models loaded.")
			turn.model(-0.1, local).user(0).errs(1, local, "404 No models loaded.")
			want++
		case 3: // broken off
			s.decides(9.05, 1, local, hosted, "timeout", 408)
			turn.model(-0.1, local).user(0).errs(9, local, refused).model(9.2, hosted)
			want++
		case 4: // healthy
			turn.model(-0.1, local).user(0).answers(2, local, "toolUse").answers(3, local, "toolUse").answers(4, local, "stop")
		case 5: // recovered
			s.runEnd(1.02, local, "timeout", refused)
			turn.model(-0.1, local).user(0).errs(1, local, refused).answers(4, local, "stop")
		case 6: // another model, chosen
			turn.chosen(-0.2, hosted).model(-0.1, hosted).user(0).answers(4, hosted, "stop")
		}
		for j := range s.traces {
			if k := s.traces[j].Kind; k == backend.TraceDecision || k == backend.TraceRunEnd {
				s.traces[j].SessionID = session // as 2026.9 names it
			}
		}
		if told&1 > 0 {
			traces = append(traces, s.traces...)
		}
		if told&2 > 0 {
			traces = append(traces, turn.traces...)
		}
	}
	return traces, want
}

// finals is what is known in the end, without the keys, which tell by whom a run
// was told first.
func finals(b *book) string {
	lines := []string{}
	for _, f := range b.list() {
		text, _ := json.Marshal(f)
		lines = append(lines, string(text))
	}
	slices.Sort(lines)
	return strings.Join(lines, "\n")
}

func byTime(list []backend.Trace) []backend.Trace {
	list = slices.Clone(list)
	slices.SortStableFunc(list, func(a, b backend.Trace) int { return a.At.Compare(b.At) })
	return list
}

func feed(t *testing.T, list []backend.Trace) *book {
	a, b := fallback.New(), newBook(t)
	for _, tr := range list {
		b.add(a.Take(tr)...)
	}
	b.settle(a)
	return b
}

// TestOneRecordARun checks that each run that failed is told once, and nothing else.
func TestOneRecordARun(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(rt *rapid.T) {
		traces, want := plan(rt)
		if got := feed(t, byTime(traces)).list(); len(got) != want {
			rt.Fatalf("got %d records, want %d: %v", len(got), want, got)
		}
	})
}

// TestAnyOrder lets lines come some seconds late, twice, and over restarts: the
// records are the same in the end. Each file is read in its own order, whatever
// the others do.
func TestAnyOrder(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(rt *rapid.T) {
		traces, _ := plan(rt)
		want := finals(feed(t, byTime(traces)))

		type arrival struct {
			trace backend.Trace
			at    time.Time
		}
		var list []arrival
		read := map[string]time.Time{} // how far each file was read
		for _, tr := range byTime(traces) {
			file := string(tr.Source)
			if tr.Source != backend.SourceLog {
				file += tr.SessionID
			}
			late := time.Duration(rapid.IntRange(0, 4000).Draw(rt, "late ms")) * time.Millisecond
			at := tr.At.Add(late)
			if at.Before(read[file]) {
				at = read[file]
			}
			read[file] = at
			list = append(list, arrival{tr, at})
			if rapid.IntRange(0, 3).Draw(rt, "twice") == 0 {
				list = append(list, arrival{tr, at.Add(late)})
			}
		}
		slices.SortStableFunc(list, func(x, y arrival) int { return x.at.Compare(y.at) })
		a, b := fallback.New(), newBook(t)
		for _, x := range list {
			b.add(a.Take(x.trace)...)
			if rapid.IntRange(0, 4).Draw(rt, "restart") == 0 {
				restored, err := fallback.Restore(a.Save())
				if err != nil {
					rt.Fatal(err)
				}
				a = restored
			}
		}
		b.settle(a)
		if got := finals(b); got != want {
			rt.Fatalf("got\n%s\nwant\n%s", got, want)
		}
	})
}

// TestReplay reads everything a second time: nothing changes, nothing is added.
func TestReplay(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(rt *rapid.T) {
		traces, _ := plan(rt)
		traces = byTime(traces)
		a, b := fallback.New(), newBook(t)
		for _, tr := range traces {
			b.add(a.Take(tr)...)
		}
		b.settle(a)
		want := finals(b)
		again := fallback.New() // and once as after a loss of all that was saved
		for _, who := range []*fallback.Assembler{a, again} {
			for _, tr := range traces {
				b.add(who.Take(tr)...)
			}
			b.settle(who)
		}
		if got := finals(b); got != want {
			rt.Fatalf("got\n%s\nwant\n%s", got, want)
		}
	})
}

// TestNoiseAddsNothing mixes a day of healthy turns and stray lines into runs.
func TestNoiseAddsNothing(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(rt *rapid.T) {
		traces, _ := plan(rt)
		want := finals(feed(t, byTime(traces)))
		for i := range rapid.IntRange(1, 40).Draw(rt, "noise") {
			s := newScript("", fmt.Sprintf("noise%d", i%7))
			s.start = noon.Add(time.Duration(rapid.IntRange(0, 3600).Draw(rt, "when")) * time.Second)
			switch i % 4 {
			case 0:
				s.user(0).answers(2, hosted, "toolUse").answers(3, hosted, "stop")
			case 1:
				s.index(0, third)
			case 2:
				s.log(0, backend.Trace{Kind: "model_mood", RunID: "x", Decision: "sulking"})
			case 3:
				s.log(0, backend.Trace{Kind: backend.TraceTransport, Candidate: third, Code: "ECONNRESET"})
			}
			traces = append(traces, s.traces...)
		}
		if got := finals(feed(t, byTime(traces))); got != want {
			rt.Fatalf("got\n%s\nwant\n%s", got, want)
		}
	})
}

func TestRestoreRefuses(t *testing.T) {
	t.Parallel()
	for _, b := range [][]byte{nil, {}, []byte("not packed"), fallback.New().Save()[:3]} {
		if _, err := fallback.Restore(b); err == nil {
			t.Errorf("%q was restored", b)
		}
	}
}
