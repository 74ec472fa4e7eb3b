package store_test

import (
	"math"
	"math/rand/v2"
	"reflect"
	"testing"
	"time"

	"pilotlight/backend"
)

// zones have ordinary changes of their clocks, none, changes at midnight (Beirut),
// from one day back into the day before (St. John's until 2011), half an hour
// (Lord Howe) and a day that never was (Apia, 30 December 2011).
var zones = []string{"UTC", "Europe/Berlin", "America/New_York", "Asia/Kolkata", "Asia/Beirut", "America/St_Johns", "Australia/Lord_Howe", "Pacific/Apia"}

// The counts are those of going over all rows by the calendar of a zone.
func TestFallbackSummary(t *testing.T) {
	random := rand.New(rand.NewPCG(3, 4))
	s := open(t, tempDB(t))
	var list []backend.Fallback
	start := time.Date(2010, 10, 1, 0, 0, 0, 0, time.UTC)
	for i, f := range some(3000) {
		f.At = backend.At(start.Add(time.Duration(random.Int64N(int64(500 * 24 * time.Hour)))))
		if i%3 > 0 { // around midnights of the year when clocks change
			f.At = backend.At(time.Date(2010, 10, 1+random.IntN(450), 0, random.IntN(240)-150, 0, 0, zone(t, zones[i%len(zones)])))
		}
		if i%11 == 0 {
			f.LostSeconds = nil
		}
		list = append(list, f)
	}
	record(t, s, list...)
	for _, name := range zones {
		loc := zone(t, name)
		for range 20 {
			since := backend.At(start.Add(time.Duration(random.Int64N(int64(400 * 24 * time.Hour)))))
			until := backend.At(since.Add(time.Duration(random.Int64N(int64(200 * 24 * time.Hour)))))
			if random.IntN(4) == 0 {
				until = list[random.IntN(len(list))].At // exclusive
			}
			got, err := s.FallbackSummary(t.Context(), since, until, loc)
			if err != nil {
				t.Fatal(err)
			}
			if want := naiveSummary(list, since, until, loc); !reflect.DeepEqual(rounded(got), rounded(want)) {
				t.Fatalf("%s from %s until %s\ngave %+v\nwant %+v", name, since, until, got, want)
			}
		}
	}
	count, lost, err := s.FallbackTotals(t.Context(), list[0].At)
	want := naiveSummary(list, list[0].At, backend.At(start.AddDate(9, 0, 0)), time.UTC)
	if err != nil || count != want.Count || math.Abs(lost-want.LostSeconds) > 1e-6 {
		t.Errorf("totals %d, %v, %v; want %d, %v", count, lost, err, want.Count, want.LostSeconds)
	}
}

func zone(t *testing.T, name string) *time.Location {
	t.Helper()
	loc, err := time.LoadLocation(name)
	if err != nil {
		t.Fatal(err)
	}
	return loc
}

func naiveSummary(list []backend.Fallback, since, until backend.Time, loc *time.Location) backend.FallbackSummary {
	sum := backend.FallbackSummary{Since: since, Until: until, Days: []backend.FallbackDay{}}
	days, causes, requested, answered := map[string]backend.FallbackCount{}, map[string]backend.FallbackCount{}, map[string]backend.FallbackCount{}, map[string]backend.FallbackCount{}
	for _, f := range list {
		if f.At.Before(since.Time) || !f.At.Before(until.Time) {
			continue
		}
		lost := 0.0
		if f.LostSeconds != nil {
			lost = *f.LostSeconds
			sum.Timed++
		}
		sum.Count++
		sum.LostSeconds += lost
		count := func(in map[string]backend.FallbackCount, key string) {
			c := in[key]
			c.Key, c.Count, c.LostSeconds = key, c.Count+1, c.LostSeconds+lost
			if f.At.After(c.LastAt.Time) {
				c.LastAt = f.At
			}
			in[key] = c
		}
		count(days, f.At.In(loc).Format(time.DateOnly))
		count(causes, string(f.Cause.Code))
		count(requested, f.Requested)
		if f.Answered != nil {
			count(answered, *f.Answered)
		}
	}
	for day := since.AddDate(0, 0, -2); day.Before(until.AddDate(0, 0, 2)); day = day.AddDate(0, 0, 1) {
		if c, ok := days[day.Format(time.DateOnly)]; ok {
			sum.Days = append(sum.Days, backend.FallbackDay{Day: c.Key, Count: c.Count, LostSeconds: c.LostSeconds})
		}
	}
	sum.Causes, sum.Requested, sum.Answered = mostFirst(causes), mostFirst(requested), mostFirst(answered)
	return sum
}

func mostFirst(counts map[string]backend.FallbackCount) []backend.FallbackCount {
	list := []backend.FallbackCount{}
	for len(counts) > 0 {
		var best backend.FallbackCount
		for _, c := range counts {
			if best.Count == 0 || c.Count > best.Count || (c.Count == best.Count && c.Key < best.Key) {
				best = c
			}
		}
		list = append(list, best)
		delete(counts, best.Key)
	}
	return list
}

// rounded takes away what the order of adding changes.
func rounded(sum backend.FallbackSummary) backend.FallbackSummary {
	sum.LostSeconds = math.Round(sum.LostSeconds * 1000)
	for i := range sum.Days {
		sum.Days[i].LostSeconds = math.Round(sum.Days[i].LostSeconds * 1000)
	}
	for _, list := range [][]backend.FallbackCount{sum.Causes, sum.Requested, sum.Answered} {
		for i := range list {
			list[i].LostSeconds = math.Round(list[i].LostSeconds * 1000)
		}
	}
	return sum
}

// All of time is a span like any other, and nothing is a summary too.
func TestFallbackSummaryEnds(t *testing.T) {
	s := open(t, tempDB(t))
	never, always := backend.Time{}, backend.Time{Time: time.Date(20000, 1, 1, 0, 0, 0, 0, time.UTC)}
	for range 2 {
		sum, err := s.FallbackSummary(t.Context(), never, always, zone(t, "America/St_Johns"))
		if err != nil || sum.Days == nil || sum.Causes == nil || sum.Requested == nil || sum.Answered == nil || sum.Patterns != nil {
			t.Errorf("summary %+v, %v", sum, err)
		}
		if got := len(allFallbacks(t, s, backend.FallbackQuery{})); sum.Count != got || (got > 0 && len(sum.Days) != 2) {
			t.Errorf("%d counted on %d days, want %d", sum.Count, len(sum.Days), got)
		}
		list := some(2)
		list[0].At, list[1].At = backend.Time{Time: time.Unix(-1<<40, 0)}, backend.At(clock)
		record(t, s, list...)
	}
	if sum, err := s.FallbackSummary(t.Context(), always, never, time.UTC); err != nil || sum.Count != 0 || len(sum.Days) != 0 {
		t.Errorf("a backward span gave %+v, %v", sum, err)
	}
}
