package openclawtest

import (
	"cmp"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
)

// index writes the session's row of sessions.json, in which "model" is the one
// that answered last.
func (r *run) index(c candidate) {
	if r.dry || r.err != nil {
		return
	}
	s := r.session
	e := object{{"sessionId", s.id}, {"updatedAt", r.now().UnixMilli()}, {"skillsSnapshot", object{{"prompt", "<available_skills>"}}}}
	tokens := r.c.opts.Context
	if c.hosted() {
		tokens = 200000
	}
	model := []field{{"modelProvider", c.provider}, {"model", c.model}}
	if r.c.era == era2 {
		e = e.with(model...).with(field{"contextTokens", tokens})
	} else {
		e = e.with(field{"sessionFile", r.c.TranscriptPath(s.agent, s.id)}, field{"contextTokens", tokens}).with(model...)
	}
	e = e.with(field{"abortedLastRun", false})
	if r.c.era == era3 {
		e = e.with(field{"systemPromptReport", object{{"source", "run"}}})
	}
	if r.answers != "" && r.counts(c) {
		e = e.with(field{"inputTokens", tokensIn}, field{"outputTokens", tokensOut}, field{"totalTokens", tokensIn})
		if r.c.era == era3 {
			e = e.with(field{"totalTokensFresh", true}, field{"cacheRead", 0}, field{"cacheWrite", 0})
		}
	}
	r.fail(r.c.writeIndex(s, e.with(s.overrides()...)))
}

// overrides are the model that was chosen for a session.
func (s *session) overrides() []field {
	if s.override == "" {
		return nil
	}
	provider, model, _ := strings.Cut(s.override, "/")
	return []field{{"providerOverride", provider}, {"modelOverride", model}, {"modelOverrideSource", s.overrideBy}}
}

// writeIndex replaces sessions.json in one step, with a new row for a session.
func (c *OpenClaw) writeIndex(of *session, row object) error {
	c.mu.Lock()
	defer c.mu.Unlock()
	of.entry = row
	var list []*session
	for _, s := range c.sessions {
		if s.agent == of.agent && s.entry != nil {
			list = append(list, s)
		}
	}
	slices.SortFunc(list, func(a, b *session) int { return cmp.Or(a.started.Compare(b.started), cmp.Compare(a.key, b.key)) })
	var all object
	for _, s := range list {
		all = append(all, field{s.key, s.entry})
	}
	path := c.SessionsPath(of.agent)
	text, err := json.MarshalIndent(json.RawMessage(stringify(all)), "", "  ")
	if err == nil {
		err = os.MkdirAll(filepath.Dir(path), 0o700)
	}
	if err == nil {
		err = os.WriteFile(path+".tmp", text, 0o600)
	}
	if err == nil {
		err = os.Rename(path+".tmp", path)
	}
	if err != nil {
		return fmt.Errorf("write sessions.json: %w", err)
	}
	return nil
}
