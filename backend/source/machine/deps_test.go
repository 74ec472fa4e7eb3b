package machine

import (
	"os"
	"os/exec"
	"strings"
	"testing"
)

// TestNoCrashingLibraryOnMacOS: gopsutil's package cpu, and process through it,
// links go-m1cpu on macOS, whose start before main crashed on newer Macs.
func TestNoCrashingLibraryOnMacOS(t *testing.T) {
	cmd := exec.Command("go", "list", "-deps", "pilotlight/cmd/pilotlight")
	cmd.Env = append(os.Environ(), "GOOS=darwin", "GOARCH=arm64", "CGO_ENABLED=1")
	out, err := cmd.Output()
	if err != nil {
		t.Fatalf("go list: %v", err)
	}
	deps := string(out)
	if !strings.Contains(deps, "pilotlight/backend/source/machine\n") {
		t.Fatalf("the agent does without this package: %s", deps)
	}
	for _, bad := range []string{"go-m1cpu", "gopsutil/v3/cpu", "gopsutil/v3/process"} {
		if strings.Contains(deps, bad) {
			t.Errorf("the program for macOS links %s", bad)
		}
	}
}
