package store_test

import (
	"testing"
	"time"

	"pilotlight/backend"
)

func TestWatchedSince(t *testing.T) {
	s := open(t, tempDB(t))
	since := func(server string) *backend.Time {
		at, err := s.WatchedSince(t.Context(), server)
		if err != nil {
			t.Fatal(err)
		}
		return at
	}
	if got := since("lmstudio"); got != nil {
		t.Errorf("before anything: %v", got)
	}
	first := backend.At(time.Date(2026, 11, 20, 8, 0, 0, 0, time.UTC))
	for _, c := range []backend.ServerChange{
		{At: backend.At(first.Add(time.Hour)), Server: "lmstudio", State: backend.ServerUp},
		{At: first, Server: "lmstudio", State: backend.ServerDown}, // told late
		{At: backend.At(first.Add(-time.Hour)), Server: "other", State: backend.ServerUp},
	} {
		if _, err := s.AddServerChange(t.Context(), c); err != nil {
			t.Fatal(err)
		}
	}
	if got := since("lmstudio"); got == nil || !got.Equal(first.Time) {
		t.Errorf("got %v, want %v", got, first)
	}
}
