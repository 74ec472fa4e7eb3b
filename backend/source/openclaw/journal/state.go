package journal

import (
	"context"
	"encoding/json"
	"errors"
	"path/filepath"
	"slices"
	"strconv"
	"time"

	"pilotlight/backend"
)

// stateGap is the least time between two looks into a database that changes.
const stateGap = 2 * time.Second

// Bounds of what is read of a database at once.
const (
	maxStateEvents   = 1000
	maxStateSessions = 256 // whose events are followed, the newest
)

// state is OpenClaw's database of one agent, 2026.9: how far it was read.
type state struct {
	path  string
	known map[uint64]bool  // hashes of the session entries as they were told of
	seqs  map[string]int64 // by session id: the last event that needs no reading
	db    seen             // as last read
	wal   seen
	due   time.Time // when it may be read again, by the clock that runs on
	later bool      // it changed, or could not be read, and is to be read when due
}

// errBusy says that the database cannot be read just now.
var errBusy = errors.New("the database is in use")

// errNoSQLite says that this build cannot read databases.
var errNoSQLite = errors.New("this build of Pilotlight has no SQLite")

func newState(path, mark string) *state {
	s := &state{path: path, known: map[uint64]bool{}, seqs: map[string]int64{}}
	var m stateMark
	if json.Unmarshal([]byte(mark), &m) == nil {
		if known := parseMark(m.Known); known != nil {
			s.known = known
		}
		for id, seq := range m.Seqs {
			if len(s.seqs) < maxStateSessions {
				s.seqs[id] = seq
			}
		}
	}
	return s
}

// stateMark is how far a database was read, as a cursor keeps it.
type stateMark struct {
	Known string           `json:"known,omitempty"`
	Seqs  map[string]int64 `json:"seqs,omitempty"`
}

// rows is what one look into a database found.
type rows struct {
	sessions []backend.Trace
	events   []backend.Trace
	seqs     map[string]int64 // the last event of each session that was looked at
	more     bool
}

// readState tells what is new in an agent's database: the entries of sessions, and
// the conversation's events where the log does not tell. Its only error is ctx's.
func (r *Reader) readState(ctx context.Context, places Places, agent string) error {
	path := places.stateFile(agent)
	db, err := look(path)
	if err != nil {
		return nil //nolint:nilerr // none: an older OpenClaw
	}
	s := r.states[path]
	if s == nil {
		s = newState(path, "")
		r.states[path] = s
	}
	wal, _ := look(path + "-wal")
	if db == s.db && wal == s.wal && !s.later {
		return nil
	}
	if now := time.Now(); now.Before(s.due) {
		s.later = true
		return nil
	} else {
		s.due = now.Add(stateGap)
	}
	s.later = false
	for {
		found, err := queryState(ctx, s, wal.size > 0, !r.logTells(places))
		if err != nil {
			r.stateTrouble(ctx, s, places, err)
			return ctx.Err()
		}
		r.noteState(nil)
		if err := r.tellState(ctx, s, db, found, agent); err != nil {
			return err
		}
		if !found.more {
			break
		}
	}
	s.db, s.wal = db, wal
	return nil
}

// tellState hands over what was found.
func (r *Reader) tellState(ctx context.Context, s *state, db seen, found rows, agent string) error {
	news, hashes := r.newSessions(found.sessions, s.known, s.path)
	for i := range found.events {
		t := &found.events[i]
		t.AgentID, t.SessionKey = agent, r.keys[t.SessionID]
		t.Ref = filepath.Base(s.path) + t.Ref
		if t.At.IsZero() {
			t.At = db.changed.UTC()
		}
	}
	news = append(news, found.events...)
	changed := len(news) > 0 || len(hashes) != len(s.known)
	seqs := s.merge(found.seqs)
	for id, seq := range seqs {
		changed = changed || s.seqs[id] != seq
	}
	if !changed {
		return nil
	}
	mark, err := json.Marshal(stateMark{Known: formatMark(hashes), Seqs: seqs})
	if err != nil {
		return nil //nolint:nilerr // not possible: texts and numbers
	}
	c := backend.Cursor{Path: s.path, Device: db.id.device, Inode: db.id.inode, Mark: string(mark), ReadAt: r.cfg.Now()}
	if err := r.hand(ctx, Batch{Traces: news, Cursors: []backend.Cursor{c}, Backfill: r.first}); err != nil {
		return err
	}
	s.known, s.seqs = hashes, seqs
	return nil
}

// merge adds what was read to what is known, and keeps it bounded: the sessions
// just looked at remain.
func (s *state) merge(seqs map[string]int64) map[string]int64 {
	all := make(map[string]int64, len(s.seqs)+len(seqs))
	for id, seq := range seqs {
		all[id] = seq
	}
	old := make([]string, 0, len(s.seqs))
	for id := range s.seqs {
		old = append(old, id)
	}
	slices.Sort(old)
	for _, id := range old {
		if _, known := all[id]; !known && len(all) < maxStateSessions {
			all[id] = s.seqs[id]
		}
	}
	return all
}

// stateTrouble notes that a database could not be read.
func (r *Reader) stateTrouble(ctx context.Context, s *state, places Places, err error) {
	if ctx.Err() != nil {
		return
	}
	s.later = !errors.Is(err, errNoSQLite)
	if s.later && r.logTells(places) {
		return // nobody needs it now
	}
	e := &backend.Error{
		Code: backend.CodeRefused, Message: "OpenClaw's database " + s.path + " cannot be read: " + err.Error() + ".", Err: err,
		Hint: "Pilotlight tries again by itself. OpenClaw's log tells more: let logging.level be info or warn.",
	}
	switch {
	case errors.Is(err, errBusy):
		return // it is in use, that is all
	case errors.Is(err, errNoSQLite):
		e.Code = backend.CodeUnsupported
		if r.logTells(places) {
			return
		}
	}
	r.noteState(e)
}

// soonest is when a database may be read that changed, 0 for none.
func (r *Reader) soonest() time.Duration {
	var soon time.Duration
	for _, s := range r.states {
		if s.later {
			if d := max(time.Until(s.due), time.Millisecond); soon == 0 || d < soon {
				soon = d
			}
		}
	}
	return soon
}

// eventRef says where an event stands in its database.
func eventRef(session string, seq int64) string {
	return ":" + session + ":" + strconv.FormatInt(seq, 10)
}
