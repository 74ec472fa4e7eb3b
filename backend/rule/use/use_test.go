package use_test

import (
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"

	"pilotlight/backend"
	"pilotlight/backend/rule/use"
)

var noon = time.Date(2026, 5, 4, 12, 0, 0, 0, time.UTC)

func at(seconds float64) time.Time { return noon.Add(time.Duration(seconds * float64(time.Second))) }

func ptr[T any](v T) *T { return &v }

// scene is a history as the store would hold it: stretches by their beginning.
type scene struct {
	state  *use.State
	rows   map[time.Time]backend.Use
	loaded time.Time
}

func newScene(newest ...backend.Use) *scene {
	c := &scene{state: use.New("s", newest), rows: map[time.Time]backend.Use{}, loaded: at(-10)}
	c.keep(newest)
	return c
}

func (c *scene) keep(list []backend.Use) {
	for _, u := range list {
		c.rows[u.From.Time] = u
	}
}

func (c *scene) saw(seconds float64, i use.Seen) {
	i.Model, i.Instance, i.LoadedAt = "m", "a", c.loaded
	c.keep(c.state.Saw(at(seconds), i))
}

// used is a look that tells when it was last used.
func (c *scene) used(seconds, last float64) {
	c.saw(seconds, use.Seen{LastUsed: backend.AtPtr(at(last))})
}

// busy is an answer to what it is doing.
func (c *scene) busy(seconds float64, is bool) { c.saw(seconds, use.Seen{Busy: &is}) }

// text is the history in short, in seconds after noon: "0..30..90" is in use from
// 0 to 30 and idle up to 90, "0-90" idle all along.
func (c *scene) text() string {
	var parts []string
	s := func(t backend.Time) string { return fmt.Sprint(t.Sub(noon).Seconds()) }
	for _, from := range slices.SortedFunc(maps.Keys(c.rows), time.Time.Compare) {
		u := c.rows[from]
		if u.UsedUntil == nil {
			parts = append(parts, s(u.From)+"-"+s(u.Until))
		} else {
			parts = append(parts, s(u.From)+".."+s(*u.UsedUntil)+".."+s(u.Until))
		}
	}
	return strings.Join(parts, " ")
}

func TestUses(t *testing.T) {
	const night = 8 * 3600
	for name, c := range map[string]struct {
		play func(c *scene)
		want string
	}{
		"nothing is told":             {func(c *scene) { c.saw(0, use.Seen{}) }, ""},
		"used before it was watched":  {func(c *scene) { c.used(0, -3000); c.used(30, -3000) }, "-10-30"},
		"used since it was loaded":    {func(c *scene) { c.used(30, 5); c.used(60, 5) }, "5..5..60"},
		"the last use moves":          {func(c *scene) { c.used(0, -20); c.used(30, -20); c.used(60, 50); c.used(90, 50) }, "-10-50 50..50..90"},
		"uses close together are one": {func(c *scene) { c.used(0, -20); c.used(30, 10); c.used(60, 50); c.used(90, 90) }, "-10-10 10..90..90"},
		"uses far apart are two":      {func(c *scene) { c.used(0, -20); c.used(30, 10); c.used(60, 10); c.used(90, 80) }, "-10-10 10..10..80 80..80..90"},
		"a use that goes on": {func(c *scene) {
			c.used(0, -20)
			c.used(30, 10)
			c.busy(30, true)
			c.used(60, 10)
			c.busy(60, true)
			c.used(90, 10)
			c.busy(90, false)
			c.used(120, 10)
		}, "-10-10 10..60..120"},
		"busy twice at looks that lie far apart": {func(c *scene) {
			c.used(0, -20)
			c.used(90, 80)
			c.busy(90, true)
			c.used(180, 80)
			c.busy(180, true)
			c.used(270, 80)
		}, "-10-80 80..180..270"},
		"asleep, and idle all along":      {func(c *scene) { c.used(0, -20); c.used(30, 10); c.used(night, 10) }, "-10-10 10..10..28800"},
		"asleep, and used after waking":   {func(c *scene) { c.used(0, -20); c.used(30, 10); c.used(night, night-5) }, "-10-10 10..10..30 28795..28795..28800"},
		"asleep while busy":               {func(c *scene) { c.used(0, 0); c.busy(0, true); c.used(night, 0); c.busy(night, true) }, "0..0..0 28800..28800..28800"},
		"asleep while busy, then not":     {func(c *scene) { c.used(0, 0); c.busy(0, true); c.used(night, 0); c.used(night+30, 0) }, "0..0..0 28800-28830"},
		"only busy is told":               {func(c *scene) { c.busy(0, false); c.busy(30, true); c.busy(60, true); c.busy(90, false) }, "0-30 30..60..90"},
		"only busy is told, and seldom":   {func(c *scene) { c.busy(0, false); c.busy(600, false); c.busy(1200, true) }, "0-0 600-600 1200..1200..1200"},
		"asleep where only busy is told":  {func(c *scene) { c.busy(0, true); c.busy(night, true) }, "0..0..0 28800..28800..28800"},
		"idle, then its last use is told": {func(c *scene) { c.loaded = at(-9000); c.busy(0, false); c.used(5, -600); c.used(35, -600) }, "0-35"},
		"the clock is set back": {func(c *scene) {
			c.used(0, -20)
			c.used(30, 10)
			c.used(-3600, 10)    // its last use lies in the future: nobody knows
			c.used(-3570, -3580) // used again
		}, "-3580..-3580..-3570 -10-10 10..10..30"},
		"the clock goes back a little":  {func(c *scene) { c.used(0, -20); c.used(30, 10); c.used(29, 10); c.used(60, 10) }, "-10-10 10..10..60"},
		"the clock is set ahead":        {func(c *scene) { c.used(0, -20); c.used(3600, -20); c.used(3630, 3625) }, "-10-3625 3625..3625..3630"},
		"a server whose clock is ahead": {func(c *scene) { c.used(0, -20); c.used(30, 40); c.used(60, 40) }, "-10-40 40..40..60"},
		"our own request": {func(c *scene) {
			c.used(0, -20)
			c.state.OwnRequest("a", at(10))
			c.used(11, 10.5)
			c.state.OwnEnded("a", at(12))
			c.used(30, 11.9)
			c.used(60, 40)
		}, "-10-40 40..40..60"},
		"our own request after a long time": {func(c *scene) {
			c.used(0, -20)
			c.state.OwnRequest("a", at(600))
			c.state.OwnEnded("a", at(601))
			c.used(605, 600.5)
		}, "-10-0 600.5-605"},
		"loaded anew": {func(c *scene) {
			c.used(0, -20)
			c.used(30, 10)
			c.state.Gone("a")
			c.loaded = at(300)
			c.used(310, 299)
		}, "-10-10 10..10..30 300-310"},
	} {
		t.Run(name, func(t *testing.T) {
			s := newScene()
			c.play(s)
			if got := s.text(); got != c.want {
				t.Errorf("got  %s\nwant %s", got, c.want)
			}
		})
	}
}

// Pilotlight was away; the history has an instance that was idle when it ended.
func TestRestarted(t *testing.T) {
	old := backend.Use{
		Server: "s", Model: "m", InstanceID: "a",
		From: backend.At(at(-7200)), UsedUntil: backend.AtPtr(at(-7100)), Until: backend.At(at(-3600)),
	}
	other := old
	other.Server, other.From = "another", backend.At(at(-9000))
	for name, c := range map[string]struct {
		play func(c *scene)
		want string
	}{
		"it was idle all the time":         {func(c *scene) { c.used(0, -7100) }, "-7200..-7100..0"},
		"it was used meanwhile":            {func(c *scene) { c.used(0, -1000) }, "-7200..-7100..-3600 -1000..-1000..0"},
		"it tells only whether it is busy": {func(c *scene) { c.busy(0, false) }, "-7200..-7100..-3600 0-0"},
		"it was loaded anew":               {func(c *scene) { c.state.Gone("a"); c.used(0, -1000) }, "-7200..-7100..-3600 -10-0"},
	} {
		t.Run(name, func(t *testing.T) {
			s := newScene(old)
			s.state = use.New("s", []backend.Use{old, other})
			c.play(s)
			if got := s.text(); got != c.want {
				t.Errorf("got  %s\nwant %s", got, c.want)
			}
		})
	}
}

// It is asked what it does only where that may be something.
func TestAsks(t *testing.T) {
	c := newScene()
	steps := []struct {
		do   func()
		want bool
	}{
		{func() {}, false},
		{func() { c.used(0, -500) }, false},
		{func() { c.used(30, 20) }, true},
		{func() { c.busy(30, true) }, true},
		{func() { c.used(60, 20) }, true}, // it was busy
		{func() { c.busy(60, false) }, false},
		{func() { c.used(90, 20) }, false},
		{func() { c.state.Gone("a"); c.loaded = at(99); c.used(100, 98) }, true}, // the request that it was loaded for
		{func() { c.state.Gone("a") }, false},
	}
	for i, s := range steps {
		if s.do(); c.state.Asks("a") != s.want {
			t.Errorf("after step %d it is asked: %t, want %t", i, !s.want, s.want)
		}
	}
}

// Whatever is told, stretches do not overlap while the clock goes on, and none is
// in use where the instance was neither busy nor used.
func TestUsesModel(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		c := newScene()
		last, now := -20.0, 0.0
		var signs []float64 // moments at which it was in use
		for range rapid.IntRange(1, 40).Draw(t, "looks") {
			now += float64(rapid.SampledFrom([]int{1, 5, 30, 90, 600, 30_000}).Draw(t, "pause"))
			if rapid.Bool().Draw(t, "moved") {
				last = now - rapid.Float64Range(0, min(now-last, 100)).Draw(t, "ago")
			}
			is := rapid.SampledFrom([]*bool{nil, nil, ptr(true), ptr(false)}).Draw(t, "busy")
			told := rapid.Bool().Draw(t, "told")
			if told {
				c.used(now, last)
				signs = append(signs, last)
			}
			if is != nil {
				c.busy(now, *is)
				if *is {
					signs = append(signs, now)
				}
			}
		}
		end := time.Time{}
		for _, from := range slices.SortedFunc(maps.Keys(c.rows), time.Time.Compare) {
			u := c.rows[from]
			if from.Before(end) {
				t.Fatalf("one begins before another ends: %s", c.text())
			}
			end = u.Until.Time
			if u.UsedUntil == nil {
				continue
			}
			if u.UsedUntil.Before(from) || u.UsedUntil.After(end) {
				t.Fatalf("it ends before it begins: %s", c.text())
			}
			for x := from; x.Before(u.UsedUntil.Time); x = x.Add(2 * time.Minute) {
				if !slices.ContainsFunc(signs, func(s float64) bool { return at(s).Sub(x).Abs() <= 2*time.Minute }) {
					t.Fatalf("in use at %s, of which there is no sign: %s", x, c.text())
				}
			}
		}
	})
}
