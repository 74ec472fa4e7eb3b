package window_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"pilotlight/backend"
	"pilotlight/window"
)

func TestWebAddress(t *testing.T) {
	for _, good := range []string{"https://lmstudio.ai/docs", "http://127.0.0.1:7456/#/models", "https://x.example/a?b=c"} {
		if got, err := window.WebAddress(good); err != nil || got != good {
			t.Errorf("%s became %q, %v", good, got, err)
		}
	}
	for _, bad := range []string{
		"", "lmstudio.ai", "file:///etc/passwd", "javascript:alert(1)", "ssh://host", "https://", "https://u:p@x.example", "HTTPS:x",
		"--help", "https://x.example/" + strings.Repeat("a", 3000), "https://x.example/\x00", "vscode://x",
	} {
		if got, err := window.WebAddress(bad); err == nil {
			t.Errorf("%q became %q", bad, got)
		} else if e := backend.AsError(err); e.Code != backend.CodeInvalid || e.Hint == "" {
			t.Errorf("%q got %+v", bad, e)
		}
	}
}

func TestExistingFile(t *testing.T) {
	file := filepath.Join(t.TempDir(), "a file")
	if err := os.WriteFile(file, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	if got, err := window.ExistingFile(filepath.Dir(file) + "/./x/../a file"); err != nil || got != file {
		t.Errorf("got %q, %v, want %q", got, err, file)
	}
	for bad, want := range map[string]backend.Code{
		"": backend.CodeInvalid, "a file": backend.CodeInvalid, "file://" + file: backend.CodeInvalid, file + "\x00": backend.CodeInvalid,
		file + "s": backend.CodeNotFound,
	} {
		if got, err := window.ExistingFile(bad); backend.CodeOf(err) != want {
			t.Errorf("%q became %q, %v", bad, got, err)
		}
	}
}

func TestRoute(t *testing.T) {
	for path, want := range map[string]string{"": "", "/": "#/", "/models": "#/models", "/fallbacks?cause=auth&x=%20": "#/fallbacks?cause=auth&x=%20"} {
		if got, err := window.Route(path); err != nil || got != want {
			t.Errorf("%q became %q, %v, want %q", path, got, err, want)
		}
	}
	for _, bad := range []string{"models", "#/models", "/a b", "/<script>", "/'", "/\"", "/\n", "/" + strings.Repeat("a", 600)} {
		if got, err := window.Route(bad); err == nil {
			t.Errorf("%q became %q", bad, got)
		}
	}
}
