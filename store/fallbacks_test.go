package store_test

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"pilotlight/backend"
	"pilotlight/store"
	"pilotlight/store/storetest"
)

// record stores a batch of fallbacks alone.
func record(t testing.TB, s *store.Store, list ...backend.Fallback) []backend.Fallback {
	t.Helper()
	stored, err := s.RecordJournal(context.Background(), store.Journal{Fallbacks: list})
	if err != nil {
		t.Fatalf("record: %v", err)
	}
	return stored
}

// allFallbacks reads a list to its end, in pages.
func allFallbacks(t testing.TB, s *store.Store, q backend.FallbackQuery) []backend.Fallback {
	t.Helper()
	var all []backend.Fallback
	if q.Limit == 0 {
		q.Limit = 1000
	}
	for {
		page, err := s.Fallbacks(context.Background(), q)
		if err != nil {
			t.Fatalf("fallbacks: %v", err)
		}
		all = append(all, page.Items...)
		if page.Next == "" {
			return all
		}
		q.Before = page.Next
	}
}

func TestFallbackNotFound(t *testing.T) {
	s := open(t, tempDB(t))
	_, err := s.Fallback(t.Context(), 7)
	if e := wantError(t, err, backend.CodeNotFound); !strings.Contains(e.Message, "fallback with the number 7") {
		t.Errorf("message %q", e.Message)
	}
}

// sameMoment are n fallbacks of one millisecond.
func sameMoment(n int) []backend.Fallback {
	list := some(n)
	for i := range list {
		list[i].At = backend.At(clock)
	}
	return list
}

func TestFallbackPages(t *testing.T) {
	s := open(t, tempDB(t))
	record(t, s, sameMoment(1100)...)
	for _, test := range []struct {
		q     backend.FallbackQuery
		count int
		next  string
	}{
		{backend.FallbackQuery{}, 50, fmt.Sprint(clock.UnixMilli(), "-1051")},
		{backend.FallbackQuery{Limit: 5000}, 1000, fmt.Sprint(clock.UnixMilli(), "-101")},
		{backend.FallbackQuery{Limit: 100, Before: fmt.Sprint(clock.UnixMilli(), "-101")}, 100, ""},
		{backend.FallbackQuery{Model: "none"}, 0, ""},
		{backend.FallbackQuery{Session: "none"}, 0, ""},
		{backend.FallbackQuery{Since: ptr(backend.At(clock)), Until: ptr(backend.At(clock)), Limit: 1}, 1, fmt.Sprint(clock.UnixMilli(), "-1100")},
		{backend.FallbackQuery{Since: ptr(backend.At(clock.Add(1)))}, 50, fmt.Sprint(clock.UnixMilli(), "-1051")},
		{backend.FallbackQuery{Since: ptr(backend.At(clock.Add(time.Millisecond)))}, 0, ""},
		{backend.FallbackQuery{Until: ptr(backend.At(clock.Add(-time.Millisecond)))}, 0, ""},
		{backend.FallbackQuery{Since: ptr(backend.At(clock)), Before: fmt.Sprint(clock.UnixMilli()-1, "-5")}, 0, ""},
	} {
		page, err := s.Fallbacks(t.Context(), test.q)
		if err != nil || page.Items == nil || len(page.Items) != test.count || page.Next != test.next {
			t.Errorf("%+v: %d rows, next %q, %v; want %d, %q", test.q, len(page.Items), page.Next, err, test.count, test.next)
		}
	}
	all := allFallbacks(t, s, backend.FallbackQuery{Limit: 7, Session: "agent:main:main"})
	if want := 1100 - 1100/5; len(all) != want {
		t.Errorf("%d rows of a session, want %d", len(all), want)
	}
}

func TestFallbackBadCursors(t *testing.T) {
	s := open(t, tempDB(t))
	for _, before := range []string{"x", "5", "-", "5-", "-5", "5-0", "5--3", "+5-3", "5-+3", "05-3", " 5-3", "5-3 ", "5-3-", "1e3-4",
		"9223372036854775808-1", "1-9223372036854775808", "5-3\x00", strings.Repeat("9", 10_000), "5-x'; DROP TABLE loads"} {
		_, err := s.Fallbacks(t.Context(), backend.FallbackQuery{Before: before})
		if e := wantError(t, err, backend.CodeInvalid); e.Hint == "" || len(e.Message) > 500 {
			t.Errorf("%q: %+v", before, e)
		}
	}
	for _, before := range []string{"-5-3", "0-1", "9223372036854775807-9223372036854775807"} {
		if _, err := s.Fallbacks(t.Context(), backend.FallbackQuery{Before: before}); err != nil {
			t.Errorf("%q: %v", before, err)
		}
	}
	_, err := s.Fallbacks(t.Context(), backend.FallbackQuery{Limit: -1})
	wantError(t, err, backend.CodeInvalid)
}

// No filter reads a table or an index from end to end: only the kinds, which are
// few, and what was found before.
func TestFallbackPlans(t *testing.T) {
	s := open(t, tempDB(t))
	record(t, s, some(50)...)
	for _, q := range storetest.Queries(50, clock) {
		plan, err := store.FallbackPlan(t.Context(), s, q.Query)
		if err != nil {
			t.Fatal(err)
		}
		sorts := 0
		for line := range strings.Lines(plan) {
			line = strings.TrimSpace(line)
			if line == "USE TEMP B-TREE FOR ORDER BY" {
				sorts++
			} else if strings.HasPrefix(line, "USE TEMP B-TREE") {
				t.Errorf("%s: %s", q.Name, line)
			}
			if name, ok := strings.CutPrefix(line, "SCAN "); ok && !slices.Contains([]string{"k", "w", "p", "by_key", "by_id", "by_kind"}, strings.Fields(name)[0]) {
				t.Errorf("%s: %s", q.Name, line)
			}
		}
		// The page itself, and for a session the union of two pages' places.
		if most := map[bool]int{false: 1, true: 3}[q.Query.Session != ""]; sorts > most {
			t.Errorf("%s sorts %d times:\n%s", q.Name, sorts, plan)
		}
	}
	for name, query := range store.CountingQueries {
		plan, err := store.Explain(t.Context(), s, query, 0, 1)
		if err != nil || strings.Contains(plan, "SCAN f") || strings.Contains(plan, "B-TREE") || !strings.Contains(plan, "COVERING") {
			t.Errorf("%s: %v\n%s", name, err, plan)
		}
	}
}

func TestEachFallback(t *testing.T) {
	s := open(t, tempDB(t))
	stored := record(t, s, sameMoment(450)...)
	given := map[int64]bool{}
	err := s.EachFallback(t.Context(), backend.FallbackQuery{Limit: 1}, func(f backend.Fallback) error {
		if given[f.ID] {
			t.Errorf("%d is given twice", f.ID)
		}
		given[f.ID] = true
		// A newer row, and one given already that now stands further down.
		if len(given)%50 == 0 {
			f.At = backend.At(clock.Add(-time.Hour))
			fresh := storetest.Fallback(len(given), 900, clock.Add(time.Hour))
			fresh.Key = fmt.Sprint("fresh", len(given))
			record(t, s, f, fresh)
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range stored {
		if !given[f.ID] {
			t.Errorf("%d is not given", f.ID)
		}
	}
	stop := errors.New("stop")
	if err := s.EachFallback(t.Context(), backend.FallbackQuery{}, func(backend.Fallback) error { return stop }); !errors.Is(err, stop) {
		t.Errorf("error %v, want that of the function", err)
	}
	wantError(t, s.EachFallback(t.Context(), backend.FallbackQuery{Before: "x"}, nil), backend.CodeInvalid)
}

func TestEachLoad(t *testing.T) {
	s := open(t, tempDB(t))
	add(t, s, samples(0, 450)...)
	next := int64(450)
	err := s.EachLoad(t.Context(), backend.LoadQuery{Limit: 1}, func(l backend.Load) error {
		if l.ID != next {
			t.Errorf("row %d, want %d", l.ID, next)
		}
		next--
		if next%100 == 0 {
			add(t, s, sample(0))
		}
		return nil
	})
	if err != nil || next != 0 {
		t.Errorf("%d rows left, %v", next, err)
	}
}

func TestFallbackEndedContext(t *testing.T) {
	s := open(t, tempDB(t))
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	_, recordErr := s.RecordJournal(ctx, store.Journal{Fallbacks: some(1)})
	_, pageErr := s.Fallbacks(ctx, backend.FallbackQuery{})
	_, sumErr := s.FallbackSummary(ctx, backend.At(clock), backend.At(clock), time.UTC)
	for _, err := range []error{recordErr, pageErr, sumErr} {
		if !errors.Is(err, context.Canceled) {
			t.Errorf("error %v", err)
		}
	}
	record(t, s, some(1)...)
}
