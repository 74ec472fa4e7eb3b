package fallback

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
	"time"

	"pilotlight/backend"
)

const (
	// maxThreads and maxChats bound the runs and the sessions that are kept in
	// mind, maxLoose the lines that name no run.
	maxThreads = 256
	maxChats   = 256
	maxLoose   = 256
	// forgetAfter is when what has been silent is forgotten.
	forgetAfter = time.Hour
)

// Assembler joins traces into one record a run. It takes them in any order and
// more than once; what it holds is bounded. Its zero value is not ready: New.
// It is for one goroutine.
type Assembler struct {
	threads map[string]*thread
	chats   map[string]*chat
	loose   []fact // in order of arrival
	told    []told // the latest last
	taken   int    // traces, to tell which run was touched last
	calm    bool   // nothing was taken since a Tick that told nothing
}

// New is an assembler that has heard nothing yet.
func New() *Assembler {
	return &Assembler{threads: map[string]*thread{}, chats: map[string]*chat{}}
}

// Take takes one trace and gives the records that are new, or changed by it,
// the earliest first. Their Cause is left zero: Explain fills it in. A record
// that is handed out again has its Key again and replaces the one before.
func (a *Assembler) Take(t backend.Trace) []backend.Fallback {
	f, ok := newFact(t)
	if !ok {
		return nil
	}
	a.taken++
	a.calm = false
	switch {
	case f.Kind == backend.TraceSession:
		a.index(f)
		return nil
	case ofRun(f.Trace):
		return a.takeThread(a.runOf(f), f)
	case ofSession(f.Trace):
		return a.takeEvent(f)
	case f.Kind == backend.TraceDecision:
		return a.takeThread(a.nameless(f), f)
	}
	return a.takeLoose(f)
}

// nameless finds the run of a decision that names none: the one about the same
// requested model that is still without an answer.
func (a *Assembler) nameless(f fact) string {
	best := ""
	for name, th := range a.threads {
		from, to := th.read().from, th.to
		if !th.nameless || th.facts[0].Requested != f.Requested || f.At.Before(from.Add(-slack)) || f.At.After(to.Add(settleStopped)) {
			continue
		}
		if th.answered != "" && f.At.After(to) {
			continue
		}
		if best == "" || name > best {
			best = name
		}
	}
	if best != "" {
		return best
	}
	return fmt.Sprintf("at %d %s", f.At.UnixMilli(), f.Requested)
}

func (a *Assembler) takeThread(name string, f fact) []backend.Fallback {
	th, out := a.thread(name, f.RunID)
	if !th.add(f) {
		return out
	}
	th.touched = a.taken
	th.hush.speak()
	out = append(out, a.part(th)...)
	switch f.Kind {
	case backend.TraceDecision, backend.TraceRunTimeout, backend.TraceStopped:
		return append(out, a.tell(a.taleOf(th), 0)...)
	}
	return out // nothing else can end a run; what it adds, the next Tick tells
}

// thread finds a run by its name, or begins it.
func (a *Assembler) thread(name, id string) (*thread, []backend.Fallback) {
	if th := a.threads[name]; th != nil {
		return th, nil
	}
	var out []backend.Fallback
	if len(a.threads) >= maxThreads {
		out = a.evictThread()
	}
	th := &thread{run: name, id: id, nameless: id == "", touched: a.taken}
	a.threads[name] = th
	return th, out
}

func (a *Assembler) takeEvent(f fact) []backend.Fallback {
	c, out := a.chat(f)
	if !c.add(f) {
		return out
	}
	c.heard(f)
	c.touched = a.taken
	c.hush.speak()
	turns := c.turns()
	for i := range turns {
		if t := &turns[i]; t.has(f) || i+1 < len(turns) && turns[i+1].has(f) {
			out = append(out, a.tellTurn(t, 0)...)
		}
	}
	if len(turns) > maxTurns || len(c.events) > maxEvents {
		for i := range max(0, len(turns)-maxTurns) {
			out = append(out, a.tellTurn(&turns[i], settleStopped)...)
		}
		c.prune()
	}
	return inTime(out)
}

// has says whether an event is one of the turn's.
func (t *turn) has(f fact) bool {
	return slices.ContainsFunc(t.facts, func(o fact) bool { return o.sig == f.sig && o.At.Equal(f.At) })
}

// tellTurn tells the run of a turn, with its thread where there is one.
func (a *Assembler) tellTurn(t *turn, quiet time.Duration) []backend.Fallback {
	th := a.likestThread(t)
	if !troubled(t.facts) && (th == nil || a.likestTurn(th) != t) {
		return nil // it went well, and that run is of another turn: of the next one, asked soon after
	}
	return a.tell(tale{thread: th, turn: t, loose: a.looseOf(th)}, quiet)
}

// troubled says whether anything in a turn went wrong, or a second model had
// its turn: nearly all turns are neither.
func troubled(facts []fact) bool {
	model := backend.ModelRef{}
	for _, f := range facts {
		if f.Source == backend.SourceLog || failed(f) || aborted(f) {
			return true
		}
		if f.Kind == backend.TraceCandidate || f.Kind == backend.TraceAnswer {
			if model != (backend.ModelRef{}) && model != f.Candidate {
				return true
			}
			model = f.Candidate
		}
	}
	return false
}

func (a *Assembler) takeLoose(f fact) []backend.Fallback {
	for i := range a.loose {
		if a.loose[i].sig == f.sig && a.loose[i].At.Equal(f.At) {
			return nil
		}
	}
	a.loose = append(a.loose, f)
	a.loose = slices.Delete(a.loose, 0, max(0, len(a.loose)-maxLoose))
	return a.retell(f)
}

// retell gives a loose fact to the runs in whose time it falls, if they were
// told: the lane's error comes late at times. Those that were not told yet will
// find it.
func (a *Assembler) retell(f fact) []backend.Fallback {
	var out []backend.Fallback
	for _, t := range slices.Clone(a.told) {
		r := t.record
		if f.At.Before(r.At.Add(-slack)) || f.At.After(r.EndedAt.Add(slack)) {
			continue
		}
		if th := a.threads[t.run]; th != nil {
			out = append(out, a.tell(a.taleOf(th), 0)...)
		} else if c := a.chats[r.SessionID]; c != nil {
			turns := c.turns()
			for i := range turns {
				out = append(out, a.tellTurn(&turns[i], 0)...)
			}
		}
	}
	return inTime(out)
}

// chat finds the session of an event, or begins it.
func (a *Assembler) chat(f fact) (*chat, []backend.Fallback) {
	id := cmp.Or(f.SessionID, "key:"+f.SessionKey)
	if c := a.chats[id]; c != nil {
		return c, nil
	}
	var out []backend.Fallback
	if len(a.chats) >= maxChats {
		out = a.evictChat()
	}
	c := &chat{id: id, touched: a.taken}
	a.chats[id] = c
	return c, out
}

// index takes an entry of the session index. There may be a thousand of them at
// once: none pushes out a session of which more is known.
func (a *Assembler) index(f fact) {
	if f.SessionID == "" && f.SessionKey == "" {
		return
	}
	id := cmp.Or(f.SessionID, "key:"+f.SessionKey)
	c := a.chats[id]
	if c == nil && len(a.chats) >= maxChats {
		old := a.bare()
		if old == nil || old.view.At.After(f.At) {
			return
		}
		delete(a.chats, old.id)
	}
	if c == nil {
		c = &chat{id: id}
		a.chats[id] = c
	}
	c.index(f.Trace)
	c.touched = a.taken
}

// bare is the session without events that was heard of longest ago, nil if all
// have some.
func (a *Assembler) bare() *chat {
	var old *chat
	for _, c := range a.chats {
		if len(c.events) == 0 && (old == nil || c.view.At.Before(old.view.At) || c.view.At.Equal(old.view.At) && c.id < old.id) {
			old = c
		}
	}
	return old
}

// evictThread makes room: what was touched longest ago is decided as it stands.
func (a *Assembler) evictThread() []backend.Fallback {
	var old *thread
	for _, th := range a.threads {
		if old == nil || th.touched < old.touched {
			old = th
		}
	}
	out := a.tell(a.taleOf(old), settleStopped)
	delete(a.threads, old.run)
	return out
}

func (a *Assembler) evictChat() []backend.Fallback {
	if old := a.bare(); old != nil {
		delete(a.chats, old.id)
		return nil
	}
	var old *chat
	for _, c := range a.chats {
		if old == nil || c.touched < old.touched {
			old = c
		}
	}
	var out []backend.Fallback
	turns := old.turns()
	for i := range turns {
		out = append(out, a.tellTurn(&turns[i], settleStopped)...)
	}
	delete(a.chats, old.id)
	return out
}

// Tick lets silence decide: an error that nothing followed was the answer, a
// run that failed and then said nothing was stopped. It also forgets. Call it
// every few seconds, and after what there is to read was read. It costs next to
// nothing where that can decide nothing.
func (a *Assembler) Tick(now time.Time) []backend.Fallback {
	if a.longer(now) || !a.calm {
		before := len(a.threads)
		out := a.decide(now)
		a.calm = len(out) == 0 && len(a.threads) == before
		return out
	}
	return nil
}

// longer says whether any silence has become one that decides something, or
// after which is forgotten, since the last Tick. It asks each, for that begins it.
func (a *Assembler) longer(now time.Time) bool {
	any := false
	for _, th := range a.threads {
		any = th.hush.longer(now) || any
	}
	for _, c := range a.chats {
		any = c.hush.longer(now) || any
	}
	return any
}

// decide is Tick where something may come of it.
func (a *Assembler) decide(now time.Time) []backend.Fallback {
	var out []backend.Fallback
	for _, th := range a.threads {
		quiet := th.hush.at(now)
		if !th.hush.spent {
			t := a.taleOf(th)
			if t.turn != nil {
				quiet = min(quiet, t.turn.chat.hush.at(now))
			}
			out = append(out, a.tell(t, quiet)...)
			th.hush.spent = quiet >= settleStopped
		}
	}
	for _, c := range a.chats {
		quiet := c.hush.at(now)
		if !c.hush.spent {
			turns := c.turns()
			for i := range turns {
				out = append(out, a.tellTurn(&turns[i], quiet)...)
			}
			c.hush.spent = quiet >= settleStopped
		}
	}
	a.drop(now)
	return inTime(out)
}

// drop forgets what has long been silent, once all is told: with what a run is told,
// and which runs come before it, counts until then.
func (a *Assembler) drop(now time.Time) {
	for _, th := range a.threads {
		if th.hush.spent && th.hush.at(now) >= forgetAfter {
			delete(a.threads, th.run)
		}
	}
	for _, c := range a.chats {
		if c.hush.at(now) >= forgetAfter {
			c.events, c.cut = nil, nil
		}
	}
}

// inTime sorts records, and keeps the last of each.
func inTime(list []backend.Fallback) []backend.Fallback {
	if len(list) < 2 {
		return list
	}
	last := map[string]backend.Fallback{}
	for _, f := range list {
		last[f.Key] = f
	}
	list = list[:0]
	for _, f := range last {
		list = append(list, f)
	}
	slices.SortFunc(list, func(x, y backend.Fallback) int {
		return cmp.Or(x.At.Compare(y.At.Time), strings.Compare(x.Key, y.Key))
	})
	return list
}

// Sessions are the conversations that are known, the latest heard of first; of
// each key only its latest transcript.
func (a *Assembler) Sessions() []Session {
	list := []Session{}
	for _, c := range a.chats {
		list = append(list, c.view)
	}
	slices.SortFunc(list, func(x, y Session) int {
		return cmp.Or(y.At.Compare(x.At), strings.Compare(x.Key, y.Key), strings.Compare(x.ID, y.ID))
	})
	seen := map[string]bool{}
	return slices.DeleteFunc(list, func(s Session) bool {
		known := s.Key != "" && seen[s.Key]
		seen[s.Key] = true
		return known
	})
}
