//go:build e2e

package e2e

import (
	"fmt"
	"net/url"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"pilotlight/backend/source/modelfile/modelfiletest"
)

// serversVersion is the OpenClaw that answers through the servers.
const serversVersion = "2026.9.6"

// TestServers has the agent watch real model servers that it knows from
// OpenClaw's config alone: one answers OpenClaw, is killed and comes back.
func TestServers(t *testing.T) {
	for _, e := range engines() {
		t.Run("servers/"+e.name, func(t *testing.T) {
			t.Parallel()
			cache := e.had(t)
			sc := scene{name: e.name, version: serversVersion}
			s := &serverScene{T: t, engine: e, scene: sc, cache: cache, oc: installed(t, serversVersion), home: homeFor(t, sc), at: freePort(t)}
			s.play()
		})
	}
	t.Run("servers/together", func(t *testing.T) {
		t.Parallel()
		together(t)
	})
}

// serverScene is a home with one model server that is being played.
type serverScene struct {
	*testing.T
	engine
	scene scene // for the report
	cache string
	oc    openclaw
	home  string
	at    int // the server's port
	kill  func()
	agent *pilotlight
}

// watched is a server of /api/status, as far as it is compared.
type watched struct {
	ID        string   `json:"id"`
	URL       string   `json:"url"`
	Engine    string   `json:"engine"`
	State     string   `json:"state"`
	Version   string   `json:"version"`
	CheckedAt string   `json:"checked_at"`
	Providers []string `json:"providers"`
	Error     *struct {
		Code    string `json:"code"`
		Message string `json:"message"`
	} `json:"error"`
	Tells *struct {
		Loaded bool `json:"loaded"`
	} `json:"tells"`
	Models []watchedModel `json:"models"`
}

type watchedModel struct {
	Key       string `json:"key"`
	Max       *int   `json:"max_context_length"`
	Instances []struct {
		Context *int `json:"context_length"`
	} `json:"instances"`
}

// row is a line of the load history, as far as it is compared.
type row struct {
	Server string `json:"server"`
	Model  string `json:"model"`
	Event  string `json:"event"`
	Cause  string `json:"cause"`
}

func (s *serverScene) play() {
	s.put(s)
	s.kill = s.serve()
	if s.filled != nil {
		s.filled(s)
	}
	port := s.configure()
	s.agent = watching(s.T, s.home)
	s.sees("up", "discovered")
	s.oc.gateway(s.T, s.home, port)
	s.answers()
	s.context()
	if s.keep {
		s.keeps()
	}

	s.kill()
	s.sees("down", "killed")
	s.serve()
	s.sees("up", "restarted")
	if s.keep && s.agent != nil {
		s.stays("restarted")
	}
	s.recorded()
	s.leaves()
}

func (s *serverScene) serve() (kill func()) {
	s.Helper()
	return s.run(s.name, s.command(s), s.base()+s.health)
}

func (s *serverScene) base() string { return fmt.Sprintf("http://127.0.0.1:%d", s.at) }

// configure writes an openclaw.json that has the server as its one provider.
func (s *serverScene) configure() (port int) {
	s.Helper()
	port = freePort(s.T)
	ref := s.name + "/" + s.model
	writeJSON(s.T, filepath.Join(s.home, ".openclaw", "openclaw.json"), object{
		"gateway": object{"mode": "local", "bind": "loopback", "port": port, "auth": object{"mode": "token", "token": "e2e"}},
		"agents": object{"defaults": object{
			"workspace": filepath.Join(s.home, ".openclaw", "workspace"), "skipBootstrap": true,
			"model": object{"primary": ref}, "models": object{ref: object{"alias": "Tiny"}},
		}},
		"models":  object{"mode": "merge", "providers": object{s.name: s.provider()}},
		"logging": object{"file": logPath(s.home)},
		"tools":   object{"profile": "minimal"}, // a prompt of 17,000 tokens becomes shorter
	})
	return port
}

// provider is the server in OpenClaw's config.
func (s *serverScene) provider() object {
	base, key := s.base(), s.key
	if s.v1 {
		base += "/v1"
	}
	if key == "" {
		key = "none"
	}
	return object{
		"baseUrl": base, "apiKey": key, "api": s.api, "timeoutSeconds": 600,
		"models": []object{{
			"id": s.model, "name": "Tiny", "reasoning": false, "input": []string{"text"}, "contextWindow": serverContext, "maxTokens": 64,
			"cost": object{"input": 0, "output": 0, "cacheRead": 0, "cacheWrite": 0},
		}},
	}
}

// watching starts the agent, where one was named. There is no LM Studio at the address it is given.
func watching(t *testing.T, home string) *pilotlight {
	bin := setting(t, "PILOTLIGHT_E2E_BIN")
	if bin == "" {
		return nil
	}
	agent := &pilotlight{bin: bin, home: home}
	agent.start(t, fmt.Sprintf("http://127.0.0.1:%d", freePort(t)))
	return agent
}

// status is the server as the agent sees it; ok is false where it does not list it.
func (s *serverScene) status() (w watched, ok bool) {
	var status struct {
		Servers []watched `json:"servers"`
	}
	if err := s.agent.ask(s.Context(), &status, "status"); err != nil {
		return watched{}, false
	}
	for _, w := range status.Servers {
		if u, err := url.Parse(w.URL); err == nil && u.Port() == fmt.Sprint(s.at) {
			return w, true
		}
	}
	return watched{}, false
}

// sees waits until the agent sees the server so and, where it is up, knows what it
// is and that it has the model.
func (s *serverScene) sees(state, when string) {
	s.Helper()
	if s.agent == nil {
		return
	}
	began := time.Now()
	var w watched
	err := until(s.Context(), 2*time.Minute, func() bool {
		var ok bool
		w, ok = s.status()
		return ok && w.State == state && (state != "up" || s.known(w))
	})
	if err != nil {
		s.Fatalf("%s: the agent sees %+v, want it %s with engine %q and model %q", when, w, state, s.name, s.model)
	}
	what := fmt.Sprintf("%s: seen %s after %.1f s", when, state, time.Since(began).Seconds())
	if state == "up" {
		what += fmt.Sprintf(", %s %s, model %s", w.Engine, w.Version, s.model)
	}
	report("ok", s.scene, what, 0)
}

func (s *serverScene) known(w watched) bool {
	has := slices.ContainsFunc(w.Models, func(m watchedModel) bool { return m.Key == s.model })
	return has && w.Engine == s.name && slices.Equal(w.Providers, []string{s.name})
}

// answers takes one turn through the gateway and the server.
func (s *serverScene) answers() {
	s.Helper()
	said, err := s.oc.turn(s.Context(), s.home)
	if err != nil || !strings.Contains(said.out, modelfiletest.TinySentence) {
		s.Fatalf("OpenClaw did not answer by the tiny model: %v\n%.2000s\n%.2000s", err, said.out, said.err)
	}
	report("ok", s.scene, fmt.Sprintf("OpenClaw's gateway answered through it: %q", modelfiletest.TinySentence), said.took)
}

// context checks that the agent knows the context that the model really has, where
// the server tells it, and the longest one.
func (s *serverScene) context() {
	s.Helper()
	if s.agent == nil {
		return
	}
	var w watched
	err := until(s.Context(), time.Minute, func() bool {
		w, _ = s.status()
		got := s.contexts(w)
		return slices.Contains(got, serverContext)
	})
	if err != nil {
		s.Fatalf("the agent does not know the context of %d tokens: %+v", serverContext, w)
	}
	what := "context 65536 of the config behind it"
	if w.Tells != nil && w.Tells.Loaded {
		what = "loaded with a context of 65536"
	}
	report("ok", s.scene, what, 0)
}

// contexts are what the agent says of the model: of it in memory where the server
// tells what is there, else of the model.
func (s *serverScene) contexts(w watched) (tokens []int) {
	for _, m := range w.Models {
		if m.Key != s.model || w.Tells == nil {
			continue
		}
		if !w.Tells.Loaded && m.Max != nil {
			tokens = append(tokens, *m.Max)
		}
		for _, i := range m.Instances {
			if i.Context != nil {
				tokens = append(tokens, *i.Context)
			}
		}
	}
	return tokens
}

// recorded checks the history: what was seen in memory and what went with the
// server. Of one that does not tell what is in memory there must be nothing.
func (s *serverScene) recorded() {
	s.Helper()
	if s.agent == nil {
		return
	}
	w, ok := s.status()
	if !ok || w.Tells == nil {
		s.Fatalf("the agent does not say what the server tells: %+v", w)
	}
	var rows []string
	want := func() bool {
		rows = s.rows(w.ID)
		if !w.Tells.Loaded {
			return len(rows) == 0
		}
		gone := slices.IndexFunc(rows, func(r string) bool { return strings.HasPrefix(r, "unloaded server_stopped") })
		return gone >= 0 && slices.ContainsFunc(rows[gone:], func(r string) bool { return strings.HasPrefix(r, "loaded") })
	}
	if err := until(s.Context(), time.Minute, want); err != nil {
		s.Fatalf("the history of loads is %q; the server tells what is loaded: %v", rows, w.Tells.Loaded)
	}
	report("ok", s.scene, fmt.Sprintf("history of loads, newest first: %q", rows), 0)
}

// rows are the load history of the server, newest first.
func (s *serverScene) rows(id string) (rows []string) {
	s.Helper()
	var list struct {
		Items []row `json:"items"`
	}
	if err := s.agent.ask(s.Context(), &list, "loads"); err != nil {
		s.Fatal(err)
	}
	for _, r := range list.Items {
		if r.Server == id && r.Model == s.model {
			rows = append(rows, r.Event+" "+r.Cause)
		}
	}
	return rows
}

// leaves checks that nothing that was said, and no key, stays with the agent.
func (s *serverScene) leaves() {
	s.Helper()
	if s.agent == nil {
		return
	}
	leaks, err := s.agent.leaks(modelfiletest.TinySentence, proxyKey)
	if err != nil {
		s.Fatal(err)
	}
	if len(leaks) > 0 {
		s.Errorf("the agent kept what it must not: %s", strings.Join(leaks, ", "))
	}
}
