package agent

import (
	"context"
	"reflect"
	"time"

	"pilotlight/backend"
	"pilotlight/backend/rule/fallback"
	"pilotlight/backend/rule/say"
)

const (
	// mostPublished bounds the events of one batch: a page that reads a day's
	// back-fill wants the newest.
	mostPublished = 20
	// notifyLimit is how long a desktop may take to show a notice.
	notifyLimit = 10 * time.Second
	// fallbackNotice is the id of the notice of the last fallback.
	fallbackNotice = "fallback"
)

// fellBack takes new and changed records in; they are in the store.
func (a *Agent) fellBack(rows []backend.Fallback, backfill bool) {
	if len(rows) == 0 {
		return
	}
	a.tally.fellBack(rows, backfill)
	now := a.cfg.Now()
	newest := false
	for i := range rows {
		if last := a.lastFallback; last == nil || later(rows[i], *last) {
			a.lastFallback, newest = &rows[i], true
		} else if last.ID == rows[i].ID {
			a.lastFallback = &rows[i]
		}
		a.actOn(rows[i], now)
	}
	a.publishFallbacks(rows)
	a.countToday(now)
	if !backfill {
		if newest {
			a.noticeFallback(now)
		}
		for _, r := range rows {
			a.tellDesktop(r, now)
		}
	}
	a.reconsiderSoon()
	a.unfound = true
}

// explained takes in records whose cause is known better by now.
func (a *Agent) explained(rows []backend.Fallback) {
	for i := range rows {
		if last := a.lastFallback; last != nil && last.ID == rows[i].ID {
			a.lastFallback = &rows[i]
			if a.notices.has(fallbackNotice) {
				a.noticeFallback(a.cfg.Now())
			}
		}
		a.actOn(rows[i], a.cfg.Now())
	}
	a.publishFallbacks(rows)
}

func later(x, y backend.Fallback) bool {
	return x.At.After(y.At.Time) || x.At.Equal(y.At.Time) && x.ID > y.ID
}

func (a *Agent) publishFallbacks(rows []backend.Fallback) {
	for _, r := range rows[max(0, len(rows)-mostPublished):] {
		a.cast.publish(backend.EventFallback, r)
	}
}

// headline is a fallback in one line, with the names that people use.
func (a *Agent) headline(f backend.Fallback) string {
	st := a.Status()
	return fallback.Headline(f, func(ref string) string { return say.RefName(st, ref) })
}

// because is the cause as a sentence of its own.
func because(c backend.Cause) string {
	if c.Summary == "" || c.Code == backend.FellUnknown {
		return "Nothing that was seen explains it."
	}
	return "Because " + c.Summary + "."
}

// noticeFallback puts the last fallback up until a person has seen it.
func (a *Agent) noticeFallback(now time.Time) {
	f := *a.lastFallback
	if !a.unseen() {
		return
	}
	n := backend.Notice{
		ID: fallbackNotice, Level: backend.NoticeWarn, Code: "fell_back",
		Text: a.headline(f) + ". " + because(f.Cause),
	}
	if f.Outcome != backend.FellBack {
		n.Level = backend.NoticeError
	}
	if r := f.Cause.Remedy; r != nil {
		n.Hint = r.Text
	}
	a.notices.raise(now, n)
}

// tellDesktop shows a notice on the desktop where that is due.
func (a *Agent) tellDesktop(f backend.Fallback, now time.Time) {
	if a.cfg.Notify == nil {
		return
	}
	told, due := a.told.Due(f, a.settings.Notify, now)
	if !due {
		return
	}
	a.told = told
	a.keepState(toldState, told)
	title, text := a.headline(f), because(f.Cause)
	if r := f.Cause.Remedy; r != nil {
		text += " " + r.Text
	}
	a.beside(func(ctx context.Context) {
		ctx, cancel := context.WithTimeout(ctx, notifyLimit)
		defer cancel()
		if err := a.cfg.Notify(ctx, title, text); err != nil {
			a.cfg.Log.Info("no notice on the desktop", "error", err)
		}
	})
}

// actOn does what follows from a fallback by itself. A provider that says in
// its own words that the engine is dead is believed: LM Studio goes on listing
// such an instance, and nothing else would tell the keep.
func (a *Agent) actOn(f backend.Fallback, now time.Time) {
	ended := f.At.Time
	if f.EndedAt != nil {
		ended = f.EndedAt.Time
	}
	if f.Cause.Code != backend.FellCrashed || f.Cause.Confidence != backend.Certain || abs(now.Sub(ended)) > nearNow {
		return
	}
	h, ok := hop(a.Status(), f.Requested)
	if !ok || h.Server == "" {
		return
	}
	w, ok := a.find(h.Server)
	if !ok {
		return
	}
	if went, ok := w.went[h.Key]; ok && !went.Before(f.At.Time) && !went.After(now) {
		return // it may have been the one that is gone
	}
	for _, m := range w.server().Models {
		if m.Key != h.Key || len(m.Instances) != 1 {
			continue // of several nobody knows which it was
		}
		i := m.Instances[0]
		if i.SeenLoadedAt.Before(f.At.Time) && !w.state.Crashed(i.ID) {
			w.believe(w.state.CrashSeen(i.ID, w.server().Name+" told OpenClaw so, in answer to a request."))
			w.lookNow()
		}
	}
}

// unseen says whether the last fallback came after a person last looked.
func (a *Agent) unseen() bool {
	return a.lastFallback != nil && later(*a.lastFallback, a.seen.row())
}

// seenFallback is the newest fallback that a person has seen.
type seenFallback struct {
	ID int64        `json:"id"`
	At backend.Time `json:"at"`
}

func (s seenFallback) row() backend.Fallback { return backend.Fallback{ID: s.ID, At: s.At} }

// seenState is under what the store keeps it.
const seenState = "seen_fallback"

// SeeFallbacks is told that a person has seen what there is.
func (a *Agent) SeeFallbacks(ctx context.Context) error {
	_, err := inLoop(ctx, a, func() (struct{}, error) {
		if f := a.lastFallback; f != nil && a.unseen() {
			a.seen = seenFallback{ID: f.ID, At: f.At}
			a.keepState(seenState, a.seen)
		}
		a.notices.drop(fallbackNotice)
		return struct{}{}, nil
	})
	return err
}

// restoreFallbacks reads what the status shows of the history.
func (a *Agent) restoreFallbacks(ctx context.Context) error {
	page, err := a.rec.store.Fallbacks(ctx, backend.FallbackQuery{Limit: 1})
	if err != nil {
		return err
	}
	if len(page.Items) > 0 {
		a.lastFallback = &page.Items[0]
		a.tally.newest = page.Items[0].ID
	}
	return a.restore(ctx, seenState, &a.seen)
}

// countToday asks the history for the day's figures: after a fallback and when
// a new day begins.
func (a *Agent) countToday(now time.Time) {
	day := time.Date(now.Year(), now.Month(), now.Day(), 0, 0, 0, 0, now.Location())
	a.day = day
	a.beside(func(ctx context.Context) {
		n, lost, err := a.rec.store.FallbackTotals(ctx, backend.At(day))
		if err != nil {
			return // the recorder tells of a broken store
		}
		a.post(func() {
			if a.day.Equal(day) {
				a.today = &today{n, lost}
			}
		})
	})
}

type today struct {
	count int
	lost  float64
}

// newDay counts anew when the calendar says so.
func (a *Agent) newDay(now time.Time) {
	if y, m, d := now.Date(); a.day.IsZero() || a.day.Day() != d || a.day.Month() != m || a.day.Year() != y {
		a.countToday(now)
	}
}

// reconsiderSoon lets the newest records be explained once more after the next
// look, while there are any to explain.
func (a *Agent) reconsiderSoon() {
	if f := a.lastFallback; f != nil && a.follow != nil && abs(a.cfg.Now().Sub(f.At.Time)) < again+aroundAfter {
		a.reconsider = true
	}
}

// reconsiderNow starts it, one at a time.
func (a *Agent) reconsiderNow() {
	if !a.reconsider || a.reconsidering {
		return
	}
	a.reconsider, a.reconsidering = false, true
	a.beside(func(ctx context.Context) {
		a.follow.reconsider(ctx)
		a.post(func() { a.reconsidering = false })
	})
}

func sameCause(x, y backend.Cause) bool { return reflect.DeepEqual(x, y) }
