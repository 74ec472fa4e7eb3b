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

// stretch is a use of an instance, in seconds after the clock; used below 0 is none.
func stretch(id string, from, used, until float64) backend.Use {
	at := func(s float64) time.Time { return clock.Add(time.Duration(s * float64(time.Second))) }
	u := backend.Use{Server: "s", Model: "m", InstanceID: id, From: backend.At(at(from)), Until: backend.At(at(until))}
	if used >= 0 {
		u.UsedUntil = backend.AtPtr(at(from + used))
	}
	return u
}

func secondsAfter(s float64) backend.Time {
	return backend.At(clock.Add(time.Duration(s * float64(time.Second))))
}

func uses(t *testing.T, s *store.Store, from, to, bin float64) string {
	t.Helper()
	list, err := s.Uses(t.Context(), secondsAfter(from), secondsAfter(to), time.Duration(bin*float64(time.Second)))
	if err != nil {
		t.Fatal(err)
	}
	after := func(at *backend.Time) string {
		if at == nil {
			return "-"
		}
		return fmt.Sprint(at.Sub(clock).Seconds())
	}
	var parts []string
	for _, u := range list {
		parts = append(parts, fmt.Sprintf("%s %s %s..%s %s x%d %gs", u.InstanceID, after(&u.From), after(u.FirstUse), after(u.UsedUntil),
			after(&u.Until), u.Count, u.Used.Seconds()))
	}
	return strings.Join(parts, "; ")
}

func allUses(t *testing.T, s *store.Store) (all []backend.Use) {
	t.Helper()
	err := s.EachUse(t.Context(), nil, nil, func(u backend.Use) error { all = append(all, u); return nil })
	if err != nil {
		t.Fatal(err)
	}
	return all
}

// What is not written yet is read as if it were, also where it is more of what was
// written.
func TestUsesAreReadBeforeTheyAreWritten(t *testing.T) {
	now := clock
	s, _, err := store.Open(t.Context(), tempDB(t), func() time.Time { return now })
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	if s.AddUses([]backend.Use{stretch("a", 0, 10, 50), stretch("b", 0, -1, 60)}) {
		t.Error("to be written at once")
	}
	const first = "a 0 0..10 50 x1 10s; b 0 -..- 60 x0 0s"
	if got := uses(t, s, 0, 1000, 100); got != first {
		t.Errorf("before they are written: %s", got)
	}
	if err := s.Flush(t.Context()); err != nil {
		t.Fatal(err)
	}
	if got := uses(t, s, 0, 1000, 100); got != first {
		t.Errorf("when they are written: %s", got)
	}
	s.AddUses([]backend.Use{stretch("a", 0, 30, 70), stretch("a", 70, 5, 80), stretch("b", 0, -1, 90)})
	const more = "a 0 0..75 80 x2 35s; b 0 -..- 90 x0 0s"
	if got := uses(t, s, 0, 1000, 100); got != more {
		t.Errorf("grown: %s", got)
	}
	if now = now.Add(time.Minute); !s.AddUses(nil) {
		t.Error("not to be written after a minute")
	}
	if err := s.Flush(t.Context()); err != nil {
		t.Fatal(err)
	}
	if got := uses(t, s, 0, 1000, 100); got != more {
		t.Errorf("grown and written: %s", got)
	}
	if s.AddUses(nil) {
		t.Error("to be written again")
	}
}

func TestUsesAtTheEdges(t *testing.T) {
	s := open(t, tempDB(t))
	for _, flushed := range []bool{false, true} {
		s.AddUses([]backend.Use{stretch("a", 0, 10, 50), stretch("a", 60, 5, 100), stretch("a", 200, 0, 300)})
		if flushed {
			if err := s.Flush(t.Context()); err != nil {
				t.Fatal(err)
			}
		}
		for span, want := range map[[2]float64]string{
			{-50, 0}:   "",
			{-50, 1}:   "a 0 0..10 50 x1 10s",
			{55, 58}:   "", // nothing is known of this time
			{99, 150}:  "a 60 60..65 100 x1 5s",
			{150, 199}: "",
			{80, 201}:  "a 60 60..65 100 x1 5s; a 200 200..200 300 x1 0s",
			{350, 400}: "",
		} {
			if got := uses(t, s, span[0], span[1], 1); got != want {
				t.Errorf("flushed %t, from %v: %q, want %q", flushed, span, got, want)
			}
		}
	}
	if _, err := s.Uses(t.Context(), secondsAfter(0), secondsAfter(1), 0); backend.CodeOf(err) != backend.CodeInvalid {
		t.Errorf("bins of no width: %v", err)
	}
}

// What cannot be kept is left out, and does not keep the rest from being written.
func TestUsesThatCannotBe(t *testing.T) {
	s := open(t, tempDB(t))
	good := stretch("good", 0, 10, 50)
	bad := []backend.Use{stretch("", 0, 1, 2), stretch(strings.Repeat("x", 600), 0, 1, 2), stretch("before", 0, -1, -1), stretch("longer", 0, 10, 5)}
	s.AddUses(append(bad, good))
	if got := allUses(t, s); !reflect.DeepEqual(got, []backend.Use{good}) {
		t.Errorf("kept %+v", got)
	}
}

// The disk cannot be written: nothing is lost, and what came meanwhile counts.
func TestUsesWaitForTheDisk(t *testing.T) {
	path := tempDB(t)
	s := open(t, path)
	s.AddUses([]backend.Use{stretch("a", 0, 10, 50)})
	if err := os.Rename(path, path+".away"); err != nil {
		t.Fatal(err)
	}
	if err := s.Flush(t.Context()); err == nil {
		t.Fatal("written where there is nothing")
	}
	s.AddUses([]backend.Use{stretch("b", 0, 10, 50)})
	if err := s.Flush(t.Context()); err == nil {
		t.Fatal("written where there is nothing")
	}
	if err := os.Rename(path+".away", path); err != nil {
		t.Fatal(err)
	}
	if got := allUses(t, s); len(got) != 2 {
		t.Errorf("kept %+v", got)
	}
}

// Only of what is loaded, and as it was last taken in.
func TestLatestUses(t *testing.T) {
	s := open(t, tempDB(t))
	load := func(id string) backend.Load {
		return backend.Load{Server: "s", Model: "m", InstanceID: id, Event: backend.Loaded, Cause: backend.CauseUser}
	}
	add(t, s, load("a"), load("b"), load("never"))
	s.AddUses([]backend.Use{stretch("a", 0, 1, 2), stretch("a", 10, 1, 20), stretch("b", 0, 1, 2), stretch("gone", 0, 1, 2)})
	if err := s.Flush(t.Context()); err != nil {
		t.Fatal(err)
	}
	s.AddUses([]backend.Use{stretch("b", 0, 1, 9)})
	got, err := s.LatestUses(t.Context())
	slices.SortFunc(got, func(x, y backend.Use) int { return strings.Compare(x.InstanceID, y.InstanceID) })
	if want := []backend.Use{stretch("a", 10, 1, 20), stretch("b", 0, 1, 9)}; err != nil || !reflect.DeepEqual(got, want) {
		t.Errorf("latest %+v, %v", got, err)
	}
}

// Two years and so many rows, and an instance without any is forgotten.
func TestPruneUses(t *testing.T) {
	path := tempDB(t)
	s, _ := openWith(t, path, store.Settings{KeepRows: 10})
	edge := -2 * 365 * 24 * 3600.0
	s.AddUses([]backend.Use{stretch("old", edge-100, 1, edge-1), stretch("goes on", edge-100, 1, edge+100)})
	if rows, err := s.Prune(t.Context()); err != nil || rows != 0 {
		t.Fatalf("prune before they are written: %d, %v", rows, err)
	}
	if err := s.Flush(t.Context()); err != nil {
		t.Fatal(err)
	}
	if rows, err := s.Prune(t.Context()); err != nil || rows != 1 {
		t.Errorf("by age: %d, %v", rows, err)
	}
	for i := range 15 {
		s.AddUses([]backend.Use{stretch("a", float64(i), 0, float64(i))})
	}
	if err := s.Flush(t.Context()); err != nil {
		t.Fatal(err)
	}
	if rows, err := s.Prune(t.Context()); err != nil || rows != 6 {
		t.Errorf("by number: %d, %v", rows, err)
	}
	if got := allUses(t, s); len(got) != 10 || !reflect.DeepEqual(got[0], stretch("a", 14, 0, 14)) {
		t.Errorf("left are %+v", got)
	}
	var instances string
	if err := s.Reader().QueryRowContext(t.Context(), "SELECT group_concat(instance_id) FROM use_instances").Scan(&instances); err != nil || instances != "a" {
		t.Errorf("instances %q, %v", instances, err)
	}
}

// A year of an agent that asks one model every few minutes by day and for its
// heartbeat by night takes some 2 MB, and is summed up in a moment.
func TestAYearOfUses(t *testing.T) {
	path := filepath.Join(quickDir(t), "pilotlight.db")
	s := open(t, path)
	if err := s.Flush(t.Context()); err != nil {
		t.Fatal(err)
	}
	rows := 0
	for day := range 365 {
		var list []backend.Use
		for hour := range 24 {
			pause := 1800.0
			if hour >= 9 && hour < 18 {
				pause = 200
			}
			for at := 0.0; at < 3600; at += pause {
				from := float64(day*24+hour)*3600 + at + float64(rows%7)
				list = append(list, stretch("maker/model", from, 11.5+float64(rows%40), from+pause))
				rows++
			}
		}
		s.AddUses(list)
		if day%30 != 29 && day != 364 {
			continue
		}
		if err := s.Flush(t.Context()); err != nil {
			t.Fatal(err)
		}
	}
	began := time.Now()
	sums, err := s.Uses(t.Context(), secondsAfter(0), secondsAfter(366*86400), 366*24*time.Hour/500)
	took, count := time.Since(began), 0
	for _, u := range sums {
		count += u.Count
	}
	if err != nil || len(sums) > 501 || count != rows {
		t.Errorf("%d sums of %d uses, want %d: %v", len(sums), count, rows, err)
	}
	closeStore(t, s)
	info, err := os.Stat(path)
	if err != nil {
		t.Fatal(err)
	}
	t.Logf("%d uses take %d kB and are summed up in %s", rows, info.Size()/1000, took)
	if per := float64(info.Size()) / float64(rows); info.Size() > 4_000_000 || per > 40 {
		t.Errorf("%d uses take %d bytes", rows, info.Size())
	}
}

// However they come in and whenever they are written: the sums are those of all
// stretches, each as it was last.
func TestUsesModel(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		dir, err := os.MkdirTemp("/dev/shm", "pilotlight-uses-")
		if err != nil {
			dir, err = os.MkdirTemp("", "pilotlight-uses-")
		}
		if err != nil {
			t.Fatal(err)
		}
		defer os.RemoveAll(dir)
		s, _, err := store.Open(context.Background(), filepath.Join(dir, "x.db"), fixed)
		if err != nil {
			t.Fatal(err)
		}
		defer s.Close()
		latest := map[string][]backend.Use{}
		now := 0.0
		for range rapid.IntRange(0, 25).Draw(t, "steps") {
			id := rapid.SampledFrom([]string{"a", "b"}).Draw(t, "id")
			now += float64(rapid.IntRange(1, 50).Draw(t, "pause"))
			used := float64(rapid.IntRange(-1, 10).Draw(t, "used"))
			list := latest[id]
			if n := len(list); n > 0 && rapid.Bool().Draw(t, "grows") {
				from := list[n-1].From.Sub(clock).Seconds()
				list[n-1] = stretch(id, from, now-from, now)
			} else {
				list = append(list, stretch(id, now, used, now+10))
			}
			now += 10
			latest[id] = list
			s.AddUses(list[len(list)-1:])
			if rapid.IntRange(0, 2).Draw(t, "flush") == 0 {
				if err := s.Flush(context.Background()); err != nil {
					t.Fatal(err)
				}
			}
		}
		bin := time.Duration(rapid.SampledFrom([]int{1, 30, 200}).Draw(t, "bin")) * time.Second
		got, err := s.Uses(context.Background(), secondsAfter(-1), secondsAfter(now+1), bin)
		if err != nil {
			t.Fatal(err)
		}
		for _, id := range []string{"a", "b"} {
			wantCount, count, wantUsed, took := 0, 0, time.Duration(0), time.Duration(0)
			for _, u := range latest[id] {
				if u.UsedUntil != nil {
					wantCount, wantUsed = wantCount+1, wantUsed+u.UsedUntil.Sub(u.From.Time)
				}
			}
			var last backend.Time
			for _, u := range got {
				if u.InstanceID == id {
					count, took, last = count+u.Count, took+u.Used, u.Until
				}
			}
			if list := latest[id]; count != wantCount || took != wantUsed || len(list) > 0 && last != list[len(list)-1].Until {
				t.Fatalf("%s: %d uses of %s until %s, of %+v: %+v", id, count, took, last, list, got)
			}
		}
	})
}
