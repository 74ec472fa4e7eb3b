// Package tell decides whether a fallback is worth interrupting a person for.
//
// It is pure: a State is plain data that is stored as JSON, so that a restart
// does not tell the same thing again. It must never find words or show
// anything.
package tell

import (
	"maps"
	"time"

	"pilotlight/backend"
)

const (
	// again is how long the same cause is not told again.
	again = time.Hour
	// fresh is how old the news may be: what is read later, after a sleep or at
	// the first start, stands in the history and is no news.
	fresh = 2 * time.Minute
)

// State is what was told.
type State struct {
	// Told has the time by cause and requested model, for the last hour.
	Told map[string]time.Time `json:"told,omitempty"`
}

// Due says whether to tell of f now, and what is remembered then: fallbacks are
// told where the person wants it, while they are news, outside the quiet hours
// and once an hour for the same cause. What is not told because of the quiet
// hours is not told later: the icon's mark and the history have it.
func (s State) Due(f backend.Fallback, set backend.NotifySettings, now time.Time) (State, bool) {
	if !set.Fallbacks || !isNews(f, now) || Quiet(set, now) {
		return s, false
	}
	key := string(f.Cause.Code) + " " + f.Requested
	if at, ok := s.Told[key]; ok && within(now.Sub(at), again) {
		return s, false
	}
	next := State{Told: maps.Clone(s.Told)}
	if next.Told == nil {
		next.Told = map[string]time.Time{}
	}
	maps.DeleteFunc(next.Told, func(_ string, at time.Time) bool { return !within(now.Sub(at), again) })
	next.Told[key] = now
	return next, true
}

func isNews(f backend.Fallback, now time.Time) bool {
	ended := f.At
	if f.EndedAt != nil {
		ended = *f.EndedAt
	}
	return within(now.Sub(ended.Time), fresh)
}

// within tolerates a clock that was set back, or another's that runs ahead, by
// the same span.
func within(age, most time.Duration) bool { return age < most && age > -most }

// Quiet says whether now lies in the quiet hours, by the clock of now's zone.
// Hours that are missing, equal or unreadable are none.
func Quiet(set backend.NotifySettings, now time.Time) bool {
	from, ok1 := minutes(set.QuietFrom)
	to, ok2 := minutes(set.QuietTo)
	if !ok1 || !ok2 {
		return false
	}
	at := now.Hour()*60 + now.Minute()
	if from <= to {
		return at >= from && at < to
	}
	return at >= from || at < to
}

func minutes(hhmm string) (int, bool) {
	t, err := time.Parse("15:04", hhmm)
	return t.Hour()*60 + t.Minute(), err == nil
}
