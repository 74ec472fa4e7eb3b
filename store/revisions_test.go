package store_test

import (
	"context"
	"errors"
	"fmt"
	"math"
	"math/rand/v2"
	"reflect"
	"strings"
	"testing"
	"time"
	"unicode/utf8"

	"pilotlight/backend"
	"pilotlight/store"
	"pilotlight/store/storetest"
)

// revision is number n of a small config.
func revision(n int) backend.Revision { return storetest.Revision(n, 2000, clock) }

func keep(t testing.TB, s *store.Store, r backend.Revision) backend.Revision {
	t.Helper()
	stored, err := s.AddRevision(context.Background(), r)
	if err != nil {
		t.Fatalf("add revision: %v", err)
	}
	return stored
}

func judge(t testing.TB, s *store.Store, id int64, v backend.ConfigVerdict) backend.Revision {
	t.Helper()
	r, err := s.SetVerdict(context.Background(), id, v)
	if err != nil {
		t.Fatalf("set verdict: %v", err)
	}
	return r
}

// allRevisions reads the list of a path to its end, in pages.
func allRevisions(t testing.TB, s *store.Store, path string, limit int) []backend.Revision {
	t.Helper()
	var all []backend.Revision
	before := int64(0)
	for {
		page, err := s.Revisions(context.Background(), path, before, limit)
		if err != nil {
			t.Fatalf("revisions: %v", err)
		}
		all = append(all, page.Items...)
		if page.Next == "" {
			return all
		}
		if len(page.Items) == 0 {
			t.Fatal("a page in the middle is empty")
		}
		before = all[len(all)-1].ID
		if want := fmt.Sprint(before); page.Next != want {
			t.Fatalf("next %q, want %q", page.Next, want)
		}
	}
}

// isKept checks that every way to the revision gives it.
func isKept(t testing.TB, s *store.Store, want backend.Revision) {
	t.Helper()
	got, err := s.Revision(context.Background(), want.ID)
	if err != nil || !reflect.DeepEqual(got, want) {
		t.Errorf("read back %+v, %v\nwant %+v", short(got), err, short(want))
	}
	want.Text = ""
	page, err := s.Revisions(context.Background(), want.Path, want.ID+1, 1)
	if err != nil || len(page.Items) != 1 || !reflect.DeepEqual(page.Items[0], want) {
		t.Errorf("the list has %+v, %v\nwant %+v", page, err, short(want))
	}
}

// short is the revision fit for a message.
func short(r backend.Revision) backend.Revision {
	r.Text, r.Diff = r.Text[:min(len(r.Text), 80)], r.Diff[:min(len(r.Diff), 80)]
	return r
}

func TestAddRevisionReadsBack(t *testing.T) {
	path := tempDB(t)
	s := open(t, path)
	full := revision(7)
	full.ID = 99 // of no account
	full.At = backend.Time{Time: clock.Add(1234567 * time.Nanosecond).In(time.FixedZone("x", 3600))}
	full.RestoredFrom = ptr(int64(3))
	full.Verdict = &backend.ConfigVerdict{Code: backend.VerdictPending, At: backend.At(clock), Text: "Being watched."}
	bare := backend.Revision{Path: "/b", Hash: "00", Author: "somebody"}
	list := []backend.Revision{keep(t, s, full), keep(t, s, bare)}

	full.ID, full.At = 1, list[0].At
	if got, want := full.At.String(), "2026-05-04T03:02:01.001Z"; got != want {
		t.Errorf("time %s, want %s", got, want)
	}
	bare.ID, bare.At = 2, backend.At(clock)
	if want := []backend.Revision{full, bare}; !reflect.DeepEqual(list, want) {
		t.Errorf("stored %+v\nwant %+v", list, want)
	}
	closeStore(t, s)
	s = open(t, path)
	for _, r := range list {
		isKept(t, s, r)
		latest, err := s.LatestRevision(t.Context(), r.Path)
		r.Text = ""
		if err != nil || latest == nil || !reflect.DeepEqual(*latest, r) {
			t.Errorf("latest %+v, %v; want %+v", latest, err, r)
		}
	}
	for _, path := range []string{"", "/none", full.Path[:5]} {
		if got, err := s.LatestRevision(t.Context(), path); got != nil || err != nil {
			t.Errorf("latest of %q: %+v, %v", path, got, err)
		}
	}
}

// Texts, diffs and paths come back byte for byte; what is for reading is text.
func TestAddRevisionTakesAnything(t *testing.T) {
	s := open(t, tempDB(t))
	random := rand.New(rand.NewPCG(1, 2))
	noise := make([]byte, 1<<20)
	for i := range noise {
		noise[i] = byte(random.Uint32())
	}
	for name, evil := range map[string]string{
		"empty": "", "nul": "a\x00c", "only nul": "\x00", "invalid": "a\xffb\xfe", "half": "\xe2\x82", "bom": "\ufeff{}", "crlf": "{\r\n}\r\r\n",
		"quotes": `"';--\` + "\n", "noise": string(noise), "same": strings.Repeat("a", 8<<20), "deep": strings.Repeat("[", 1<<20),
	} {
		for i, at := range []time.Time{{}, time.Date(12345, 1, 1, 0, 0, 0, 0, time.UTC), time.Unix(-1<<40, 0)} {
			r := backend.Revision{At: backend.Time{Time: at}, Path: "/p" + name + evil[:min(len(evil), 4000)], Hash: fmt.Sprint(i) + evil[:min(len(evil), 100)],
				ParentHash: evil[:min(len(evil), 100)], Author: "a" + backend.ConfigAuthor(evil[:min(len(evil), 100)]), Bytes: math.MaxInt64, Text: evil,
				Diff: evil[:min(len(evil), 256<<10)], Note: evil, Verdict: &backend.ConfigVerdict{Code: "melted" + backend.VerdictCode(evil), At: backend.Time{Time: at}, Text: evil, Hint: evil, Hash: evil, Found: evil}}
			got := keep(t, s, r)
			isKept(t, s, got)
			if y := got.At.Year(); y < 1 || y > 9999 || !got.Verdict.At.Equal(got.At.Time) {
				t.Errorf("%s: the time became %v, and %v", name, got.At, got.Verdict.At)
			}
			if got.Text != r.Text || got.Diff != r.Diff || got.Path != r.Path || got.Hash != r.Hash || got.ParentHash != r.ParentHash || got.Author != r.Author {
				t.Errorf("%s became %+v", name, short(got))
			}
			for _, kept := range []string{got.Note, string(got.Verdict.Code), got.Verdict.Text, got.Verdict.Hint, got.Verdict.Hash, got.Verdict.Found} {
				if len(kept) > 4096 || !utf8.ValidString(kept) || strings.Contains(kept, "\x00") {
					t.Errorf("%s was kept as %.100q", name, kept)
				}
			}
		}
	}
}

func TestAddRevisionRefuses(t *testing.T) {
	s := open(t, tempDB(t))
	for name, spoil := range map[string]func(*backend.Revision){
		"no path":     func(r *backend.Revision) { r.Path = "" },
		"no hash":     func(r *backend.Revision) { r.Hash = "" },
		"no author":   func(r *backend.Revision) { r.Author = "" },
		"long path":   func(r *backend.Revision) { r.Path = strings.Repeat("x", 4097) },
		"long hash":   func(r *backend.Revision) { r.Hash = strings.Repeat("x", 129) },
		"long parent": func(r *backend.Revision) { r.ParentHash = strings.Repeat("x", 129) },
		"long author": func(r *backend.Revision) { r.Author = backend.ConfigAuthor(strings.Repeat("x", 129)) },
		"bytes":       func(r *backend.Revision) { r.Bytes = -1 },
		"restored":    func(r *backend.Revision) { r.RestoredFrom = ptr(int64(0)) },
		"verdict":     func(r *backend.Revision) { r.Verdict = &backend.ConfigVerdict{} },
	} {
		r := revision(1)
		spoil(&r)
		if _, err := s.AddRevision(t.Context(), r); backend.CodeOf(err) != backend.CodeInvalid {
			t.Errorf("%s: %v", name, err)
		}
	}
	r := revision(1)
	r.Text = strings.Repeat("x", 8<<20+1)
	_, err := s.AddRevision(t.Context(), r)
	if e := wantError(t, err, backend.CodeTooLarge); !strings.Contains(e.Message, "8388609 bytes") {
		t.Errorf("message %q", e.Message)
	}
	if got := allRevisions(t, s, "", 0); len(got) != 0 {
		t.Errorf("kept %+v", got)
	}
	if got := keep(t, s, revision(1)).ID; got != 1 {
		t.Errorf("first id %d, want 1", got)
	}
}

func TestAddRevisionCutsDiffs(t *testing.T) {
	const most = 256 << 10
	s := open(t, tempDB(t))
	lines := strings.Repeat("-é\n+è\n", 60_000)
	for i, test := range []struct{ name, diff, ends string }{
		{"fits", strings.Repeat("x", most), "x"},
		{"lines", lines, "\n\\ The rest is left out: this diff has 480000 bytes.\n"},
		{"one line", "@@ -1 +1 @@\n-" + strings.Repeat("é", most), "é\n\\ The rest is left out: this diff has 524301 bytes.\n"},
		{"no text", strings.Repeat("\x80", 2*most), "\x80\n\\ The rest is left out: this diff has 524288 bytes.\n"},
	} {
		r := revision(i)
		r.Diff = test.diff
		got := keep(t, s, r)
		isKept(t, s, got)
		kept := strings.TrimSuffix(got.Diff, test.ends)
		if len(got.Diff) > most || len(got.Diff) < most-200 || kept == got.Diff || !strings.HasPrefix(test.diff, kept) {
			t.Errorf("%s: %d bytes that end in %q", test.name, len(got.Diff), got.Diff[len(got.Diff)-80:])
		}
		// What was cut is not cut again.
		got.Hash = storetest.Hash(100 + i)
		if again := keep(t, s, got); again.Diff != got.Diff {
			t.Errorf("%s: cut twice: %q", test.name, again.Diff[len(again.Diff)-120:])
		}
	}
}

func TestAddRevisionToldAgain(t *testing.T) {
	first := revision(3)
	first.RestoredFrom = ptr(int64(1))
	for name, test := range map[string]struct {
		change func(*backend.Revision)
		added  bool
	}{
		"the same":     {func(*backend.Revision) {}, false},
		"later":        {func(r *backend.Revision) { r.At = backend.At(clock.Add(time.Hour)) }, false},
		"another diff": {func(r *backend.Revision) { r.Diff = "" }, false},
		"found": {func(r *backend.Revision) {
			r.Author, r.Note, r.ParentHash, r.RestoredFrom = backend.AuthorOutside, "", "", nil
		}, false},
		"found, hash":   {func(r *backend.Revision) { r.Author, r.Hash = backend.AuthorOutside, storetest.Hash(9) }, true},
		"found, text":   {func(r *backend.Revision) { r.Author, r.Text = backend.AuthorOutside, "{}" }, true},
		"another path":  {func(r *backend.Revision) { r.Path = "/other" }, true},
		"author":        {func(r *backend.Revision) { r.Author = backend.AuthorCLI }, true},
		"note":          {func(r *backend.Revision) { r.Note = "for another reason" }, true},
		"parent":        {func(r *backend.Revision) { r.ParentHash = storetest.Hash(9) }, true},
		"not restored":  {func(r *backend.Revision) { r.RestoredFrom = nil }, true},
		"restored else": {func(r *backend.Revision) { r.RestoredFrom = ptr(int64(2)) }, true},
	} {
		t.Run(name, func(t *testing.T) {
			s := open(t, tempDB(t))
			want := keep(t, s, first)
			judge(t, s, want.ID, backend.ConfigVerdict{Code: backend.VerdictAccepted, At: backend.At(clock), Text: "taken"})
			want.Verdict = &backend.ConfigVerdict{Code: backend.VerdictAccepted, At: backend.At(clock), Text: "taken"}
			r := first
			test.change(&r)
			before := changes(t, s)
			got := keep(t, s, r)
			if test.added {
				want = r
				want.ID = 2
			} else if n := changes(t, s) - before; n != 0 {
				t.Errorf("%d rows were written", n)
			}
			if !reflect.DeepEqual(got, want) {
				t.Errorf("stored %+v\nwant %+v", short(got), short(want))
			}
			isKept(t, s, want)
		})
	}
}

// A state that was there before, with another one since, is a new revision.
func TestAddRevisionBackAndForth(t *testing.T) {
	s := open(t, tempDB(t))
	for i := range 6 {
		r := revision(i % 2)
		r.Author = backend.AuthorOutside
		if got := keep(t, s, r).ID; got != int64(i+1) {
			t.Errorf("id %d, want %d", got, i+1)
		}
	}
}

func changes(t *testing.T, s *store.Store) (n int64) {
	t.Helper()
	if err := s.Writer().QueryRowContext(t.Context(), "SELECT total_changes()").Scan(&n); err != nil {
		t.Fatal(err)
	}
	return n
}

// Both tables or none.
func TestAddRevisionAllOrNothing(t *testing.T) {
	s := open(t, tempDB(t))
	keep(t, s, revision(0))
	mustExec(t, s.Writer(), `CREATE TRIGGER stop BEFORE INSERT ON revision_texts BEGIN SELECT raise(ABORT, 'no'); END`)
	if _, err := s.AddRevision(t.Context(), revision(1)); err == nil {
		t.Fatal("the revision without a text was taken")
	}
	checkWhole(t, s, 1)
	mustExec(t, s.Writer(), `DROP TRIGGER stop`)
	if got := keep(t, s, revision(1)).ID; got != 2 {
		t.Errorf("id %d, want 2", got)
	}
}

// checkWhole checks that there are n revisions, each with its text and no text
// without its revision.
func checkWhole(t *testing.T, s *store.Store, n int) {
	t.Helper()
	var revisions, texts, both int
	err := s.Reader().QueryRowContext(t.Context(), `SELECT (SELECT count(*) FROM revisions), (SELECT count(*) FROM revision_texts),
		(SELECT count(*) FROM revisions JOIN revision_texts USING (id))`).Scan(&revisions, &texts, &both)
	if err != nil || revisions != n || texts != n || both != n {
		t.Fatalf("%d revisions, %d texts, %d of both, %v; want %d", revisions, texts, both, err, n)
	}
}

func TestRevisionEndedContext(t *testing.T) {
	s := open(t, tempDB(t))
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	_, addErr := s.AddRevision(ctx, revision(0))
	_, pageErr := s.Revisions(ctx, "", 0, 0)
	_, oneErr := s.Revision(ctx, 1)
	_, latestErr := s.LatestRevision(ctx, "/a")
	_, verdictErr := s.SetVerdict(ctx, 1, backend.ConfigVerdict{Code: backend.VerdictPending})
	for _, err := range []error{addErr, pageErr, oneErr, latestErr, verdictErr} {
		if !errors.Is(err, context.Canceled) {
			t.Errorf("error %v", err)
		}
	}
	keep(t, s, revision(0))
}
