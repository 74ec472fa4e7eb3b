//go:build e2e

package e2e

import (
	"fmt"
	"path/filepath"
	"testing"
	"time"
)

// together has one agent watch all servers of one config. One of them does not
// take the config's key, one is killed: neither is any matter for the others.
func together(t *testing.T) {
	sc := scene{name: "together", version: serversVersion}
	home := homeFor(t, sc)
	all, providers := map[string]*serverScene{}, object{}
	for _, e := range engines() {
		cache := e.had(t)
		s := &serverScene{T: t, engine: e, scene: sc, cache: cache, home: filepath.Join(home, e.name), at: freePort(t)}
		makeFolder(t, s.home)
		s.put(s)
		s.kill = s.serve()
		if s.filled != nil {
			s.filled(s)
		}
		if e.name == "litellm" {
			s.key = "sk-not-its-own"
		}
		all[e.name], providers[e.name] = s, s.provider()
	}
	writeJSON(t, filepath.Join(home, ".openclaw", "openclaw.json"), object{"models": object{"mode": "merge", "providers": providers}})
	first := all["llamacpp"]
	agent := watching(t, home)
	for _, s := range all {
		s.agent = agent
	}
	first.sees("up", "llamacpp beside the others")
	all["ollama"].sees("up", "ollama beside the others")
	all["litellm"].sees("needs_token", "litellm with a wrong key")

	first.kill()
	first.sees("down", "llamacpp killed")
	all["ollama"].asked("up")
	all["litellm"].asked("needs_token")
	first.serve()
	first.sees("up", "llamacpp restarted")
}

// asked waits until the agent has asked the server anew, and found it so.
func (s *serverScene) asked(state string) {
	s.Helper()
	if s.agent == nil {
		return
	}
	began := time.Now()
	before, _ := s.status()
	var now watched
	err := until(s.Context(), time.Minute, func() bool {
		now, _ = s.status()
		return now.CheckedAt != "" && now.CheckedAt != before.CheckedAt
	})
	if err != nil || now.State != state {
		s.Fatalf("%s: %s at %q, %s at %q; want it looked at and %s", s.name, before.State, before.CheckedAt, now.State, now.CheckedAt, state)
	}
	report("ok", s.scene, fmt.Sprintf("%s meanwhile asked again and %s, within %.1f s", s.name, state, time.Since(began).Seconds()), 0)
}
