package api_test

import (
	"context"
	"encoding/csv"
	"encoding/json"
	"errors"
	"math"
	"path/filepath"
	"reflect"
	"strings"
	"testing"
	"time"

	"pilotlight/backend"
	"pilotlight/store"
)

func TestSamplesOperation(t *testing.T) {
	var got backend.SampleQuery
	s := start(t, &fakeAgent{
		samples: func(_ context.Context, q backend.SampleQuery) (backend.Samples, error) {
			got = q
			return backend.Samples{From: q.From, To: q.To, StepSeconds: 10, Resolution: backend.ResolutionRaw, AtMS: []int64{5, 15}, Items: []backend.Series{{
				Name: "memory.used", Unit: backend.UnitBytes, Min: backend.Column{ptr(1.0), nil}, Mean: backend.Column{ptr(1.5), nil}, Max: backend.Column{ptr(1e12), ptr(math.NaN())},
			}}}, nil
		},
	})
	from, to := backend.At(newClock().now().Add(-time.Hour)), backend.At(newClock().now())
	answer := s.overSocket(t, "GET", "/api/samples?from="+from.String()+"&to="+to.String()+"&points=50&name=memory&name=gpu.a", "")
	if want := (backend.SampleQuery{From: from, To: to, Points: 50, Names: []string{"memory", "gpu.a"}}); !reflect.DeepEqual(got, want) {
		t.Errorf("asked for %+v", got)
	}
	want := `"step_seconds":10,"resolution":"raw","gaps":[],"at_ms":[5,15],"items":[{"name":"memory.used","unit":"bytes","min":[1,null],"mean":[1.5,null],"max":[1000000000000,null]}]}`
	if !strings.Contains(answer.body, want) {
		t.Errorf("answer %s", answer.body)
	}
	// What is left out.
	s.overSocket(t, "GET", "/api/samples", "")
	if got.Points != 1000 || got.To.Sub(got.From.Time) != time.Hour || got.Names != nil {
		t.Errorf("asked for %+v", got)
	}
	for _, bad := range []string{"from=yesterday", "points=1", "points=5001", "points=-1", "from=" + to.String() + "&to=" + from.String(), "from=" + to.String() + "&to=" + to.String()} {
		if answer := s.overSocket(t, "GET", "/api/samples?"+bad, ""); answer.StatusCode != 422 && answer.StatusCode != 400 || !strings.Contains(answer.body, `"hint"`) {
			t.Errorf("%s: %d %s", bad, answer.StatusCode, answer.body)
		}
	}
}

// A timeline of a real history: what is at its edges, what is in it, and what
// the page is told of it.
func TestTimelineOperation(t *testing.T) {
	now := newClock().now()
	db, _, err := store.Open(t.Context(), filepath.Join(t.TempDir(), "pilotlight.db"), func() time.Time { return now })
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	ago := func(minutes float64) backend.Time {
		return backend.At(now.Add(-time.Duration(minutes * float64(time.Minute))))
	}
	load := func(minutes float64, event backend.LoadEvent, id string) backend.Load {
		return backend.Load{At: ago(minutes), Server: "lmstudio", Model: "a/b", InstanceID: id, Event: event, Cause: backend.CauseUser, ContextActual: ptr(4096)}
	}
	failed := load(20, backend.LoadFailed, "")
	failed.DurationSeconds = ptr(300.0)
	if _, err := db.AddLoads(t.Context(), []backend.Load{
		load(5000, backend.Loaded, "a/b"), load(4000, backend.Unloaded, "a/b"), // over long before
		load(300, backend.Loaded, "a/b"), load(60, backend.Loaded, "a/b:2"), load(40, backend.Unloaded, "a/b:2"), failed,
	}); err != nil {
		t.Fatal(err)
	}
	for minutes, state := range map[float64]backend.ServerState{200: backend.ServerUp, 30: backend.ServerOff} {
		if _, err := db.AddServerChange(t.Context(), backend.ServerChange{At: ago(minutes), Server: "lmstudio", State: state}); err != nil {
			t.Fatal(err)
		}
	}
	var fell []backend.Fallback
	for i := range 3 {
		f := someFallback()
		f.ID, f.Key, f.At = 0, string(rune('a'+i)), ago(float64(50-10*i))
		fell = append(fell, f)
	}
	if _, err := db.RecordJournal(t.Context(), store.Journal{Fallbacks: fell}); err != nil {
		t.Fatal(err)
	}
	until := ago(45)
	db.AddUses([]backend.Use{
		{Server: "lmstudio", Model: "a/b", InstanceID: "a/b", From: ago(70), UsedUntil: &until, Until: ago(20)},
		{Server: "lmstudio", Model: "no/lane", InstanceID: "no/lane", From: ago(30), Until: ago(20)},
	})
	s := start(t, &fakeAgent{loadedAt: db.LoadedAt, walkLoads: db.WalkLoads, marks: db.FallbackMarks, changes: db.ServerChanges, uses: db.Uses})
	answer := s.overSocket(t, "GET", "/api/timeline?from="+ago(60).String()+"&to="+ago(0).String()+"&points=100", "")
	var got backend.Timeline
	if err := json.Unmarshal([]byte(answer.body), &got); err != nil {
		t.Fatalf("%s: %v", answer.body, err)
	}
	if got.BinSeconds != 36 || len(got.Lanes) != 1 || len(got.Lanes[0].Spans) != 3 || len(got.Lanes[0].Failures) != 1 {
		t.Fatalf("timeline %s", answer.body)
	}
	spans := got.Lanes[0].Spans
	if *spans[0].From != ago(300) || spans[0].To != nil || *spans[0].ContextLength != 4096 ||
		*spans[1].From != ago(60) || *spans[1].To != ago(40) || spans[1].EndCause != backend.CauseUser ||
		spans[2].State != backend.SpanFailed || *spans[2].From != ago(25) {
		t.Errorf("spans %+v", spans)
	}
	if uses := got.Lanes[0].Uses; len(uses) != 2 || uses[0].From != ago(70) || uses[0].State != backend.InUse || uses[0].To != ago(45) ||
		uses[1].State != backend.Idle || uses[1].To != ago(20) || uses[1].InstanceID != "a/b" {
		t.Errorf("uses %+v", uses)
	}
	if len(got.Fallbacks) != 3 || got.Fallbacks[0].At != ago(50) || *got.Fallbacks[0].ID != 1 || got.Fallbacks[0].Cause != backend.FellServerOff || *got.Fallbacks[0].Answered != "anthropic/c" {
		t.Errorf("fallbacks %+v", got.Fallbacks)
	}
	if len(got.Servers) != 2 || got.Servers[0].At != ago(200) || got.Servers[1].State != backend.ServerOff {
		t.Errorf("servers %+v", got.Servers)
	}
	// Before there was anything.
	answer = s.overSocket(t, "GET", "/api/timeline?from=2001-01-01T00:00:00Z&to=2001-01-02T00:00:00Z", "")
	if want := `"lanes":[],"fallbacks":[],"servers":[]`; !strings.Contains(answer.body, want) {
		t.Errorf("an empty timeline is %s", answer.body)
	}
}

func TestExportUses(t *testing.T) {
	at := backend.At(newClock().now())
	rows := []backend.Use{
		{Server: "s", Model: hostile, InstanceID: "i", From: at, UsedUntil: &at, Until: at},
		{Server: "s", Model: "m", InstanceID: "i", From: at, Until: at},
	}
	s := start(t, &fakeAgent{eachUse: func(_ context.Context, since, until *backend.Time, f func(backend.Use) error) error {
		if since == nil || *since != at || until != nil {
			t.Errorf("asked for what is from %v until %v", since, until)
		}
		return errors.Join(f(rows[0]), f(rows[1]))
	}})
	answer := s.overSocket(t, "GET", "/api/export/uses?format=csv&since="+at.String(), "")
	cells, err := csv.NewReader(strings.NewReader(answer.body)).ReadAll()
	if err != nil || len(cells) != 3 || cells[1][1] != "'"+hostile || cells[1][4] != at.String() || cells[2][4] != "" {
		t.Errorf("%q: %v", answer.body, err)
	}
	answer = s.overSocket(t, "GET", "/api/export/uses?since="+at.String(), "")
	var back backend.Use
	if err := json.NewDecoder(strings.NewReader(answer.body)).Decode(&back); err != nil || !reflect.DeepEqual(back, rows[0]) {
		t.Errorf("%s: %v", answer.body, err)
	}
}

func TestExportSamples(t *testing.T) {
	var got backend.SampleRowQuery
	row := backend.SampleRow{
		At: backend.At(newClock().now()), Resolution: backend.ResolutionRaw, Seconds: 10, Name: "gpu.a.power",
		Unit: backend.UnitWatts, GPU: "a", Label: hostile, Count: 3, Min: 1, Mean: 1.5, Max: 2,
	}
	s := start(t, &fakeAgent{eachSample: func(_ context.Context, q backend.SampleRowQuery, f func(backend.SampleRow) error) error {
		got = q
		return f(row)
	}})
	answer := s.overSocket(t, "GET", "/api/export/samples?format=csv&resolution=raw&since="+row.At.String(), "")
	cells, err := csv.NewReader(strings.NewReader(answer.body)).ReadAll()
	if err != nil || len(cells) != 2 || len(cells[0]) != len(cells[1]) {
		t.Fatalf("%q: %v", answer.body, err)
	}
	if cells[1][5] != "'"+hostile || cells[1][8] != "1.5" || cells[0][8] != "mean" {
		t.Errorf("cells %q", cells)
	}
	if got.Resolution != backend.ResolutionRaw || *got.Since != row.At || got.Until != nil {
		t.Errorf("asked for %+v", got)
	}
	answer = s.overSocket(t, "GET", "/api/export/samples", "")
	var back backend.SampleRow
	if err := json.Unmarshal([]byte(answer.body), &back); err != nil || back != row {
		t.Errorf("%s: %v", answer.body, err)
	}
	if answer := s.overSocket(t, "GET", "/api/export/samples?resolution=day", ""); answer.StatusCode != 422 {
		t.Errorf("a resolution that there is not: %d", answer.StatusCode)
	}
}
