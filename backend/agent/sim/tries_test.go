package sim

import (
	"slices"
	"time"

	"pilotlight/backend"
)

// tries is how often the keep tried, and how it went, since something last allowed
// it to begin anew.
type tries struct {
	last    *time.Duration  // the last load
	failed_ []time.Duration // engine failures, all of them
	inRow   int             // engine failures without anything between
	refused int             // refusals for lack of memory without anything between
	free    int64           // the memory at the last of them
	most    int64           // that Pilotlight read since
}

// load checks that the keep may ask again.
func (t *tries) load(c *check, s *lmstudio) {
	w := c.w
	now := w.now
	if t.last != nil && now-*t.last < c.set.BackoffBase-100*time.Millisecond {
		w.fail("back-off: a load %s after the last one", now-*t.last)
	}
	if n := len(t.failed_); n > 0 {
		wait := min(c.set.BackoffBase<<min(max(t.inRow-1, 0), 10), c.set.BackoffCap)
		if since := now - t.failed_[n-1]; t.inRow > 0 && since < wait-100*time.Millisecond {
			w.fail("back-off: a load %s after failure number %d", since, t.inRow)
		}
		hour := slices.DeleteFunc(slices.Clone(t.failed_), func(at time.Duration) bool { return now-at >= c.set.FailWindow-time.Second })
		if len(hour) >= c.set.MaxFails {
			w.fail("back-off: a load after %d failures within an hour", len(hour))
		}
	}
	grown := s.here && max(s.free(), t.most)-t.free > ram/20 // the memory of another machine is not known
	if t.refused >= 2 && !grown && now-*t.last < c.set.RefusalRetry-time.Minute {
		w.fail("back-off: a load %s after the server refused for lack of memory for the %dth time", now-*t.last, t.refused)
	}
	if c.next != nil && w.disk.works() && c.stirredAt+2*time.Second < c.nextAt && w.wall().Before(c.next.Add(-time.Second)) {
		w.fail("back-off: a load now, and the keep had said that it tries again at %s", c.next.Format(time.TimeOnly))
	}
	t.last = &now
}

func (t *tries) failed(c *check, code backend.Code) {
	switch code {
	case backend.CodeGuardrail:
		t.refused++
		t.free, t.most = c.w.lm.free(), 0
		if t.last == nil {
			t.refused = 0
		}
	case backend.CodeLoadFailed:
		t.refused = 0
		t.failed_ = append(t.failed_, c.w.now)
		t.inRow++
	}
}

// appeared: somebody's load of the model ends what was learned of the next one, but
// not how often it failed.
func (t *tries) appeared(c *check, key string) {
	if c.target != nil && key == c.target.Model {
		t.inRow, t.refused, t.last = 0, 0, nil
	}
}

// restarted: what was not yet on the disk is forgotten.
func (t *tries) restarted(unsure bool) {
	if unsure {
		*t = tries{}
	}
}

// before looks at what the keep says before a step.
func (c *check) before(l *life) {
	st := l.hub.Status()
	if st == nil {
		return
	}
	k := st.Keep
	if k.NextAttemptAt == nil || k.State == backend.KeepWarm {
		c.next = nil
		return
	}
	if c.next == nil || !c.next.Equal(k.NextAttemptAt.Time) {
		c.next, c.nextAt = &k.NextAttemptAt.Time, c.w.now
	}
}
