package store_test

import (
	"context"
	"errors"
	"math"
	"reflect"
	"strings"
	"testing"
	"time"
	"unicode/utf8"

	"pilotlight/backend"
	"pilotlight/store"
)

func TestAddLoadsReadsBack(t *testing.T) {
	path := tempDB(t)
	s := open(t, path)
	bare := backend.Load{Server: "a", Model: "m", Event: backend.LoadFailed, Cause: backend.CauseUser}
	fine := sample(0)
	fine.At = backend.Time{Time: clock.Add(1234567 * time.Nanosecond).In(time.FixedZone("x", 3600))}
	zero := sample(2)
	zero.ContextRequested, zero.DurationSeconds, zero.SizeBytes = ptr(0), ptr(0.0), ptr(int64(0))
	stored := add(t, s, bare, fine, zero)

	if got := stored[0].At.Time; !got.Equal(clock) {
		t.Errorf("a zero time became %v, want now", got)
	}
	if got, want := stored[1].At.String(), "2026-05-04T03:02:01.001Z"; got != want {
		t.Errorf("time became %s, want %s", got, want)
	}
	for i, row := range stored {
		if row.ID != int64(i+1) {
			t.Errorf("id %d, want %d", row.ID, i+1)
		}
		got, err := s.Load(t.Context(), row.ID)
		if err != nil {
			t.Fatal(err)
		}
		if !reflect.DeepEqual(got, row) {
			t.Errorf("read back %+v, want %+v", got, row)
		}
	}
	closeStore(t, s)
	got := allLoads(t, open(t, path))
	want := []backend.Load{stored[2], stored[1], stored[0]}
	if !reflect.DeepEqual(got, want) {
		t.Errorf("after reopening: %+v, want %+v", got, want)
	}
}

func TestAddLoadsAllOrNone(t *testing.T) {
	s := open(t, tempDB(t))
	mustExec(t, s.Writer(), `CREATE TRIGGER stop BEFORE INSERT ON loads WHEN new.model = 'bad' BEGIN SELECT raise(ABORT, 'no'); END`)
	bad := sample(1)
	bad.Model = "bad"
	if _, err := s.AddLoads(t.Context(), []backend.Load{sample(0), bad}); err == nil {
		t.Fatal("the bad row was taken")
	}
	if got := allLoads(t, s); len(got) != 0 {
		t.Errorf("half a transaction was kept: %v", got)
	}
	present, err := s.Present(t.Context())
	if err != nil || len(present) != 0 {
		t.Errorf("present: %v, %v", present, err)
	}
}

func TestAddLoadsRefusesNonsense(t *testing.T) {
	s := open(t, tempDB(t))
	for name, spoil := range map[string]func(*backend.Load){
		"no server":      func(l *backend.Load) { l.Server = "" },
		"no model":       func(l *backend.Load) { l.Model = "" },
		"no instance":    func(l *backend.Load) { l.InstanceID = "" },
		"no cause":       func(l *backend.Load) { l.Cause = "" },
		"unknown event":  func(l *backend.Load) { l.Event = "melted" },
		"long model":     func(l *backend.Load) { l.Model = strings.Repeat("x", 513) },
		"long server":    func(l *backend.Load) { l.Server = strings.Repeat("x", 129) },
		"not a number":   func(l *backend.Load) { l.DurationSeconds = ptr(math.NaN()) },
		"endless":        func(l *backend.Load) { l.DurationSeconds = ptr(math.Inf(1)) },
		"backwards time": func(l *backend.Load) { l.DurationSeconds = ptr(-1.0) },
	} {
		t.Run(name, func(t *testing.T) {
			row := sample(0)
			spoil(&row)
			_, err := s.AddLoads(t.Context(), []backend.Load{row})
			wantError(t, err, backend.CodeInvalid)
		})
	}
	_, err := s.AddLoads(t.Context(), samples(0, 10_001))
	wantError(t, err, backend.CodeInvalid)
	if rows, err := s.AddLoads(t.Context(), nil); rows != nil || err != nil {
		t.Errorf("no rows gave %v, %v", rows, err)
	}
}

func TestAddLoadsCutsDetail(t *testing.T) {
	s := open(t, tempDB(t))
	row := sample(0)
	row.Detail = "ab" + strings.Repeat("é", 400) + "\xff"
	got := add(t, s, row)[0].Detail
	if len(got) > 300 || len(got) < 290 || !utf8.ValidString(got) || !strings.HasSuffix(got, "é…") {
		t.Errorf("detail of %d bytes: %q", len(got), got)
	}
}

func TestLoadsPages(t *testing.T) {
	s := open(t, tempDB(t))
	for from := 0; from < 1100; from += 100 {
		add(t, s, samples(from, 100)...)
	}
	page, err := s.Loads(t.Context(), backend.LoadQuery{})
	if err != nil || len(page.Items) != 50 || page.Next != "1051" {
		t.Fatalf("default page: %d rows, next %q, %v", len(page.Items), page.Next, err)
	}
	page, err = s.Loads(t.Context(), backend.LoadQuery{Limit: 5000})
	if err != nil || len(page.Items) != 1000 || page.Next != "101" {
		t.Fatalf("largest page: %d rows, next %q, %v", len(page.Items), page.Next, err)
	}
	page, err = s.Loads(t.Context(), backend.LoadQuery{Limit: 100, Before: 101})
	if err != nil || len(page.Items) != 100 || page.Next != "" {
		t.Fatalf("last page: %d rows, next %q, %v", len(page.Items), page.Next, err)
	}
	for _, q := range []backend.LoadQuery{{Limit: -1}, {Before: -1}} {
		_, err := s.Loads(t.Context(), q)
		wantError(t, err, backend.CodeInvalid)
	}
	page, err = s.Loads(t.Context(), backend.LoadQuery{Model: "none"})
	if err != nil || page.Items == nil || len(page.Items) != 0 {
		t.Errorf("an empty page is %#v, %v; want an empty list", page.Items, err)
	}
}

// Every filter must come out of an index in order: sorting or reading the whole
// table would grow with the history.
func TestLoadsNeverSorts(t *testing.T) {
	s := open(t, tempDB(t))
	now := backend.At(clock)
	for _, q := range []backend.LoadQuery{
		{}, {Since: &now}, {Until: &now}, {Since: &now, Until: &now, Before: 9},
		{Model: "m"}, {Model: "m", Server: "s", Since: &now}, {Event: backend.Loaded, Cause: backend.CauseUser},
	} {
		where, args := store.LoadConditions(q)
		plan, err := store.Plan(t.Context(), s, where, args...)
		if err != nil {
			t.Fatal(err)
		}
		if strings.Contains(plan, "TEMP B-TREE") {
			t.Errorf("query %+v sorts:\n%s", q, plan)
		}
	}
}

func TestLoadNotFound(t *testing.T) {
	s := open(t, tempDB(t))
	_, err := s.Load(t.Context(), 7)
	wantError(t, err, backend.CodeNotFound)
}

func TestPresentKeepsTheLastLoad(t *testing.T) {
	s := open(t, tempDB(t))
	on := func(server, id string) backend.Load {
		return backend.Load{Server: server, Model: "m", InstanceID: id, Event: backend.Loaded, Cause: backend.CauseUser}
	}
	off := func(server, id string) backend.Load {
		row := on(server, id)
		row.Event = backend.Unloaded
		return row
	}
	failed := on("a", "m")
	failed.Event = backend.LoadFailed
	stored := add(t, s, on("a", "m"), on("b", "m"), on("a", "m:2"), on("a", "m"), off("b", "m"), off("b", "other"), failed)
	got, err := s.Present(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	if want := []backend.Load{stored[3], stored[2]}; !reflect.DeepEqual(got, want) {
		t.Errorf("present %+v, want %+v", got, want)
	}
}

func TestLoadSeconds(t *testing.T) {
	s := open(t, tempDB(t))
	timed := func(server string, event backend.LoadEvent, seconds *float64) backend.Load {
		return backend.Load{Server: server, Model: "m", InstanceID: "m", Event: event, Cause: backend.CauseUser, DurationSeconds: seconds}
	}
	check := func(median, p95 float64, n int) {
		t.Helper()
		gotMedian, gotP95, gotN, err := s.LoadSeconds(t.Context(), "a", "m")
		if err != nil || gotN != n || gotMedian == nil || *gotMedian != median || gotP95 == nil || *gotP95 != p95 {
			t.Errorf("median %v, p95 %v, n %d, %v; want %v, %v, %d", gotMedian, gotP95, gotN, err, median, p95, n)
		}
	}
	add(t, s, timed("b", backend.Loaded, ptr(9.0)), timed("a", backend.LoadFailed, ptr(9.0)), timed("a", backend.Loaded, nil))
	if median, p95, n, err := s.LoadSeconds(t.Context(), "a", "m"); median != nil || p95 != nil || n != 0 || err != nil {
		t.Errorf("nothing known gave %v, %v, %d, %v", median, p95, n, err)
	}
	add(t, s, timed("a", backend.Loaded, ptr(4.0)))
	check(4, 4, 1)
	add(t, s, timed("a", backend.Loaded, ptr(8.0)))
	check(6, 8, 2)
	for i := range 60 {
		add(t, s, timed("a", backend.Loaded, ptr(float64(i+1))))
	}
	// The last 50 are 11 to 60 seconds.
	check(35.5, 58, 50)
}

func TestState(t *testing.T) {
	path := tempDB(t)
	s := open(t, path)
	if got, err := s.State(t.Context(), "keep"); got != nil || err != nil {
		t.Errorf("absent state is %v, %v", got, err)
	}
	for _, value := range [][]byte{[]byte(`{"model":"m"}`), {}, {0, 0xff}} {
		if err := s.SetState(t.Context(), "keep", value); err != nil {
			t.Fatal(err)
		}
		got, err := s.State(t.Context(), "keep")
		if err != nil || got == nil || !reflect.DeepEqual(got, value) {
			t.Errorf("state is %#v, %v; want %#v", got, err, value)
		}
	}
	closeStore(t, s)
	s = open(t, path)
	if got, err := s.State(t.Context(), "keep"); err != nil || !reflect.DeepEqual(got, []byte{0, 0xff}) {
		t.Errorf("after reopening the state is %v, %v", got, err)
	}
	if err := s.SetState(t.Context(), "keep", nil); err != nil {
		t.Fatal(err)
	}
	if got, err := s.State(t.Context(), "keep"); got != nil || err != nil {
		t.Errorf("removed state is %v, %v", got, err)
	}
	wantError(t, s.SetState(t.Context(), "", []byte{1}), backend.CodeInvalid)
	wantError(t, s.SetState(t.Context(), "big", make([]byte, 64<<10+1)), backend.CodeInvalid)
}

func TestEndedContext(t *testing.T) {
	s := open(t, tempDB(t))
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := s.AddLoads(ctx, samples(0, 1)); !errors.Is(err, context.Canceled) {
		t.Errorf("add: %v", err)
	}
	if _, err := s.Loads(ctx, backend.LoadQuery{}); !errors.Is(err, context.Canceled) {
		t.Errorf("loads: %v", err)
	}
	add(t, s, sample(0))
}

func TestReadersCannotWrite(t *testing.T) {
	s := open(t, tempDB(t))
	if _, err := s.Reader().ExecContext(t.Context(), "DELETE FROM loads"); err == nil {
		t.Error("a reader may write")
	}
}
