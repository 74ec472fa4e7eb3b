package store

import (
	"crypto/sha256"
	"encoding/hex"
	"math"
	"strings"
	"time"

	"pilotlight/backend"
)

// What a fallback may hold, in bytes and in entries. What comes from OpenClaw's
// files is cut and never refused: the reader keeps its place together with the
// rows, and one row that cannot be stored would hold it at that place for ever.
const (
	maxKey      = 256
	maxWord     = 128 // an enum value, a version, a code
	maxSentence = 600 // a cause's summary, a piece of evidence, a remedy
	maxAttempts = 64
	maxEvidence = 32
	// maxLost is the largest number that can still be a time that was lost: 30
	// years of seconds.
	maxLost = 1e9
)

// The times that RFC 3339 can write, in unix milliseconds.
var (
	firstTime = time.Date(1, 1, 1, 0, 0, 0, 0, time.UTC).UnixMilli()
	lastTime  = time.Date(9999, 12, 31, 23, 59, 59, 999e6, time.UTC).UnixMilli()
)

// trim is the fallback as reading it back will give it.
func (s *Store) trim(f backend.Fallback) backend.Fallback {
	if f.At.IsZero() {
		f.At = backend.At(s.now())
	}
	f.At = inRange(f.At)
	f.EndedAt = inRangePtr(f.EndedAt)
	f.Source = text(f.Source, maxWord)
	f.OpenClawVersion = text(f.OpenClawVersion, maxWord)
	f.RunID = text(f.RunID, maxName)
	f.SessionID = text(f.SessionID, maxName)
	f.SessionKey = text(f.SessionKey, maxName)
	f.AgentID = text(f.AgentID, maxName)
	f.Requested = text(f.Requested, maxName)
	f.Answered = answered(f.Answered)
	f.Outcome = text(f.Outcome, maxWord)
	f.Reason = text(f.Reason, maxWord)
	f.LostSeconds = seconds(f.LostSeconds)
	f.Attempts = trimAttempts(f.Attempts)
	f.Cause = trimCause(f.Cause)
	f.Key = trimKey(f.Key)
	return f
}

// answered is nil where no model is named.
func answered(model *string) *string {
	if model == nil || *model == "" {
		return nil
	}
	name := text(*model, maxName)
	return &name
}

// trimAttempts keeps both ends of an endless chain: the model that was meant
// and the one that answered.
func trimAttempts(list []backend.Attempt) []backend.Attempt {
	if len(list) > maxAttempts {
		head, tail := list[:maxAttempts/2], list[len(list)-maxAttempts/2:]
		list = append(append([]backend.Attempt{}, head...), tail...)
	}
	out := make([]backend.Attempt, len(list))
	for i, a := range list {
		a.Model = text(a.Model, maxName)
		a.StartedAt = inRangePtr(a.StartedAt)
		a.At = inRange(a.At)
		a.Decision = text(a.Decision, maxWord)
		a.Reason = text(a.Reason, maxWord)
		a.Code = text(a.Code, maxWord)
		a.Detail = text(a.Detail, backend.MaxDetail)
		out[i] = a
	}
	return out
}

func trimCause(c backend.Cause) backend.Cause {
	c.Code = text(c.Code, maxWord)
	c.Summary = text(c.Summary, maxSentence)
	c.Confidence = text(c.Confidence, maxWord)
	list := make([]backend.Evidence, min(len(c.Evidence), maxEvidence))
	for i := range list {
		e := c.Evidence[i]
		e.Kind = text(e.Kind, maxWord)
		e.Ref = text(e.Ref, maxName)
		e.At = inRange(e.At)
		e.Text = text(e.Text, maxSentence)
		list[i] = e
	}
	c.Evidence = list
	if c.Remedy != nil {
		r := *c.Remedy
		r.Text = text(r.Text, maxSentence)
		r.Action = text(r.Action, maxWord)
		r.Label = text(r.Label, maxWord)
		r.Model = text(r.Model, maxName)
		r.Server = text(r.Server, maxServer)
		r.Seconds = seconds(r.Seconds)
		c.Remedy = &r
	}
	return c
}

// trimKey keeps keys apart that differ only after the cut.
func trimKey(key string) string {
	if short := text(key, maxKey); short == key {
		return key
	}
	sum := sha256.Sum256([]byte(key))
	return "sha256:" + hex.EncodeToString(sum[:])
}

// text makes t fit to be kept: valid UTF-8 without a NUL, at which SQLite's own
// functions would end, and at most limit bytes. Of a text much longer than that
// only the beginning is looked at.
func text[T ~string](t T, limit int) T {
	head := string(t[:min(len(t), 4*limit)])
	clean := strings.ReplaceAll(strings.ToValidUTF8(head, "\uFFFD"), "\x00", "\uFFFD")
	return T(cut(clean, limit))
}

// seconds is nil for what is no span of time.
func seconds(v *float64) *float64 {
	if v == nil || math.IsNaN(*v) || *v < 0 || *v > maxLost {
		return nil
	}
	return v
}

// inRange cuts to milliseconds, and to times that JSON can carry.
func inRange(t backend.Time) backend.Time { return fromMillis(millis(t)) }

func inRangePtr(t *backend.Time) *backend.Time {
	if t == nil {
		return nil
	}
	in := inRange(*t)
	return &in
}

// millis is the time as it is stored.
func millis(t backend.Time) int64 {
	switch {
	case t.Year() < 1:
		return firstTime
	case t.Year() > 9999:
		return lastTime
	}
	return min(max(t.UnixMilli(), firstTime), lastTime)
}

func fromMillis(ms int64) backend.Time { return backend.At(time.UnixMilli(ms)) }
