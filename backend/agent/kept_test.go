package agent_test

import (
	"context"
	"database/sql"
	"strings"
	"testing"

	_ "github.com/mattn/go-sqlite3"

	"pilotlight/backend"
	"pilotlight/backend/agent"
	"pilotlight/backend/source/lmstudio/lmstudiotest"
)

// A choice that was answered is on the disk: a kill right after the answer takes it
// from nobody.
func TestAChoiceIsOnTheDiskWhenItIsAnswered(t *testing.T) {
	t.Parallel()
	r := start(t, lmstudiotest.Options{})
	r.untilListed()
	// What another connection sees is what a start after a kill would. It is not the
	// agent's process that opens the file a second time in life; here locks do not
	// matter, because this side only reads.
	db, err := sql.Open("sqlite3", "file:"+agent.DatabasePath(r.cfg.Home)+"?mode=ro")
	must(t, err)
	defer db.Close()
	kept := func(name string) string {
		var value []byte
		if err := db.QueryRow("SELECT value FROM state WHERE name = ?", name).Scan(&value); err != nil {
			return err.Error()
		}
		return string(value)
	}
	for range 20 {
		for _, model := range []string{hero, second} {
			_, err := r.api.SetKeep(context.Background(), backend.Target{Model: model})
			must(t, err)
			if got := kept("keep"); !strings.Contains(got, model) {
				t.Fatalf("%s is to be kept, and the disk says %s", model, got)
			}
		}
		_, err := r.api.Release(context.Background())
		must(t, err)
		if got := kept("keep"); strings.Contains(got, second) {
			t.Fatalf("nothing is to be kept, and the disk says %s", got)
		}
	}
	want := backend.Settings{Notify: backend.NotifySettings{QuietFrom: "22:00", QuietTo: "07:15"}}
	_, err = r.api.SetSettings(context.Background(), want)
	must(t, err)
	if got := kept("settings"); !strings.Contains(got, "07:15") {
		t.Errorf("the settings on the disk are %s", got)
	}
}
