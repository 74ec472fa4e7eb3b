package store_test

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"

	"pilotlight/backend"
	"pilotlight/store"
)

// revisionModel is the revisions as a slice: what the store must be
// indistinguishable from.
type revisionModel struct {
	path  string
	set   store.Settings
	now   time.Time
	store *store.Store
	rows  []backend.Revision // oldest first
	sizes map[int64]int64
	ids   int64
}

func TestRevisionsAreTheirModel(t *testing.T) {
	parent := quickDir(t)
	rapid.Check(t, func(t *rapid.T) {
		dir, err := os.MkdirTemp(parent, "")
		if err != nil {
			t.Fatal(err)
		}
		defer os.RemoveAll(dir)
		m := &revisionModel{
			path: filepath.Join(dir, "pilotlight.db"),
			set: store.Settings{
				KeepRevisions: rapid.IntRange(1, 12).Draw(t, "keep revisions"),
				KeepTexts:     rapid.Int64Range(1, 600).Draw(t, "keep texts"),
				KeepAge:       time.Duration(rapid.IntRange(1, 100).Draw(t, "keep minutes")) * time.Minute,
				PruneBatch:    rapid.IntRange(1, 5).Draw(t, "batch"),
				PruneRounds:   rapid.IntRange(1, 4).Draw(t, "rounds"),
			},
			now: clock, sizes: map[int64]int64{},
		}
		m.open(t)
		defer func() { m.store.Close() }()
		t.Repeat(map[string]func(*rapid.T){
			"add":     m.add,
			"verdict": m.verdict,
			"list":    m.list,
			"one":     m.one,
			"prune":   m.prune,
			"reopen":  m.reopen,
			"wait":    func(t *rapid.T) { m.now = m.now.Add(rapidMinutes(t)) },
		})
	})
}

func (m *revisionModel) open(t *rapid.T) {
	s, report, err := store.OpenWith(context.Background(), m.path, func() time.Time { return m.now }, m.set)
	if err != nil || report.SetAside != "" {
		t.Fatalf("open: %v, %+v", err, report)
	}
	m.store = s
}

func (m *revisionModel) reopen(t *rapid.T) {
	if err := m.store.Close(); err != nil {
		t.Fatal(err)
	}
	m.open(t)
}

// newest is the index of a path's newest row, -1 where there is none.
func (m *revisionModel) newest(path string) int {
	for i, r := range slices.Backward(m.rows) {
		if r.Path == path {
			return i
		}
	}
	return -1
}

// add draws from few values, so that they meet.
func (m *revisionModel) add(t *rapid.T) {
	r := backend.Revision{
		At:         backend.At(m.now.Add(-time.Duration(max(0, rapid.IntRange(-5, 120).Draw(t, "late"))) * time.Minute)),
		Author:     oneOf(t, "author", backend.AuthorPage, backend.AuthorCLI, backend.AuthorOutside),
		Path:       oneOf(t, "path", "/a", "/b", "/b/c"),
		Hash:       oneOf(t, "hash", "x", "y"),
		ParentHash: oneOf(t, "parent", "", "z"),
		Text:       oneOf(t, "text", "", "{}", strings.Repeat("a", 5000), rapid.StringN(0, 60, 200).Draw(t, "any")),
		Note:       oneOf(t, "note", "", "", "n"),
	}
	if rapid.Bool().Draw(t, "restored") {
		r.RestoredFrom = ptr(rapid.Int64Range(1, 2).Draw(t, "from"))
	}
	stored, err := m.store.AddRevision(context.Background(), r)
	if err != nil {
		t.Fatal(err)
	}
	if i := m.newest(r.Path); i >= 0 {
		n := m.rows[i]
		again := r
		again.ID, again.At, again.Verdict = n.ID, n.At, n.Verdict
		if n.Hash == r.Hash && n.Text == r.Text && (r.Author == backend.AuthorOutside || reflect.DeepEqual(again, n)) {
			if !reflect.DeepEqual(stored, n) {
				t.Fatalf("told again: %+v, want %+v", stored, n)
			}
			return
		}
	}
	m.ids++
	r.ID = m.ids
	if !reflect.DeepEqual(stored, r) {
		t.Fatalf("stored %+v, want %+v", stored, r)
	}
	m.rows = append(m.rows, r)
	var size int64
	err = m.store.Reader().QueryRow(`SELECT length(r.diff) + length(t.text) FROM revisions r
		JOIN revision_texts t USING (id) WHERE id = ?`, r.ID).Scan(&size)
	if err != nil {
		t.Fatal(err)
	}
	m.sizes[r.ID] = size
}

func (m *revisionModel) verdict(t *rapid.T) {
	id := rapid.Int64Range(1, m.ids+1).Draw(t, "id")
	v := backend.ConfigVerdict{Code: oneOf(t, "code", backend.VerdictPending, backend.VerdictUndone), At: backend.At(m.now)}
	got, err := m.store.SetVerdict(context.Background(), id, v)
	i := slices.IndexFunc(m.rows, func(r backend.Revision) bool { return r.ID == id })
	if i < 0 {
		if backend.CodeOf(err) != backend.CodeNotFound {
			t.Fatalf("a verdict on nothing: %v", err)
		}
		return
	}
	m.rows[i].Verdict = &v
	want := m.rows[i]
	want.Text = ""
	if err != nil || !reflect.DeepEqual(got, want) {
		t.Fatalf("%+v, %v; want %+v", got, err, want)
	}
}

func (m *revisionModel) list(t *rapid.T) {
	path, limit := oneOf(t, "path", "", "/a", "/b", "/none"), rapid.IntRange(1, 9).Draw(t, "limit")
	var want []backend.Revision
	for _, r := range slices.Backward(m.rows) {
		if path == "" || r.Path == path {
			r.Text = ""
			want = append(want, r)
		}
	}
	var got []backend.Revision
	before := int64(0)
	for {
		page, err := m.store.Revisions(context.Background(), path, before, limit)
		if err != nil {
			t.Fatal(err)
		}
		got = append(got, page.Items...)
		if page.Next == "" {
			break
		}
		if before = got[len(got)-1].ID; len(page.Items) != limit || page.Next != fmt.Sprint(before) {
			t.Fatalf("a page in the middle has %d rows of %d, next %q", len(page.Items), limit, page.Next)
		}
	}
	if !reflect.DeepEqual(got, want) {
		t.Fatalf("list of %q\ngave %+v\nwant %+v", path, got, want)
	}
	latest, err := m.store.LatestRevision(context.Background(), path)
	switch i := m.newest(path); {
	case err != nil || (latest != nil) != (i >= 0):
		t.Fatalf("latest of %q: %+v, %v", path, latest, err)
	case i >= 0 && !reflect.DeepEqual(*latest, want[0]):
		t.Fatalf("latest of %q: %+v, want %+v", path, *latest, want[0])
	}
}

func (m *revisionModel) one(t *rapid.T) {
	id := rapid.Int64Range(1, m.ids+1).Draw(t, "id")
	got, err := m.store.Revision(context.Background(), id)
	for _, want := range m.rows {
		if want.ID == id {
			if err != nil || !reflect.DeepEqual(got, want) {
				t.Fatalf("%+v, %v; want %+v", got, err, want)
			}
			return
		}
	}
	if backend.CodeOf(err) != backend.CodeNotFound {
		t.Fatalf("revision %d: %+v, %v", id, got, err)
	}
}

// kept is what retention leaves: the newest of each path, and then from the
// newest on what is in number, in time and has room.
func (m *revisionModel) kept() (kept []backend.Revision) {
	stays := map[int64]bool{}
	total, seen := int64(0), map[string]int{}
	for _, r := range slices.Backward(m.rows) {
		if seen[r.Path]++; seen[r.Path] == 1 {
			stays[r.ID] = true
			total += m.sizes[r.ID]
		}
	}
	clear(seen)
	for _, r := range slices.Backward(m.rows) {
		seen[r.Path]++
		if seen[r.Path] == 1 || seen[r.Path] > m.set.KeepRevisions || r.At.Before(m.now.Add(-m.set.KeepAge)) {
			continue
		}
		total += m.sizes[r.ID]
		stays[r.ID] = total <= m.set.KeepTexts
	}
	for _, r := range m.rows {
		if stays[r.ID] {
			kept = append(kept, r)
		}
	}
	return kept
}

func (m *revisionModel) prune(t *rapid.T) {
	kept := m.kept()
	want, most := int64(len(m.rows)-len(kept)), int64(m.set.PruneBatch*m.set.PruneRounds)
	var got int64
	for {
		n, err := m.store.Prune(context.Background())
		if err != nil || n > most {
			t.Fatalf("one call deleted %d rows, %v; the most is %d", n, err, most)
		}
		if got += n; n == 0 {
			break
		}
	}
	var texts int
	if err := m.store.Reader().QueryRow(`SELECT count(*) FROM revision_texts`).Scan(&texts); err != nil {
		t.Fatal(err)
	}
	if got != want || texts != len(kept) {
		t.Fatalf("prune deleted %d rows and left %d texts, want %d and %d", got, texts, want, len(kept))
	}
	m.rows = kept
}
