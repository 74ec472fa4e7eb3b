package agent

import (
	"context"
	"slices"
	"strings"
	"time"

	"pilotlight/backend"
	"pilotlight/backend/rule/fallback"
)

const (
	// patternDays and patternRows bound what patterns are looked for in: a row
	// with its attempts takes some kilobytes of memory for that time.
	patternDays = 30
	patternRows = 300
	loadDays    = 7
	// patternsEvery is how often they are looked for while nothing happens: a
	// session can be stuck without anything new being written.
	patternsEvery = 5 * time.Minute
	// patternsSoon is the least time between two searches when fallbacks come.
	patternsSoon = 15 * time.Second
	// patternNotice begins the ids of their notices.
	patternNotice = "pattern:"
)

// FallbackSummary counts the fallbacks of a span, and names the patterns in the
// last weeks.
func (a *Agent) FallbackSummary(ctx context.Context, since, until backend.Time) (backend.FallbackSummary, error) {
	sum, err := a.rec.store.FallbackSummary(ctx, since, until, time.Local)
	if err != nil {
		return sum, err
	}
	sum.Patterns, err = a.patterns(ctx)
	return sum, err
}

// patterns asks the history for what shows beyond the single fallback.
func (a *Agent) patterns(ctx context.Context) ([]backend.Pattern, error) {
	if a.follow == nil {
		return nil, nil
	}
	now, st, db := a.cfg.Now(), a.Status(), a.rec.store
	h := fallback.History{Now: now, Servers: st.Servers, Sessions: a.follow.sessions(), Cold: map[string]fallback.ColdLoad{}, Timeouts: map[string]float64{}}
	h.Kept = kept(st)
	if st.OpenClaw != nil {
		h.Chain, h.Version = st.OpenClaw.Chain, st.OpenClaw.Version
	}
	since := backend.At(now.AddDate(0, 0, -patternDays))
	page, err := db.Fallbacks(ctx, backend.FallbackQuery{Since: &since, Limit: patternRows})
	if err != nil {
		return nil, err
	}
	h.Fallbacks = page.Items
	lately := backend.At(now.AddDate(0, 0, -loadDays))
	loads, err := db.Loads(ctx, backend.LoadQuery{Since: &lately, Limit: patternRows})
	if err != nil {
		return nil, err
	}
	slices.Reverse(loads.Items)
	h.Loads = loads.Items // oldest first
	for _, hop := range h.Chain {
		if hop.TimeoutSeconds != nil {
			h.Timeouts[hop.Provider] = *hop.TimeoutSeconds
		}
		if hop.Server == "" {
			continue
		}
		median, p95, n, err := db.LoadSeconds(ctx, hop.Server, hop.Key)
		if err != nil {
			return nil, err
		}
		h.Cold[hop.Key] = fallback.ColdLoad{Median: median, P95: p95, N: n}
	}
	return fallback.Patterns(h), nil
}

// findPatterns looks for them beside the loop and keeps a notice for each that
// asks for something to be done.
func (a *Agent) findPatterns(now time.Time) {
	if a.follow == nil || a.finding {
		return
	}
	a.finding, a.foundAt = true, now
	a.beside(func(ctx context.Context) {
		found, err := a.patterns(ctx)
		a.post(func() {
			a.finding = false
			a.steady, a.tidied = 0, false // what it took is given back
			if err == nil {
				a.notices.patterns(a.cfg.Now(), found)
			}
		})
	})
}

// findPatternsIfDue looks for them soon after something happened, and now and
// then. Without a fallback there is nothing to find but what the status shows.
func (a *Agent) findPatternsIfDue(now time.Time) {
	every := patternsEvery
	if a.unfound {
		every = patternsSoon
	}
	if age := now.Sub(a.foundAt); a.lastFallback != nil && (age < 0 || age >= every) {
		a.unfound = false
		a.findPatterns(now)
	}
}

// patterns keeps a notice for each pattern that warns, and takes the others
// down. Duplicates have a notice of their own, from what is loaded now.
func (b *noticeBoard) patterns(now time.Time, found []backend.Pattern) {
	there := map[string]bool{}
	for _, p := range found {
		if p.Level == backend.NoticeInfo || p.Code == backend.PatternDuplicate {
			continue
		}
		id := patternNotice + string(p.Code) + ":" + p.Model + p.Session
		there[id] = true
		b.raise(now, backend.Notice{ID: id, Level: p.Level, Code: string(p.Code), Text: p.Text, Hint: p.Hint})
	}
	for _, n := range b.list {
		if strings.HasPrefix(n.ID, patternNotice) && !there[n.ID] {
			b.drop(n.ID)
		}
	}
}
