package timeline_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"pilotlight/backend"
	"pilotlight/backend/rule/timeline"
)

// sum is a bin of an instance, in minutes after noon; no uses: idle.
func sum(id string, from, until float64, uses ...float64) backend.UseSum {
	s := backend.UseSum{Use: backend.Use{Server: "s", Model: "m", InstanceID: id, From: at(from), Until: at(until)}}
	if len(uses) > 0 {
		first, last := at(uses[0]), at(uses[1])
		s.FirstUse, s.UsedUntil, s.Count, s.Used = &first, &last, 1, last.Sub(first.Time)
	}
	return s
}

func useText(l backend.Lane) string {
	var parts []string
	for _, u := range l.Uses {
		part := fmt.Sprintf("%s %v..%v", u.State, u.From.Sub(noon).Minutes(), u.To.Sub(noon).Minutes())
		if u.Count != 1 {
			part += fmt.Sprintf(" x%d %gs", u.Count, *u.UsedSeconds)
		}
		parts = append(parts, part)
	}
	return strings.Join(parts, "; ")
}

func TestAddUses(t *testing.T) {
	several := sum("a", 0, 60, 5, 50)
	several.Count, several.Used = 7, 20*time.Minute
	unheard := sum("a", 0, 60, 5, 50)
	unheard.Count, unheard.Used = 2, 50*time.Hour
	for name, c := range map[string]struct {
		sums []backend.UseSum
		want string
	}{
		"nothing":            {},
		"idle":               {[]backend.UseSum{sum("a", 0, 60)}, "idle 0..60"},
		"used, then idle":    {[]backend.UseSum{sum("a", 0, 60, 0, 10)}, "in_use 0..10; idle 10..60"},
		"a moment":           {[]backend.UseSum{sum("a", 0, 60, 0, 0)}, "in_use 0..0; idle 0..60"},
		"idle before":        {[]backend.UseSum{sum("a", 0, 60, 5, 10)}, "idle 0..5; in_use 5..10; idle 10..60"},
		"still in use":       {[]backend.UseSum{sum("a", 0, 60, 0, 60)}, "in_use 0..60"},
		"several":            {[]backend.UseSum{several}, "idle 0..5; in_use 5..50 x7 1200s; idle 50..60"},
		"longer than can be": {[]backend.UseSum{unheard}, "idle 0..5; in_use 5..50 x2 2700s; idle 50..60"},
		"what follows ends it": {[]backend.UseSum{sum("a", 0, 60, 0, 10), sum("a", 40, 80, 40, 45)},
			"in_use 0..10; idle 10..40; in_use 40..45; idle 45..80"},
		"nothing is known between": {[]backend.UseSum{sum("a", 0, 20), sum("a", 40, 80)}, "idle 0..20; idle 40..80"},
		"two instances":            {[]backend.UseSum{sum("a", 0, 60), sum("a:2", 10, 20, 10, 20)}, "idle 0..60; in_use 10..20"},
	} {
		t.Run(name, func(t *testing.T) {
			lanes := []backend.Lane{{Server: "s", Model: "m"}, {Server: "other", Model: "m"}}
			stranger := sum("x", 0, 10)
			stranger.Model = "without a lane"
			timeline.AddUses(lanes, append(c.sums, stranger))
			if got := useText(lanes[0]); got != c.want {
				t.Errorf("got  %s\nwant %s", got, c.want)
			}
			if lanes[1].Uses == nil || len(lanes[1].Uses) != 0 {
				t.Errorf("another server's lane has %+v", lanes[1].Uses)
			}
		})
	}
}

func TestUsesAreBounded(t *testing.T) {
	var sums []backend.UseSum
	for i := range 4000 {
		sums = append(sums, sum("a", float64(i), float64(i+1), float64(i), float64(i)+0.5))
	}
	lanes := []backend.Lane{{Server: "s", Model: "m"}}
	timeline.AddUses(lanes, sums)
	if n := len(lanes[0].Uses); n != 5000 || lanes[0].Uses[n-1].To != at(4000) {
		t.Errorf("%d spans, the last %+v", n, lanes[0].Uses[n-1])
	}
}
