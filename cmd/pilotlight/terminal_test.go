package main

import (
	"bufio"
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"
	"unicode"
)

// obeyed is what a terminal would take for orders: a new title, a text for the
// clipboard, colours, a C1 code, a change of direction, a line of its own.
const obeyed = "m\x1b]0;owned\x07\x1b]52;c;cm0gLXJm\x07\x1b[31m\u009b2J\u202egnp\u2066\r"

// TestNamesGiveATerminalNoOrders has the command line print what a hostile model server
// calls its models.
func TestNamesGiveATerminalNoOrders(t *testing.T) {
	t.Parallel()
	srv := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Type", "application/json")
		if r.Method != http.MethodGet || !strings.HasPrefix(r.URL.Path, "/api/v1/models") {
			w.WriteHeader(http.StatusInternalServerError)
			_ = json.NewEncoder(w).Encode(map[string]any{"error": map[string]string{"message": obeyed, "code": obeyed}})
			return
		}
		_ = json.NewEncoder(w).Encode(map[string]any{"models": []any{map[string]any{
			"type": "llm", "publisher": obeyed, "key": obeyed, "display_name": obeyed, "architecture": obeyed, "format": obeyed, "params_string": obeyed,
			"quantization": map[string]any{"name": obeyed, "bits_per_weight": 4}, "size_bytes": 484_000_000, "max_context_length": 40_960,
			"loaded_instances": []any{map[string]any{"id": obeyed + "1", "config": map[string]any{"context_length": 4096}}},
		}}})
	}))
	t.Cleanup(srv.Close)
	home, err := os.MkdirTemp("", "pl") // t.TempDir is too long for a socket
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = os.RemoveAll(home) })
	environ := []string{"PATH=" + os.Getenv("PATH"), "HOME=" + home, "PILOTLIGHT_HOME=" + filepath.Join(home, "s"), "PILOTLIGHT_LMSTUDIO_URL=" + srv.URL}
	agent := exec.Command("pilotlight", "agent", "--no-tray", "--listen", "127.0.0.1:0", "--poll", "250ms")
	agent.Env = environ
	out, err := agent.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := agent.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = agent.Process.Kill(); _ = agent.Wait() })
	if line, err := bufio.NewReader(out).ReadString('\n'); err != nil {
		t.Fatalf("the agent said %q, %v", line, err)
	}
	run := func(args ...string) string {
		cmd := exec.Command("pilotlight", args...)
		cmd.Env = environ
		b, _ := cmd.CombinedOutput() // some are refused
		return string(b)
	}
	for deadline := time.Now().Add(time.Minute); !strings.Contains(run("status"), "owned"); time.Sleep(100 * time.Millisecond) {
		if time.Now().After(deadline) {
			t.Fatal("the model was never seen")
		}
	}
	for _, args := range []string{"status", "models", "loads", "keep m", "load zzz", "unload x", "unload m", "fit m", "doctor", "doctor --report", "top --once"} {
		text := run(strings.Fields(args)...)
		for _, r := range text {
			if r != '\n' && r != '\t' && unicode.IsControl(r) || unicode.Is(unicode.Bidi_Control, r) {
				t.Errorf("pilotlight %s printed %U:\n%q", args, r, text)
				break
			}
		}
	}
	if text := run("models"); !strings.Contains(text, "\uFFFD]0;owned\uFFFD") {
		t.Errorf("what was taken out does not show: %q", text)
	}
}
