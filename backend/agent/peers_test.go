package agent_test

import (
	"context"
	"encoding/json"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"pilotlight/backend"
	"pilotlight/backend/agent"
	"pilotlight/backend/source/lmstudio"
	"pilotlight/backend/source/lmstudio/lmstudiotest"
)

// address is where a room's agent listens.
func (r *room) address() string {
	r.Helper()
	st, err := r.api.Status(context.Background())
	if err != nil {
		r.Fatal(err)
	}
	return st.Listen
}

func (r *room) token(rights backend.Rights) string {
	r.Helper()
	token, err := agent.Token(r.cfg.Home, rights)
	if err != nil {
		r.Fatal(err)
	}
	return token
}

// add adds another room's agent and watches as a page would, so that looks are
// frequent.
func (r *room) add(other *room, rights backend.Rights) backend.Peer {
	r.Helper()
	p, err := r.api.AddPeer(context.Background(), backend.PeerWish{URL: other.address(), Token: other.token(rights)})
	if err != nil {
		r.Fatalf("add: %v (%s)", err, backend.AsError(err).Hint)
	}
	return p
}

// untilAdded adds a peer, again while this machine is too slow for it.
func (r *room) untilAdded(w backend.PeerWish) {
	r.Helper()
	deadline := time.Now().Add(patient)
	for {
		_, err := r.api.AddPeer(context.Background(), w)
		if err == nil {
			return
		}
		if backend.CodeOf(err) != backend.CodeTimeout || time.Now().After(deadline) {
			r.Fatalf("add: %v", err)
		}
	}
}

// watch keeps a page open until the test ends.
func (r *room) watch() {
	r.Helper()
	ctx, cancel := context.WithCancel(context.Background())
	done := make(chan struct{})
	go func() {
		defer close(done)
		_ = r.api.Events(ctx, 0, func(string, uint64, json.RawMessage) error { return nil })
	}()
	r.Cleanup(func() { cancel(); <-done })
}

func (r *room) untilPeer(what string, ok func(backend.Peer) bool) backend.Peer {
	r.Helper()
	st := r.until("a peer that "+what, func(st *backend.Status) bool { return len(st.Peers) > 0 && ok(st.Peers[0]) })
	return st.Peers[0]
}

// ask sends one request over the network, with a token, as any program would.
func (r *room) ask(method, path, body, token string) (int, string) {
	r.Helper()
	req, err := http.NewRequest(method, r.address()+path, strings.NewReader(body))
	if err != nil {
		r.Fatal(err)
	}
	req.Header.Set("Authorization", "Bearer "+token)
	req.Header.Set("Content-Type", "application/json")
	res, err := http.DefaultClient.Do(req)
	if err != nil {
		r.Fatal(err)
	}
	defer res.Body.Close()
	b, err := io.ReadAll(res.Body)
	if err != nil {
		r.Fatal(err)
	}
	return res.StatusCode, string(b)
}

func keptThere(state backend.KeepState) func(backend.Peer) bool {
	return func(p backend.Peer) bool {
		return p.State == backend.PeerUp && p.Seen != nil && p.Seen.Keep != nil && p.Seen.Keep.State == state
	}
}

func TestPeerIsSeenLostAndFoundAgain(t *testing.T) {
	here, there := start(t, lmstudiotest.Options{}), start(t, lmstudiotest.Options{})
	there.keepHero(backend.Always, 0)
	here.watch()
	added := here.add(there, backend.RightsRead)
	if added.State != backend.PeerUp || added.Rights != backend.RightsRead || added.Name == "" || added.Version != "test" {
		t.Fatalf("added %+v", added)
	}
	p := here.untilPeer("keeps the hero warm", keptThere(backend.KeepWarm))
	if len(p.Seen.Servers) != 1 || len(p.Seen.Servers[0].Models) != 1 || p.Seen.Servers[0].Models[0].Key != hero || len(p.Seen.Servers[0].Models[0].Instances) != 1 {
		t.Errorf("its loads are %+v", p.Seen.Servers)
	}
	if p.Seen.Machine == nil || p.Seen.Machine.Memory == nil || p.Seen.Machine.Memory.TotalBytes != 64_000_000_000 {
		t.Errorf("its machine is %+v", p.Seen.Machine)
	}
	if err := there.api.SeeFallbacks(context.Background()); err != nil {
		t.Fatal(err)
	}
	if _, err := there.api.Load(context.Background(), "", second, nil); err != nil {
		t.Fatal(err)
	}
	here.untilPeer("loaded the second model", func(p backend.Peer) bool { return p.Seen != nil && len(p.Seen.Servers[0].Models) == 2 })

	there.cfg.Listen = strings.TrimPrefix(there.address(), "http://")
	there.stop()
	lost := here.untilPeer("is down", func(p backend.Peer) bool { return p.State == backend.PeerDown })
	if lost.Error == nil || lost.Error.Hint == "" || lost.Seen == nil || lost.SeenAt == nil || lost.Seen.Keep.Model != hero || lost.StateSince == nil {
		t.Errorf("what was known is lost with it: %+v", lost)
	}
	there.run()
	here.untilPeer("is up again", keptThere(backend.KeepWarm))

	// It is known after a restart of ours, and is no other one.
	here.stop()
	here.run()
	back := here.untilPeer("is up after a restart", keptThere(backend.KeepWarm))
	if back.ID != p.ID || back.Name != p.Name || back.Rights != backend.RightsRead {
		t.Errorf("before %+v, after %+v", p, back)
	}
	if err := here.api.RemovePeer(context.Background(), p.ID); err != nil {
		t.Fatal(err)
	}
	here.until("no peer", func(st *backend.Status) bool { return len(st.Peers) == 0 })
	wantCode(t, here.api.RemovePeer(context.Background(), p.ID), backend.CodeNotFound)
}

func TestReadOnlyTokenChangesNothingThere(t *testing.T) {
	here, there := start(t, lmstudiotest.Options{}), start(t, lmstudiotest.Options{})
	there.untilListed()
	p := here.add(there, backend.RightsRead)
	token := here.token(backend.RightsFull)
	for _, c := range []struct{ method, path, body string }{
		{"PUT", "/keep", `{"model":"` + hero + `"}`}, {"DELETE", "/keep", ""}, {"POST", "/keep/pause", ""}, {"POST", "/keep/resume", ""},
		{"POST", "/models/load", `{"model":"` + hero + `"}`}, {"POST", "/models/unload", `{"instance_id":"x"}`},
	} {
		status, body := here.ask(c.method, "/api/peers/"+p.ID+c.path, c.body, token)
		if status != http.StatusConflict || !strings.Contains(body, "may only look") {
			t.Errorf("%s %s: %d %s", c.method, c.path, status, body)
		}
		// The other side does not rely on our manners.
		if status, body := there.ask(c.method, "/api"+c.path, c.body, there.token(backend.RightsRead)); status != http.StatusForbidden {
			t.Errorf("there, %s %s: %d %s", c.method, c.path, status, body)
		}
	}
	if status, body := here.ask("GET", "/api/peers/"+p.ID+"/models", "", token); status != 200 || !strings.Contains(body, second) {
		t.Errorf("its models: %d %s", status, body)
	}
	if st, _ := there.api.Status(context.Background()); st.Keep.State != backend.KeepOff || there.instances() != 0 {
		t.Errorf("something was done: %+v", st.Keep)
	}
	// With a better token it goes.
	better := there.token(backend.RightsFull)
	if changed, err := here.api.ChangePeer(context.Background(), p.Name, backend.PeerChange{Token: &better}); err != nil || changed.Rights != backend.RightsFull {
		t.Fatalf("changed: %+v, %v", changed, err)
	}
	if status, body := here.ask("PUT", "/api/peers/"+p.ID+"/keep", `{"model":"`+hero+`"}`, token); status != 200 {
		t.Errorf("keep: %d %s", status, body)
	}
}

func TestActingThere(t *testing.T) {
	here, there := start(t, lmstudiotest.Options{}), start(t, lmstudiotest.Options{})
	there.untilListed()
	here.watch()
	p := here.add(there, backend.RightsFull)
	token := here.token(backend.RightsFull)
	do := func(method, path, body string) string {
		t.Helper()
		status, answer := here.ask(method, "/api/peers/"+p.ID+path, body, token)
		if status != 200 {
			t.Fatalf("%s %s: %d %s", method, path, status, answer)
		}
		return answer
	}
	do("PUT", "/keep", `{"model":"`+hero+`"}`)
	here.untilPeer("keeps the hero warm", keptThere(backend.KeepWarm))
	do("POST", "/keep/pause", `{"seconds":3600}`)
	here.untilPeer("is paused", keptThere(backend.KeepPaused))
	do("POST", "/keep/resume", "")
	here.untilPeer("goes on", keptThere(backend.KeepWarm))
	do("DELETE", "/keep", "")
	here.untilPeer("keeps nothing", keptThere(backend.KeepOff))
	var load backend.Load
	if err := json.Unmarshal([]byte(do("POST", "/models/load", `{"model":"`+second+`"}`)), &load); err != nil || load.Event != backend.Loaded || load.Model != second {
		t.Errorf("load: %+v, %v", load, err)
	}
	do("POST", "/models/unload", `{"instance_id":"`+load.InstanceID+`"}`)
	here.untilPeer("has one model in memory", func(p backend.Peer) bool { return len(p.Seen.Servers[0].Models) == 1 })
	// Nothing but the fixed set is passed on.
	for _, path := range []string{"/status", "/config", "/keep/replace", "/settings", "/models/check", "/../keep"} {
		if status, body := here.ask("POST", "/api/peers/"+p.ID+path, "{}", token); status < 400 {
			t.Errorf("POST %s: %d %s", path, status, body)
		}
	}
}

func TestAddingIsRefusedInWords(t *testing.T) {
	here, there := start(t, lmstudiotest.Options{}), start(t, lmstudiotest.Options{})
	page := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { _, _ = io.WriteString(w, "<html>router</html>") }))
	defer page.Close()
	good, port := there.token(backend.RightsRead), there.address()[strings.LastIndex(there.address(), ":"):]
	add := func(url, token string) error {
		_, err := here.api.AddPeer(context.Background(), backend.PeerWish{URL: url, Token: token})
		return err
	}
	wantCode(t, add(here.address(), here.token(backend.RightsFull)), backend.CodeRefused) // itself
	wantCode(t, add(there.address(), "wrong-token-of-a-good-length-0000"), backend.CodeNeedsToken)
	wantCode(t, add(page.URL, good), backend.CodeProtocol)
	wantCode(t, add("http://127.0.0.1:1", good), backend.CodeNetwork)
	wantCode(t, add("gopher://x", good), backend.CodeInvalid)
	wantCode(t, add(there.address(), "two words"), backend.CodeInvalid)
	if st, _ := here.api.Status(context.Background()); len(st.Peers) != 0 {
		t.Errorf("something was kept: %+v", st.Peers)
	}
	if _, err := os.Stat(filepath.Join(here.cfg.Home, "peers.json")); err == nil {
		t.Error("a file was written")
	}
	here.add(there, backend.RightsRead)
	wantCode(t, add(there.address()+"/", good), backend.CodeRefused)     // again
	wantCode(t, add("http://localhost"+port, good), backend.CodeRefused) // by another name
}

// TestOneThatHangsDelaysNoOther has a peer that takes each request and does not
// answer until others were served meanwhile: it ends only when they are.
func TestOneThatHangsDelaysNoOther(t *testing.T) {
	here := start(t, lmstudiotest.Options{}, func(c *agent.Config, _ *lmstudio.Config) { c.PeerPatience = 3 * time.Second })
	var served atomic.Int64
	const status = `{"version":"1","started_at":"2026-11-30T08:00:00Z","servers":[],"keep":{"state":"off","model":"","server":"","policy":"always","since":"2026-11-30T08:00:00Z"}}`
	quick := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		served.Add(1)
		_, _ = io.WriteString(w, status)
	}))
	defer quick.Close()
	var hanging atomic.Bool
	proved := make(chan struct{})
	var once sync.Once
	slow := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		before := served.Load()
		for hanging.Load() {
			if served.Load() >= before+3 {
				once.Do(func() { close(proved) })
			}
			select {
			case <-r.Context().Done():
				return
			case <-time.After(10 * time.Millisecond):
			}
		}
		_, _ = io.WriteString(w, status)
	}))
	defer slow.Close()
	defer hanging.Store(false)
	here.watch()
	token := strings.Repeat("t", 40)
	for _, url := range []string{slow.URL, quick.URL} {
		here.untilAdded(backend.PeerWish{URL: url, Token: token})
	}
	hanging.Store(true)
	select {
	case <-proved:
	case <-time.After(patient):
		t.Fatal("while one hung, the other was not looked at")
	}
	// Nor does it delay our own server or the keep.
	here.keepHero(backend.Always, 0)
	here.until("the one that hangs as down", func(st *backend.Status) bool {
		return st.Peers[0].State == backend.PeerDown && st.Peers[1].State == backend.PeerUp
	})
}

func TestOnlyWhatMattersOfAPeerIsAnEvent(t *testing.T) {
	now := backend.At(time.Date(2026, 11, 30, 8, 0, 0, 0, time.UTC))
	later := backend.At(now.Add(5 * time.Second))
	latency := 0.1
	status := func(used int64, at *backend.Time, state backend.KeepState) *backend.Status {
		return &backend.Status{Peers: []backend.Peer{{
			ID: "a", State: backend.PeerUp, CheckedAt: at, SeenAt: at, LatencySeconds: &latency,
			Seen: &backend.PeerView{
				Servers: []backend.Server{{ID: "s", CheckedAt: at}}, Keep: &backend.Keep{State: state},
				Machine: &backend.Sample{At: *at, Memory: &backend.Memory{TotalBytes: 64_000_000_000, UsedBytes: used}},
			},
		}}}
	}
	was := status(32_300_000_000, &now, backend.KeepWarm)
	if !agent.SameToPeople(was, status(32_300_100_000, &later, backend.KeepWarm)) {
		t.Error("a look that brought nothing new would be told")
	}
	if agent.SameToPeople(was, status(40_000_000_000, &now, backend.KeepWarm)) {
		t.Error("memory that filled would not be told")
	}
	if agent.SameToPeople(was, status(32_300_000_000, &now, backend.KeepLoading)) {
		t.Error("a keep that changed would not be told")
	}
	if was.Peers[0].Seen.Machine.Memory.UsedBytes != 32_300_000_000 || was.Peers[0].CheckedAt == nil {
		t.Error("comparing changed a snapshot")
	}
}
