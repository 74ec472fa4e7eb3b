package lmstudio

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"pilotlight/backend"
)

func put(t *testing.T, path, text string) {
	t.Helper()
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
}

func show(b *bool) string {
	if b == nil {
		return "?"
	}
	return fmt.Sprint(*b)
}

func TestWhetherLMStudioIsHere(t *testing.T) {
	t.Parallel()
	app := []backend.Process{{Role: backend.RoleOpenClawGateway}, {Role: backend.RoleLMStudioApp}}
	worker := []backend.Process{{Role: backend.RoleModelWorker, Name: "LM Studio worker"}}
	others := []backend.Process{{Role: backend.RoleModelWorker, Name: "llama-server"}, {Role: backend.RoleModelServer, Name: "Ollama"}}
	// files are written below the home; HOME in their text is the home itself.
	for name, c := range map[string]struct {
		files              map[string]string
		system             string
		processes          []backend.Process
		installed, running string
		folder             bool
	}{
		"never seen":               {nil, "linux", others, "false", "false", false},
		"never seen, on a Mac":     {nil, "darwin", nil, "false", "?", false},
		"it runs":                  {nil, "linux", app, "true", "true", false},
		"a worker of it runs":      {nil, "linux", worker, "true", "true", false},
		"an AppImage somewhere":    {map[string]string{".lmstudio/settings.json": "{}"}, "linux", others, "?", "false", true},
		"removed from a Mac":       {map[string]string{".lmstudio/settings.json": "{}"}, "darwin", others, "false", "false", true},
		"among the applications":   {map[string]string{"Applications/LM Studio.app/Contents/Info.plist": ""}, "darwin", others, "true", "false", false},
		"it noted where it is":     {map[string]string{".lmstudio/.internal/app-install-location.json": `{"path":"HOME/lms.AppImage"}`, "lms.AppImage": ""}, "linux", nil, "true", "?", true},
		"what it noted is gone":    {map[string]string{".lmstudio/.internal/app-install-location.json": `{"path":"/nowhere/lms.AppImage"}`}, "linux", nil, "?", "?", true},
		"a note that is broken":    {map[string]string{".lmstudio/.internal/app-install-location.json": `{"path":17`}, "linux", nil, "?", "?", true},
		"a note without beginning": {map[string]string{".lmstudio/.internal/app-install-location.json": `{"path":"."}`}, "linux", nil, "?", "?", true},
		"llmster, noted":           {map[string]string{".lmstudio/.internal/llmster-install-location.json": `{"path":"HOME/bin/llmster"}`, "bin/llmster": ""}, "darwin", nil, "true", "?", true},
		"llmster, by its folder":   {map[string]string{".lmstudio/llmster/0.0.21/llmster": ""}, "linux", nil, "true", "?", true},
	} {
		home := t.TempDir()
		for file, text := range c.files {
			put(t, filepath.Join(home, file), strings.ReplaceAll(text, "HOME", home))
		}
		got := seenOn(home, c.system, []string{filepath.Join(home, "Applications", "LM Studio.app")}, c.processes)
		if show(got.Installed) != c.installed || show(got.Running) != c.running || (got.Folder != "") != c.folder {
			t.Errorf("%s: got %q, installed %s, running %s", name, got.Folder, show(got.Installed), show(got.Running))
		}
	}
}

func TestWhereItsServerListens(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]string{
		`{"port":1234,"networkInterface":"127.0.0.1"}`: "1234 false",
		`{"port":8080,"networkInterface":"0.0.0.0"}`:   "8080 true",
		`{"networkInterface":"::"}`:                    "1234 true",
		`{"networkInterface":"::1"}`:                   "1234 false",
		`{"networkInterface":"localhost"}`:             "1234 false",
		`{"networkInterface":"192.168.1.5"}`:           "1234 true",
		`{"port":"x","networkInterface":"0.0.0.0"}`:    "1234 true",
		`{"port":1234}`:                                "nothing",
		`{"networkInterface":7}`:                       "nothing",
		`{"networkInterface":"eth0"}`:                  "nothing",
		`<html>`:                                       "nothing",
		``:                                             "nothing",
	} {
		home := t.TempDir()
		put(t, filepath.Join(home, ".lmstudio", ".internal", "http-server-config.json"), text)
		got := "nothing"
		if at, port := Listens(home, "lmstudio"); at != nil {
			got = fmt.Sprint(port, " ", at.All)
			if at.Server != "lmstudio" || at.Token != nil {
				t.Errorf("%s: got %+v", text, at)
			}
		}
		if got != want {
			t.Errorf("%s: got %s, want %s", text, got, want)
		}
	}
	if at, _ := Listens(t.TempDir(), "lmstudio"); at != nil {
		t.Errorf("without the file: got %+v", at)
	}
}

func TestAsksToken(t *testing.T) {
	t.Parallel()
	answer := func(status int, body string) http.HandlerFunc {
		return func(w http.ResponseWriter, r *http.Request) {
			if r.Header.Get("Authorization") != "" || r.URL.Path != "/v1/models" {
				t.Errorf("asked %s with %q", r.URL, r.Header.Get("Authorization"))
			}
			w.WriteHeader(status)
			_, _ = w.Write([]byte(body))
		}
	}
	for name, c := range map[string]struct {
		handler http.HandlerFunc
		want    string
	}{
		"open":                {answer(200, `{"object":"list","data":[]}`), "false"},
		"guarded":             {answer(401, `{"error":{"code":"invalid_api_key"}}`), "true"},
		"forbidden":           {answer(403, ``), "true"},
		"a page":              {answer(200, `<html>sign in</html>`), "?"},
		"an error in the 200": {answer(200, `{"error":"Unexpected endpoint"}`), "?"},
		"broken":              {answer(500, `{"data":[]}`), "?"},
		"leads elsewhere": {func(w http.ResponseWriter, r *http.Request) {
			if r.URL.Path != "/v1/models" {
				t.Errorf("went on to %s", r.URL)
			}
			http.Redirect(w, r, "/login", http.StatusFound)
		}, "?"},
	} {
		srv := httptest.NewServer(c.handler)
		if got := show(AsksToken(t.Context(), srv.URL+"/")); got != c.want {
			t.Errorf("%s: got %s, want %s", name, got, c.want)
		}
		srv.Close()
		if got := show(AsksToken(t.Context(), srv.URL)); got != "?" {
			t.Errorf("%s, gone: got %s", name, got)
		}
	}
	release := make(chan struct{})
	slow := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { <-release }))
	defer slow.Close()
	defer close(release)
	begun := time.Now()
	if got := show(AsksToken(t.Context(), slow.URL)); got != "?" || time.Since(begun) > 30*time.Second {
		t.Errorf("one that does not answer: got %s after %s", got, time.Since(begun))
	}
}
