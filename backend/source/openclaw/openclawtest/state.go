package openclawtest

import (
	"fmt"
	"path/filepath"
	"time"
)

// ending is how a model's turn ended, as the trajectory tells it.
type ending struct {
	status   string
	stop     string
	timedOut bool
	texts    []any
}

// traj adds a row to the trajectory of 2026.9: it holds the whole prompt and
// the whole answer.
func (r *run) traj(c candidate, kind string, e *ending) {
	if r.dry || r.c.era != era9 {
		return
	}
	data := object{{"trigger", string(r.turn.Trigger)}, {"sessionFile", r.session.key}, {"workspaceDir", r.workspace()}, {"agentId", r.session.agent},
		{"localModelLean", false}, {"toolCount", 12}, {"clientToolCount", 0}}
	seq := 1
	if e != nil {
		data = object{}
		seq = 6
		if kind == "session.ended" {
			data, seq = object{{"status", e.status}}, 8
		}
		data = data.with(field{"aborted", e.timedOut}, field{"externalAbort", false}, field{"timedOut", e.timedOut}, field{"idleTimedOut", false},
			field{"timedOutDuringCompaction", false}, field{"timedOutDuringToolExecution", false}, field{"timedOutByRunBudget", e.timedOut})
		if e.timedOut {
			data = data.with(field{"promptError", "request timed out"})
		}
		if kind == "model.completed" {
			texts := e.texts
			if texts == nil {
				texts = []any{}
			}
			var source any
			if e.timedOut {
				source = "compaction"
			}
			data = data.with(field{"promptErrorSource", source}, field{"compactionCount", 0}, field{"assistantTexts", texts})
		}
		if e.stop != "" {
			data = data.with(field{"stopReason", e.stop})
		}
		if kind == "model.completed" {
			data = data.with(field{"finalPromptText", r.turn.Prompt})
		}
	}
	row := object{{"traceSchema", "openclaw-trajectory"}, {"schemaVersion", 1}, {"traceId", r.session.id}, {"source", "runtime"}, {"type", kind},
		{"ts", utcTime(r.now())}, {"seq", seq}, {"sourceSeq", seq}, {"sessionId", r.session.id}, {"sessionKey", r.session.key}, {"runId", r.id},
		{"workspaceDir", r.workspace()}, {"provider", c.provider}, {"modelId", c.model}, {"modelApi", c.api}, {"data", data}}
	r.database(func(d *database) error { return d.trajectory(r.session, r.now(), r.id, stringify(row)) })
}

func (r *run) workspace() string { return filepath.Join(r.c.opts.StateDir, "workspace") }

// terminal writes the error of the chain's last model, the only failed request
// that 2026.9 keeps in a transcript.
func (r *run) terminal(position int, c candidate, w wire, v verdict, asked time.Time) {
	if position+1 < len(r.chainOf) {
		return
	}
	var more []field
	if w.status != 0 {
		more = append(more, field{"errorCode", fmt.Sprint(w.status)}, field{"errorBody", w.sortedBody()})
	}
	r.broken(c, asked, "error", v.raw, append(more, field{"idempotencyKey", r.id + ":terminal-error"})...)
}

// node9 writes the session's row. "model" is there only where the model that
// was asked for answered; a chat gets a notice of a fallback, which the next
// answer of the first model takes away.
func (r *run) node9(c candidate) {
	if r.dry {
		return
	}
	s, ms := r.session, r.now().UnixMilli()
	delivery := "none"
	if r.turn.Via == ViaChat {
		delivery = "internal"
		switch r.outcome {
		case FellBack:
			s.notice = []string{r.chainOf[0].ref(), c.ref(), r.why}
		case Answered:
			s.notice = nil
		}
	}
	e := object{{"sessionId", s.id}, {"updatedAt", ms}, {"sessionStartedAt", s.started.UnixMilli()}, {"delivery", object{{"kind", delivery}}},
		{"skillsSnapshot", object{{"prompt", "<available_skills>"}}}, {"lastInteractionAt", ms}, {"activeWriterRunId", r.id}}
	if r.outcome == Answered || r.outcome == Stopped {
		e = e.with(field{"model", r.chainOf[0].model}, field{"modelProvider", r.chainOf[0].provider})
	}
	if r.outcome != Exhausted {
		e = e.with(field{"abortedLastRun", false}, field{"lastActivityAt", ms})
	}
	if r.answers != "" {
		e = e.with(field{"inputTokens", tokensIn}, field{"outputTokens", tokensOut}, field{"cacheRead", 0}, field{"cacheWrite", 0},
			field{"estimatedCostUsd", 0}, field{"totalTokens", tokensIn}, field{"totalTokensFresh", true}, field{"totalTokensVersion", 1})
	}
	if s.notice != nil {
		e = e.with(field{"fallbackNotice", object{{"kind", "active"}, {"selectedModel", s.notice[0]}, {"activeModel", s.notice[1]}, {"reason", s.notice[2]}}})
	}
	e = e.with(s.overrides()...)
	r.database(func(d *database) error { return d.node(s, r.now(), stringify(e)) })
}
