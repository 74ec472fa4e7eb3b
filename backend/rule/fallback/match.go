package fallback

import (
	"time"

	"pilotlight/backend"
)

const (
	// slack is how far the log's and the transcript's times of one moment may
	// lie apart.
	slack = 5 * time.Second
	// longestTurn is how long a turn without an end may still be going on.
	longestTurn = 6 * time.Hour
	// recovery is how long OpenClaw may work at a prompt that did not fit before it
	// gives up; 1 to 5 s were measured.
	recovery = 2 * time.Minute
	// laneNear is how near to the end of a model's turn OpenClaw logs the lane's
	// error; 30 ms were measured.
	laneNear = 3 * time.Second
)

// tale is one run as far as it was told: what the log says under its id, its
// turn in the transcript, and what the log says without naming a run.
type tale struct {
	thread *thread
	turn   *turn
	loose  []fact
}

// taleOf is a thread with its turn, where there is one.
func (a *Assembler) taleOf(th *thread) tale {
	return tale{thread: th, turn: a.pair(th), loose: a.looseOf(th)}
}

// looseOf is what the log says without naming a run, less what is of the run before a
// thread under its id.
func (a *Assembler) looseOf(th *thread) []fact {
	if th == nil {
		return a.loose
	}
	end := a.precedes(th)
	if end.IsZero() {
		return a.loose
	}
	_, rest := cut(a.loose, end)
	return rest
}

// key is the key under which the run was told, "" if it was not.
func (t tale) key() string {
	if t.thread != nil && t.thread.key != "" {
		return t.thread.key
	}
	if t.turn != nil {
		if n := t.turn.told(); n != nil {
			return n.Key
		}
	}
	return ""
}

// name notes the key under which the run was told, and the run by which it was told
// where its thread is forgotten: no other thread is that turn's.
func (t tale) name(key, run string) {
	if t.thread != nil {
		run = t.thread.run
		if t.thread.key == "" {
			t.thread.key = key
		}
	}
	if t.turn != nil {
		t.turn.name(key, run)
	}
}

// facts are all but the loose ones, in order.
func (t tale) facts() []fact {
	var list []fact
	if t.thread != nil {
		list = append(list, t.thread.facts...)
	}
	if t.turn != nil {
		for _, f := range t.turn.facts {
			list, _ = insert(list, f)
		}
	}
	return list
}

// gist is a list of facts with what matching asks of it again and again.
type gist struct {
	facts []fact // sorted
	known bool   // what follows is of these facts

	from, to time.Time
	session  string          // the first that is named
	runs     map[string]bool // the runs that are named
	failed   []failure
	answered string    // the model that answered
	over     bool      // the last answer was the last
	end      time.Time // of the run, as the log tells it; zero is not told
	back     bool      // the clock was set back amid the run
	working  bool      // the last answer was none, or only a step
}

// read brings the gist up to date.
func (g *gist) read() *gist {
	if g.known {
		return g
	}
	g.known = true
	g.from, g.to = spanOf(g.facts)
	g.session = ""
	for _, f := range g.facts {
		if g.session == "" {
			g.session = f.SessionID
		}
	}
	g.runs, g.failed, g.answered, g.over = runsOf(g.facts), failures(g.facts), answerer(g.facts), over(g.facts)
	g.end = endOf(g.facts)
	g.back = g.to.After(g.end.Add(endLag)) && setBack(g.facts, g.end)
	g.working = !lastAnswer(g.facts, failed) && !lastAnswer(g.facts, aborted)
	return g
}

// pair finds the turn of a thread, or nil: the best turn for the thread, if the
// thread is also the best for that turn. A run that begins after a turn had gone well
// is of a message that is still to be read.
func (a *Assembler) pair(th *thread) *turn {
	t := a.likestTurn(th)
	if t == nil || a.likestThread(t) != th || t.over && !troubled(t.facts) && th.from.After(t.to.Add(endLag)) {
		return nil
	}
	return t
}

// likestTurn finds the turn that is most like a thread, or nil.
func (a *Assembler) likestTurn(th *thread) *turn {
	var best *turn
	score := 0.0
	th.read()
	for id, c := range a.chats {
		if !c.near(th.from, th.to) || th.session != "" && c.view.ID != "" && c.view.ID != th.session {
			continue
		}
		turns := c.turns()
		for i := range turns {
			s := a.likeness(th, &turns[i])
			if s > score || s == score && s > 0 && id < best.chat.id {
				best, score = &turns[i], s
			}
		}
	}
	return best
}

// near says whether any of a session's turns could lie in a span of time.
func (c *chat) near(from, to time.Time) bool {
	if len(c.events) == 0 {
		return false
	}
	first, last := c.events[0].At, c.events[len(c.events)-1].last
	return !to.Before(first.Add(-slack)) && !from.After(last.Add(longestTurn))
}

// likestThread finds the thread that is most like a turn, or nil.
func (a *Assembler) likestThread(t *turn) *thread {
	best, score := (*thread)(nil), 0.0
	t.read()
	early, late := t.from.Add(-slack), t.to.Add(longestTurn)
	for _, th := range a.threads {
		if th.read(); th.to.Before(early) || th.from.After(late) {
			continue
		}
		s := a.likeness(th, t)
		if s > score || s == score && s > 0 && th.run < best.run {
			best, score = th, s
		}
	}
	return best
}

// likeness says how surely a thread and a turn are of one run; 0 is that they
// are not. No turn of a later run under an id begins before the one before it ended.
func (a *Assembler) likeness(th *thread, t *turn) float64 {
	s := likeness(th, t)
	if s > 0 && !t.from.After(a.precedes(th)) {
		return 0
	}
	return s
}

// likeness tells it of these two alone: an id that both name decides; without one,
// time and models do.
func likeness(th *thread, t *turn) float64 {
	th.read()
	t.read()
	if n := t.told(); n != nil && n.Run != "" && n.Run != th.run {
		return 0 // it is another run's
	}
	sure := 0.0
	switch {
	case t.runs[th.id] && th.id != "":
		sure = 1000
	case len(t.runs) > 0 && !th.nameless, th.session != "" && t.session != "" && th.session != t.session:
		return 0
	case th.session != "" && t.session != "":
		sure = 100
	case th.id != "" && th.id == t.session: // a run from the command line bears its session's id in 2026.2 and 2026.3
		sure = 90
	case !sameFailure(th, t):
		return 0
	}
	gap, ok := distance(th.from, th.to, t)
	if !ok {
		return 0
	}
	return sure + 1/(1+gap.Seconds())
}

// distance is how far a turn lies from a span of time; false is too far.
func distance(from, to time.Time, t *turn) (time.Duration, bool) {
	switch {
	case to.Before(t.from):
		return t.from.Sub(to), t.from.Sub(to) <= slack
	case !from.After(t.to):
		return 0, true
	case t.last && !t.over && (t.working && from.Sub(t.from) <= longestTurn || from.Sub(t.to) <= settleLong):
		// It is still going on: the transcript may lag behind the log.
		return min(from.Sub(t.to), time.Second), true
	}
	return from.Sub(t.to), from.Sub(t.to) <= slack
}

// over says whether a turn's last answer was its last.
func over(facts []fact) bool {
	for i := len(facts) - 1; i >= 0; i-- {
		if facts[i].Kind == backend.TraceAnswer {
			return final(facts[i])
		}
	}
	return false
}

func runsOf(facts []fact) map[string]bool {
	var ids map[string]bool
	for _, f := range facts {
		if f.RunID != "" {
			if ids == nil {
				ids = map[string]bool{}
			}
			ids[f.RunID] = true
		}
	}
	return ids
}

// sameFailure says whether thread and turn tell of one model's failure at one
// moment, and of the same answer where both tell of one.
func sameFailure(th *thread, t *turn) bool {
	if th.answered != "" && t.answered != "" && th.answered != t.answered {
		return false
	}
	for _, mine := range th.failed {
		for _, its := range t.failed {
			if mine.at.Sub(its.at).Abs() <= slack && mine.model == its.model {
				return true
			}
		}
	}
	return false
}

// failure is when a model failed last.
type failure struct {
	model backend.ModelRef
	at    time.Time
}

// failures are the models that failed.
func failures(facts []fact) []failure {
	var list []failure
	note := func(m backend.ModelRef, at time.Time) {
		for i := range list {
			if list[i].model == m {
				list[i].at = latest(list[i].at, at)
				return
			}
		}
		list = append(list, failure{m, at})
	}
	current := backend.ModelRef{}
	for _, f := range facts {
		switch f.Kind {
		case backend.TraceDecision:
			if f.Decision == "candidate_failed" {
				note(f.Candidate, f.last)
			}
		case backend.TraceFailover, backend.TraceRunEnd:
			note(f.Candidate, f.last)
		case backend.TraceCandidate: // the next model's turn ends that of the one before
			if current != (backend.ModelRef{}) && current != f.Candidate {
				note(current, f.At)
			}
			current = f.Candidate
		case backend.TraceAnswer:
			if failed(f) || aborted(f) {
				note(f.Candidate, f.last)
			}
			current = f.Candidate
		}
	}
	return list
}

// answerer is the model that the events say answered, "" if they do not.
func answerer(facts []fact) string {
	who := ""
	for _, f := range facts {
		if good(f) || f.Kind == backend.TraceDecision && f.Decision == "candidate_succeeded" {
			who = f.Candidate.String()
		}
	}
	return who
}
