package store_test

import (
	"context"
	"testing"

	"pilotlight/backend"
	"pilotlight/store"
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
