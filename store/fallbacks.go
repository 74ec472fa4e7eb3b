package store

import (
	"context"
	"crypto/sha256"
	"database/sql"
	"encoding/hex"
	"encoding/json"
	"fmt"

	"pilotlight/backend"
)

// kind is what many fallbacks have in common: a row of fallback_kinds.
type kind struct {
	requested string
	answered  sql.NullString
	outcome   string
	reason    string
	cause     string
}

// fallbackRow is a fallback as its columns hold it. Two rows are the same
// record when they are equal.
type fallbackRow struct {
	key        string
	at         int64
	endedAt    sql.NullInt64
	kind       kind
	lost       sql.NullFloat64
	source     string
	version    string
	runID      string
	sessionID  string
	sessionKey string
	agentID    string
	attempts   string // JSON
	cause      string // JSON
}

// fallbackColumns are in the order that scanFallback reads; f is the fallback,
// k its kind.
const fallbackColumns = `f.id, f.key, f.at, f.ended_at, k.requested, k.answered, k.outcome, k.reason, k.cause,
	f.lost_seconds, f.source, f.openclaw_version, f.run_id, f.session_id, f.session_key, f.agent_id,
	f.attempts, f.cause`

func scanFallback(scan func(...any) error) (id int64, r fallbackRow, err error) {
	err = scan(&id, &r.key, &r.at, &r.endedAt,
		&r.kind.requested, &r.kind.answered, &r.kind.outcome, &r.kind.reason, &r.kind.cause,
		&r.lost, &r.source, &r.version, &r.runID, &r.sessionID, &r.sessionKey, &r.agentID, &r.attempts, &r.cause)
	return id, r, err
}

// rowOf takes a trimmed fallback apart. One without a key gets one from its own
// content, so that telling of it again adds nothing.
func rowOf(f backend.Fallback) (fallbackRow, error) {
	attempts, err := json.Marshal(f.Attempts)
	if err != nil {
		return fallbackRow{}, fmt.Errorf("write the attempts of a fallback: %w", err)
	}
	cause, err := json.Marshal(f.Cause)
	if err != nil {
		return fallbackRow{}, fmt.Errorf("write the cause of a fallback: %w", err)
	}
	r := fallbackRow{
		key: f.Key, at: f.At.UnixMilli(),
		kind:   kind{requested: f.Requested, outcome: string(f.Outcome), reason: f.Reason, cause: string(f.Cause.Code)},
		source: f.Source, version: f.OpenClawVersion, runID: f.RunID,
		sessionID: f.SessionID, sessionKey: f.SessionKey, agentID: f.AgentID,
		attempts: string(attempts), cause: string(cause),
	}
	if f.EndedAt != nil {
		r.endedAt = sql.NullInt64{Int64: f.EndedAt.UnixMilli(), Valid: true}
	}
	if f.Answered != nil {
		r.kind.answered = sql.NullString{String: *f.Answered, Valid: true}
	}
	if f.LostSeconds != nil {
		r.lost = sql.NullFloat64{Float64: *f.LostSeconds, Valid: true}
	}
	if r.key == "" {
		sum := sha256.Sum256(fmt.Appendf(nil, "%#v", r))
		r.key = "content:" + hex.EncodeToString(sum[:])
	}
	return r, nil
}

// fallback puts a row together again.
func (r fallbackRow) fallback(id int64) (backend.Fallback, error) {
	f := backend.Fallback{
		ID: id, Key: r.key, At: fromMillis(r.at), Source: r.source, OpenClawVersion: r.version,
		RunID: r.runID, SessionID: r.sessionID, SessionKey: r.sessionKey, AgentID: r.agentID,
		Requested: r.kind.requested, Outcome: backend.Outcome(r.kind.outcome), Reason: r.kind.reason,
	}
	if r.endedAt.Valid {
		at := fromMillis(r.endedAt.Int64)
		f.EndedAt = &at
	}
	if r.kind.answered.Valid {
		f.Answered = &r.kind.answered.String
	}
	if r.lost.Valid {
		f.LostSeconds = &r.lost.Float64
	}
	if err := json.Unmarshal([]byte(r.attempts), &f.Attempts); err != nil {
		return f, fmt.Errorf("read the attempts of fallback %d: %w", id, err)
	}
	if err := json.Unmarshal([]byte(r.cause), &f.Cause); err != nil {
		return f, fmt.Errorf("read the cause of fallback %d: %w", id, err)
	}
	return f, nil
}

// Fallback returns one row, or backend.CodeNotFound.
func (s *Store) Fallback(ctx context.Context, id int64) (backend.Fallback, error) {
	_, row, err := scanFallback(s.reader.QueryRowContext(ctx, `SELECT `+fallbackColumns+`
		FROM fallbacks f JOIN fallback_kinds k ON k.id = f.kind WHERE f.id = ?`, id).Scan)
	if err != nil {
		return backend.Fallback{}, s.explain(readingFallbacks,
			notFound(fmt.Sprintf("fallback with the number %d", id), err))
	}
	f, err := row.fallback(id)
	if err != nil {
		return backend.Fallback{}, s.explain(readingFallbacks, err)
	}
	return f, nil
}

const readingFallbacks = "read the history of fallbacks"
