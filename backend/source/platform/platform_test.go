package platform_test

import (
	"context"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"pilotlight/backend/source/platform"
)

func TestStateFolder(t *testing.T) {
	dir := t.TempDir()
	mine := filepath.Join(dir, "mine")
	if err := os.Mkdir(mine, 0o700); err != nil {
		t.Fatal(err)
	}
	for name, mode := range map[string]os.FileMode{"token": 0o644, "pilotlight.db": 0o600, "agent.log": 0o644} {
		if err := os.WriteFile(filepath.Join(mine, name), nil, mode); err != nil {
			t.Fatal(err)
		}
	}
	s := platform.State(mine)
	if !s.Exists || s.Err != nil || s.Mode != 0o700 {
		t.Errorf("state = %+v, want there, writable, 0700", s)
	}
	if got := strings.Join(s.Open, " "); got != "token" {
		t.Errorf("open = %q, want the token alone", got)
	}
	if left, _ := os.ReadDir(mine); len(left) != 3 {
		t.Errorf("the look left something behind: %v", left)
	}

	s = platform.State(filepath.Join(dir, "not", "yet"))
	if s.Exists || s.Err != nil {
		t.Errorf("a folder that can be made = %+v", s)
	}
	file := filepath.Join(dir, "file")
	if err := os.WriteFile(file, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	if s := platform.State(filepath.Join(file, "below")); s.Err == nil {
		t.Errorf("a folder below a file = %+v, want an error", s)
	}
	if s := platform.State(file); s.Err == nil {
		t.Errorf("a file as folder = %+v, want an error", s)
	}
}

func TestPort(t *testing.T) {
	ctx := t.Context()
	listen := func(answer string) string {
		srv := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			if r.URL.Path == "/healthz" {
				_, _ = w.Write([]byte(answer))
			}
		}))
		t.Cleanup(srv.Close)
		return srv.Listener.Addr().String()
	}
	if p := platform.Port(ctx, listen(`{"ok":true,"version":"v1"}`)); !p.Ours || p.Err != nil {
		t.Errorf("a Pilotlight's port = %+v", p)
	}
	for _, other := range []string{"", "hello", `{"ok":true}`, `{"ok":false,"version":"v1"}`} {
		if p := platform.Port(ctx, listen(other)); p.Ours || p.Err == nil {
			t.Errorf("the port of a server that says %q = %+v", other, p)
		}
	}
	if p := platform.Port(ctx, "127.0.0.1:0"); p.Ours || p.Err != nil {
		t.Errorf("any free port = %+v", p)
	}
	if p := platform.Port(ctx, "nonsense"); p.Err == nil {
		t.Errorf("no address = %+v", p)
	}
}

// TestPortOfASilentServer: who takes connections and says nothing is not ours,
// and does not hold the doctor up.
func TestPortOfASilentServer(t *testing.T) {
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer ln.Close()
	ctx, cancel := context.WithTimeout(t.Context(), 200*time.Millisecond)
	defer cancel()
	if p := platform.Port(ctx, ln.Addr().String()); p.Ours || p.Err == nil {
		t.Errorf("port = %+v", p)
	}
}

func program(t *testing.T, path, script string) string {
	t.Helper()
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, []byte("#!/bin/sh\n"+script+"\n"), 0o755); err != nil {
		t.Fatal(err)
	}
	return path
}

func TestWindowIsFoundInItsPlaces(t *testing.T) {
	dir := t.TempDir()
	exe := filepath.Join(dir, "Pilotlight.app/Contents/MacOS/pilotlight")
	onPath := program(t, filepath.Join(dir, "path/pilotlight-window"), "")
	list := "relative" + string(os.PathListSeparator) + filepath.Dir(onPath)
	steps := []string{
		onPath,
		program(t, filepath.Join(dir, "Pilotlight.app/Contents/MacOS/pilotlight-window"), ""),
		program(t, filepath.Join(dir, "Pilotlight.app/Contents/Helpers/Dashboard.app/Contents/MacOS/pilotlight-window"), ""),
	}
	for i := len(steps) - 1; i >= 0; i-- {
		got := platform.WindowPath(exe, list)
		if got != steps[i] {
			t.Errorf("found %q, want %q", got, steps[i])
		}
		if err := os.Chmod(steps[i], 0o600); err != nil { // no program any more
			t.Fatal(err)
		}
	}
	if got := platform.WindowPath(exe, list); got != "" {
		t.Errorf("found %q where there is none", got)
	}
}

func TestWindowVersion(t *testing.T) {
	for script, want := range map[string]struct{ version, err string }{
		`[ "$1" = --version ] && echo pilotlight-window v1.2-3-gabc`:      {"v1.2-3-gabc", ""},
		`echo "error while loading shared libraries: libx" >&2; exit 127`: {"", "libx"},
		`exit 3`:                      {"", "exit status 3"},
		`true`:                        {"", "does not say"},
		`yes pilotlight | head -9999`: {"pilotlight", ""},
		`sleep 60`:                    {"", "in time"},
	} {
		exe := filepath.Join(t.TempDir(), "pilotlight")
		program(t, filepath.Join(filepath.Dir(exe), "pilotlight-window"), script)
		limit := 5 * time.Second
		if script == "sleep 60" {
			limit = 200 * time.Millisecond
		}
		ctx, cancel := context.WithTimeout(t.Context(), limit)
		w := platform.Window(ctx, exe, "")
		cancel()
		if w.Version != want.version {
			t.Errorf("%s: version %q, want %q", script, w.Version, want.version)
		}
		if (w.Err == nil) != (want.err == "") || (w.Err != nil && !strings.Contains(w.Err.Error(), want.err)) {
			t.Errorf("%s: error %v, want %q", script, w.Err, want.err)
		}
	}
}

func TestPeerPID(t *testing.T) {
	if _, err := os.Stat("/proc/self"); err != nil {
		t.Skip("only Linux tells")
	}
	path := filepath.Join(t.TempDir(), "s")
	ln, err := net.Listen("unix", path)
	if err != nil {
		t.Fatal(err)
	}
	defer ln.Close()
	if got := platform.PeerPID(t.Context(), path); got != os.Getpid() {
		t.Errorf("pid = %d, want %d", got, os.Getpid())
	}
	if got := platform.PeerPID(t.Context(), path+"x"); got != 0 {
		t.Errorf("pid of nothing = %d, want 0", got)
	}
}
