package journal

import (
	"time"

	"pilotlight/backend"
)

// Health says how the reading goes, for people to see.
type Health struct {
	// Log is the log file that is being read; where it is expected, if there is none.
	Log string
	// Err is why the log cannot be read; nil while it can.
	Err *backend.Error
	// LastLineAt is when lines were last read from the log, by our clock.
	LastLineAt time.Time
	// State is why OpenClaw's database cannot be read, nil while nobody needs it.
	State *backend.Error
	// Polling says that the system does not tell of changes, so they are seen some
	// seconds late at worst.
	Polling bool
}

// Health is how the reading goes; any goroutine may ask.
func (r *Reader) Health() Health {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.health
}

// noteLog notes how a look at the log went.
func (r *Reader) noteLog(places Places, files []logFile, trouble error, news bool) {
	now := r.cfg.Now()
	path := places.logPath(now)
	if n := len(files); n > 0 && places.LogFile == "" {
		path = files[n-1].path
	}
	var e *backend.Error
	if trouble != nil {
		e = unreadable(path, trouble)
	}
	r.mu.Lock()
	changed := r.health.Err == nil != (e == nil) || r.health.Log != path
	r.health.Log, r.health.Err = path, e
	if news {
		r.health.LastLineAt = now
	}
	r.mu.Unlock()
	if changed && e != nil && e.Code != backend.CodeNotFound {
		r.cfg.Log.Warn("OpenClaw's log cannot be read", "path", path, "error", trouble)
	}
}

// logTells says whether the log can be relied upon to tell of fallbacks.
func (r *Reader) logTells(places Places) bool {
	return !places.Quiet && r.Health().Err == nil
}

func (r *Reader) noteState(e *backend.Error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.health.State = e
}
