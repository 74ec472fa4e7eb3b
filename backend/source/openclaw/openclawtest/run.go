package openclawtest

import (
	"context"
	"fmt"
	"math/rand/v2"
	"time"
)

// run is one turn while it is played.
type run struct {
	c       *OpenClaw
	ctx     context.Context
	turn    Turn
	id      string
	session *session
	chainOf []candidate
	clock   clock
	dry     bool // nothing is written: how long would it take?
	jitter  *rand.Rand
	started time.Time
	ask     func(c candidate, position, try int) wire
	real    *peer    // the LM Studio that is asked over HTTP; nil in a script
	pending []string // entries of a transcript that has no file yet
	err     error    // the first one; nothing is written after it

	trace   string
	span    string
	answers string // the ref that answered
	why     string // the first failure's reason, in words
	outcome Outcome
}

func (r *run) now() time.Time { return r.clock.now() }

// wait lets time pass; it says whether the turn goes on.
func (r *run) wait(d time.Duration) bool {
	if r.err == nil {
		r.fail(r.clock.wait(r.ctx, d))
	}
	return r.err == nil
}

// soon lets as much time pass as work of that length takes, give or take.
func (r *run) soon(d time.Duration) bool {
	return r.wait(r.hurry(d/2 + time.Duration(r.jitter.Int64N(int64(d)))))
}

// hurry shortens a wait as Options.RetryWindow wants it.
func (r *run) hurry(d time.Duration) time.Duration {
	return time.Duration(float64(d) * float64(r.c.opts.RetryWindow) / float64(fullWindow))
}

func (r *run) fail(err error) {
	if r.err == nil {
		r.err = err
	}
}

func (r *run) log(l line) {
	if !r.dry && r.err == nil {
		r.fail(r.c.write(r.now(), l))
	}
}

// within is the trace of what happens inside one model's turn.
func (r *run) within() *trace {
	if r.c.era != era9 {
		return nil
	}
	t := &trace{id: r.trace, span: r.span}
	if r.turn.Via == ViaChat {
		t.parent = r.trace[:16]
	}
	return t
}

// outside is the trace of what happens between the models' turns: only what
// came in by a chat has one there.
func (r *run) outside() *trace {
	if r.c.era != era9 || r.turn.Via != ViaChat {
		return nil
	}
	return &trace{id: r.trace, span: r.trace[:16]}
}

func (r *run) say(level, subsystem, format string, args ...any) {
	r.log(line{level: level, subsystem: subsystem, args: []any{fmt.Sprintf(format, args...)}, trace: r.outside()})
}

func (r *run) database(do func(d *database) error) {
	if r.dry || r.err != nil {
		return
	}
	d, err := r.c.database(r.session.agent, r.now())
	if err == nil {
		err = do(d)
	}
	r.fail(err)
}

// play runs the turn through the version's habits.
func (r *run) play() {
	r.started = r.now()
	if r.c.era == era9 {
		r.play9()
	} else {
		r.playOld()
	}
	if r.outcome == "" {
		r.outcome = Exhausted
	}
}

// result is what happened.
func (r *run) result() Run {
	return Run{
		RunID: r.id, Session: r.session.key, SessionID: r.session.id, Requested: r.chainOf[0].ref(), AnsweredBy: r.answers,
		Outcome: r.outcome, Started: r.started, Ended: r.now(),
	}
}

// answered notes that a model answered.
func (r *run) answered(position int) {
	r.answers, r.outcome = r.chainOf[position].ref(), Answered
	if position > 0 {
		r.outcome = FellBack
	}
}

// laneErrors are the two lines that every version logs when a model's turn ends
// in an error that a person would see.
func (r *run) laneErrors(since time.Time, shown string) {
	ms := r.now().Sub(since).Milliseconds()
	for _, lane := range []string{"main", "session:" + r.session.key} {
		l := line{level: fault, subsystem: "diagnostic", trace: r.outside(), source: true}
		text := fmt.Sprintf("lane task error: lane=%s durationMs=%d error=", lane, ms)
		if r.c.era == era9 {
			l.args = []any{object{{"errorName", "FailoverError"}}, text + `"` + shown + `"`} // quotes in it are not escaped
		} else {
			l.args = []any{text + `"FailoverError: ` + shown + `"`}
		}
		r.log(l)
		ms += int64(1 + r.jitter.IntN(5))
		r.soon(3 * time.Millisecond)
	}
}
