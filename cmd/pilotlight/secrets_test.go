package main

import (
	"bufio"
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"io/fs"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"

	"pilotlight/backend/agent"
	"pilotlight/backend/source/lmstudio/lmstudiotest"
)

// planted are secrets, each where it would be in life. None looks like another, so
// that whatever comes out tells where it came from.
var planted = map[string]string{
	"LM Studio's token":       "sk-lm-Qz81Pw3x:4kVb7NnT2rLcYh6Dg9Js",
	"a provider's key":        "sk-ant-api03-Wm5tRk8uXe2oBv9yAa4q",
	"a provider's plain key":  "correcthorse7742batterystaple",
	"a key in a header":       "hdr-2f9c61d0e8b74a53",
	"a password in a URL":     "urlpass0r9sX3kd81",
	"the gateway's token":     "gw-51c7e09ab2d34f68",
	"a hook's token":          "hook-7f1e9a52c0b84d63",
	"a channel's token":       "8123456789:AAHq-Wk3vbnRtY7uXzPlMo2sEdCfGhJkQwE",
	"a bearer in a log line":  "eyJhbGciOi.J9ZmFrZXRva2Vu0a1b2c3d.c2lnbmVkYnlub2JvZHk",
	"a key in a log line":     "AIzaSyB4k7Qw9ErTyUiOp1AsDfGhJkLzXcVb",
	"a key in a log's URL":    "logurlkey83hf6s0qpzm",
	"a question":              "my mother's illness in Lisbon, confidentially",
	"an answer":               "dear Ana, the diagnosis says nothing of the kind",
	"another machine's token": "b7c19e5d20f84a36b7c19e5d20f84a36b7c19e5d20f84a36",
}

const secretConfig = `// the set-up of a test
{
  agents: { defaults: { model: { primary: 'lmstudio/%[2]s', fallbacks: ['anthropic/claude-opus-4-6'] } } },
  models: { providers: {
    lmstudio: { baseUrl: '%[1]s/v1', apiKey: '%[3]s', api: 'openai-responses', models: [{ id: '%[2]s', name: 'Small' }] },
    anthropic: { baseUrl: 'http://127.0.0.1:9', apiKey: '%[4]s', api: 'anthropic-messages', models: [] },
    plain: { baseUrl: 'http://127.0.0.1:9/v1', apiKey: '%[5]s', api: 'openai-completions', models: [], headers: { 'X-Api-Key': '%[6]s' } },
    door: { baseUrl: 'http://me:%[7]s@127.0.0.1:9/v1', api: 'openai-completions', models: [] },
  } },
  hooks: { token: '%[8]s' },
  channels: { telegram: { botToken: '%[9]s' } },
  gateway: { mode: 'local', port: 9, auth: { token: '%[10]s' } },
  logging: { file: '%[11]s' },
  meta: { lastTouchedVersion: '2026.9.6' },
}
`

// secretHome is a home with an OpenClaw in it that holds every secret.
func secretHome(t *testing.T, lmstudio, model string) string {
	t.Helper()
	home, err := os.MkdirTemp("", "pl") // t.TempDir is too long for a socket
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = os.RemoveAll(home) })
	sessions := filepath.Join(home, ".openclaw", "agents", "main", "sessions")
	if err := os.MkdirAll(sessions, 0o700); err != nil {
		t.Fatal(err)
	}
	write := func(path, text string) {
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	p := planted
	log := filepath.Join(home, "openclaw.log")
	write(filepath.Join(home, ".openclaw", "openclaw.json"), fmt.Sprintf(secretConfig, lmstudio, model, p["LM Studio's token"], p["a provider's key"],
		p["a provider's plain key"], p["a key in a header"], p["a password in a URL"], p["a hook's token"], p["a channel's token"], p["the gateway's token"], log))
	at := time.Now().UTC().Format(time.RFC3339Nano)
	said := func(role, text string) string {
		return fmt.Sprintf(`{"type":"message","timestamp":%q,"message":{"role":%q,"content":[{"type":"text","text":%q}]}}`+"\n", at, role, text)
	}
	write(filepath.Join(sessions, "s1.jsonl"), said("user", p["a question"])+said("assistant", p["an answer"]))
	write(log, secretLog(at, model))
	return home
}

// secretLog is a fallback whose error text repeats secrets, and talk.
func secretLog(at, model string) string {
	preview := "401 Unauthorized: {\"headers\":{\"Authorization\":\"Bearer " + planted["a bearer in a log line"] + "\"}} for https://me:" + planted["a password in a URL"] +
		"@api.example/v1?key=" + planted["a key in a log's URL"] + " with key " + planted["a key in a log line"]
	failed := map[string]any{"provider": "lmstudio", "model": model, "reason": "auth", "status": 401, "errorPreview": preview}
	line := func(more map[string]any) string {
		one := map[string]any{"event": "model_fallback_decision", "runId": "r1", "sessionId": "s1", "requestedProvider": "lmstudio", "requestedModel": model, "total": 2, "fallbackConfigured": true}
		for k, v := range more {
			one[k] = v
		}
		b, _ := json.Marshal(map[string]any{
			"0": `{"subsystem":"model-fallback/decision"}`, "1": one, "2": "model fallback decision", "_meta": map[string]string{"date": at, "logLevelName": "WARN"}, "time": at,
		})
		return string(b) + "\n"
	}
	first := map[string]any{"decision": "candidate_failed", "candidateProvider": "lmstudio", "candidateModel": model, "attempt": 1}
	for k, v := range failed {
		first[k] = v
	}
	talk, _ := json.Marshal(map[string]any{
		"0": `{"subsystem":"agent"}`, "1": "user: " + planted["a question"] + " assistant: " + planted["an answer"], "_meta": map[string]string{"date": at, "logLevelName": "INFO"}, "time": at,
	})
	return string(talk) + "\n" + line(first) + line(map[string]any{
		"decision": "candidate_succeeded", "candidateProvider": "anthropic", "candidateModel": "claude-opus-4-6", "attempt": 2, "previousAttempts": []any{failed},
	})
}

// echoing is another Pilotlight that repeats the token it was sent wherever it can.
func echoing(t *testing.T) string {
	t.Helper()
	srv := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		said := r.Header.Get("Authorization")
		w.Header().Set("Content-Type", "application/json")
		if r.URL.Path != "/api/status" {
			w.WriteHeader(http.StatusNotFound) // as a version that cannot be asked for its rights
			_ = json.NewEncoder(w).Encode(map[string]string{"code": "not_found", "detail": said, "hint": said})
			return
		}
		_ = json.NewEncoder(w).Encode(map[string]any{
			"version": said, "instance": "f00d", "host": said, "started_at": time.Now().UTC(), "keep": map[string]any{"state": "blocked", "reason": map[string]string{"code": "x", "message": said, "hint": said}},
			"servers": []any{map[string]any{"id": "lmstudio", "kind": "lmstudio", "name": said, "url": "http://127.0.0.1:1/?k=" + said, "state": "down", "models": []any{}}},
		})
	}))
	t.Cleanup(srv.Close)
	return srv.URL
}

// talker speaks with a running agent over its loopback address, with its token.
type talker struct {
	*testing.T
	base, token string
}

func (c talker) ask(method, path string, body any) (int, []byte) {
	c.Helper()
	b, _ := json.Marshal(body)
	req, err := http.NewRequest(method, c.base+path, bytes.NewReader(b))
	if err != nil {
		c.Fatal(err)
	}
	req.Header.Set("Authorization", "Bearer "+c.token)
	if body != nil {
		req.Header.Set("Content-Type", "application/json")
	} else {
		req.Body, req.ContentLength = http.NoBody, 0
	}
	res, err := http.DefaultClient.Do(req)
	if err != nil {
		c.Fatalf("%s %s: %v", method, path, err)
	}
	defer func() { _ = res.Body.Close() }()
	if path == "/api/events" {
		part := make([]byte, 64<<10)
		n, _ := io.ReadAtLeast(res.Body, part, 4<<10) // the state, and what is kept of what happened
		return res.StatusCode, part[:n]
	}
	all, err := io.ReadAll(res.Body)
	if err != nil {
		c.Fatalf("%s %s: %v", method, path, err)
	}
	return res.StatusCode, all
}

// until asks for a path until its answer holds a text.
func (c talker) until(path, want string) {
	c.Helper()
	deadline := time.Now().Add(time.Minute)
	for {
		_, got := c.ask("GET", path, nil)
		if bytes.Contains(got, []byte(want)) {
			return
		}
		if time.Now().After(deadline) {
			c.Fatalf("%s never had %q in it:\n%s", path, want, got)
		}
		time.Sleep(100 * time.Millisecond)
	}
}

// readAll asks for everything that can be asked for, as the API's document has it.
func (c talker) readAll() map[string][]byte {
	c.Helper()
	_, raw := c.ask("GET", "/openapi.json", nil)
	var doc struct {
		Paths map[string]map[string]json.RawMessage
	}
	if err := json.Unmarshal(raw, &doc); err != nil {
		c.Fatal(err)
	}
	paths := []string{"/metrics", "/api/doctor?fresh=true", "/api/export/fallbacks?format=csv", "/api/export/loads?format=csv"}
	for path, methods := range doc.Paths {
		if methods["get"] != nil {
			paths = append(paths, strings.NewReplacer("{id}", "1", "{check}", "1").Replace(path))
		}
	}
	out := map[string][]byte{}
	for _, path := range paths {
		status, body := c.ask("GET", path, nil)
		if status >= 500 {
			c.Errorf("GET %s: %d %s", path, status, body)
		}
		out["GET "+path] = body
	}
	if len(out) < 25 {
		c.Errorf("only %d paths were asked for", len(out))
	}
	return out
}

// TestNoSecretComesOut plants a secret in every place that has one, lets the real
// agent live with them, and looks for them in all that it says and keeps: the API,
// the metrics, the exports, the doctor's report, the command line, the log, the
// database's bytes, and what a crash leaves.
func TestNoSecretComesOut(t *testing.T) {
	t.Parallel()
	model := lmstudiotest.SmallModels()[0].Key
	fake := lmstudiotest.Start(t, lmstudiotest.Options{Models: lmstudiotest.SmallModels(), Token: planted["LM Studio's token"]})
	fake.FailLoads("no room for you, " + planted["LM Studio's token"])
	home := secretHome(t, fake.URL(), model)
	state := filepath.Join(home, "state")
	environ := []string{
		"PATH=" + os.Getenv("PATH"), "HOME=" + home, "PILOTLIGHT_HOME=" + state, "PILOTLIGHT_LMSTUDIO_URL=" + fake.URL(),
		"LM_API_TOKEN=" + planted["LM Studio's token"], "GOTRACEBACK=all",
	}
	var stderr bytes.Buffer
	cmd := exec.Command("pilotlight", "agent", "--no-tray", "--listen", "127.0.0.1:0", "--poll", "250ms")
	cmd.Env, cmd.Stderr = environ, &stderr
	stdout, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = cmd.Process.Kill() })
	line, err := bufio.NewReader(stdout).ReadString('\n')
	if err != nil || !strings.HasPrefix(line, "ready ") {
		t.Fatalf("the agent said %q, %v", line, err)
	}
	token, err := agent.Token(state, "full")
	if err != nil {
		t.Fatal(err)
	}
	c := talker{t, strings.TrimSpace(strings.TrimPrefix(line, "ready ")), token}

	c.until("/api/status", `"state":"up"`)
	c.until("/api/fallbacks", `"items":[{`)
	if status, body := c.ask("POST", "/api/peers", map[string]string{"url": echoing(t), "token": planted["another machine's token"]}); status != 200 {
		t.Fatalf("the other machine was not added: %s", body)
	}
	if status, body := c.ask("POST", "/api/models/load", map[string]string{"model": model}); status < 400 {
		t.Errorf("the load did not fail: %s", body)
	}
	c.ask("POST", "/api/config/draft", map[string]any{"text": "{ broken: '" + planted["a hook's token"] + "' "})

	said := c.readAll()
	for _, args := range [][]string{{"status"}, {"models"}, {"doctor"}, {"doctor", "--report"}, {"fallbacks"}, {"fallbacks", "show", "1"}, {"loads"}, {"peers"}, {"config", "show"}, {"config", "check"}, {"config", "history"}} {
		cli := exec.Command("pilotlight", args...)
		cli.Env = environ
		out, _ := cli.CombinedOutput() // some end with what there is to mend
		said["pilotlight "+strings.Join(args, " ")] = out
	}
	if err := cmd.Process.Signal(syscall.SIGQUIT); err != nil { // dies as of a crash, with every stack
		t.Fatal(err)
	}
	_ = cmd.Wait()
	if !strings.Contains(stderr.String(), "goroutine ") {
		t.Errorf("no stack was printed: %s", &stderr)
	}
	said["the crash"] = stderr.Bytes()
	for name, b := range filesIn(t, state) {
		// These are where the agent's own tokens and those of others belong.
		if !slices.Contains([]string{"token", "token.read", "peers.json"}, name) {
			said["the file "+name] = b
		}
	}
	if said["the file pilotlight.db"] == nil || said["the file agent.log"] == nil {
		t.Error("the database or the log is missing")
	}
	// The proof that what held the secrets was read at all.
	for where, want := range map[string]string{"GET /api/fallbacks/1": "401 Unauthorized", "GET /api/config": "__PILOTLIGHT_SECRET_", "GET /api/peers": "Bearer …", "GET /api/loads": "no room for you"} {
		if !bytes.Contains(said[where], []byte(want)) {
			t.Errorf("%s does not have %q: %s", where, want, said[where])
		}
	}
	for where, text := range said {
		for what, secret := range planted {
			if i := bytes.Index(text, []byte(secret)); i >= 0 {
				t.Errorf("%s is in %s: …%s…", what, where, text[max(0, i-80):min(len(text), i+80)])
			}
		}
		if bytes.Contains(text, []byte(token)) {
			t.Errorf("the agent's own token is in %s", where)
		}
	}
}

// filesIn is everything in a folder, by its path there.
func filesIn(t *testing.T, dir string) map[string][]byte {
	t.Helper()
	out := map[string][]byte{}
	err := filepath.WalkDir(dir, func(path string, d fs.DirEntry, err error) error {
		if err != nil || !d.Type().IsRegular() {
			return err
		}
		rel, _ := filepath.Rel(dir, path)
		b, err := os.ReadFile(path)
		out[rel] = b
		info, ierr := d.Info()
		if ierr == nil && info.Mode().Perm()&0o077 != 0 {
			t.Errorf("%s has mode %v: others can read it", rel, info.Mode().Perm())
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return out
}
