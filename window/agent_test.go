package window_test

import (
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"go.uber.org/goleak"

	"pilotlight/backend"
	"pilotlight/window"
)

// TestMain is also what Detached starts: this program, which becomes another.
func TestMain(m *testing.M) {
	if len(os.Args) > 1 && os.Args[1] == window.DetachCommand {
		fmt.Fprintln(os.Stderr, "error:", window.BecomeDetached(os.Args[2:]))
		os.Exit(1)
	}
	goleak.VerifyTestMain(m)
}

func TestStartCommand(t *testing.T) {
	const mac = "/Applications/Pilotlight.app/Contents/Helpers/Dashboard.app/Contents/MacOS/pilotlight-window"
	for _, tt := range []struct {
		name   string
		s      window.Starter
		beside bool
		found  string
		want   []string
	}{
		{"beside", window.Starter{GOOS: "linux", Executable: "/opt/p/pilotlight-window"}, true, "/usr/bin/pilotlight", []string{"/opt/p/pilotlight", "agent"}},
		{"on the path", window.Starter{GOOS: "linux", Executable: "/opt/p/pilotlight-window"}, false, "/usr/bin/pilotlight", []string{"/usr/bin/pilotlight", "agent"}},
		{"the demo", window.Starter{GOOS: "linux", Executable: "/opt/p/pilotlight-window", Demo: true}, true, "", []string{"/opt/p/pilotlight", "demo"}},
		{"nowhere", window.Starter{GOOS: "linux", Executable: "/opt/p/pilotlight-window"}, false, "", nil},
		{"in the app", window.Starter{GOOS: "darwin", Executable: mac}, false, "", []string{"/usr/bin/open", "-g", "-a", "/Applications/Pilotlight.app"}},
		{"in the app, another state folder", window.Starter{GOOS: "darwin", Executable: mac, Env: []string{"A=b", "PILOTLIGHT_HOME=/x"}}, false, "", []string{"/usr/bin/open", "-g", "-a", "/Applications/Pilotlight.app", "--env", "PILOTLIGHT_HOME=/x"}},
		{"built on a Mac", window.Starter{GOOS: "darwin", Executable: "/src/bin/pilotlight-window"}, true, "", []string{"/src/bin/pilotlight", "agent"}},
	} {
		tt.s.Exists = func(path string) bool {
			return tt.beside && path == filepath.Join(filepath.Dir(tt.s.Executable), "pilotlight")
		}
		tt.s.Look = func(string) string { return tt.found }
		got, ok := tt.s.Command()
		if !slices.Equal(got, tt.want) || ok != (tt.want != nil) {
			t.Errorf("%s: got %v, %v, want %v", tt.name, got, ok, tt.want)
		}
	}
}

// agentFrom is an Agent whose program is the shell script text.
func agentFrom(t *testing.T, dir, text string) *window.Agent {
	t.Helper()
	bin := t.TempDir()
	if err := os.WriteFile(filepath.Join(bin, "pilotlight"), []byte("#!/bin/sh\n"+text), 0o700); err != nil {
		t.Fatal(err)
	}
	return window.NewAgent(dir, window.Starter{
		GOOS: "linux", Executable: filepath.Join(bin, "pilotlight-window"), Env: os.Environ(),
		Exists: func(string) bool { return true },
	})
}

// until waits for a state, and fails with the last one seen.
func until(t *testing.T, a *window.Agent, want string) window.AgentState {
	t.Helper()
	deadline := time.Now().Add(20 * time.Second)
	for {
		st := a.State(t.Context())
		if st.State == want {
			return st
		}
		if time.Now().After(deadline) {
			t.Fatalf("the state is %+v, want %s", st, want)
		}
		time.Sleep(10 * time.Millisecond)
	}
}

func TestAgentThatFailsSaysWhy(t *testing.T) {
	dir := socketDir(t)
	a := agentFrom(t, dir, "echo 'Something else' >&2\necho 'error: The port is taken.' >&2\necho 'hint: Choose another.' >&2\nexit 1\n")
	if st := a.State(t.Context()); st.State != "down" || !st.Startable {
		t.Fatalf("at first: %+v", st)
	}
	if err := a.Start(); err != nil {
		t.Fatal(err)
	}
	st := until(t, a, "failed")
	if st.Message != "The port is taken." || st.Hint != "Choose another." || !st.Startable {
		t.Errorf("got %+v", st)
	}
	if left, _ := filepath.Glob(filepath.Join(dir, ".start-*")); len(left) > 0 {
		t.Errorf("%v was left behind", left)
	}
}

func TestAgentThatEndsWithoutAWord(t *testing.T) {
	a := agentFrom(t, socketDir(t), "exit 3\n")
	if err := a.Start(); err != nil {
		t.Fatal(err)
	}
	if st := until(t, a, "failed"); st.Message == "" || st.Hint == "" {
		t.Errorf("got %+v", st)
	}
}

func TestAgentProgramMissing(t *testing.T) {
	a := window.NewAgent(socketDir(t), window.Starter{
		GOOS: "linux", Executable: "/nowhere/pilotlight-window",
		Exists: func(string) bool { return false }, Look: func(string) string { return "" },
	})
	err := a.Start()
	if e := backend.AsError(err); err == nil || e.Code != backend.CodeNotFound || e.Hint == "" {
		t.Errorf("got %v", err)
	}
	if st := window.Failed(err); st.State != "failed" || st.Hint == "" || !st.Startable {
		t.Errorf("shown as %+v", st)
	}
}

func TestAgentIsStartedOnce(t *testing.T) {
	dir := socketDir(t)
	mark := filepath.Join(dir, "mark")
	release := filepath.Join(dir, "release")
	a := agentFrom(t, dir, fmt.Sprintf("echo x >> %s\nwhile [ ! -e %s ]; do sleep 0.02; done\n", mark, release))
	for range 5 {
		if err := a.Start(); err != nil {
			t.Fatal(err)
		}
	}
	until(t, a, "starting")
	if err := os.WriteFile(release, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	until(t, a, "down")
	if b, err := os.ReadFile(mark); err != nil || string(b) != "x\n" {
		t.Errorf("it was started %d times, %v", strings.Count(string(b), "x"), err)
	}
}

func TestAgentThatAnswers(t *testing.T) {
	socket := agentAt(t, http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { fmt.Fprint(w, `{}`) }))
	a := window.NewAgent(filepath.Dir(socket), window.Starter{})
	if st := a.State(t.Context()); st != (window.AgentState{State: "up"}) {
		t.Errorf("got %+v", st)
	}
}

func TestStateFolderTooLongForASocket(t *testing.T) {
	a := window.NewAgent("/"+strings.Repeat("x", 120), window.Starter{})
	if st := a.State(t.Context()); st.State != "trouble" || st.Hint == "" || st.Startable {
		t.Errorf("got %+v", st)
	}
}
