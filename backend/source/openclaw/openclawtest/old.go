package openclawtest

import "time"

// playOld is a turn of 2026.2 and 2026.3.
func (r *run) playOld() {
	var before []failed
	for i, c := range r.chainOf {
		if r.turn.failure(i) == Cooldown && !r.asksForReal(c) {
			before = r.skip(i, c, before) // 2026.2 skips in silence
			continue
		}
		since := r.now()
		r.begin(c)
		r.snapshot(c)
		r.soon(12 * time.Millisecond)
		r.user(r.prompt(before))
		v, ok := r.oldTries(i, c)
		if r.err != nil {
			return
		}
		if ok {
			if len(before) > 0 {
				r.soon(20 * time.Millisecond)
				r.decision(i, nil, before)
				r.notFoundNote(i, before)
			}
			r.answered(i)
			r.index(c)
			return
		}
		if !v.falls {
			r.outcome = ErrorAsReply
			r.index(c)
			return
		}
		r.laneErrors(since, v.shown)
		f := failed{c: c, v: v, preview: v.shown}
		r.soon(10 * time.Millisecond)
		r.decision(i, &f, before)
		before = append(before, f)
		r.soon(80 * time.Millisecond)
	}
	r.outcome = Exhausted
	r.index(r.chainOf[len(r.chainOf)-1])
}

// prompt is what the next model is told. 2026.3 makes the person say something
// they never said.
func (r *run) prompt(before []failed) string {
	if anyAsked(before) && r.c.era == era3 {
		return "Continue where you left off. The previous model attempt failed or timed out."
	}
	return r.turn.Prompt
}

// oldTries asks a model until it answers or the version has had enough: a
// failure that may pass is repeated after 2, 4 and 8 seconds.
func (r *run) oldTries(position int, c candidate) (verdict, bool) {
	pause := 2 * time.Second
	for try := 1; ; try++ {
		asked := r.now()
		w := r.ask(c, position, try)
		if r.err != nil {
			return verdict{}, false
		}
		if w.ok() {
			r.answer(c, asked)
			return verdict{}, true
		}
		v := r.c.era.judge(w, c)
		if w.timeout != "" {
			r.oldTimeout(c, &v, asked)
			return v, false
		}
		r.broken(c, asked, "error", v.raw)
		r.agentEnd(c, v)
		if try >= r.tries(v) {
			if v.falls {
				r.soon(30 * time.Millisecond)
				r.failover(c, v, 0, false)
			}
			return v, false
		}
		r.wait(r.hurry(pause))
		pause *= 2
	}
}

// tries is how often a request is made before the model is given up.
func (r *run) tries(v verdict) int {
	if r.turn.Tries > 0 && v.tries > 1 {
		return r.turn.Tries
	}
	return v.tries
}

// oldTimeout is the end of a run that got nothing: its log tells the reason as
// time-out and the decision about it as unknown.
func (r *run) oldTimeout(c candidate, v *verdict, asked time.Time) {
	v.raw = ""
	r.say(warn, "agent/embedded", "embedded run timeout: runId=%s sessionId=%s timeoutMs=%d", r.id, r.session.id, r.turn.Timeout.Milliseconds())
	r.soon(20 * time.Millisecond)
	if r.c.era == era2 {
		r.forget()
		return
	}
	r.record(r.link("custom", field{"customType", "openclaw:prompt-error"}, field{"data", object{
		{"timestamp", r.now().UnixMilli()}, {"runId", r.id}, {"sessionId", r.session.id}, {"provider", c.provider},
		{"model", c.model}, {"api", c.api}, {"error", "aborted"}}}), false)
	r.broken(c, asked, "aborted", "Request was aborted.")
	r.soon(12 * time.Millisecond)
	r.failover(c, *v, 0, true)
	v.reason = "unknown"
}

// forget drops what was said in a conversation that has no file yet.
func (r *run) forget() {
	if r.dry || r.session.flushed {
		return
	}
	r.pending = nil
	r.session.begun, r.session.parent, r.session.snapshot = false, nil, ""
}
