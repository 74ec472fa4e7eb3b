package store_test

import (
	"cmp"
	"context"
	"fmt"
	"os"
	"path/filepath"
	"reflect"
	"slices"
	"testing"
	"time"

	"pgregory.net/rapid"

	"pilotlight/backend"
	"pilotlight/store"
)

// journalModel is the fallbacks as a map by key: what the store must be
// indistinguishable from, also for somebody who pages while it is written.
type journalModel struct {
	store *store.Store
	rows  map[string]backend.Fallback
	ids   int64
	open  *paging
}

// paging is a list that is read page by page between other actions. Stable are the
// rows that fit from its beginning to its end and kept their time.
type paging struct {
	q      backend.FallbackQuery
	stable map[int64]bool
	moved  map[int64]bool
	given  []backend.Fallback
}

func TestFallbacksAreTheirModel(t *testing.T) {
	parent := quickDir(t)
	rapid.Check(t, func(t *rapid.T) {
		dir, err := os.MkdirTemp(parent, "")
		if err != nil {
			t.Fatal(err)
		}
		defer os.RemoveAll(dir)
		s, _, err := store.Open(context.Background(), filepath.Join(dir, "pilotlight.db"), fixed)
		if err != nil {
			t.Fatal(err)
		}
		defer s.Close()
		m := &journalModel{store: s, rows: map[string]backend.Fallback{}}
		t.Repeat(map[string]func(*rapid.T){"record": m.record, "list": m.list, "page": m.page})
	})
}

// gen draws from few values, so that they meet.
func (m *journalModel) gen(t *rapid.T) backend.Fallback {
	f := backend.Fallback{
		Key:        fmt.Sprint("k", rapid.IntRange(0, 40).Draw(t, "key")),
		At:         backend.At(clock.Add(time.Duration(rapid.IntRange(0, 12).Draw(t, "at")) * time.Millisecond)),
		SessionID:  oneOf(t, "session", "", "s", "t"),
		SessionKey: oneOf(t, "session key", "", "s", "u"),
		Requested:  oneOf(t, "requested", "a/x", "b/y"),
		Outcome:    oneOf(t, "outcome", backend.FellBack, backend.Exhausted, "melted"),
		Reason:     oneOf(t, "reason", "timeout", "format"),
		Attempts:   []backend.Attempt{},
		Cause:      backend.Cause{Code: oneOf(t, "cause", backend.FellServerOff, backend.FellAuth), Evidence: []backend.Evidence{}},
	}
	if rapid.Bool().Draw(t, "answered?") {
		f.Answered = ptr(oneOf(t, "answered", "a/x", "c/z"))
	}
	return f
}

func (m *journalModel) record(t *rapid.T) {
	var batch []backend.Fallback
	last := map[string]backend.Fallback{}
	for range rapid.IntRange(1, 12).Draw(t, "rows") {
		f := m.gen(t)
		if old, known := m.rows[f.Key]; known && rapid.Bool().Draw(t, "keeps its time") {
			f.At = old.At
		}
		batch = append(batch, f)
		last[f.Key] = f
	}
	stored, err := m.store.RecordJournal(context.Background(), store.Journal{Fallbacks: batch})
	if err != nil {
		t.Fatal(err)
	}
	for i, f := range batch {
		want := last[f.Key]
		if old, known := m.rows[f.Key]; known {
			want.ID = old.ID
		} else {
			m.ids++
			want.ID = m.ids
		}
		if !reflect.DeepEqual(stored[i], want) {
			t.Fatalf("stored %+v, want %+v", stored[i], want)
		}
		if p := m.open; p != nil {
			if old := m.rows[f.Key]; !old.At.Equal(want.At.Time) || !fitsFallback(p.q, want) {
				delete(p.stable, want.ID)
			}
			if old, known := m.rows[f.Key]; known && !old.At.Equal(want.At.Time) {
				p.moved[want.ID] = true
			}
		}
		m.rows[f.Key] = want
	}
}

func (m *journalModel) query(t *rapid.T) backend.FallbackQuery {
	q := backend.FallbackQuery{
		Model:   oneOf(t, "model", "", "", "a/x", "c/z", "none"),
		Reason:  oneOf(t, "reason", "", "", "format"),
		Cause:   oneOf(t, "cause", "", "", backend.FellAuth),
		Outcome: oneOf[backend.Outcome](t, "outcome", "", "", "melted"),
		Session: oneOf(t, "session", "", "", "s", "u"),
		Limit:   rapid.IntRange(1, 9).Draw(t, "limit"),
	}
	if rapid.Bool().Draw(t, "since?") {
		q.Since = ptr(backend.At(clock.Add(time.Duration(rapid.IntRange(0, 12).Draw(t, "since")) * time.Millisecond)))
	}
	if rapid.Bool().Draw(t, "until?") {
		q.Until = ptr(backend.At(clock.Add(time.Duration(rapid.IntRange(0, 12).Draw(t, "until")) * time.Millisecond)))
	}
	return q
}

func fitsFallback(q backend.FallbackQuery, f backend.Fallback) bool {
	return (q.Model == "" || q.Model == f.Requested || (f.Answered != nil && q.Model == *f.Answered)) &&
		(q.Reason == "" || q.Reason == f.Reason) && (q.Cause == "" || q.Cause == f.Cause.Code) &&
		(q.Outcome == "" || q.Outcome == f.Outcome) && (q.Session == "" || q.Session == f.SessionID || q.Session == f.SessionKey) &&
		(q.Since == nil || !f.At.Before(q.Since.Time)) && (q.Until == nil || !f.At.After(q.Until.Time))
}

func newestFirst(a, b backend.Fallback) int {
	return cmp.Or(b.At.Compare(a.At.Time), cmp.Compare(b.ID, a.ID))
}

// list reads a whole list while nothing happens.
func (m *journalModel) list(t *rapid.T) {
	q := m.query(t)
	var want, each []backend.Fallback
	for _, f := range m.rows {
		if fitsFallback(q, f) {
			want = append(want, f)
		}
	}
	slices.SortFunc(want, newestFirst)
	p := paging{q: q}
	for !p.next(t, m.store) {
	}
	if !reflect.DeepEqual(p.given, want) {
		t.Fatalf("query %+v\ngave %+v\nwant %+v", q, p.given, want)
	}
	err := m.store.EachFallback(context.Background(), q, func(f backend.Fallback) error {
		each = append(each, f)
		return nil
	})
	if err != nil || !reflect.DeepEqual(each, want) {
		t.Fatalf("query %+v\neach gave %+v, %v\nwant %+v", q, each, err, want)
	}
}

// next reads one page and says whether it was the last.
func (p *paging) next(t *rapid.T, s *store.Store) (done bool) {
	page, err := s.Fallbacks(context.Background(), p.q)
	if err != nil {
		t.Fatal(err)
	}
	if page.Next != "" && len(page.Items) != p.q.Limit {
		t.Fatalf("a page in the middle has %d rows, want %d", len(page.Items), p.q.Limit)
	}
	p.given = append(p.given, page.Items...)
	p.q.Before = page.Next
	return page.Next == ""
}

// page reads one page of a list that stays open while rows come in and change.
// At its end it has given every stable row, in order, and only a row that was
// moved to another time could come twice.
func (m *journalModel) page(t *rapid.T) {
	if m.open == nil {
		m.open = &paging{q: m.query(t), stable: map[int64]bool{}, moved: map[int64]bool{}}
		for _, f := range m.rows {
			if fitsFallback(m.open.q, f) {
				m.open.stable[f.ID] = true
			}
		}
	}
	p := m.open
	if !p.next(t, m.store) {
		return
	}
	m.open = nil
	if !slices.IsSortedFunc(p.given, newestFirst) {
		t.Fatalf("not in order: %+v", p.given)
	}
	seen := map[int64]bool{}
	for _, f := range p.given {
		if seen[f.ID] && !p.moved[f.ID] {
			t.Fatalf("%d is given twice", f.ID)
		}
		seen[f.ID] = true
	}
	for id := range p.stable {
		if !seen[id] {
			t.Fatalf("%d is not given", id)
		}
	}
}
