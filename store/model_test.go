package store_test

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"reflect"
	"slices"
	"strconv"
	"testing"
	"time"

	"pgregory.net/rapid"

	"pilotlight/backend"
	"pilotlight/store"
)

// model is the history as a slice: what the store must be indistinguishable from.
type model struct {
	path    string
	set     store.Settings
	now     time.Time
	store   *store.Store
	rows    []backend.Load // oldest first
	present map[[2]string]int64
	nextID  int64
}

func TestStoreIsItsModel(t *testing.T) {
	parent := quickDir(t)
	rapid.Check(t, func(t *rapid.T) {
		dir, err := os.MkdirTemp(parent, "")
		if err != nil {
			t.Fatal(err)
		}
		defer os.RemoveAll(dir)
		m := &model{
			path: filepath.Join(dir, "pilotlight.db"),
			set: store.Settings{
				KeepRows:    rapid.IntRange(1, 30).Draw(t, "keep rows"),
				KeepAge:     time.Duration(rapid.IntRange(1, 100).Draw(t, "keep minutes")) * time.Minute,
				PruneBatch:  rapid.IntRange(1, 5).Draw(t, "batch"),
				PruneRounds: rapid.IntRange(1, 4).Draw(t, "rounds"),
			},
			now:     clock,
			present: map[[2]string]int64{},
			nextID:  1,
		}
		m.open(t)
		defer func() { m.store.Close() }()
		t.Repeat(map[string]func(*rapid.T){
			"add":         m.add,
			"page":        m.page,
			"prune":       m.prune,
			"reopen":      m.reopen,
			"loadSeconds": m.loadSeconds,
			"wait":        func(t *rapid.T) { m.now = m.now.Add(rapidMinutes(t)) },
			"":            m.checkPresent,
		})
	})
}

func rapidMinutes(t *rapid.T) time.Duration {
	return time.Duration(rapid.IntRange(0, 40).Draw(t, "minutes")) * time.Minute
}

func (m *model) open(t *rapid.T) {
	s, report, err := store.OpenWith(context.Background(), m.path, func() time.Time { return m.now }, m.set)
	if err != nil || report.SetAside != "" {
		t.Fatalf("open: %v, %+v", err, report)
	}
	m.store = s
}

func (m *model) reopen(t *rapid.T) {
	if err := m.store.Close(); err != nil {
		t.Fatal(err)
	}
	m.open(t)
}

func oneOf[T any](t *rapid.T, label string, values ...T) T {
	return rapid.SampledFrom(values).Draw(t, label)
}

// genLoad draws from few names, so that they meet.
func (m *model) genLoad(t *rapid.T) backend.Load {
	row := backend.Load{
		Server:     oneOf(t, "server", "a", "b"),
		Model:      oneOf(t, "model", "x", "y", "z"),
		InstanceID: oneOf(t, "instance", "x", "x:2", "y"),
		Event:      oneOf(t, "event", backend.Loaded, backend.Loaded, backend.Unloaded, backend.LoadFailed),
		Cause:      oneOf(t, "cause", backend.CauseUser, backend.CauseTTL, backend.CauseKeepWarm),
		Detail:     rapid.StringN(0, 20, 80).Draw(t, "detail"),
	}
	// Times are mostly in order, and sometimes late.
	row.At = backend.At(m.now.Add(-time.Duration(max(0, rapid.IntRange(-5, 120).Draw(t, "late"))) * time.Minute))
	if rapid.Bool().Draw(t, "timed") {
		row.DurationSeconds = ptr(float64(rapid.IntRange(0, 50).Draw(t, "seconds")) / 4)
	}
	if rapid.Bool().Draw(t, "sized") {
		row.SizeBytes = ptr(rapid.Int64Range(0, 1<<40).Draw(t, "size"))
		row.ContextActual = ptr(rapid.IntRange(0, 1<<20).Draw(t, "context"))
	}
	return row
}

func (m *model) add(t *rapid.T) {
	var batch []backend.Load
	for range rapid.IntRange(1, 12).Draw(t, "rows") {
		batch = append(batch, m.genLoad(t))
	}
	stored, err := m.store.AddLoads(context.Background(), batch)
	if err != nil {
		t.Fatal(err)
	}
	for i, row := range batch {
		row.ID = m.nextID
		m.nextID++
		if !reflect.DeepEqual(stored[i], row) {
			t.Fatalf("stored %+v, want %+v", stored[i], row)
		}
		m.rows = append(m.rows, row)
		key := [2]string{row.Server, row.InstanceID}
		switch row.Event {
		case backend.Loaded:
			m.present[key] = row.ID
		case backend.Unloaded:
			delete(m.present, key)
		}
	}
}

func (m *model) genQuery(t *rapid.T) backend.LoadQuery {
	q := backend.LoadQuery{
		Server: oneOf(t, "server", "", "", "a", "none"),
		Model:  oneOf(t, "model", "", "", "x", "none"),
		Event:  oneOf(t, "event", "", "", backend.Loaded),
		Cause:  oneOf(t, "cause", "", "", backend.CauseUser),
		Limit:  rapid.IntRange(0, 9).Draw(t, "limit"),
	}
	if rapid.Bool().Draw(t, "since?") {
		q.Since = ptr(backend.At(m.now.Add(-rapidMinutes(t) * 3)))
	}
	if rapid.Bool().Draw(t, "until?") {
		q.Until = ptr(backend.At(m.now.Add(-rapidMinutes(t))))
	}
	return q
}

func fits(q backend.LoadQuery, row backend.Load) bool {
	return (q.Server == "" || q.Server == row.Server) && (q.Model == "" || q.Model == row.Model) &&
		(q.Event == "" || q.Event == row.Event) && (q.Cause == "" || q.Cause == row.Cause) &&
		(q.Since == nil || !row.At.Before(q.Since.Time)) && (q.Until == nil || !row.At.After(q.Until.Time))
}

// page reads a whole list, page by page.
func (m *model) page(t *rapid.T) {
	q := m.genQuery(t)
	var want []backend.Load
	for _, row := range slices.Backward(m.rows) {
		if fits(q, row) {
			want = append(want, row)
		}
	}
	var got []backend.Load
	for {
		page, err := m.store.Loads(context.Background(), q)
		if err != nil {
			t.Fatal(err)
		}
		got = append(got, page.Items...)
		if size := max(q.Limit, 0); size > 0 && page.Next != "" && len(page.Items) != size {
			t.Fatalf("a page in the middle has %d rows, want %d", len(page.Items), size)
		}
		if page.Next == "" {
			break
		}
		if q.Before, err = strconv.ParseInt(page.Next, 10, 64); err != nil {
			t.Fatal(err)
		}
	}
	if !reflect.DeepEqual(got, want) {
		t.Fatalf("query %+v\ngave %+v\nwant %+v", q, got, want)
	}
}

func (m *model) prune(t *rapid.T) {
	pinned := map[int64]bool{}
	for _, id := range m.present {
		pinned[id] = true
	}
	var kept []backend.Load
	for i, row := range m.rows {
		tooMany := len(m.rows)-i > m.set.KeepRows
		tooOld := row.At.Before(m.now.Add(-m.set.KeepAge))
		if pinned[row.ID] || (!tooMany && !tooOld) {
			kept = append(kept, row)
		}
	}
	want := int64(len(m.rows) - len(kept))
	most := int64(m.set.PruneBatch * m.set.PruneRounds)
	var got int64
	for {
		n, err := m.store.Prune(context.Background())
		if err != nil {
			t.Fatal(err)
		}
		if n > most {
			t.Fatalf("one call deleted %d rows, the most is %d", n, most)
		}
		got += n
		if n == 0 {
			break
		}
	}
	if got != want {
		t.Fatalf("prune deleted %d rows, want %d", got, want)
	}
	m.rows = kept
}

func (m *model) loadSeconds(t *rapid.T) {
	var seconds []float64
	for _, row := range slices.Backward(m.rows) {
		if row.Server == "a" && row.Model == "x" && row.Event == backend.Loaded && row.DurationSeconds != nil && len(seconds) < 50 {
			seconds = append(seconds, *row.DurationSeconds)
		}
	}
	median, p95, n, err := m.store.LoadSeconds(context.Background(), "a", "x")
	if err != nil || n != len(seconds) || (median == nil) != (n == 0) || (p95 == nil) != (n == 0) {
		t.Fatalf("median %v, p95 %v, n %d, %v; want n %d", median, p95, n, err, len(seconds))
	}
	if n == 0 {
		return
	}
	below, above, late := 0, 0, 0
	for _, s := range seconds {
		if s <= *median {
			below++
		}
		if s >= *median {
			above++
		}
		if s <= *p95 {
			late++
		}
	}
	if 2*below < n || 2*above < n || 20*late < 19*n {
		t.Fatalf("median %v and p95 %v do not divide %v", *median, *p95, seconds)
	}
}

func (m *model) checkPresent(t *rapid.T) {
	var want []string
	for _, row := range slices.Backward(m.rows) {
		if m.present[[2]string{row.Server, row.InstanceID}] == row.ID {
			want = append(want, fmt.Sprintf("%d %+v", row.ID, row.At))
		}
	}
	rows, err := m.store.Present(context.Background())
	if err != nil {
		t.Fatal(err)
	}
	var got []string
	for _, row := range rows {
		got = append(got, fmt.Sprintf("%d %+v", row.ID, row.At))
	}
	if !reflect.DeepEqual(got, want) {
		t.Fatalf("present %v, want %v", got, want)
	}
}
