package agent_test

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"slices"
	"sync"
	"testing"
	"time"

	"pilotlight/backend"
	"pilotlight/backend/agent"
	"pilotlight/backend/source/lmstudio"
	"pilotlight/backend/source/lmstudio/lmstudiotest"
	"pilotlight/backend/source/openai"
	"pilotlight/backend/source/openclaw"
)

// newSource is what the program uses.
func newSource(s agent.ServerSpec) agent.Source {
	if s.Engine == backend.EngineLMStudio {
		return lmstudio.New(lmstudio.Config{ID: s.ID, URL: s.Root, Token: s.Token.Reveal()})
	}
	return openai.New(openai.Config{ID: s.ID, URL: s.URL, Token: s.Token.Reveal(), Hosted: s.Hosted, AskAllowed: true})
}

// house is a room whose OpenClaw config names more servers.
type house struct {
	*room
	dir  string
	vars map[string]string
}

// startHouse runs an agent over a fake LM Studio and a config with these entries
// of models.providers.
func startHouse(t *testing.T, providers string, changes ...change) *house {
	t.Helper()
	h := &house{dir: t.TempDir(), vars: map[string]string{}}
	must(t, os.MkdirAll(filepath.Join(h.dir, ".openclaw"), 0o700))
	h.write(t, providers)
	h.room = start(t, lmstudiotest.Options{NoJIT: true}, append([]change{func(cfg *agent.Config, _ *lmstudio.Config) {
		cfg.OpenClaw = &openclaw.Env{Getenv: func(name string) string { return h.vars[name] }, Home: h.dir, UID: os.Getuid(), SharedTmp: h.dir}
		cfg.NewSource = newSource
	}}, changes...)...)
	return h
}

// write writes the config, as a person's editor does.
func (h *house) write(t *testing.T, providers string) {
	t.Helper()
	path := filepath.Join(h.dir, ".openclaw", "openclaw.json")
	text := fmt.Sprintf("{agents:{defaults:{model:{primary:%q}}},models:{providers:{%s}}}", heroRef, providers)
	must(t, os.WriteFile(path+".new", []byte(text), 0o600))
	must(t, os.Rename(path+".new", path))
}

// untilServers waits for the servers to have these ids, in this order.
func (h *house) untilServers(ids ...string) *backend.Status {
	h.Helper()
	return h.until(fmt.Sprint("the servers ", ids), func(st *backend.Status) bool { return slices.Equal(serverIDs(st), ids) })
}

func serverIDs(st *backend.Status) (ids []string) {
	for _, s := range st.Servers {
		ids = append(ids, s.ID)
	}
	return ids
}

func (h *house) untilServer(id, what string, ok func(backend.Server) bool) backend.Server {
	h.Helper()
	var found backend.Server
	h.until(what, func(st *backend.Status) bool {
		for _, s := range st.Servers {
			if s.ID == id && ok(s) {
				found = s
				return true
			}
		}
		return false
	})
	return found
}

func isUp(s backend.Server) bool { return s.State == backend.ServerUp && s.ListedAt != nil }

// gateway is a server that lists models and says nothing else of itself.
type gateway struct {
	*httptest.Server
	mu   sync.Mutex
	keys []string // what was sent to it, each once
	asks int
}

func newGateway(t *testing.T, models ...string) *gateway {
	t.Helper()
	g := &gateway{}
	g.Server = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		g.mu.Lock()
		g.asks++
		if k := r.Header.Get("Authorization"); !slices.Contains(g.keys, k) {
			g.keys = append(g.keys, k)
		}
		g.mu.Unlock()
		if r.URL.Path != "/v1/models" {
			http.NotFound(w, r)
			return
		}
		list := []map[string]string{}
		for _, m := range models {
			list = append(list, map[string]string{"id": m, "object": "model"})
		}
		w.Header().Set("Content-Type", "application/json")
		_ = json.NewEncoder(w).Encode(map[string]any{"object": "list", "data": list})
	}))
	t.Cleanup(g.Close)
	return g
}

func (g *gateway) sent() []string {
	g.mu.Lock()
	defer g.mu.Unlock()
	return slices.Clone(g.keys)
}

func (g *gateway) asked() int {
	g.mu.Lock()
	defer g.mu.Unlock()
	return g.asks
}

// entry is one of models.providers.
func entry(name, url, key string) string {
	if key == "" {
		return fmt.Sprintf("%q:{baseUrl:%q,api:'openai-completions'},", name, url)
	}
	return fmt.Sprintf("%q:{baseUrl:%q,api:'openai-completions',apiKey:%s},", name, url, key)
}

func TestServersComeAndGoWithTheConfig(t *testing.T) {
	t.Parallel()
	one, two := newGateway(t, "a/one"), newGateway(t, "b/two")
	h := startHouse(t, entry("Box", one.URL+"/v1", ""))
	h.untilServers("lmstudio", "box")
	box := h.untilServer("box", "the list of box", isUp)
	if box.Name != "Box" || box.Kind != backend.KindOpenAI || box.Engine != backend.EngineGateway || box.URL != one.URL || len(box.Models) != 1 {
		t.Errorf("box is %+v", box)
	}
	if main := h.untilServer("lmstudio", "the list of LM Studio", isUp); main.Engine != backend.EngineLMStudio || main.Tells == nil || !main.Tells.Load {
		t.Errorf("the main one is %+v", main)
	}

	// Another provider at the same address is no other server, and one that comes
	// before it in the alphabet changes nothing.
	h.write(t, entry("Box", one.URL+"/v1", "")+entry("also", one.URL, "")+entry("cat", two.URL+"/v1", ""))
	h.untilServers("lmstudio", "box", "cat")
	box = h.untilServer("box", "its providers", func(s backend.Server) bool { return len(s.Providers) == 2 })
	if !slices.Equal(box.Providers, []string{"Box", "also"}) {
		t.Errorf("providers of box: %v", box.Providers)
	}

	// A config that cannot be read takes nothing away.
	path := filepath.Join(h.dir, ".openclaw", "openclaw.json")
	good, err := os.ReadFile(path)
	must(t, err)
	must(t, os.WriteFile(path, good[:len(good)/2], 0o600))
	st := h.until("an invalid config", func(st *backend.Status) bool { return st.OpenClaw != nil && !st.OpenClaw.ConfigValid })
	if got := serverIDs(st); !slices.Equal(got, []string{"lmstudio", "box", "cat"}) {
		t.Errorf("half a config leaves %v", got)
	}

	// Gone from the config is gone, and its id stays its address's over a restart.
	h.write(t, entry("also", one.URL, ""))
	h.untilServers("lmstudio", "box")
	asked := two.asked()
	h.stop()
	if two.asked() > asked+1 { // one look may have been under way
		t.Errorf("it was asked %d times after it was gone", two.asked()-asked)
	}
	h.run()
	h.untilServers("lmstudio", "box")
	changes := h.changesOf("cat")
	if n := len(changes); n == 0 || changes[n-1].State != backend.ServerUnknown {
		t.Errorf("the history of cat ends with %+v", changes)
	}
}

// changesOf is how a server stood, by the history.
func (h *house) changesOf(id string) []backend.ServerChange {
	h.Helper()
	var got []backend.ServerChange
	page, err := h.api.Timeline(context.Background(), backend.AtPtr(time.Now().Add(-time.Hour)), nil)
	must(h.T, err)
	for _, c := range page.Servers {
		if c.Server == id {
			got = append(got, c)
		}
	}
	return got
}

func TestADeadHostDelaysNobody(t *testing.T) {
	t.Parallel()
	well := newGateway(t, "a/one")
	silent := newSilent(t)
	h := startHouse(t, entry("silent", silent, "")+entry("well", well.URL, ""), func(cfg *agent.Config, _ *lmstudio.Config) {
		cfg.NewSource = func(s agent.ServerSpec) agent.Source {
			if s.ID == "silent" {
				return patientSource{newSource(s).(*openai.Client), s.Root}
			}
			return newSource(s)
		}
	})
	h.untilServers("lmstudio", "silent", "well")
	first := h.untilServer("well", "a look", isUp)
	h.until("a look at the silent one that goes on", func(*backend.Status) bool { return waits.Load() > 0 })
	for range 4 {
		first = h.untilServer("well", "another look", func(s backend.Server) bool { return s.CheckedAt.After(first.CheckedAt.Time) })
	}
	h.until("looks at the main one meanwhile", func(st *backend.Status) bool { return st.Servers[0].CheckedAt.After(first.CheckedAt.Time) })
	if s := h.untilServer("silent", "it", func(backend.Server) bool { return true }); s.CheckedAt != nil {
		t.Errorf("the silent one was looked at by %v", s.CheckedAt)
	}
}

func TestAKeyGoesToItsOwnHostAlone(t *testing.T) {
	t.Parallel()
	one, two, three := newGateway(t, "a/one"), newGateway(t, "b/two"), newGateway(t, "c/three")
	both := entry("two", two.URL+"/v1", "'${KEY_TWO}'") + entry("three", three.URL, "{source:'file',provider:'default',id:'key-in-a-file'}")
	var log safeBuffer
	h := startHouse(t, entry("one", one.URL, "'key-one'")+both, func(cfg *agent.Config, _ *lmstudio.Config) { cfg.Log = log.logger() })
	h.untilServers("lmstudio", "one", "three", "two")
	for _, id := range []string{"one", "two", "three"} {
		h.untilServer(id, "a list", isUp)
	}
	// A variable without a value is no key.
	for name, c := range map[string]struct {
		g    *gateway
		want []string
	}{"one": {one, []string{"Bearer key-one"}}, "two": {two, []string{""}}, "three": {three, []string{""}}} {
		if got := c.g.sent(); !slices.Equal(got, c.want) {
			t.Errorf("%s was sent %q, want %q", name, got, c.want)
		}
	}
	// Another key is used from the next look on, for its own host.
	h.write(t, entry("one", one.URL, "{source:'env',provider:'default',id:'KEY_ONE'}")+both)
	h.until("the new key", func(*backend.Status) bool { return slices.Contains(one.sent(), "") })
	if got := two.sent(); slices.ContainsFunc(got, func(k string) bool { return k != "" }) {
		t.Errorf("two was sent %q", got)
	}
	st, err := h.api.Status(context.Background())
	must(t, err)
	text, err := json.Marshal(st)
	must(t, err)
	for what, s := range map[string]string{"status": string(text), "log": log.String()} {
		if containsAny(s, "key-one", "key-in-a-file") {
			t.Errorf("the %s tells a key: %s", what, s)
		}
	}
}

func TestAnLMStudioElsewhereIsOne(t *testing.T) {
	t.Parallel()
	other := lmstudiotest.Start(t, lmstudiotest.Options{Models: models(), NoJIT: true})
	h := startHouse(t, entry("lmstudio", other.URL()+"/v1", ""))
	h.untilServers("lmstudio", "lmstudio-local")
	s := h.untilServer("lmstudio-local", "its list", func(s backend.Server) bool { return isUp(s) && s.Kind == backend.KindLMStudio })
	if s.Engine != backend.EngineLMStudio || s.Name == "LM Studio" || len(s.Models) != 2 || s.Models[0].Fit == nil {
		t.Errorf("it is %+v", s)
	}
	ctx := context.Background()
	row, err := h.api.Load(ctx, s.ID, hero, nil)
	must(t, err)
	if row.Server != s.ID || row.Cause != backend.CauseUser || len(other.Instances()) != 1 || h.instances() != 0 {
		t.Errorf("row %+v, there %v, here %d", row, other.Instances(), h.instances())
	}
	hop := h.until("a warm hop", func(st *backend.Status) bool { return st.OpenClaw.Chain[0].State == "warm" }).OpenClaw.Chain[0]
	if hop.Server != s.ID {
		t.Errorf("the hop is on %q", hop.Server)
	}
	if _, err := h.api.Unload(ctx, s.ID, hero, false); err != nil {
		t.Fatal(err)
	}
	if len(other.Instances()) != 0 {
		t.Error("it is still there")
	}
	h.until("a hop that is not loaded", func(st *backend.Status) bool { return st.OpenClaw.Chain[0].State == "not_loaded" })
}

func TestKeepOnAnotherServer(t *testing.T) {
	t.Parallel()
	other := lmstudiotest.Start(t, lmstudiotest.Options{Models: models(), NoJIT: true})
	there := entry("den", other.URL()+"/v1", "")
	h := startHouse(t, there)
	h.untilServer("den", "an LM Studio", func(s backend.Server) bool { return isUp(s) && s.Kind == backend.KindLMStudio })
	if _, err := h.api.SetKeep(context.Background(), backend.Target{Server: "den", Model: "hero", Policy: backend.Always}); err != nil {
		t.Fatal(err)
	}
	st := h.untilKeep(backend.KeepWarm, "")
	if st.Keep.Server != "den" || len(other.Instances()) != 1 || h.instances() != 0 {
		t.Errorf("kept on %q, there %v, here %d", st.Keep.Server, other.Instances(), h.instances())
	}
	must(t, other.QuitApp())
	h.untilKeep(backend.KeepWaiting, "")
	must(t, other.StartApp())
	h.untilKeep(backend.KeepWarm, "")

	// A restart finds it warm, and loads nothing a second time.
	h.stop()
	h.run()
	h.untilKeep(backend.KeepWarm, "")
	if n := len(other.Instances()); n != 1 {
		t.Errorf("%d instances after the restart", n)
	}
	h.write(t, "")
	h.untilKeep(backend.KeepWaiting, backend.CodeNotFound)
	h.write(t, there)
	h.untilKeep(backend.KeepWarm, "")
	if n := len(other.Instances()); n != 1 {
		t.Errorf("%d instances in the end", n)
	}
}

func TestWhatAServerCannotDoIsRefused(t *testing.T) {
	t.Parallel()
	g := newGateway(t, hero)
	h := startHouse(t, entry("lmstudio", g.URL+"/v1", ""))
	s := h.untilServer("lmstudio-local", "its list", isUp)
	ctx := context.Background()
	for name, c := range map[string]struct {
		do   func() error
		code backend.Code
	}{
		"load":   {func() error { _, err := h.api.Load(ctx, s.ID, hero, nil); return err }, backend.CodeUnsupported},
		"unload": {func() error { _, err := h.api.Unload(ctx, s.ID, hero, false); return err }, backend.CodeUnsupported},
		"keep":   {func() error { _, err := h.api.SetKeep(ctx, backend.Target{Server: s.ID, Model: hero}); return err }, backend.CodeRefused},
		"check":  {func() error { return h.api.Check(ctx, s.ID, hero) }, backend.CodeNotFound},
		"none":   {func() error { _, err := h.api.Load(ctx, "elsewhere", hero, nil); return err }, backend.CodeNotFound},
	} {
		t.Run(name, func(t *testing.T) { wantCode(t, c.do(), c.code) })
	}
	fits, err := h.api.Fit(ctx, backend.FitQuery{Server: s.ID, Model: hero})
	must(t, err)
	if fits.Fit != nil || fits.Server != s.ID {
		t.Errorf("fit %+v", fits)
	}
	// What it does not tell is not known, rather than not loaded.
	hop := h.until("the hop", func(st *backend.Status) bool { return st.OpenClaw.Chain[0].Server == s.ID }).OpenClaw.Chain[0]
	if hop.State != "unknown" {
		t.Errorf("the hop is %s", hop.State)
	}
	if got := h.story(); len(got) != 0 {
		t.Errorf("the history tells %v", got)
	}
}

func TestOneLoadAtATimeOnAMachine(t *testing.T) {
	t.Parallel()
	other := lmstudiotest.Start(t, lmstudiotest.Options{Models: models(), NoJIT: true, LoadTime: time.Hour})
	h := startHouse(t, entry("den", other.URL()+"/v1", ""))
	h.untilServer("den", "an LM Studio", func(s backend.Server) bool { return isUp(s) && s.Kind == backend.KindLMStudio })
	// It never ends, but asking a second time tells that it is under way.
	h.until("the load", func(*backend.Status) bool {
		ctx, cancel := context.WithTimeout(context.Background(), time.Second)
		defer cancel()
		_, err := h.api.Load(ctx, "den", hero, nil)
		return backend.CodeOf(err) == backend.CodeBusy
	})
	_, err := h.api.Load(context.Background(), "", hero, nil)
	wantCode(t, err, backend.CodeBusy)
	// Nor two at once on one machine: each would reckon with the same memory.
	_, err = h.api.Load(context.Background(), "", second, nil)
	wantCode(t, err, backend.CodeBusy)
	if h.instances() != 0 {
		t.Error("it was loaded all the same")
	}
}
