//go:build e2e

package e2e

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"
)

// turnLimit is longer than the longest turn that ends by itself: OpenClaw
// retries for about 90 s before it falls back, and twice where a chain fails.
const turnLimit = 8 * time.Minute

// The models in play. The local one is what the fake LM Studio has downloaded.
const (
	localKey  = "ibm/granite-4-h-1b"
	local     = "lmstudio/" + localKey
	hostedKey = "claude-opus-4-6"
	hosted    = "anthropic/" + hostedKey
)

// prompt is what is asked in every turn.
const prompt = "Say hello to the end-to-end test."

// openclaw is one installed version with the Node it runs on.
type openclaw struct {
	version string
	main    string // openclaw.mjs
	nodeBin string // the folder of node
}

// installed finds a version where build/e2e/install.sh puts it.
func installed(t *testing.T, version string) openclaw {
	t.Helper()
	cache := setting(t, "PILOTLIGHT_E2E_CACHE")
	if cache == "" {
		t.Fatal("PILOTLIGHT_E2E_CACHE is not set: run this by make e2e")
	}
	node := "node-24"
	if strings.HasPrefix(version, "2026.2.") || strings.HasPrefix(version, "2026.3.") {
		node = "node-22"
	}
	oc := openclaw{
		version: version,
		main:    filepath.Join(cache, "openclaw-"+version, "node_modules", "openclaw", "openclaw.mjs"),
		nodeBin: filepath.Join(cache, node, "node_modules", "node", "bin"),
	}
	for _, path := range []string{oc.main, filepath.Join(oc.nodeBin, "node")} {
		if _, err := os.Stat(path); err != nil {
			fmt.Printf("--  OpenClaw %s is not installed: %s is not played\n", version, t.Name())
			t.SkipNow()
		}
	}
	return oc
}

// setup is what a person wrote into openclaw.json.
type setup struct {
	primary   string         // local or hosted; the other one is the fallback
	api       string         // of the local provider; "" is openai-responses
	provider  map[string]any // more of the local provider
	profile   bool           // the hosted key is an auth profile, as "openclaw onboard" makes it, not in the config
	lmstudio  string         // URL of LM Studio
	anthropic string         // URL of the hosted provider
}

type object = map[string]any

// write makes the home folder's .openclaw/openclaw.json. There is no meta
// block: no version of OpenClaw has written this file yet.
func (s setup) write(t *testing.T, home string) (port int) {
	t.Helper()
	port = freePort(t)
	fallback := hosted
	if s.primary == hosted {
		fallback = local
	}
	model := func(id, name string, context int) []object {
		return []object{{
			"id": id, "name": name, "reasoning": false, "input": []string{"text"}, "contextWindow": context, "maxTokens": 4096,
			"cost": object{"input": 0, "output": 0, "cacheRead": 0, "cacheWrite": 0},
		}}
	}
	api := s.api
	if api == "" {
		api = "openai-responses"
	}
	lmstudio := object{"baseUrl": s.lmstudio + "/v1", "apiKey": "lmstudio", "api": api, "models": model(localKey, "Granite", localContext)}
	for k, v := range s.provider {
		lmstudio[k] = v
	}
	anthropic := object{"baseUrl": s.anthropic, "apiKey": "sk-ant-e2e", "api": "anthropic-messages", "models": model(hostedKey, "Opus", 200_000)}
	if s.profile {
		delete(anthropic, "apiKey")
		writeJSON(t, profilesPath(home), object{
			"version": 1, "profiles": object{profile: object{"type": "api_key", "provider": "anthropic", "key": "sk-ant-e2e"}},
		})
	}
	config := object{
		"gateway": object{"mode": "local", "bind": "loopback", "port": port, "auth": object{"mode": "token", "token": "e2e"}},
		"agents": object{"defaults": object{
			"workspace": filepath.Join(home, ".openclaw", "workspace"), "skipBootstrap": true,
			"model":  object{"primary": s.primary, "fallbacks": []string{fallback}},
			"models": object{local: object{"alias": "Granite"}, hosted: object{"alias": "Opus"}},
		}},
		"models": object{"mode": "merge", "providers": object{
			"anthropic": anthropic,
			"lmstudio":  lmstudio,
		}},
		"logging": object{"file": logPath(home)},
	}
	writeJSON(t, filepath.Join(home, ".openclaw", "openclaw.json"), config)
	return port
}

// profile is the hosted provider's auth profile.
const profile = "anthropic:default"

func profilesPath(home string) string {
	return filepath.Join(home, ".openclaw", "agents", "main", "agent", "auth-profiles.json")
}

// prolong makes the profile's cooldown end so much later than now: OpenClaw's own
// minute is over before a slow machine has taken the next turn.
func prolong(t *testing.T, home string, rest time.Duration) {
	t.Helper()
	text, err := os.ReadFile(profilesPath(home))
	if err != nil {
		t.Fatal(err)
	}
	var store object
	if err := json.Unmarshal(text, &store); err != nil {
		t.Fatal(err)
	}
	stats, _ := store["usageStats"].(object)
	of, ok := stats[profile].(object)
	if !ok {
		t.Fatalf("OpenClaw keeps no cooldown of %s", profile)
	}
	of["cooldownUntil"] = time.Now().Add(rest).UnixMilli()
	writeJSON(t, profilesPath(home), store)
}

func writeJSON(t *testing.T, path string, v any) {
	t.Helper()
	text, err := json.MarshalIndent(v, "", "  ")
	if err != nil {
		t.Fatal(err)
	}
	if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, append(text, '\n'), 0o600); err != nil {
		t.Fatal(err)
	}
}

// localContext is the context the config asks for, in tokens.
const localContext = 65_536

func logPath(home string) string { return filepath.Join(home, "openclaw.log") }

// freePort is a port that nothing listens on just now.
func freePort(t *testing.T) int {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	return l.Addr().(*net.TCPAddr).Port
}

// environment is all that OpenClaw and the agent see: none of the person's own
// settings.
func environment(home string, more ...string) []string {
	env := []string{
		"HOME=" + home, "PILOTLIGHT_HOME=" + filepath.Join(home, "pilotlight"), "TMPDIR=" + os.TempDir(),
		"OPENCLAW_NO_RESPAWN=1", "OPENCLAW_DISABLE_BONJOUR=1", "CI=1", "NO_COLOR=1", "LANG=C.UTF-8", "PATH=" + os.Getenv("PATH"),
	}
	return append(env, more...)
}

// command runs OpenClaw's command line in an isolated home.
func (oc openclaw) command(ctx context.Context, home string, args ...string) *exec.Cmd {
	cmd := exec.CommandContext(ctx, filepath.Join(oc.nodeBin, "node"), append([]string{oc.main}, args...)...)
	cmd.Env = environment(home, "PATH="+oc.nodeBin+string(os.PathListSeparator)+os.Getenv("PATH"))
	cmd.Dir = home
	// A group of its own: what it starts ends with it.
	cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	cmd.Cancel = func() error { return syscall.Kill(-cmd.Process.Pid, syscall.SIGTERM) }
	cmd.WaitDelay = 10 * time.Second
	return cmd
}

// said is what one turn printed.
type said struct {
	out, err string
	code     int
	took     time.Duration
}

// turn asks the agent main something, by itself or through the gateway.
func (oc openclaw) turn(ctx context.Context, home string, flags ...string) (said, error) {
	ctx, stop := context.WithTimeout(ctx, turnLimit)
	defer stop()
	cmd := oc.command(ctx, home, append([]string{"agent", "--agent", "main", "--message", prompt, "--json"}, flags...)...)
	var out, errs bytes.Buffer
	cmd.Stdout, cmd.Stderr = &out, &errs
	start := time.Now()
	err := cmd.Run()
	s := said{out: out.String(), err: errs.String(), code: cmd.ProcessState.ExitCode(), took: time.Since(start)}
	if ctx.Err() != nil {
		return s, fmt.Errorf("the turn did not end: %w", ctx.Err())
	}
	if _, failed := err.(*exec.ExitError); err != nil && !failed {
		return s, fmt.Errorf("run openclaw: %w", err)
	}
	return s, nil
}

// gatewayTries is how often the gateway is started: it gives up by itself where
// the machine is so busy that its own heartbeat takes longer than 5 s.
const gatewayTries = 4

// gateway starts OpenClaw's gateway and waits until it is ready. It ends with
// the test, or when it is stopped.
func (oc openclaw) gateway(t *testing.T, home string, port int) (stop func()) {
	t.Helper()
	console, err := os.Create(filepath.Join(home, "gateway.console.txt"))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = console.Close() })
	for range gatewayTries {
		if stop, ready := oc.tryGateway(t, home, port, console); ready {
			return stop
		}
	}
	t.Fatalf("the gateway did not start; see %s", console.Name())
	return nil
}

// tryGateway starts it once and reports whether it became ready.
func (oc openclaw) tryGateway(t *testing.T, home string, port int, console *os.File) (stop func(), ready bool) {
	t.Helper()
	ctx, cancel := context.WithCancel(context.Background())
	cmd := oc.command(ctx, home, "gateway")
	cmd.Stdout, cmd.Stderr = console, console
	if err := cmd.Start(); err != nil {
		cancel()
		t.Fatalf("start the gateway: %v", err)
	}
	ended := make(chan struct{})
	go func() {
		defer close(ended)
		_ = cmd.Wait()
	}()
	stop = func() {
		cancel()
		<-ended
	}
	t.Cleanup(stop)
	gone := false
	url := "http://127.0.0.1:" + strconv.Itoa(port) + "/ready"
	err := until(t.Context(), 5*time.Minute, func() bool {
		select {
		case <-ended:
			gone = true
		default:
		}
		return gone || answers(url)
	})
	return stop, err == nil && !gone
}
