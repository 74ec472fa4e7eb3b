package store_test

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"testing"

	"pilotlight/store"
)

// A copy that a crash amid an upgrade left half made goes with the next attempt.
func TestAHalfCopyOfACrashIsSwept(t *testing.T) {
	path := filled(t, 20)
	c := exec.Command("true")
	if err := c.Run(); err != nil {
		t.Fatal(err)
	}
	half := filepath.Join(filepath.Dir(path), fmt.Sprintf(".pilotlight.db.before-v%d.%d-77", newest(t)+1, c.Process.Pid))
	if err := os.WriteFile(half, []byte("half"), 0o600); err != nil {
		t.Fatal(err)
	}
	if _, report := openWith(t, path, store.Settings{Migrations: later(t, "ALTER TABLE loads ADD COLUMN extra TEXT;")}); report.Backup == "" {
		t.Errorf("report %+v", report)
	}
	if _, err := os.Stat(half); err == nil {
		t.Error("the half copy stays")
	}
}
