package sim

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// TestSimScripts plays what once brought a fault to light.
func TestSimScripts(t *testing.T) {
	files, err := filepath.Glob("testdata/*.txt")
	if err != nil || len(files) == 0 {
		t.Fatalf("no scripts: %v", err)
	}
	for _, name := range files {
		t.Run(strings.TrimSuffix(filepath.Base(name), ".txt"), func(t *testing.T) {
			text, err := os.ReadFile(name)
			if err != nil {
				t.Fatal(err)
			}
			s, err := parse(string(text))
			if err != nil {
				t.Fatal(err)
			}
			if w := play(s, nil, true); w.failure != "" {
				t.Errorf("%s\n\n%s", w.failure, strings.Join(w.trace, "\n"))
			}
		})
	}
}

// TestSimReplays: a life is the same each time, and survives being written down.
func TestSimReplays(t *testing.T) {
	for seed := uint64(1); seed <= 20; seed++ {
		s := write(seed)
		again, err := parse(s.String())
		if err != nil {
			t.Fatal(err)
		}
		a, b := play(s, nil, true), play(again, nil, true)
		if x, y := strings.Join(a.trace, "\n"), strings.Join(b.trace, "\n"); x != y || a.steps != b.steps || len(a.trace) < 5 {
			t.Fatalf("seed %d is not the same twice:\n%s\n\n%s", seed, x, y)
		}
	}
}
