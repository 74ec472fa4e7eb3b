package openclawtest

import (
	"cmp"
	"fmt"
	"strings"
	"time"
)

// 2026.9's own retries: a failure that may pass is repeated within a window.
const (
	fullWindow = 90 * time.Second
	firstDelay = time.Second
	longDelay  = 30 * time.Second
)

// play9 is a turn of 2026.9.
func (r *run) play9() {
	var before []failed
	for i, c := range r.chainOf {
		if r.turn.failure(i) == Cooldown && !r.asksForReal(c) {
			before = r.skip(i, c, before)
			continue
		}
		since := r.now()
		v, retries, ok, stopped := r.model9(i, c, !anyAsked(before))
		switch {
		case r.err != nil:
			return
		case ok:
			r.success9(i, c, before)
			return
		case stopped:
			r.outcome = Stopped
			r.node9(c)
			return
		}
		if v.profile == "auth" {
			r.profileFailed(c)
		}
		r.failover(c, v, retries, false)
		r.soon(6 * time.Millisecond)
		r.laneErrors(since, v.shown)
		r.soon(6 * time.Millisecond)
		f := failed{c: c, v: v, preview: v.raw}
		r.decision(i, &f, before)
		before = append(before, f)
		r.soon(190 * time.Millisecond)
	}
	r.exhausted9(before)
}

// model9 is one model's turn: the request and its repetitions. stopped says that
// the run's own time was up, which ends the chain.
func (r *run) model9(position int, c candidate, first bool) (v verdict, retries int, ok, stopped bool) {
	r.span = r.c.newHex(16)
	var window time.Time
	for try := 1; ; try++ {
		r.toolSearch()
		if first && try == 1 {
			r.noise()
			r.begin(c)
		}
		if try > 1 {
			r.say9("Preserved orphaned user message without removing the active session leaf. runId=%s sessionId=%s trigger=%s", r.id, r.session.id, r.turn.Trigger)
		}
		r.traj(c, "session.started", nil)
		if try == 1 {
			r.snapshot(c)
			if first {
				r.soon(100 * time.Millisecond)
				r.user(r.turn.Prompt)
			}
		}
		r.soon(60 * time.Millisecond)
		asked := r.now()
		w := r.ask(c, position, try)
		if r.err != nil {
			return v, retries, false, false
		}
		if w.ok() {
			r.traj(c, "model.completed", &ending{stop: "stop", texts: []any{r.turn.Answer}})
			r.answer(c, asked)
			return v, retries, true, false
		}
		if w.timeout == "run" {
			r.stopped9(c, asked)
			return v, retries, false, true
		}
		v = era9.judge(w, c)
		r.transport9(c, w, v, try)
		r.soon(25 * time.Millisecond)
		r.agentEnd(c, v)
		r.traj(c, "model.completed", &ending{stop: "error"})
		r.soon(30 * time.Millisecond)
		if window.IsZero() {
			window = r.now()
		}
		if !r.again9(c, v, try, window) {
			r.terminal(position, c, w, v, asked)
			return v, retries, false, false
		}
		retries++
	}
}

// again9 decides whether the same model is asked once more, and waits for it.
func (r *run) again9(c candidate, v verdict, try int, since time.Time) bool {
	tries := r.tries(v)
	if v.reason == "unknown" {
		return try < tries // asked again at once, and silently (assumed)
	}
	if tries <= 1 {
		return false
	}
	budget := v.tries - 1
	if try >= tries {
		if r.turn.Tries > 0 {
			r.say(warn, "agent/embedded", "transient retry window elapsed for %s after %d/%d retries; stopping same-model retries", c.ref(), try-1, budget)
		}
		return false
	}
	delay := r.delay9(try)
	elapsed := r.unscaled(r.now().Sub(since))
	if v.reason != "rate_limit" && r.turn.Tries == 0 && elapsed+delay > r.c.opts.RetryWindow {
		r.say(warn, "agent/embedded", "transient retry window elapsed for %s after %d/%d retries; stopping same-model retries", c.ref(), try-1, budget)
		return false
	}
	r.say(warn, "agent/embedded", "transient same-model retry %d/%d for %s reason=%v: delayMs=%d", try, budget, c.ref(), v.reason, delay.Milliseconds())
	return r.wait(delay)
}

// delay9 doubles from a second up to thirty, give or take half, in a window of
// 90 s; a shorter window shortens them alike.
func (r *run) delay9(try int) time.Duration {
	d := min(firstDelay<<(try-1), longDelay)
	return r.hurry(min(d/2+time.Duration(r.jitter.Int64N(int64(d))), longDelay))
}

func (r *run) toolSearch() {
	r.soon(150 * time.Millisecond)
	r.log(line{level: info, subsystem: "agent/embedded", args: []any{"tool-search: cataloged 52 tools behind compact prompt surface"}, trace: r.within()})
	r.soon(40 * time.Millisecond)
}

func (r *run) say9(format string, args ...any) {
	r.log(line{level: warn, subsystem: "agent/embedded", args: []any{fmt.Sprintf(format, args...)}, trace: r.within()})
}

// noise is what a slow disk makes 2026.9 say; the object stands after the text.
func (r *run) noise() {
	r.log(line{level: warn, subsystem: "session-sqlite", source: true, trace: r.outside(), args: []any{"slow SQLite session write", object{
		{"agentId", r.session.agent}, {"pid", 23288}, {"threadId", 0}, {"isMainThread", true}, {"operation", "session.entry-replacements"},
		{"elapsedMs", 1461}, {"queueWaitMs", 499}, {"writerExecutionMs", 961}, {"completionDelayMs", 0},
		{"storePath", r.c.DatabasePath(r.session.agent)}}}})
}

// transport9 is what the layers below the agent log of a failed request.
func (r *run) transport9(c candidate, w wire, v verdict, try int) {
	who := fmt.Sprintf("provider=%s api=%s model=%s", c.provider, c.api, c.model)
	fetch := line{level: warn, subsystem: "provider-transport-fetch", trace: r.within()}
	cause := "undefined"
	ms := w.took.Milliseconds()
	switch {
	case w.cause != "":
		cause = "TypeError"
		fetch.args = []any{fmt.Sprintf("[model-fetch] error %s elapsedMs=%d name=TypeError code=undefined causeName=Error causeCode=%s message=fetch failed", who, ms, w.cause)}
	case w.timeout != "":
		cause = "TimeoutError"
		fetch.args = []any{fmt.Sprintf("[model-fetch] error %s elapsedMs=%d name=TimeoutError code=undefined causeName=undefined causeCode=undefined message=request timed out", who, ms)}
	default:
		dispatcher := "new"
		if try > 1 {
			dispatcher = "reused"
		}
		status, kind := w.status, "application/json"
		if w.stream != "" {
			status, kind = 200, "text/event-stream"
		}
		fetch.level = info
		fetch.args = []any{fmt.Sprintf("[model-fetch] response %s status=%d elapsedMs=%d dispatcher=%s contentType=%s", who, status, ms, dispatcher, kind)}
	}
	r.log(fetch)
	if c.hosted() {
		return
	}
	r.soon(8 * time.Millisecond)
	status, code, kind := "undefined", "undefined", "undefined"
	if w.status != 0 {
		status, code, kind = fmt.Sprint(w.status), js(w.code), cmp.Or(w.kind, "undefined")
	}
	layer := "responses"
	if c.api == completionsAPI {
		layer = "completions" // assumed
	}
	r.log(line{level: warn, subsystem: "openai-transport", trace: r.within(), args: []any{fmt.Sprintf(
		"[%s] error %s name=Error status=%s code=%s type=%s causeName=%s causeCode=undefined message=%s", layer, who, status, code, kind, cause, v.raw)}})
}

// success9 is a model's answer.
func (r *run) success9(position int, c candidate, before []failed) {
	r.answered(position)
	r.traj(c, "session.ended", &ending{status: "success", stop: "stop"})
	r.soon(30 * time.Millisecond)
	if len(before) > 0 {
		r.decision(position, nil, before)
		r.notFoundNote(position, before)
		r.why = strings.ReplaceAll(fmt.Sprint(before[0].v.reason), "_", " ")
	}
	r.node9(c)
	r.soon(15 * time.Millisecond)
	if r.turn.Via != ViaChat {
		r.say(info, "agents/agent-command", "[agent] run %s ended with stopReason=stop", r.id)
	}
}

// stopped9 is a run whose own time was up: no other model gets a turn.
func (r *run) stopped9(c candidate, asked time.Time) {
	r.say9("embedded run timeout: runId=%s sessionId=%s timeoutMs=%d", r.id, r.session.id, r.turn.Timeout.Milliseconds()-1)
	r.soon(40 * time.Millisecond)
	r.transport9(c, wire{timeout: "run", took: r.now().Sub(asked)}, verdict{raw: "Request was aborted."}, 1)
	r.soon(100 * time.Millisecond)
	end := &ending{status: "interrupted", timedOut: true}
	r.traj(c, "model.completed", end)
	r.broken(c, asked, "aborted", "request timed out")
	r.record(r.link("custom_message", field{"customType", "openclaw:turn-aborted"},
		field{"content", "<turn_aborted>\nThe previous turn was interrupted. Any running background processes may still be active.\n</turn_aborted>"},
		field{"display", false}), false)
	r.soon(700 * time.Millisecond)
	e := object{{"event", "model_fallback_chain_stopped"}, tags("model_fallback", "chain_stopped"), {"sessionId", r.session.id},
		{"reason", "agent_run_terminal_timeout"}, {"candidateProvider", c.provider}, {"candidateModel", c.model}}
	r.log(line{level: warn, subsystem: "model-fallback/decision", args: []any{e, "model fallback chain stopped"}, trace: r.outside(), session: r.session.id})
	r.traj(c, "session.ended", end)
}

// exhausted9 is a chain that nobody answered. The command line tells so in the
// log too.
func (r *run) exhausted9(before []failed) {
	r.outcome = Exhausted
	last := before[len(before)-1]
	r.node9(last.c)
	if r.turn.Via != ViaCLI {
		return
	}
	text := fmt.Sprintf("All models failed (%d):", len(before))
	for i, b := range before {
		if i > 0 {
			text += " |"
		}
		text += fmt.Sprintf(" %s: %s (%v)", b.c.ref(), b.preview, b.v.reason)
	}
	if last.v.reason == "auth" {
		text += fmt.Sprintf(". Re-authenticate with: openclaw models auth login --provider '%s' --force", last.c.provider)
	}
	r.soon(500 * time.Millisecond)
	for _, l := range []string{"The CLI command failed.", "Reason: " + text, "Debug: set OPENCLAW_DEBUG=1 to include the stack trace.", "Try: openclaw doctor", "Help: openclaw --help"} {
		r.log(line{level: fault, args: []any{"[openclaw] " + l}})
		r.soon(8 * time.Millisecond)
	}
}
