//go:build e2e

package e2e

import (
	"fmt"
	"os"
	"sync"
	"testing"
	"time"
)

// TestFallbacks takes every scene's turns. They mostly wait for OpenClaw's own
// retries, so some are played at a time (go test -parallel).
func TestFallbacks(t *testing.T) {
	if keep := os.Getenv("PILOTLIGHT_E2E_KEEP"); keep != "" {
		t.Cleanup(func() { fmt.Println("What OpenClaw and the agent wrote is kept in", keep) })
	}
	if os.Getenv("PILOTLIGHT_E2E_BIN") == "" {
		fmt.Println("PILOTLIGHT_E2E_BIN is not set: only OpenClaw is looked at.")
	}
	for _, sc := range scenes() {
		t.Run(sc.version+"/"+sc.name, func(t *testing.T) {
			t.Parallel()
			sc.play(t)
		})
	}
}

var printing sync.Mutex

// report prints a turn's line at once; go test would hold it back.
func report(verdict string, sc scene, what string, took time.Duration) {
	printing.Lock()
	defer printing.Unlock()
	fmt.Printf("%s  %-22s %-9s  %s  (turn %.0f s)\n", verdict, sc.name, sc.version, what, took.Seconds())
}
