package sim

import (
	"context"
	"slices"
	"time"

	"pilotlight/backend"
	"pilotlight/backend/agent"
	"pilotlight/store"
)

// disk is what is committed. A life that dies leaves just that to the next.
type disk struct {
	loads   []backend.Load
	present map[string]int // by server and instance, the place of its load
	states  map[string][]byte
	changes []backend.ServerChange
	marks   map[string]backend.Cursor
	falls   []backend.Fallback
	byKey   map[string]int

	w         *world
	full      bool
	killIn    int           // Pilotlight is killed after so many more writes; 0: it is not
	failed    int           // writes that the full disk refused
	fullUntil time.Duration // when it last was full
	files     *files        // the real store beside it; nil for none
}

func newDisk(w *world) *disk {
	return &disk{w: w, present: map[string]int{}, states: map[string][]byte{}, marks: map[string]backend.Cursor{}, byKey: map[string]int{}}
}

// storage is the disk as one life of Pilotlight has it open: an agent.Storage.
type storage struct {
	*disk
	l *life
}

var _ agent.Storage = storage{}

func (w *world) openDisk(l *life) agent.Storage {
	s := storage{w.disk, l}
	if f := w.disk.files; f != nil {
		return real{s, f.open()}
	}
	if b := w.bend; b != nil && b.disk != nil {
		return b.disk(s)
	}
	return s
}

// works says whether all that was to be written is: the recorder tries again what
// could not be, every 5 seconds at the rarest.
func (d *disk) works() bool {
	return !d.full && (d.fullUntil == 0 || d.w.now-d.fullUntil > 10*time.Second)
}

func (d *disk) cursor() int { return int(d.marks["/claw/openclaw.log"].Offset) }

// abandon forgets a life that had the disk open.
func (d *disk) abandon(killed bool) {
	d.killIn = 0
	if d.files != nil {
		d.files.close(killed)
	}
}

var (
	diskFull = &backend.Error{Code: backend.CodeInternal, Message: "The disk is full.", Hint: "Make room."}
	killed   = &backend.Error{Code: backend.CodeInternal, Message: "Killed.", Hint: "It is played."}
)

// write is one transaction: all of it, or nothing. It takes its time, in which a
// life may end before or after it.
func (s storage) write(waits bool, commit func()) error {
	if waits && !s.l.quitting && s.l.w.active != nil && !s.l.Sleep(time.Millisecond) {
		return killed
	}
	if s.l.dead && !s.l.quitting {
		return killed
	}
	if s.full {
		s.failed++
		return diskFull
	}
	commit()
	if s.killIn > 0 {
		if s.killIn--; s.killIn == 0 {
			s.l.w.after(0, func() {
				if s.l.w.life == s.l {
					s.l.w.kill()
				}
			})
		}
	}
	if waits && !s.l.quitting && s.l.w.active != nil && !s.l.Sleep(time.Millisecond) {
		return killed // committed, and nobody heard of it
	}
	return nil
}

func (s storage) AddLoads(_ context.Context, rows []backend.Load) (stored []backend.Load, err error) {
	err = s.write(true, func() { stored = s.put(rows) })
	return stored, err
}

// put commits rows.
func (s storage) put(rows []backend.Load) []backend.Load {
	stored := slices.Clone(rows)
	for i := range stored {
		r := &stored[i]
		r.ID, r.At = int64(len(s.loads)+1), backend.At(r.At.Time)
		s.loads = append(s.loads, *r)
		switch r.Event {
		case backend.Loaded:
			s.present[place(*r)] = len(s.loads) - 1
		case backend.Unloaded:
			delete(s.present, place(*r))
		}
	}
	s.l.w.check.recorded(stored)
	return stored
}

// place is an instance on its server.
func place(r backend.Load) string { return r.Server + " " + r.InstanceID }

func (s storage) Present(context.Context) ([]backend.Load, error) {
	var list []backend.Load
	for _, at := range s.present {
		list = append(list, s.loads[at])
	}
	slices.SortFunc(list, func(x, y backend.Load) int { return int(y.ID - x.ID) })
	return list, nil
}

func (s storage) Loads(_ context.Context, q backend.LoadQuery) (p backend.Page[backend.Load], err error) {
	p.Items = []backend.Load{}
	for i := len(s.loads) - 1; i >= 0 && len(p.Items) < q.Limit; i-- {
		p.Items = append(p.Items, s.loads[i])
	}
	return p, nil
}

func (s storage) LoadsBetween(_ context.Context, since, until backend.Time, limit int) ([]backend.Load, error) {
	list := []backend.Load{}
	for i := len(s.loads) - 1; i >= 0 && len(list) < limit; i-- {
		if r := s.loads[i]; !r.At.Before(since.Time) && !r.At.After(until.Time) {
			list = append(list, r)
		}
	}
	slices.Reverse(list)
	return list, nil
}

func (s storage) LoadedAt(ctx context.Context, _ backend.Time) ([]backend.Load, error) {
	return s.Present(ctx)
}

func (storage) LoadSeconds(context.Context, string, string) (median, p95 *float64, n int, err error) {
	return nil, nil, 0, nil
}

func (s storage) SetMeasured(_ context.Context, id, bytes int64) (backend.Load, error) {
	s.l.w.check.measured(s.loads[id-1], bytes)
	return backend.Load{}, nil
}
func (storage) Measured(context.Context, string) ([]backend.Load, error) { return nil, nil }

func (s storage) AddServerChange(_ context.Context, c backend.ServerChange) (backend.ServerChange, error) {
	err := s.write(true, func() {
		c.ID = int64(len(s.changes) + 1)
		s.changes = append(s.changes, c)
	})
	return c, err
}

func (s storage) ServerChanges(_ context.Context, server string, since, until backend.Time) ([]backend.ServerChange, error) {
	var list []backend.ServerChange
	for i, c := range s.changes {
		if server != "" && c.Server != server || c.At.After(until.Time) {
			continue
		}
		over := slices.ContainsFunc(s.changes[i+1:], func(o backend.ServerChange) bool { return o.Server == c.Server && !o.At.After(since.Time) })
		if !over {
			list = append(list, c)
		}
	}
	return list, nil
}

func (s storage) WatchedSince(_ context.Context, server string) (*backend.Time, error) {
	if i := slices.IndexFunc(s.changes, func(c backend.ServerChange) bool { return c.Server == server }); i >= 0 {
		return &s.changes[i].At, nil
	}
	return nil, nil
}

func (s storage) RecordJournal(_ context.Context, j store.Journal) (stored []backend.Fallback, err error) {
	err = s.write(false, func() { stored = s.record(j) })
	return stored, err
}

// record commits what a reading of OpenClaw's log brought.
func (s storage) record(j store.Journal) (stored []backend.Fallback) {
	for _, f := range j.Fallbacks {
		at, known := s.byKey[f.Key]
		if !known {
			at = len(s.falls)
			s.falls, s.byKey[f.Key] = append(s.falls, f), at
		}
		f.ID = int64(at + 1)
		s.falls[at] = f
		stored = append(stored, f)
	}
	for _, path := range j.Gone {
		delete(s.marks, path)
	}
	for _, c := range j.Cursors {
		s.marks[c.Path] = c
	}
	if j.State != nil {
		s.states["journal"] = j.State
	}
	return stored
}

func (s storage) Cursors(context.Context) ([]backend.Cursor, error) { return nil, nil }

func (s storage) Fallback(_ context.Context, id int64) (backend.Fallback, error) {
	if id < 1 || id > int64(len(s.falls)) {
		return backend.Fallback{}, nothing
	}
	return s.falls[id-1], nil
}

func (s storage) Fallbacks(_ context.Context, q backend.FallbackQuery) (p backend.Page[backend.Fallback], err error) {
	list := slices.Clone(s.falls)
	slices.SortStableFunc(list, func(x, y backend.Fallback) int { return y.At.Compare(x.At.Time) })
	p.Items = []backend.Fallback{}
	for _, f := range list {
		if (q.Since == nil || !f.At.Before(q.Since.Time)) && len(p.Items) < q.Limit {
			p.Items = append(p.Items, f)
		}
	}
	return p, nil
}

func (s storage) FallbackTotals(context.Context, backend.Time) (int, float64, error) {
	return len(s.falls), 0, nil
}

func (storage) FallbackSummary(context.Context, backend.Time, backend.Time, *time.Location) (backend.FallbackSummary, error) {
	return backend.FallbackSummary{}, nil
}

func (s storage) SetState(_ context.Context, name string, value []byte) error {
	return s.write(true, func() { s.states[name] = value })
}

func (s storage) State(_ context.Context, name string) ([]byte, error) { return s.states[name], nil }
func (storage) Prune(context.Context) (int64, error)                   { return 0, nil }
func (storage) Settle() error                                          { return nil }
func (storage) AddSample(backend.Time, []backend.Reading) bool         { return false }
func (storage) AddUses([]backend.Use) bool                             { return false }
func (storage) LatestUses(context.Context) ([]backend.Use, error)      { return nil, nil }
func (storage) Flush(context.Context) error                            { return nil }
