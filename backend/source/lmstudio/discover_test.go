package lmstudio_test

import (
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"

	"pilotlight/backend"
	"pilotlight/backend/source/lmstudio"
)

func write(t *testing.T, text string, elem ...string) {
	t.Helper()
	file := filepath.Join(elem...)
	if err := os.MkdirAll(filepath.Dir(file), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
}

func env(pairs ...string) func(string) string {
	return func(name string) string {
		for i := 0; i < len(pairs); i += 2 {
			if pairs[i] == name {
				return pairs[i+1]
			}
		}
		return ""
	}
}

// known is what the internal API may listen at when nothing tells.
var known = []int{41343, 52993, 16141, 39414, 22931}

func TestDiscoverFromFiles(t *testing.T) {
	const config, published = ".internal/http-server-config.json", ".internal/http-server.json"
	for _, tc := range []struct {
		name  string
		files map[string]string // HOME in a text is the home directory
		env   []string
		url   string
		ports []int
		token string
	}{
		{name: "nothing there", url: "http://127.0.0.1:1234", ports: known},
		{
			name: "usual place",
			files: map[string]string{
				".lmstudio/" + config:    `{"autoStartOnLaunch":false,"port":4321,"cors":false,"networkInterface":"0.0.0.0","justInTimeModelLoading":true}`,
				".lmstudio/" + published: `{"port":40001}`,
			},
			url: "http://127.0.0.1:4321", ports: append([]int{40001}, known...),
		},
		{
			name: "old place wins", url: "http://127.0.0.1:5001", ports: known,
			files: map[string]string{".cache/lm-studio/" + config: `{"port":5001}`, ".lmstudio/" + config: `{"port":5002}`},
		},
		{
			name: "pointer wins", url: "http://127.0.0.1:5003", ports: known,
			files: map[string]string{
				".lmstudio-home-pointer":     "HOME/elsewhere\n",
				"elsewhere/" + config:        `{"port":5003}`,
				".cache/lm-studio/" + config: `{"port":5001}`,
			},
		},
		{
			name: "pointer that makes no sense", url: "http://127.0.0.1:5002", ports: known,
			files: map[string]string{".lmstudio-home-pointer": "\x00not a path", ".lmstudio/" + config: `{"port":5002}`},
		},
		{
			name: "published port by environment", url: "http://127.0.0.1:1234", ports: append([]int{40002}, known...),
			files: map[string]string{"info.json": `{"port":40002}`, ".lmstudio/" + published: `{"port":40001}`},
			env:   []string{"LMS_API_SERVER_INFO_PATH", "HOME/info.json"},
		},
		{
			name: "published port is a well-known one", url: "http://127.0.0.1:1234", ports: []int{16141, 41343, 52993, 39414, 22931},
			files: map[string]string{".lmstudio/" + published: `{"port":16141}`},
		},
		{
			name: "server on an internal port", url: "http://127.0.0.1:41343", ports: known[1:],
			files: map[string]string{".lmstudio/" + config: `{"port":41343}`},
		},
		{name: "broken files", url: "http://127.0.0.1:1234", ports: known, files: map[string]string{".lmstudio/" + config: `{"port":`, ".lmstudio/" + published: `[]`}},
		{name: "port of a wrong type", url: "http://127.0.0.1:1234", ports: known, files: map[string]string{".lmstudio/" + config: `{"port":"1235"}`}},
		{name: "impossible port", url: "http://127.0.0.1:1234", ports: known, files: map[string]string{".lmstudio/" + config: `{"port":70000}`}},
		{name: "token", url: "http://127.0.0.1:1234", ports: known, env: []string{"LM_API_TOKEN", " " + token + "\n"}, token: token},
	} {
		t.Run(tc.name, func(t *testing.T) {
			home := t.TempDir()
			for name, text := range tc.files {
				write(t, strings.ReplaceAll(text, "HOME", home), home, name)
			}
			for i := range tc.env {
				tc.env[i] = strings.ReplaceAll(tc.env[i], "HOME", home)
			}
			got, err := lmstudio.Discover("", home, env(tc.env...))
			want := lmstudio.Config{ID: "lmstudio", URL: tc.url, Token: tc.token, InternalPorts: tc.ports}
			if err != nil || !reflect.DeepEqual(got, want) {
				t.Errorf("got  %+v, %v\nwant %+v", got, err, want)
			}
		})
	}
}

func TestDiscoverIgnoresWhatIsNoFile(t *testing.T) {
	home := t.TempDir()
	if err := os.MkdirAll(filepath.Join(home, ".lmstudio/.internal/http-server-config.json"), 0o755); err != nil {
		t.Fatal(err)
	}
	got, err := lmstudio.Discover("", home, env())
	if err != nil || got.URL != "http://127.0.0.1:1234" {
		t.Errorf("got %+v, %v", got, err)
	}
	if got, err := lmstudio.Discover("", "", env()); err != nil || got.URL != "http://127.0.0.1:1234" {
		t.Errorf("without a home: %+v, %v", got, err)
	}
}

func TestDiscoverTakesAnExplicitURL(t *testing.T) {
	for in, want := range map[string]string{
		"http://127.0.0.1:1234/":         "http://127.0.0.1:1234",
		" http://mac.local:1234 ":        "http://mac.local:1234",
		"http://127.0.0.1:1234/v1":       "http://127.0.0.1:1234",
		"http://127.0.0.1:1234/api/v1/":  "http://127.0.0.1:1234",
		"http://127.0.0.1:1234/api/v0":   "http://127.0.0.1:1234",
		"https://llm.example/studio/":    "https://llm.example/studio",
		"https://llm.example/studio/v1/": "https://llm.example/studio",
		"http://[::1]:1234":              "http://[::1]:1234",
		"HTTP://localhost:1234":          "http://localhost:1234",
		"127.0.0.1:1234":                 "",
		"localhost:1234":                 "",
		"ftp://127.0.0.1":                "",
		"http://":                        "",
		"http://:1234":                   "",
		"http://user:hunter2@127.0.0.1":  "",
		"http://127.0.0.1:99999":         "",
		"http://127.0.0.1:0":             "",
		"http://127.0.0.1:":              "",
		"http://127.0.0.1:1234/?a=1":     "",
		"http://127.0.0.1:1234/#x":       "",
		"http://127.0.0.1:1234/\x7f":     "",
		"unix:///tmp/sock":               "",
	} {
		got, err := lmstudio.Discover(in, t.TempDir(), env())
		if want == "" {
			wantCode(t, err, backend.CodeInvalid)
			if strings.Contains(err.Error(), "hunter2") {
				t.Errorf("the error tells the password: %v", err)
			}
			continue
		}
		if err != nil || got.URL != want {
			t.Errorf("%q: got %q, %v, want %q", in, got.URL, err, want)
		}
	}
}

// The internal ports are this machine's; another machine's LM Studio has none
// that could be asked.
func TestDiscoverHasInternalPortsForThisMachineOnly(t *testing.T) {
	for u, local := range map[string]bool{
		"http://127.0.0.1:9": true, "http://localhost:9": true, "http://[::1]:9": true, "http://127.8.8.8:9": true,
		"http://10.0.0.2:9": false, "http://mac.local:9": false, "http://localhost.example:9": false,
	} {
		cfg, err := lmstudio.Discover(u, t.TempDir(), env())
		if err != nil || (len(cfg.InternalPorts) > 0) != local {
			t.Errorf("%s: %v, %v", u, cfg.InternalPorts, err)
		}
		if got := client(t, cfg).Local(); got != local {
			t.Errorf("%s: local %v", u, got)
		}
	}
}

func TestDiscoverRefusesATokenThatCannotBeSent(t *testing.T) {
	_, err := lmstudio.Discover("", t.TempDir(), env("LM_API_TOKEN", "sk-lm-abcdefgh:01234567890123456789\r\nX: y"))
	wantCode(t, err, backend.CodeInvalid)
}
