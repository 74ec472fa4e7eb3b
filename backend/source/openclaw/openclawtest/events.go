package openclawtest

import (
	"fmt"
	"slices"
	"time"
)

// failed is a model's turn that came to nothing, as later lines tell of it.
type failed struct {
	c       candidate
	v       verdict
	preview string // what the decision lines quote
	skipped bool
}

// tags are the labels of an event.
func tags(more ...string) field {
	list := []any{"error_handling"}
	for _, t := range more {
		list = append(list, t)
	}
	return field{"tags", list}
}

// rawError quotes a provider's error, where there is one.
func (r *run) rawError(v verdict) []field {
	if v.raw == "" {
		return nil
	}
	out := []field{{"rawErrorPreview", v.raw}, {"rawErrorHash", hash(v.raw)}}
	if v.details != nil {
		out = append(out, field{"rawErrorFingerprint", hash("shape of " + v.raw)}, v.details[0])
	}
	if r.c.era == era9 {
		out = append(out, field{"providerRuntimeFailureKind", v.kind})
	}
	if v.details != nil {
		out = append(out, v.details[1:]...)
	}
	return out
}

// agentEnd is logged at every request that failed, 2026.3 and later.
func (r *run) agentEnd(c candidate, v verdict) {
	if r.c.era == era2 {
		return
	}
	e := object{{"event", "embedded_run_agent_end"}, tags("lifecycle", "agent_end", "assistant_error"), {"runId", r.id}, {"isError", true},
		{"error", v.shown}, {"failoverReason", v.reason}, {"model", c.model}, {"provider", c.provider}}
	r.log(line{level: warn, subsystem: "agent/embedded", args: []any{e.with(r.rawError(v)...), "embedded run agent end"}, trace: r.within()})
}

// failover is logged when OpenClaw gave up on a model, 2026.3 and later.
func (r *run) failover(c candidate, v verdict, retries int, timedOut bool) {
	if r.c.era == era2 {
		return
	}
	decision := "fallback_model"
	if v.surface {
		decision = "surface_error"
	}
	reason := v.reason
	if reason == "unknown" && !timedOut {
		reason = nil
	}
	e := object{{"event", "embedded_run_failover_decision"}, tags("failover", "assistant", decision), {"runId", r.id}, {"stage", "assistant"},
		{"decision", decision}, {"failoverReason", reason}, {"profileFailureReason", v.profile}, {"provider", c.provider}, {"model", c.model}}
	if r.c.era == era9 {
		e = e.with(field{"sourceProvider", c.provider}, field{"sourceModel", c.model})
	}
	e = e.with(field{"fallbackConfigured", len(r.chainOf) > 1}, field{"timedOut", timedOut}, field{"aborted", timedOut})
	if v.status != 0 && !v.surface {
		e = e.with(field{"status", v.status})
	}
	if r.c.era == era9 {
		e = e.with(field{"retryCount", retries}, field{"profileRotationCount", 0}, field{"attemptCount", 1})
	}
	r.log(line{level: warn, subsystem: "agent/embedded", args: []any{e.with(r.rawError(v)...), "embedded run failover decision"}, trace: r.outside()})
}

// decision is the line about one model of the chain, 2026.3 and later. A nil
// failure is an answer.
func (r *run) decision(position int, f *failed, before []failed) {
	if r.c.era == era2 {
		return
	}
	c, first := r.chainOf[position], r.chainOf[0]
	word := "candidate_succeeded"
	if f != nil {
		word = "candidate_failed"
		if f.skipped {
			word = "skip_candidate"
		}
	}
	e := object{{"event", "model_fallback_decision"}, tags("model_fallback", word), {"runId", r.id}}
	if r.c.era == era9 {
		e = e.with(field{"sessionId", r.session.id})
		if r.turn.Via == ViaChat {
			e = e.with(field{"lane", "main"})
		}
	}
	e = e.with(field{"decision", word}, field{"requestedProvider", first.provider}, field{"requestedModel", first.model},
		field{"candidateProvider", c.provider}, field{"candidateModel", c.model})
	if r.c.era == era9 {
		e = e.with(field{"candidateRouteOrigin", origin(position)}, field{"candidateRouteResolution", "resolved"})
	}
	e = e.with(field{"attempt", position + 1}, field{"total", len(r.chainOf)})
	if f != nil {
		e = e.with(r.failure(*f)...)
	}
	if r.c.era == era9 {
		e = e.with(r.step(position, f, before)...)
	}
	if f != nil && position+1 < len(r.chainOf) {
		next := r.chainOf[position+1]
		e = e.with(field{"nextCandidateProvider", next.provider}, field{"nextCandidateModel", next.model})
		if r.c.era == era9 {
			e = e.with(field{"nextCandidateRouteOrigin", origin(position + 1)}, field{"nextCandidateRouteResolution", "resolved"})
		}
	}
	e = e.with(field{"isPrimary", position == 0}, field{"requestedModelMatched", position == 0}, field{"fallbackConfigured", len(r.chainOf) > 1})
	if f == nil && len(before) > 0 {
		e = e.with(field{"previousAttempts", r.previous(before)})
	}
	r.log(line{level: warn, subsystem: "model-fallback/decision", args: []any{e, "model fallback decision"}, trace: r.outside(), session: r.sessionTag()})
}

func (r *run) sessionTag() string {
	if r.c.era == era9 {
		return r.session.id
	}
	return ""
}

func origin(position int) string {
	if position == 0 {
		return "requested"
	}
	return "configured-fallback"
}

// failure is what a decision line and the list of earlier attempts say of a
// failure.
func (r *run) failure(f failed) []field {
	out := []field{{"reason", f.v.reason}}
	if f.v.status != 0 {
		out = append(out, field{"status", f.v.status})
	}
	out = append(out, field{"errorPreview", f.preview}, field{"errorHash", hash(f.preview)})
	if r.c.era == era9 && f.v.details != nil {
		out = append(out, field{"errorFingerprint", hash("shape of " + f.v.raw)})
		out = append(out, f.v.details...)
	}
	return out
}

func (r *run) previous(before []failed) []any {
	var list []any
	for _, b := range before {
		list = append(list, object{{"provider", b.c.provider}, {"model", b.c.model}}.with(r.failure(b)...))
	}
	return list
}

// step is how 2026.9 tells a decision once more, as a step of the chain.
func (r *run) step(position int, f *failed, before []failed) []field {
	from, outcome := f, "next_fallback"
	switch {
	case f == nil && len(before) == 0:
		return nil
	case f == nil:
		from, outcome = &before[len(before)-1], "succeeded"
	case position+1 == len(r.chainOf):
		outcome = "chain_exhausted"
	}
	out := []field{{"fallbackStepType", "fallback_step"}, {"fallbackStepFromModel", from.c.ref()}}
	switch {
	case f == nil:
		out = append(out, field{"fallbackStepToModel", r.chainOf[position].ref()})
	case position+1 < len(r.chainOf):
		out = append(out, field{"fallbackStepToModel", r.chainOf[position+1].ref()})
	}
	detail := from.preview
	if f != nil && f.v.details != nil {
		detail = fmt.Sprint(f.v.details[2].value)
	}
	return append(out, field{"fallbackStepFromFailureReason", from.v.reason}, field{"fallbackStepFromFailureDetail", detail},
		field{"fallbackStepChainPosition", position + 1}, field{"fallbackStepFinalOutcome", outcome})
}

// notFoundNote is the line that tells a person why the next model answered,
// which OpenClaw writes for missing models alone.
func (r *run) notFoundNote(position int, before []failed) {
	for _, b := range before {
		if b.v.reason == "model_not_found" {
			r.say(warn, "model-fallback", "Model %q not found. Fell back to %q.", b.c.ref(), r.chainOf[position].ref())
			return
		}
	}
}

// skip passes a model over, because its provider failed a moment ago (from the
// source of 2026.3.13; no record shows the line).
func (r *run) skip(position int, c candidate, before []failed) []failed {
	text := fmt.Sprintf("Provider %s is in cooldown (all profiles unavailable)", c.provider)
	f := failed{c: c, v: verdict{raw: text, shown: text, reason: "rate_limit"}, preview: text, skipped: true}
	r.decision(position, &f, before)
	return append(before, f)
}

// anyAsked says whether one of the models before was really asked.
func anyAsked(before []failed) bool {
	return slices.ContainsFunc(before, func(f failed) bool { return !f.skipped })
}

// profileFailed is what 2026.9 holds against an account that was refused.
func (r *run) profileFailed(c candidate) {
	r.soon(200 * time.Millisecond)
	e := object{{"event", "auth_profile_failure_state_updated"}, tags("auth_profiles", "cooldown"), {"runId", r.id}, {"profileId", hash(c.provider)},
		{"provider", c.provider}, {"reason", "auth"}, {"windowType", "cooldown"}, {"windowReused", false}, {"errorCount", 1},
		{"cooldownUntil", r.now().Add(30 * time.Second).UnixMilli()}, {"failureCounts", object{{"auth", 1}}}}
	r.log(line{level: warn, subsystem: "agent/embedded", args: []any{e, "auth profile failure state updated"}, trace: r.outside()})
}
