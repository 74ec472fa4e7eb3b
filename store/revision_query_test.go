package store_test

import (
	"fmt"
	"math"
	"strings"
	"testing"

	"pilotlight/backend"
	"pilotlight/store"
	"pilotlight/store/storetest"
)

// twoPaths adds n revisions: the even ids are of /b, the others of /a.
func twoPaths(t *testing.T, s *store.Store, n int) {
	t.Helper()
	for i := range n {
		r := storetest.Revision(i, 300, clock)
		r.Path = []string{"/a", "/b"}[i%2]
		keep(t, s, r)
	}
}

func TestRevisionPages(t *testing.T) {
	path := quickDir(t) + "/pilotlight.db"
	s := open(t, path)
	twoPaths(t, s, 1100)
	for _, test := range []struct {
		path   string
		before int64
		limit  int
		first  int64
		count  int
		next   string
	}{
		{"", 0, 0, 1100, 50, "1051"},
		{"", 0, 5000, 1100, 1000, "101"},
		{"/a", 0, 0, 1099, 50, "1001"},
		{"/a", 201, 100, 199, 100, ""},
		{"/a", 201, 99, 199, 99, "3"},
		{"/a", 200, 1, 199, 1, "199"},
		{"/a", 1, 0, 0, 0, ""},
		{"/b", 3, 1, 2, 1, ""},
		{"/b", math.MaxInt64, 1, 1100, 1, "1100"},
		{"/c", 0, 0, 0, 0, ""},
		{"/", 0, 0, 0, 0, ""},
		{"", 1, 0, 0, 0, ""},
	} {
		page, err := s.Revisions(t.Context(), test.path, test.before, test.limit)
		if err != nil || page.Items == nil || len(page.Items) != test.count || page.Next != test.next {
			t.Errorf("%+v: %d rows, next %q, %v", test, len(page.Items), page.Next, err)
			continue
		}
		for i, r := range page.Items {
			step := int64(2)
			if test.path == "" {
				step = 1
			}
			if want := test.first - step*int64(i); r.ID != want || r.Text != "" || r.Diff == "" {
				t.Fatalf("%+v: row %d is %+v, want id %d", test, i, r, want)
			}
		}
	}
	for _, bad := range []struct {
		before int64
		limit  int
	}{{-1, 0}, {0, -1}} {
		_, err := s.Revisions(t.Context(), "/a", bad.before, bad.limit)
		wantError(t, err, backend.CodeInvalid)
	}
}

// Rows that come in while somebody pages are neither skipped nor given twice.
func TestRevisionPagesWhileWriting(t *testing.T) {
	s := open(t, tempDB(t))
	twoPaths(t, s, 40)
	var got []int64
	for before := int64(0); ; {
		page, err := s.Revisions(t.Context(), "/b", before, 3)
		if err != nil {
			t.Fatal(err)
		}
		for _, r := range page.Items {
			got = append(got, r.ID)
			before = r.ID
		}
		if page.Next == "" {
			break
		}
		r := revision(100 + len(got))
		r.Path = "/b"
		keep(t, s, r)
	}
	want := []int64{}
	for id := int64(40); id > 0; id -= 2 {
		want = append(want, id)
	}
	if fmt.Sprint(got) != fmt.Sprint(want) {
		t.Errorf("got %v, want %v", got, want)
	}
}

// A page of long diffs ends early, holds at least one, and skips none.
func TestRevisionPagesAreBounded(t *testing.T) {
	s := open(t, tempDB(t))
	for i := range 40 {
		r := revision(i)
		r.Diff = strings.Repeat("+0123456789\n", 256<<10)[:256<<10]
		keep(t, s, r)
	}
	page, err := s.Revisions(t.Context(), "", 0, 1000)
	if err != nil || len(page.Items) != 16 || page.Next != "25" {
		t.Errorf("%d rows, next %q, %v; want 16, 25", len(page.Items), page.Next, err)
	}
	for i, r := range allRevisions(t, s, "", 1000) {
		if want := int64(40 - i); r.ID != want {
			t.Errorf("row %d has id %d, want %d", i, r.ID, want)
		}
	}
}

// Nothing sorts a page or reads the table from end to end, and retention reads
// the index alone.
func TestRevisionPlans(t *testing.T) {
	s := open(t, tempDB(t))
	twoPaths(t, s, 50)
	for _, path := range []string{"", "/a"} {
		for _, before := range []int64{0, 7} {
			plan, err := store.RevisionPlan(t.Context(), s, path, before)
			if err != nil || strings.Contains(plan, "SCAN") || strings.Contains(plan, "B-TREE") || !strings.Contains(plan, "SEARCH r") {
				t.Errorf("page of %q before %d: %v\n%s", path, before, err, plan)
			}
		}
	}
	plan, err := store.Explain(t.Context(), s, store.NewestRevision, []byte("/a"))
	if err != nil || strings.Contains(plan, "SCAN") || strings.Contains(plan, "B-TREE") || !strings.Contains(plan, "revisions_by_path") {
		t.Errorf("newest: %v\n%s", err, plan)
	}
	plan, err = store.Explain(t.Context(), s, store.DoomedRevisions, 500, 0, 1000, 10)
	if err != nil {
		t.Fatal(err)
	}
	for line := range strings.Lines(plan) {
		if strings.Contains(line, " revisions") && !strings.Contains(line, "COVERING INDEX revisions_by_path") {
			t.Errorf("retention: %s of\n%s", line, plan)
		}
	}
	if !strings.Contains(plan, "revisions_by_path") {
		t.Errorf("retention:\n%s", plan)
	}
}
