package agent_test

import (
	"bytes"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"pilotlight/backend"
	"pilotlight/backend/agent"
	"pilotlight/backend/source/lmstudio"
	"pilotlight/backend/source/lmstudio/lmstudiotest"
)

// lockedBuffer is a log that may be read while it is written.
type lockedBuffer struct {
	mu sync.Mutex
	b  bytes.Buffer
}

func (b *lockedBuffer) Write(p []byte) (int, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.b.Write(p)
}

func (b *lockedBuffer) String() string {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.b.String()
}

func TestPeersTokenIsNowhereButInItsFile(t *testing.T) {
	log := &lockedBuffer{}
	here := start(t, lmstudiotest.Options{})
	here.stop()
	here.run(func(c *agent.Config, _ *lmstudio.Config) {
		c.Log = slog.New(slog.NewTextHandler(log, &slog.HandlerOptions{Level: slog.LevelDebug}))
	})
	there := start(t, lmstudiotest.Options{})
	there.untilListed()
	secret := there.token(backend.RightsFull)
	p := here.add(there, backend.RightsFull)
	token := here.token(backend.RightsFull)
	answers := ""
	for _, c := range []struct{ method, path, body string }{
		{"GET", "/api/status", ""}, {"GET", "/api/peers", ""}, {"GET", "/metrics", ""}, {"GET", "/api/peers/" + p.ID + "/models", ""},
		{"PATCH", "/api/peers/" + p.ID, `{"name":"studio","token":"` + secret + `"}`},
		{"POST", "/api/peers", `{"url":"` + there.address() + `","token":"` + secret + `"}`},
		{"POST", "/api/peers", `{"url":"http://127.0.0.1:1","token":"` + secret + `"}`},
		{"POST", "/api/peers", `{"url":"http://` + secret + `@127.0.0.1:1","token":"` + secret + `","wrong":true}`},
		{"PUT", "/api/peers/" + p.ID + "/keep", `{"model":"no such"}`},
	} {
		_, body := here.ask(c.method, c.path, c.body, token)
		answers += body
	}
	there.stop()
	here.watch()
	here.untilPeer("is down", func(p backend.Peer) bool { return p.State == backend.PeerDown })
	_, body := here.ask("GET", "/api/status", "", token)
	answers += body
	here.stop()
	if strings.Contains(answers, secret) || !strings.Contains(answers, "studio") {
		t.Errorf("an answer has the token: %s", answers)
	}
	if strings.Contains(log.String(), secret) || log.String() == "" {
		t.Errorf("the log has the token: %s", log)
	}
	files, err := os.ReadDir(here.cfg.Home)
	if err != nil {
		t.Fatal(err)
	}
	found := 0
	for _, f := range files {
		b, err := os.ReadFile(filepath.Join(here.cfg.Home, f.Name()))
		if err != nil || !bytes.Contains(b, []byte(secret)) {
			continue
		}
		found++
		if info, err := f.Info(); f.Name() != "peers.json" || err != nil || info.Mode().Perm() != 0o600 {
			t.Errorf("%s has the token, with mode %v", f.Name(), info.Mode())
		}
	}
	if found != 1 {
		t.Errorf("%d files have the token", found)
	}
}

func TestPeersFileThatCannotBeReadIsPutAside(t *testing.T) {
	here := start(t, lmstudiotest.Options{})
	here.stop()
	path := filepath.Join(here.cfg.Home, "peers.json")
	if err := os.WriteFile(path, []byte("{half"), 0o600); err != nil {
		t.Fatal(err)
	}
	here.run()
	here.until("a notice", func(st *backend.Status) bool { return len(st.Notices) == 1 && st.Notices[0].Code == "peers_lost" })
	if b, err := os.ReadFile(path + ".unreadable"); err != nil || string(b) != "{half" {
		t.Errorf("kept %q, %v", b, err)
	}
}
