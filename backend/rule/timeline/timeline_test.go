package timeline_test

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"

	"pilotlight/backend"
	"pilotlight/backend/rule/timeline"
)

var noon = time.Date(2026, 5, 4, 12, 0, 0, 0, time.UTC)

// at is a moment so many minutes after noon.
func at(minutes float64) backend.Time {
	return backend.At(noon.Add(time.Duration(minutes * float64(time.Minute))))
}

// row is a row of the history about instance id of model "m".
func row(id string, event backend.LoadEvent, minutes float64, more ...func(*backend.Load)) backend.Load {
	l := backend.Load{ID: int64(minutes*100) + 100_000, At: at(minutes), Server: "s", Model: "m", InstanceID: id, Event: event, Cause: backend.CauseUser}
	for _, f := range more {
		f(&l)
	}
	return l
}

func took(minutes float64) func(*backend.Load) {
	return func(l *backend.Load) { seconds := minutes * 60; l.DurationSeconds = &seconds }
}

func context(n int) func(*backend.Load) { return func(l *backend.Load) { l.ContextActual = &n } }

func of(model string) func(*backend.Load) { return func(l *backend.Load) { l.Model = model } }

// text is a lane in short: minutes after noon, "?" for what is not known.
func text(l backend.Lane) string {
	minutes := func(t *backend.Time) string {
		if t == nil {
			return "?"
		}
		return fmt.Sprint(t.Sub(noon).Minutes())
	}
	var parts []string
	for _, s := range l.Spans {
		part := fmt.Sprintf("%s %s %s..%s", s.State, s.InstanceID, minutes(s.From), minutes(s.To))
		if s.ContextLength != nil {
			part += fmt.Sprint(" ", *s.ContextLength)
		}
		if s.Count != 1 {
			part += fmt.Sprint(" x", s.Count)
		}
		parts = append(parts, part)
	}
	for _, f := range l.Failures {
		parts = append(parts, fmt.Sprintf("failed at %s x%d", minutes(&f.At), f.Count))
	}
	return strings.Join(parts, "; ")
}

// The timeline is from noon to 13:00; a bin is a minute.
func TestLanes(t *testing.T) {
	const loaded, unloaded, failed = backend.Loaded, backend.Unloaded, backend.LoadFailed
	for name, c := range map[string]struct {
		before, rows []backend.Load
		want         string
	}{
		"nothing": {},
		"within":  {rows: []backend.Load{row("a", loaded, 10, took(2), context(8)), row("a", unloaded, 20)}, want: "loading a 8..10 8; loaded a 10..20 8"},
		"from before to after": {before: []backend.Load{row("a", loaded, -600, took(3))},
			want: "loaded a -600..?"},
		"its end comes after":  {rows: []backend.Load{row("a", loaded, 50), row("a", unloaded, 70)}, want: "loaded a 50..?"},
		"its load comes after": {rows: []backend.Load{row("a", loaded, 62, took(5))}, want: "loading a 57..62"},
		"all of it after":      {rows: []backend.Load{row("a", loaded, 70, took(5)), row("a", failed, 70, took(5))}},
		"loading across the beginning": {rows: []backend.Load{row("a", loaded, 1, took(5))},
			want: "loading a -4..1; loaded a 1..?"},
		"its beginning is not known": {rows: []backend.Load{row("a", unloaded, 5, context(8))}, want: "loaded a ?..5 8"},
		"its end was not seen": {rows: []backend.Load{row("a", loaded, 5), row("a", loaded, 20, took(2))},
			want: "loaded a 5..18; loading a 18..20; loaded a 20..?"},
		"reloaded in no time": {rows: []backend.Load{row("a", loaded, 5), row("a", loaded, 5, took(2))},
			want: "loading a 3..5; loaded a 5..? x2"},
		"two instances": {rows: []backend.Load{row("a", loaded, 5), row("a:2", loaded, 6), row("a", unloaded, 20), row("a:2", unloaded, 30)},
			want: "loaded a 5..20; loaded a:2 6..30"},
		"too short to see": {rows: []backend.Load{
			row("a", loaded, 5, took(0.2), context(8)), row("a", unloaded, 5.3), row("a", loaded, 5.5, took(0.1), context(8)), row("a", unloaded, 9),
			row("a", loaded, 9.2, took(0.1), context(16)), row("a", unloaded, 9.4)},
			want: "loaded a 5..9.4 x3"},
		"long ones stay apart": {rows: []backend.Load{row("a", loaded, 5), row("a", unloaded, 9), row("a", loaded, 9.5), row("a", unloaded, 20)},
			want: "loaded a 5..9; loaded a 9.5..20"},
		"failures": {rows: []backend.Load{row("", failed, 5, took(3)), row("", failed, 5.5), row("", failed, 7)},
			want: "failed  2..5; failed at 5 x2; failed at 7 x1"},
	} {
		t.Run(name, func(t *testing.T) {
			b := timeline.New(noon, noon.Add(time.Hour), time.Minute)
			for _, l := range c.before {
				b.Before(l)
			}
			for _, l := range c.rows {
				b.Add(l)
			}
			lanes, more := b.Lanes()
			got := ""
			for _, l := range lanes {
				got += text(l)
			}
			if got != c.want || more != 0 || len(lanes) > 1 {
				t.Errorf("lanes %s\nwant  %s", got, c.want)
			}
		})
	}
}

// The models that were longest in memory come first, and no more than are drawn.
func TestLanesAreBounded(t *testing.T) {
	b := timeline.New(noon, noon.Add(time.Hour), time.Millisecond)
	for i := range 40 {
		b.Add(row(fmt.Sprint(i), backend.Loaded, float64(i)/10, of(fmt.Sprint("m", i))))
	}
	for i := range 12_000 {
		minutes := 10 + float64(i)/600
		b.Add(row("x", backend.Loaded, minutes, of("m0")))
		b.Add(row("x", backend.Unloaded, minutes+0.001, of("m0")))
		b.Add(row("x", backend.LoadFailed, minutes+0.0012, of("m0")))
	}
	lanes, more := b.Lanes()
	if len(lanes) != timeline.MaxLanes || more != 10 || lanes[0].Model != "m0" || lanes[1].Model != "m1" {
		t.Fatalf("%d lanes and %d more, first %s", len(lanes), more, lanes[0].Model)
	}
	if n := len(lanes[0].Spans); n > 5001 || n < 4000 || lanes[0].Spans[n-1].From.Before(at(20).Time) {
		t.Errorf("%d spans, the last %+v", n, lanes[0].Spans[n-1])
	}
	if n := len(lanes[0].Failures); n > 5000 || n < 4000 {
		t.Errorf("%d failures", n)
	}
	text, err := json.Marshal(lanes)
	if err != nil || strings.Contains(string(text), "null,\"failures\"") {
		t.Errorf("%v", err)
	}
}

// At any moment that is not close to a change, the lanes say of each model what
// the history says.
func TestLanesModel(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		bin := time.Duration(rapid.SampledFrom([]int64{1, 1000, 60_000, 600_000}).Draw(t, "bin")) * time.Millisecond
		b := timeline.New(noon, noon.Add(time.Hour), bin)
		n := rapid.IntRange(0, 60).Draw(t, "rows")
		present := map[string]bool{} // as the history has it
		type change struct {
			at      time.Time
			present map[string]bool
		}
		var changes []change
		now := noon.Add(-time.Hour)
		var before map[string]backend.Load
		loads := map[string]backend.Load{}
		for range n {
			now = now.Add(time.Duration(rapid.Int64Range(1, 600_000).Draw(t, "pause")) * time.Millisecond)
			id := rapid.SampledFrom([]string{"a", "b"}).Draw(t, "id")
			l := backend.Load{ID: 1, At: backend.At(now), Server: "s", Model: id, InstanceID: id, Event: backend.Loaded, Cause: backend.CauseUser}
			if present[id] {
				l.Event = backend.Unloaded
			}
			if !now.Before(noon) && before == nil {
				before = map[string]backend.Load{}
				for id, load := range loads {
					if present[id] {
						before[id] = load
						b.Before(load)
					}
				}
			}
			present[id] = !present[id]
			loads[id] = l
			if !now.Before(noon) {
				b.Add(l)
			}
			changes = append(changes, change{now, map[string]bool{"a": present["a"], "b": present["b"]}})
		}
		if before == nil {
			for id, load := range loads {
				if present[id] {
					b.Before(load)
				}
			}
		}
		lanes, _ := b.Lanes()
		for minute := range 120 {
			at := noon.Add(time.Duration(minute) * 30 * time.Second)
			want, close := map[string]bool{}, false
			for _, c := range changes {
				close = close || at.Sub(c.at).Abs() <= 2*bin
				if !c.at.After(at) {
					want = c.present
				}
			}
			if close {
				continue
			}
			got := map[string]bool{}
			for _, lane := range lanes {
				for _, s := range lane.Spans {
					if s.State == backend.SpanLoaded && (s.From == nil || !s.From.After(at)) && (s.To == nil || s.To.After(at)) {
						got[lane.Model] = true
					}
				}
			}
			if got["a"] != want["a"] || got["b"] != want["b"] {
				t.Fatalf("at %s the lanes have %v, the history %v: %+v", at, got, want, lanes)
			}
		}
	})
}

func TestChanges(t *testing.T) {
	var list []backend.ServerChange
	for i := range 3000 {
		state, length := backend.ServerUp, 0.5
		if i%2 == 1 {
			state = backend.ServerDown
		}
		if i >= 2990 {
			length = 2
		}
		begins := float64(i)
		until := at(begins + length)
		list = append(list, backend.ServerChange{At: at(begins), Until: &until, Server: "s", State: state})
	}
	if got := timeline.Changes(list[:100], time.Minute, 100); len(got) != 100 {
		t.Errorf("%d of 100 are left", len(got))
	}
	got := timeline.Changes(list, time.Minute, 100)
	if len(got) != 10 || got[0].At != at(2990) {
		t.Errorf("%d are left: %+v", len(got), got)
	}
	if got := timeline.Changes(nil, time.Minute, 10); got == nil {
		t.Error("no list")
	}
}
