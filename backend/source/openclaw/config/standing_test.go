package config_test

import (
	"os"
	"path/filepath"
	"slices"
	"testing"
	"time"

	"pilotlight/backend/source/openclaw/config"
)

// A file that looks as it did when it was read is not read again, unless it was written so
// lately that it may have been written twice within what its time tells.
func TestAConfigIsReadAgainWhereItMayBeAnother(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "openclaw.json")
	long := time.Date(2026, 11, 1, 12, 0, 0, 0, time.UTC)
	write := func(text string, at time.Time) func() {
		return func() {
			if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
				t.Fatal(err)
			}
			if err := os.Chtimes(path, at, at); err != nil {
				t.Fatal(err)
			}
		}
	}
	gone := func() { _ = os.Remove(path) }
	same := func() {}
	for _, c := range []struct {
		name    string
		now     time.Time
		changes []func()
		want    []bool
	}{
		{"one that stands", long.Add(time.Hour), []func(){write("{a:1}", long), same}, []bool{true, true}},
		// That it counts as standing shows that it was not read.
		{"a change without a sign", long.Add(time.Hour), []func(){write("{a:1}", long), write("{a:2}", long)}, []bool{true, true}},
		{"the same of a new file", long.Add(time.Second), []func(){write("{a:1}", long), write("{a:2}", long)}, []bool{true, false}},
		{"another time", long.Add(time.Hour), []func(){write("{a:1}", long), write("{a:2}", long.Add(time.Millisecond))}, []bool{true, false}},
		{"another size", long.Add(time.Hour), []func(){write("{a:1}", long), write("{a:11}", long)}, []bool{true, false}},
		{"another time, the same text", long.Add(time.Hour), []func(){write("{a:1}", long), write("{a:1}", long.Add(time.Minute)), same}, []bool{true, true, true}},
		{"gone", long.Add(time.Hour), []func(){write("{a:1}", long), gone}, []bool{true, false}},
	} {
		got := config.StandsAsSeen(path, []byte("{a:1}"), func() time.Time { return c.now }, c.changes...)
		if !slices.Equal(got, c.want) {
			t.Errorf("%s: %v, want %v", c.name, got, c.want)
		}
	}
}

// The log of a new day begins while the one before still got a word: it is not lost.
func TestTheLastWordOfADayIsRead(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	today := filepath.Join(dir, "openclaw-2026-11-30.log")
	add := func(text string) {
		f, err := os.OpenFile(today, os.O_APPEND|os.O_CREATE|os.O_WRONLY, 0o600)
		if err != nil {
			t.Fatal(err)
		}
		defer f.Close()
		if _, err := f.WriteString(text); err != nil {
			t.Fatal(err)
		}
	}
	add("from before\n")
	read := config.Tail(func() string { return today })
	for _, step := range []struct {
		add, next, want string
	}{
		{add: "", want: ""},
		{add: "one\ntw", want: "one\n"},
		{add: "o\n", want: "two\n"},
		{add: "last\n", next: "openclaw-2026-12-01.log", want: "last\n"}, // the new one is not there yet
		{add: "first\n", want: "first\n"},
		{add: "", want: ""},
	} {
		add(step.add)
		if step.next != "" {
			today = filepath.Join(dir, step.next)
		}
		if got := read(); got != step.want {
			t.Errorf("after %q: read %q, want %q", step.add, got, step.want)
		}
	}
}
