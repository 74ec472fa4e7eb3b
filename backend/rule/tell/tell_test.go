package tell_test

import (
	"encoding/json"
	"fmt"
	"testing"
	"time"

	"pilotlight/backend"
	"pilotlight/backend/rule/tell"
)

var (
	noon = time.Date(2026, 11, 24, 12, 0, 0, 0, time.UTC)
	on   = backend.NotifySettings{Fallbacks: true}
)

func fell(code backend.CauseCode, requested string, at time.Time) backend.Fallback {
	return backend.Fallback{At: backend.At(at), Requested: requested, Cause: backend.Cause{Code: code}}
}

func TestDue(t *testing.T) {
	night := backend.NotifySettings{Fallbacks: true, QuietFrom: "22:00", QuietTo: "07:00"}
	old := fell(backend.FellAuth, "m", noon.Add(-3*time.Minute))
	slow := old
	ended := backend.At(noon.Add(-time.Second))
	slow.EndedAt = &ended
	for name, c := range map[string]struct {
		f    backend.Fallback
		set  backend.NotifySettings
		now  time.Time
		want bool
	}{
		"just now":                  {fell(backend.FellAuth, "m", noon), on, noon, true},
		"switched off":              {fell(backend.FellAuth, "m", noon), backend.NotifySettings{}, noon, false},
		"read long after":           {old, on, noon, false},
		"began long ago, just over": {slow, on, noon, true},
		"from the future":           {fell(backend.FellAuth, "m", noon.Add(time.Hour)), on, noon, false},
		"a clock a little ahead":    {fell(backend.FellAuth, "m", noon.Add(time.Minute)), on, noon, true},
		"quiet":                     {fell(backend.FellAuth, "m", noon.Add(11*time.Hour)), night, noon.Add(11 * time.Hour), false},
		"not quiet":                 {fell(backend.FellAuth, "m", noon), night, noon, true},
	} {
		t.Run(name, func(t *testing.T) {
			if _, got := (tell.State{}).Due(c.f, c.set, c.now); got != c.want {
				t.Errorf("got %v, want %v", got, c.want)
			}
		})
	}
}

func TestTheSameCauseIsToldOnceAnHour(t *testing.T) {
	var s tell.State
	for _, step := range []struct {
		after     time.Duration
		code      backend.CauseCode
		requested string
		want      bool
	}{
		{0, backend.FellServerOff, "a", true},
		{time.Minute, backend.FellServerOff, "a", false},
		{2 * time.Minute, backend.FellMemory, "a", true},
		{3 * time.Minute, backend.FellServerOff, "b", true},
		{59 * time.Minute, backend.FellServerOff, "a", false},
		{60 * time.Minute, backend.FellServerOff, "a", true},
		{61 * time.Minute, backend.FellServerOff, "a", false},
		{62 * time.Minute, backend.FellMemory, "a", true},
	} {
		now := noon.Add(step.after)
		// Every step goes through a restart.
		b, err := json.Marshal(s)
		if err != nil {
			t.Fatal(err)
		}
		s = tell.State{}
		if err := json.Unmarshal(b, &s); err != nil {
			t.Fatal(err)
		}
		var got bool
		if s, got = s.Due(fell(step.code, step.requested, now), on, now); got != step.want {
			t.Errorf("after %s %s %s: got %v, want %v", step.after, step.code, step.requested, got, step.want)
		}
	}
}

func TestWhatWasToldIsForgotten(t *testing.T) {
	var s tell.State
	for i := range 10_000 {
		now := noon.Add(time.Duration(i) * time.Minute)
		s, _ = s.Due(fell(backend.FellAuth, fmt.Sprint(i), now), on, now)
	}
	if n := len(s.Told); n > 60 {
		t.Errorf("remembers %d", n)
	}
}

// A clock that was set back must not silence for longer than an hour.
func TestClockSetBack(t *testing.T) {
	s, _ := (tell.State{}).Due(fell(backend.FellAuth, "m", noon), on, noon)
	back := noon.Add(-24 * time.Hour)
	if _, due := s.Due(fell(backend.FellAuth, "m", back), on, back); !due {
		t.Error("not told")
	}
}

func TestQuiet(t *testing.T) {
	for _, c := range []struct {
		from, to, at string
		want         bool
	}{
		{"22:00", "07:00", "21:59", false}, {"22:00", "07:00", "22:00", true}, {"22:00", "07:00", "00:00", true},
		{"22:00", "07:00", "06:59", true}, {"22:00", "07:00", "07:00", false},
		{"09:00", "17:30", "17:29", true}, {"09:00", "17:30", "17:30", false}, {"09:00", "17:30", "08:59", false},
		{"", "", "03:00", false}, {"22:00", "", "23:00", false}, {"", "07:00", "06:00", false},
		{"07:00", "07:00", "07:00", false}, {"late", "07:00", "06:00", false},
	} {
		at, err := time.Parse("15:04", c.at)
		if err != nil {
			t.Fatal(err)
		}
		if got := tell.Quiet(backend.NotifySettings{QuietFrom: c.from, QuietTo: c.to}, at); got != c.want {
			t.Errorf("%s–%s at %s: got %v", c.from, c.to, c.at, got)
		}
	}
}
