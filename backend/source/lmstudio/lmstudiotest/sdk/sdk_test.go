// Package sdk_test holds the fake LM Studio against LM Studio's own client
// library: what that library accepts, the fake has right.
package sdk_test

import (
	"bytes"
	"encoding/json"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"pilotlight/backend/source/lmstudio/lmstudiotest"
)

// seen is what drive.mjs prints.
type seen struct {
	Version struct {
		Version string
	}
	Downloaded []string
	Before     []string
	Progress   []float64
	Identifier string
	Info       struct {
		Context, Max int
		Format       string
		Reference    string
	}
	Context  int
	Loaded   []string
	Found    string
	Second   string
	Both     []string
	Taken    string
	Embedder struct {
		Identifier string
		Context    int
	}
	Embeddings []string
	After      []string
	Gone       string
	Missing    string
	Aborted    string
}

func TestClientLibrary(t *testing.T) {
	const token = "sk-lm-abcdefgh:01234567890123456789"
	tests := []struct{ name, version, token string }{
		{"current", "0.4.25", ""},
		{"with a token", "0.4.25", token},
		{"0.3", "0.3.30", ""},
	}
	install(t)
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			fake := lmstudiotest.Start(t, lmstudiotest.Options{
				Version: tt.version, Token: tt.token, Models: lmstudiotest.SmallModels(), LoadTime: 200 * time.Millisecond,
			})
			check(t, drive(t, fake.URL(), tt.token), tt.version)
			for _, space := range []string{"llm", "embedding", "system"} {
				if n := fake.Count(space + "/communicationWarning"); n != 0 {
					t.Errorf("the library complained %d times about frames on /%s", n, space)
				}
			}
		})
	}
}

// The library's own call for it is accepted, so that our client's, which is
// written after it, is held against the right thing.
func TestClientLibrarySwitchesTheServerOn(t *testing.T) {
	install(t)
	fake := lmstudiotest.Start(t, lmstudiotest.Options{Models: lmstudiotest.SmallModels()})
	if err := fake.StopServer(); err != nil {
		t.Fatal(err)
	}
	port := fake.URL()[strings.LastIndex(fake.URL(), ":")+1:]
	out, err := exec.CommandContext(t.Context(), tool(t, "node"), "server.mjs", fake.InternalURL(), port).CombinedOutput()
	if err != nil {
		t.Fatalf("server.mjs: %v\n%s", err, out)
	}
	res, err := http.Get(fake.URL() + "/lmstudio-greeting")
	if err != nil {
		t.Fatalf("the server is still off: %v", err)
	}
	res.Body.Close()
}

const (
	llm       = "qwen/qwen3-0.6b"
	embedding = "text-embedding-nomic-embed-text-v1.5"
)

func drive(t *testing.T, url, token string) seen {
	t.Helper()
	command := exec.CommandContext(t.Context(), tool(t, "node"), "drive.mjs", url, llm, embedding, "12345", token)
	var out, problems bytes.Buffer
	command.Stdout, command.Stderr = &out, &problems
	if err := command.Run(); err != nil {
		t.Fatalf("drive.mjs: %v\n%s", err, problems.String())
	}
	var got seen
	if err := json.Unmarshal(out.Bytes(), &got); err != nil {
		t.Fatalf("drive.mjs printed %q: %v", out.String(), err)
	}
	return got
}

func check(t *testing.T, got seen, version string) {
	t.Helper()
	equal(t, "version", got.Version.Version, version)
	equal(t, "downloaded models", len(got.Downloaded), len(lmstudiotest.SmallModels()))
	equalLists(t, "loaded at first", got.Before, nil)
	if n := len(got.Progress); n < 3 || !slices.IsSorted(got.Progress) || got.Progress[n-1] != 1 {
		t.Errorf("progress = %v, want a rise to 1", got.Progress)
	}
	equal(t, "identifier", got.Identifier, llm)
	equal(t, "info's context", got.Info.Context, 12345)
	equal(t, "info's maximum", got.Info.Max, 40960)
	equal(t, "info's format", got.Info.Format, "gguf")
	equal(t, "config's context", got.Context, 12345)
	equalLists(t, "loaded after load", got.Loaded, []string{llm})
	equal(t, "found", got.Found, llm)
	equal(t, "second", got.Second, "mine")
	equalLists(t, "loaded after second load", got.Both, []string{llm, "mine"})
	equal(t, "embedder", got.Embedder.Identifier, embedding)
	equal(t, "embedder's context", got.Embedder.Context, 2048)
	equalLists(t, "embedders", got.Embeddings, []string{embedding})
	equalLists(t, "loaded after unload", got.After, nil)
	for what, text := range map[string][2]string{
		"identifier taken": {got.Taken, "already"},
		"after unload":     {got.Gone, "already been unloaded"},
		"unknown model":    {got.Missing, "nobody/nothing"},
		"aborted":          {got.Aborted, "aborted"},
	} {
		if !strings.Contains(text[0], text[1]) {
			t.Errorf("%s: error = %q, want %q in it", what, text[0], text[1])
		}
	}
}

func equal[T comparable](t *testing.T, what string, got, want T) {
	t.Helper()
	if got != want {
		t.Errorf("%s = %v, want %v", what, got, want)
	}
}

func equalLists(t *testing.T, what string, got, want []string) {
	t.Helper()
	if !slices.Equal(got, want) {
		t.Errorf("%s = %v, want %v", what, got, want)
	}
}

// tool finds a program, or says what to install. It is no reason to skip: the
// fake is worth little unless the real library agrees with it.
func tool(t *testing.T, name string) string {
	t.Helper()
	path, err := exec.LookPath(name)
	if err != nil {
		t.Fatalf("%s is not installed: this test needs Node.js 20 or later with npm (Debian: apt-get install nodejs npm)", name)
	}
	return path
}

// install fetches the library, exactly as the lock file says, unless it is here.
func install(t *testing.T) {
	t.Helper()
	tool(t, "node")
	npm := tool(t, "npm")
	if _, err := os.Stat(filepath.Join("node_modules", "@lmstudio", "sdk", "package.json")); err == nil {
		return
	}
	out, err := exec.CommandContext(t.Context(), npm, "ci", "--no-audit", "--no-fund", "--ignore-scripts").CombinedOutput()
	if err != nil {
		t.Fatalf("npm ci: %v\n%s", err, out)
	}
}

// A lock file that names hosts would only work where those hosts are reached.
func TestLockFileNamesNoHost(t *testing.T) {
	text, err := os.ReadFile("package-lock.json")
	if err != nil {
		t.Fatal(err)
	}
	if bytes.Contains(text, []byte(`"resolved"`)) {
		t.Error(`package-lock.json has "resolved" addresses; write it with npm install --omit-lockfile-registry-resolved`)
	}
	if !bytes.Contains(text, []byte(`"@lmstudio/sdk": "1.5.0"`)) {
		t.Error("package-lock.json does not pin @lmstudio/sdk 1.5.0")
	}
}
