package backend_test

import (
	"encoding/json"
	"errors"
	"io"
	"os/exec"
	"strings"
	"testing"
)

// row is where a package stands: it may import rows below its own, and of its
// own row only what is allowed by name. Arrows point inward.
func row(pkg string) (int, bool) {
	for _, r := range []struct {
		prefix string
		row    int
	}{
		{"pilotlight/backend/source/", 1}, {"pilotlight/backend/rule/", 1}, {"pilotlight/backend/json5", 0},
		{"pilotlight/backend/home", 0}, {"pilotlight/backend/wire", 0}, {"pilotlight/backend/late", 0}, {"pilotlight/store", 1}, {"pilotlight/frontend", 0},
		{"pilotlight/backend/face/", 2}, {"pilotlight/backend/agent", 3}, {"pilotlight/window", 3}, {"pilotlight/cmd/", 4},
		{"pilotlight/bench", 4}, {"pilotlight/build", 4}, {"pilotlight/e2e", 4},
		{"pilotlight/trial/rig", 4}, {"pilotlight/trial/", 5},
	} {
		if strings.HasPrefix(pkg, r.prefix) {
			return r.row, true
		}
	}
	if pkg == "pilotlight" {
		return 4, true // the window's entry, at the root
	}
	return 0, pkg == "pilotlight/backend"
}

// allowed are the imports that break the rows on purpose.
func allowed(from, to string) bool {
	rule := strings.HasPrefix(to, "pilotlight/backend/rule/")
	switch {
	case strings.HasPrefix(from, "pilotlight/backend/rule/") && to == "pilotlight/backend/rule/fit":
		return true // fit is arithmetic that other rules use
	case strings.HasPrefix(from, "pilotlight/backend/face/") && rule:
		return true
	case from == "pilotlight/backend/face/api/dumpspec", strings.Contains(from, "/lmstudiotest/"):
		return true // programs that stand beside the package they are about
	case strings.HasPrefix(from, "pilotlight/backend/source/openclaw/") && to == "pilotlight/backend/source/openclaw":
		return true // its parts share its paths
	}
	return false
}

func TestArrowsPointInward(t *testing.T) {
	out, err := exec.Command("go", "list", "-json=ImportPath,Imports", "pilotlight/...").Output()
	if err != nil {
		t.Fatalf("go list: %v", err)
	}
	dec := json.NewDecoder(strings.NewReader(string(out)))
	seen := 0
	for {
		var p struct {
			ImportPath string
			Imports    []string
		}
		if err := dec.Decode(&p); errors.Is(err, io.EOF) {
			break
		} else if err != nil {
			t.Fatalf("read go list: %v", err)
		}
		seen++
		from, known := row(p.ImportPath)
		if !known {
			t.Errorf("%s has no place in the rows: add it to this test", p.ImportPath)
		}
		for _, to := range p.Imports {
			if !strings.HasPrefix(to, "pilotlight/") || allowed(p.ImportPath, to) {
				continue
			}
			if at, _ := row(to); at >= from {
				t.Errorf("%s must not import %s", p.ImportPath, to)
			}
		}
	}
	if seen < 10 {
		t.Fatalf("only %d packages were checked", seen)
	}
}
