package openclaw_test

import (
	"context"
	"fmt"
	"net"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strconv"
	"testing"
	"time"

	"pilotlight/backend"
	"pilotlight/backend/source/openclaw"
)

func lmstudio(url string, state backend.ServerState, models ...backend.Model) backend.Server {
	at := backend.Time{}
	api := backend.APIv1
	return backend.Server{ID: "lmstudio", URL: url, State: state, API: &api, ListedAt: &at, Models: models}
}

func loaded(key string, instances ...backend.Instance) backend.Model {
	if instances == nil {
		instances = []backend.Instance{{ID: key}}
	}
	return backend.Model{Key: key, Instances: instances}
}

// oneHop reads a config whose only model is the ref and gives its hop.
func oneHop(t *testing.T, ref, providers string, hosts []string, servers ...backend.Server) backend.Hop {
	t.Helper()
	p := newPlace(t)
	p.write(".openclaw/openclaw.json", fmt.Sprintf(`{agents:{defaults:{model:%q}},models:{providers:{%s}}}`, ref, providers))
	env := p.env()
	env.Hosts = hosts
	hops := openclaw.Chain(openclaw.NewReader(env).Read(time.Now()), servers)
	if len(hops) != 1 {
		t.Fatalf("got %d hops, want 1", len(hops))
	}
	return hops[0]
}

func TestAHopFindsItsServer(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		baseURL, server string
		hosts           []string
		local, found    bool
	}{
		"the same":                {"http://127.0.0.1:1234/v1", "http://127.0.0.1:1234", nil, true, true},
		"localhost":               {"http://localhost:1234/api/v1", "http://127.0.0.1:1234", nil, true, true},
		"the other way":           {"http://127.0.0.1:1234", "http://LOCALHOST:1234", nil, true, true},
		"version six":             {"http://[::1]:1234/v1", "http://127.0.0.1:1234", nil, true, true},
		"every address":           {"http://0.0.0.0:1234", "http://127.0.0.1:1234", nil, true, true},
		"another loopback":        {"http://127.0.0.2:1234", "http://127.0.0.1:1234", nil, true, true},
		"its own name":            {"http://Ada.local:1234", "http://127.0.0.1:1234", []string{"ada.local"}, true, true},
		"its own address":         {"http://192.168.1.7:1234", "http://127.0.0.1:1234", []string{"192.168.1.7"}, true, true},
		"none: the usual place":   {"", "http://127.0.0.1:1234", nil, true, true},
		"none: another port":      {"", "http://127.0.0.1:4321", nil, true, false},
		"another port":            {"http://localhost:1235", "http://127.0.0.1:1234", nil, true, false},
		"another machine":         {"http://192.168.1.8:1234", "http://127.0.0.1:1234", nil, false, false},
		"a machine that is known": {"http://192.168.1.8:1234/v1", "http://192.168.1.8:1234", nil, false, true},
		"the scheme's own port":   {"https://llm.lan/v1", "https://llm.lan:443", nil, false, true},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			provider := "lmstudio:{}"
			if c.baseURL != "" {
				provider = fmt.Sprintf("lmstudio:{baseUrl:%q}", c.baseURL)
			}
			h := oneHop(t, "lmstudio/m", provider, c.hosts, lmstudio(c.server, backend.ServerUp, loaded("m")))
			if h.Local != c.local || (h.Server == "lmstudio") != c.found {
				t.Errorf("got local %v, server %q, want %v, %v", h.Local, h.Server, c.local, c.found)
			}
			if want := map[bool]string{true: "warm", false: "elsewhere"}[c.found]; h.State != want {
				t.Errorf("got %s, want %s", h.State, want)
			}
		})
	}
}

func TestAHopStandsAsItsServerSays(t *testing.T) {
	t.Parallel()
	loading := backend.Model{Key: "q/m", Loading: true}
	openai := lmstudio("http://localhost:1234", backend.ServerUp, backend.Model{Key: "q/m"})
	*openai.API = backend.APIOpenAI
	never := lmstudio("http://localhost:1234", backend.ServerUp)
	never.ListedAt = nil
	at := func(s backend.ServerState, m ...backend.Model) backend.Server {
		return lmstudio("http://localhost:1234", s, m...)
	}
	for name, c := range map[string]struct {
		model      string
		server     backend.Server
		key, state string
	}{
		"in memory":              {"q/m", at(backend.ServerUp, loaded("q/m")), "q/m", "warm"},
		"being loaded":           {"q/m", at(backend.ServerUp, loading), "q/m", "loading"},
		"on disk":                {"q/m", at(backend.ServerUp, backend.Model{Key: "q/m"}), "q/m", "not_loaded"},
		"crashed":                {"q/m", at(backend.ServerUp, loaded("q/m", backend.Instance{ID: "q/m", Crashed: true})), "q/m", "not_loaded"},
		"gone":                   {"q/m", at(backend.ServerUp, loaded("q/m", backend.Instance{ID: "q/m", Missing: true})), "q/m", "not_loaded"},
		"one crashed of two":     {"q/m", at(backend.ServerUp, loaded("q/m", backend.Instance{ID: "q/m", Crashed: true}, backend.Instance{ID: "q/m:2"})), "q/m", "warm"},
		"not there":              {"q/m", at(backend.ServerUp, loaded("q/other")), "", "missing"},
		"never listed":           {"q/m", never, "", "unknown"},
		"a list that is mute":    {"q/m", openai, "q/m", "unknown"},
		"server off":             {"q/m", at(backend.ServerOff, loaded("q/m")), "q/m", "server_off"},
		"server down":            {"q/m", at(backend.ServerDown), "", "down"},
		"wants a token":          {"q/m", at(backend.ServerNeedsToken), "", "needs_token"},
		"nobody looked":          {"q/m", at(backend.ServerUnknown, loaded("q/m")), "q/m", "unknown"},
		"other capitals":         {"Q/M", at(backend.ServerUp, loaded("q/m")), "q/m", "warm"},
		"a variant":              {"q/m@q4", at(backend.ServerUp, loaded("q/m")), "q/m", "warm"},
		"the variant itself":     {"q/m@q4", at(backend.ServerUp, loaded("q/m"), backend.Model{Key: "q/m@q4"}), "q/m@q4", "not_loaded"},
		"an instance's name":     {"mine", at(backend.ServerUp, loaded("q/m", backend.Instance{ID: "mine"})), "q/m", "warm"},
		"an instance's capitals": {"MINE", at(backend.ServerUp, loaded("q/m", backend.Instance{ID: "mine"})), "", "missing"},
		"exact before loose":     {"M", at(backend.ServerUp, loaded("m"), backend.Model{Key: "M"}), "M", "not_loaded"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			h := oneHop(t, "lmstudio/"+c.model, "", nil, c.server)
			if h.Key != c.key || h.State != c.state {
				t.Errorf("got %q %s, want %q %s", h.Key, h.State, c.key, c.state)
			}
		})
	}
}

func TestAHopThatNobodyWatches(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct{ ref, providers, state string }{
		"known by name":             {"anthropic/o", "", "hosted"},
		"known by name, capitals":   {"Anthropic/o", "", "hosted"},
		"a service's address":       {"mine/o", `mine:{baseUrl:"https://api.example.com/v1"}`, "hosted"},
		"a known name sent nearby":  {"anthropic/o", `anthropic:{baseUrl:"http://10.1.1.1:4000"}`, "elsewhere"},
		"another program here":      {"ollama/o", "", "elsewhere"},
		"a machine by name":         {"box/o", `box:{baseUrl:"http://studio.local:8080"}`, "elsewhere"},
		"a machine by a short name": {"box/o", `box:{baseUrl:"http://studio:8080"}`, "elsewhere"},
		"a tailnet":                 {"box/o", `box:{baseUrl:"http://100.101.102.103:8080"}`, "elsewhere"},
		"nobody knows":              {"odd/o", "", "unknown"},
		"no provider":               {"claude", "", "unknown"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			if h := oneHop(t, c.ref, c.providers, nil); h.State != c.state || h.Server != "" || h.Key != "" {
				t.Errorf("got %+v, want %s", h, c.state)
			}
		})
	}
}

func TestAChainIsTheFirstModelAndItsFallbacks(t *testing.T) {
	t.Parallel()
	r := newPlace(t).config(`{
		agents: {defaults: {
			model: {primary: "mini", fallbacks: ["anthropic/opus", "lmstudio/x/mini", "OPUS"]},
			models: {"lmstudio/x/mini": {alias: "Mini"}, "anthropic/opus": {alias: "Opus"}},
		}},
		models: {providers: {LMStudio: {timeoutSeconds: 300, models: [{id: "X/Mini", contextWindow: 4096, contextTokens: 2048}]}}},
	}`)
	hops := openclaw.Chain(r, nil)
	if len(hops) != 2 {
		t.Fatalf("got %d hops, want each model once: %+v", len(hops), hops)
	}
	first, second := hops[0], hops[1]
	if first.Ref != "lmstudio/x/mini" || first.Provider != "lmstudio" || first.Model != "x/mini" || first.Alias != "Mini" {
		t.Errorf("got %+v", first)
	}
	if first.ContextWindow == nil || *first.ContextWindow != 4096 || first.ContextTokens == nil || *first.ContextTokens != 2048 || first.TimeoutSeconds == nil || *first.TimeoutSeconds != 300 {
		t.Errorf("got context %v, of it %v, time-out %v", first.ContextWindow, first.ContextTokens, first.TimeoutSeconds)
	}
	if second.Ref != "anthropic/opus" || second.ContextWindow != nil || second.TimeoutSeconds != nil {
		t.Errorf("got %+v", second)
	}
	if none := openclaw.Chain(newPlace(t).config(`{}`), nil); none == nil || len(none) != 0 {
		t.Errorf("got %v, want an empty list", none)
	}
}

func TestTheGatewayAnswersOrNot(t *testing.T) {
	t.Parallel()
	answer := func(status int, body string) http.HandlerFunc {
		return func(w http.ResponseWriter, r *http.Request) {
			if r.URL.Path != "/healthz" {
				http.NotFound(w, r)
				return
			}
			w.WriteHeader(status)
			fmt.Fprint(w, body)
		}
	}
	for name, c := range map[string]struct {
		handler http.HandlerFunc
		want    string
	}{
		"lives":           {answer(200, `{"ok":true,"status":"live"}`), "up"},
		"another program": {answer(200, `<html>`), "unknown"},
		"not well":        {answer(200, `{"ok":false,"status":"live"}`), "unknown"},
		"another health":  {answer(200, `{"ok":true,"version":"1"}`), "unknown"},
		"a redirect": {func(w http.ResponseWriter, r *http.Request) {
			http.Redirect(w, r, "/elsewhere", http.StatusFound)
		}, "unknown"},
		"silence": {func(w http.ResponseWriter, r *http.Request) { <-r.Context().Done() }, "unknown"},
		"a flood": {func(w http.ResponseWriter, r *http.Request) {
			for range 1 << 16 {
				if _, err := w.Write(make([]byte, 1024)); err != nil {
					return
				}
			}
		}, "unknown"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := httptest.NewServer(c.handler)
			defer s.Close()
			u, _ := url.Parse(s.URL)
			port, _ := strconv.Atoi(u.Port())
			if got := openclaw.Gateway(t.Context(), port); got != c.want {
				t.Errorf("got %s, want %s", got, c.want)
			}
		})
	}
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	port := l.Addr().(*net.TCPAddr).Port
	l.Close()
	if got := openclaw.Gateway(t.Context(), port); got != "down" {
		t.Errorf("nobody listens: got %s, want down", got)
	}
	ended, cancel := context.WithCancel(t.Context())
	cancel()
	if got := openclaw.Gateway(ended, port); got != "unknown" {
		t.Errorf("not asked: got %s, want unknown", got)
	}
}

func TestAHopGoesByWhatItsServerTells(t *testing.T) {
	t.Parallel()
	with := func(e backend.Engine, s backend.ServerState, tells backend.Tells, m ...backend.Model) backend.Server {
		srv := lmstudio("http://gpu-box:8000", s, m...)
		srv.Engine, srv.Tells = e, &tells
		return srv
	}
	told, silent := backend.Tells{Loaded: true}, backend.Tells{}
	for name, c := range map[string]struct {
		server backend.Server
		state  string
	}{
		"in memory, told":       {with(backend.EngineVLLM, backend.ServerUp, told, loaded("m")), "warm"},
		"not in memory, told":   {with(backend.EngineOllama, backend.ServerUp, told, backend.Model{Key: "m"}), "not_loaded"},
		"not told":              {with(backend.EngineGateway, backend.ServerUp, silent, backend.Model{Key: "m"}), "unknown"},
		"not there":             {with(backend.EngineGateway, backend.ServerUp, silent), "missing"},
		"down":                  {with(backend.EngineGateway, backend.ServerDown, silent), "down"},
		"hosted":                {with(backend.EngineHosted, backend.ServerUp, silent), "hosted"},
		"hosted, not asked yet": {with(backend.EngineHosted, backend.ServerUnknown, silent), "hosted"},
		"hosted, out of reach":  {with(backend.EngineHosted, backend.ServerDown, silent), "down"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			h := oneHop(t, "box/m", "box:{baseUrl:'http://gpu-box:8000/v1'}", nil, c.server)
			if h.Server != "lmstudio" || h.State != c.state {
				t.Errorf("got %q on %q, want %s", h.State, h.Server, c.state)
			}
		})
	}
}
