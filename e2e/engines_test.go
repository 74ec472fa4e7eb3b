//go:build e2e

package e2e

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"pilotlight/backend/source/modelfile/modelfiletest"
)

// serverContext is the context that the servers give the tiny model, in tokens.
// OpenClaw's own prompt takes about 25,000 of it.
const serverContext = 65_536

// proxyKey is the LiteLLM's, which asks for one.
const proxyKey = "sk-e2e-made-up"

// engine is one model server that can be had from the registries.
type engine struct {
	name    string
	program string // in the cache folder; not there = it could not be had
	model   string // as the server lists it
	api     string // as OpenClaw speaks to it
	version string // what it says of itself, or we know of it
	v1      bool   // OpenClaw's baseUrl ends in /v1
	key     string // of the provider, "" = none is asked for
	health  string // answers 200 when it serves
	keep    bool   // it can be told to keep a model

	// command starts it on a port; put lays what it reads into the home first.
	put     func(s *serverScene)
	command func(s *serverScene) *exec.Cmd
	filled  func(s *serverScene) // after the first start, nil = nothing to do
}

func engines() []engine {
	return []engine{
		{
			name: "llamacpp", program: "servers/bin/python", model: "tiny", api: "openai-completions", version: "xllamacpp 2026.10.11549",
			v1: true, health: "/health", put: func(s *serverScene) { s.llamacpp() }, command: (*serverScene).startLlamacpp,
		},
		{
			name: "litellm", program: "servers/bin/litellm", model: "tiny", api: "openai-completions", version: "litellm 1.106.12",
			v1: true, key: proxyKey, health: "/health/readiness", put: (*serverScene).litellm, command: (*serverScene).startLitellm,
		},
		{
			name: "ollama", program: "ollama-v0.17.4/ollama", model: "tiny:latest", api: "ollama", version: "Ollama 0.17.4",
			health: "/api/version", keep: true, put: func(*serverScene) {}, command: (*serverScene).startOllama, filled: (*serverScene).fillOllama,
		},
	}
}

// had skips, saying why, what build/e2e/servers.sh could not bring.
func (e engine) had(t *testing.T) (cache string) {
	t.Helper()
	cache = setting(t, "PILOTLIGHT_E2E_CACHE")
	if cache == "" {
		t.Fatal("PILOTLIGHT_E2E_CACHE is not set: run this by make e2e")
	}
	if why := e.missing(cache); why != "" {
		report("--", scene{name: e.name, version: serversVersion}, "left out: "+why, 0)
		t.SkipNow()
	}
	return cache
}

// missing is why an engine is not where build/e2e/servers.sh puts it, "" when it is.
func (e engine) missing(cache string) (why string) {
	if _, err := os.Stat(filepath.Join(cache, e.program)); err == nil {
		return ""
	}
	text, err := os.ReadFile(filepath.Join(cache, e.name+".missing"))
	if errors.Is(err, fs.ErrNotExist) {
		text = []byte("build/e2e/servers.sh has not brought it")
	}
	return e.version + " is not here: " + strings.TrimSpace(string(text))
}

// llamacpp is the command of a llama.cpp server with the tiny model, on a port of
// its own, which it keeps over a restart.
func (s *serverScene) llamacpp() {
	s.Helper()
	script, err := written.ReadFile("testdata/llamacpp.py")
	if err := errors.Join(err,
		os.WriteFile(filepath.Join(s.home, "tiny.gguf"), modelfiletest.Tiny(), 0o600),
		os.WriteFile(filepath.Join(s.home, "llamacpp.py"), script, 0o600)); err != nil {
		s.Fatal(err)
	}
}

func (s *serverScene) startLlamacpp() *exec.Cmd { return s.llamacppAt(s.at) }

func (s *serverScene) llamacppAt(port int) *exec.Cmd {
	return exec.Command(filepath.Join(s.cache, "servers/bin/python"), "llamacpp.py", "tiny.gguf", strconv.Itoa(port), strconv.Itoa(serverContext))
}

// litellm is a proxy in front of a llama.cpp server, which stays while the proxy
// is killed.
func (s *serverScene) litellm() {
	s.Helper()
	s.llamacpp()
	behind := freePort(s.T)
	s.run("llamacpp", s.llamacppAt(behind), fmt.Sprintf("http://127.0.0.1:%d/health", behind))
	writeJSON(s.T, filepath.Join(s.home, "litellm.yaml"), object{ // JSON is YAML
		"model_list": []object{{
			"model_name":     s.model,
			"litellm_params": object{"model": "openai/tiny", "api_base": fmt.Sprintf("http://127.0.0.1:%d/v1", behind), "api_key": "none"},
			"model_info":     object{"max_input_tokens": serverContext, "max_tokens": 64},
		}},
		"litellm_settings": object{"telemetry": false},
		"general_settings": object{"master_key": proxyKey},
	})
}

func (s *serverScene) startLitellm() *exec.Cmd {
	cmd := exec.Command(filepath.Join(s.cache, "servers/bin/litellm"), "--config", "litellm.yaml", "--host", "127.0.0.1", "--port", strconv.Itoa(s.at))
	// It shall ask nobody outside for prices, and serve no pages.
	cmd.Env = []string{"LITELLM_LOCAL_MODEL_COST_MAP=True", "LITELLM_TELEMETRY=False", "DISABLE_ADMIN_UI=True"}
	return cmd
}

func (s *serverScene) startOllama() *exec.Cmd {
	cmd := exec.Command(filepath.Join(s.cache, s.program), "serve")
	cmd.Env = s.ollama()
	return cmd
}

func (s *serverScene) ollama() []string {
	return []string{
		fmt.Sprintf("OLLAMA_HOST=127.0.0.1:%d", s.at), "OLLAMA_MODELS=" + filepath.Join(s.home, "models"),
		fmt.Sprintf("OLLAMA_CONTEXT_LENGTH=%d", serverContext), "OLLAMA_FLASH_ATTENTION=1", "OLLAMA_NUM_PARALLEL=1",
		// Five minutes are usual. Pilotlight renews two minutes before the end.
		"OLLAMA_KEEP_ALIVE=150s",
	}
}

// modelfile is what "ollama create" takes. A template with tools is how Ollama
// knows that a model may be given some; OpenClaw gives it many.
const modelfile = `FROM ./tiny.gguf
TEMPLATE """{{ range .Tools }}{{ . }}
{{ end }}{{ range .Messages }}{{ .Role }}: {{ .Content }}
{{ end }}assistant: """
`

// fillOllama has it take the tiny model over into its store.
func (s *serverScene) fillOllama() {
	s.Helper()
	s.llamacpp()
	if err := os.WriteFile(filepath.Join(s.home, "Modelfile"), []byte(modelfile), 0o600); err != nil {
		s.Fatal(err)
	}
	cmd := exec.CommandContext(s.Context(), filepath.Join(s.cache, s.program), "create", "tiny", "-f", "Modelfile")
	cmd.Env, cmd.Dir = environment(s.home, s.ollama()...), s.home
	if out, err := cmd.CombinedOutput(); err != nil {
		s.Fatalf("ollama create: %v\n%s", err, out)
	}
}

// run starts a server and waits until its health URL answers 200. kill ends it
// at once, with all that it started; the test's end does too.
func (s *serverScene) run(name string, cmd *exec.Cmd, health string) (kill func()) {
	s.Helper()
	console, err := os.OpenFile(filepath.Join(s.home, name+".console.txt"), os.O_CREATE|os.O_APPEND|os.O_WRONLY, 0o600)
	if err != nil {
		s.Fatal(err)
	}
	ctx, cancel := context.WithCancel(context.Background())
	run := exec.CommandContext(ctx, cmd.Path, cmd.Args[1:]...)
	run.Env, run.Dir = environment(s.home, cmd.Env...), s.home
	run.Stdout, run.Stderr = console, console
	run.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	run.Cancel = func() error { return syscall.Kill(-run.Process.Pid, syscall.SIGKILL) }
	run.WaitDelay = 10 * time.Second
	if err := run.Start(); err != nil {
		cancel()
		s.Fatalf("start %s: %v", name, err)
	}
	ended := make(chan struct{})
	go func() {
		defer close(ended)
		_ = run.Wait()
		_ = console.Close()
	}()
	kill = func() {
		cancel()
		<-ended
	}
	s.Cleanup(kill)
	gone := false
	err = until(s.Context(), 3*time.Minute, func() bool {
		select {
		case <-ended:
			gone = true
		default:
		}
		return gone || answers(health)
	})
	if err != nil || gone {
		s.Fatalf("%s does not serve; see %s", name, console.Name())
	}
	return kill
}
