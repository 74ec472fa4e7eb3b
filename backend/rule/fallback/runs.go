package fallback

import (
	"fmt"
	"slices"
	"time"

	"pilotlight/backend"
)

// endLag is how long after a run's end its last lines may be dated. The next run
// of a session begins later than that: a process must start for it.
const endLag = time.Second

// runOf finds the thread of a line that names its run, or the name of the one
// that it begins. An id alone does not name a run: from the command line all
// runs of a session bear the session's id (2026.2 and 2026.3). A run whose end
// was told is over, and what comes after it is the next one's.
func (a *Assembler) runOf(f fact) string {
	live := a.threadsOf(f.RunID)
	for _, th := range live {
		if !f.At.Before(th.read().from) && th.holds(f.At) {
			return th.run
		}
	}
	past, over := a.toldOf(f.RunID, f.At)
	if past != "" {
		return past
	}
	for _, th := range live {
		if th.holds(f.At) {
			return th.run
		}
	}
	if len(live) == 0 && !over {
		return f.RunID
	}
	return laterRun(f.RunID, f.At)
}

// laterRun names a run after the first one under its id.
func laterRun(id string, begins time.Time) string {
	return fmt.Sprintf("%s#%d", id, begins.UnixMilli())
}

// precedes is when the run before another under its id ended; zero is none.
func (a *Assembler) precedes(th *thread) time.Time {
	end := time.Time{}
	if th.nameless {
		return end
	}
	note := func(at time.Time) {
		if at.Before(th.from) {
			end = latest(end, at)
		}
	}
	for _, o := range a.threads {
		if o != th && o.id == th.id {
			note(o.read().end)
		}
	}
	for _, t := range a.told {
		if t.run != "" && t.run != th.run && t.record.RunID == th.id {
			note(t.record.EndedAt.Time)
		}
	}
	return end
}

// threadsOf are the runs under one id, the earliest first.
func (a *Assembler) threadsOf(id string) []*thread {
	var list []*thread
	for _, th := range a.threads {
		if th.id == id {
			th.read()
			list = append(list, th)
		}
	}
	slices.SortFunc(list, func(x, y *thread) int { return x.from.Compare(y.from) })
	return list
}

// toldOf looks for a run among those that were told and may be forgotten: the
// one in whose time a moment falls, or the last one, where that may go on. over
// is that a run under this id ended before the moment.
func (a *Assembler) toldOf(id string, at time.Time) (run string, over bool) {
	for _, t := range a.told {
		r := t.record
		if t.run == "" || r.RunID != id {
			continue
		}
		switch ended := at.After(r.EndedAt.Add(endLag)); {
		case !ended && !at.Before(r.At.Time):
			return t.run, false
		case ended && t.silent && r.Outcome == backend.Stopped:
			run = t.run
		case ended:
			over = true
		}
	}
	if over {
		return "", true
	}
	return run, false
}

// holds says whether a moment is not after the run's end, as far as that is told.
func (th *thread) holds(at time.Time) bool {
	end := th.read().end
	return end.IsZero() || !at.After(end.Add(endLag))
}

// part cuts off what is dated after the run's end, since its end was read late,
// and tells both as the runs that they are.
func (a *Assembler) part(th *thread) []backend.Fallback {
	if th.read(); th.id == "" || th.back {
		return nil
	}
	mine, rest := cut(th.facts, th.end)
	if len(rest) == 0 {
		return nil
	}
	was := a.forget(th)
	th.facts, th.known = mine, false
	next, out := a.thread(laterRun(th.id, rest[0].At), th.id)
	for _, f := range rest {
		next.add(f)
	}
	first := a.tell(a.taleOf(th), 0)
	if a.inherits(next, was, first) {
		return slices.Concat(out, first, a.handOn(th, next, was, first))
	}
	return slices.Concat(out, first, a.tell(a.taleOf(next), 0))
}

// inherits says whether the key under which two runs were told as one is that of the
// later one: there is something to tell of it, and nothing of the first one under it.
func (a *Assembler) inherits(next *thread, was string, first []backend.Fallback) bool {
	return was != "" && next.key == "" && !slices.ContainsFunc(first, func(f backend.Fallback) bool { return f.Key == was }) &&
		understand(a.taleOf(next)).outcome != ""
}

// handOn gives a run's name and key to the one after it, and tells that again, however
// little decides how it ended: what was told of both as one stays else.
func (a *Assembler) handOn(th, next *thread, was string, first []backend.Fallback) []backend.Fallback {
	name, own := th.run, laterRun(th.id, th.facts[0].At)
	if a.threads[own] == nil {
		a.rename(th, own)
		a.rename(next, name)
		th.key, next.key = "", was
		if len(first) > 0 {
			th.key = first[0].Key
		}
		if was == keyOfRun+name {
			next.key = "" // it follows from the name
		}
	}
	return a.tell(a.taleOf(next), settleStopped)
}

// forget drops what was told of a run, and gives the key under which that was.
func (a *Assembler) forget(th *thread) string {
	key := th.key
	a.told = slices.DeleteFunc(a.told, func(t told) bool {
		if t.run == th.run {
			fill(&key, t.record.Key)
		}
		return t.run == th.run
	})
	for _, c := range a.chats {
		c.named = slices.DeleteFunc(c.named, func(n named) bool { return n.Run == th.run })
	}
	return key
}

// rename gives a run another name among ours.
func (a *Assembler) rename(th *thread, to string) {
	for i := range a.told {
		if a.told[i].run == th.run {
			a.told[i].run = to
		}
	}
	for _, c := range a.chats {
		for i := range c.named {
			if c.named[i].Run == th.run {
				c.named[i].Run = to
			}
		}
	}
	if a.threads[th.run] == th {
		delete(a.threads, th.run)
	}
	th.run = to
	a.threads[to] = th
}

// cut parts facts at a run's end; rest is what is dated after it.
func cut(facts []fact, end time.Time) (mine, rest []fact) {
	if end.IsZero() {
		return facts, nil
	}
	for _, f := range facts {
		before, after := f.split(end.Add(endLag))
		if before != nil {
			mine = append(mine, *before)
		}
		if after != nil {
			rest, _ = insert(rest, *after)
		}
	}
	return mine, rest
}

// setBack says whether the clock was set back amid a run: its end is dated before
// its beginning. What is dated after the end is another run's where it has an end
// of its own, or where the chain that ended is told from its first candidate on.
func setBack(facts []fact, end time.Time) bool {
	mine, rest := cut(facts, end)
	first := firstOf(rest)
	return first > 0 && first < firstOf(mine) && endOf(rest).IsZero()
}

// firstOf is the place in the chain of the first candidate that is told, 0 if none is.
func firstOf(facts []fact) int {
	first := 0
	for _, f := range facts {
		if f.Kind == backend.TraceDecision && f.Attempt > 0 && (first == 0 || f.Attempt < first) {
			first = f.Attempt
		}
	}
	return first
}

// split parts the sightings of a fact at a moment; nil is none.
func (f fact) split(at time.Time) (before, after *fact) {
	n, found := slices.BinarySearch(f.seen, at.UnixMilli())
	if found {
		n++
	}
	if n > 0 {
		b := f
		b.seen = slices.Clone(f.seen[:n])
		if f.last.After(at) {
			b.last = time.UnixMilli(b.seen[n-1]).UTC()
		}
		before = &b
	}
	if n < len(f.seen) {
		b := f
		b.seen = slices.Clone(f.seen[n:])
		b.At = time.UnixMilli(b.seen[0]).UTC()
		after = &b
	}
	return before, after
}

// endOf is when the log says that a run ended, with an answer or with its last
// candidate; zero is not told.
func endOf(facts []fact) time.Time {
	end, highest := time.Time{}, 0
	for _, f := range facts {
		if f.Kind != backend.TraceDecision {
			continue
		}
		if f.Decision == "candidate_succeeded" || lastOfChain(f) && f.Attempt >= highest {
			end = earliest(end, f.At)
		}
		highest = max(highest, f.Attempt)
	}
	return end
}

// lastOfChain says whether a decision is about the last candidate there is, and
// it failed too or was passed over (which 2026.3 tells by its place alone).
func lastOfChain(f fact) bool {
	switch {
	case f.Decision != "candidate_failed" && f.Decision != "skip_candidate":
		return false
	case f.Final != "":
		return f.Final == "chain_exhausted"
	case f.Next != backend.ModelRef{}:
		return false
	}
	return f.Decision == "candidate_failed" || f.Total > 0 && f.Attempt == f.Total
}
