package agent_test

import (
	"context"
	"database/sql"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	_ "github.com/mattn/go-sqlite3"

	"pilotlight/backend"
	"pilotlight/backend/agent"
	"pilotlight/backend/source/lmstudio"
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

// What a person chose outlives a history that is damaged elsewhere: the model stays the
// one that is kept, and that is said.
func TestAChoiceOutlivesADamagedHistory(t *testing.T) {
	t.Parallel()
	r := start(t, lmstudiotest.Options{})
	r.keepHero(backend.Always, 0)
	r.untilStory(hero + " loaded keep_warm")
	want := backend.Settings{Notify: backend.NotifySettings{QuietFrom: "22:00", QuietTo: "07:15"}}
	_, err := r.api.SetSettings(context.Background(), want)
	must(t, err)
	r.stop()
	spoilTable(t, agent.DatabasePath(r.cfg.Home), "loads")
	r.run()
	st := r.until("a notice", func(st *backend.Status) bool { return len(st.Notices) == 1 })
	if n := st.Notices[0]; n.Code != "history_set_aside" || !strings.Contains(n.Hint, hero+" is kept loaded as before") {
		t.Errorf("notice %+v", n)
	}
	if k := st.Keep; k.Model != hero || k.Policy != backend.Always {
		t.Errorf("%+v is kept", k)
	}
	if got, err := r.api.Settings(context.Background()); err != nil || got != want {
		t.Errorf("the settings are %+v, %v", got, err)
	}
	r.stop()
	r.run() // what was taken over is in the new database
	r.untilKeep(backend.KeepWarm, "")
	if got, err := r.api.Settings(context.Background()); err != nil || got != want {
		t.Errorf("the settings are %+v after one more start, %v", got, err)
	}
}

// A start that was killed after it set a damaged history aside, and before it had taken
// over what was chosen, is made up for by the next one, which also tells of it. After a
// restart it is told again.
func TestAKilledStartSetTheHistoryAside(t *testing.T) {
	t.Parallel()
	r := start(t, lmstudiotest.Options{})
	r.keepHero(backend.Always, 0)
	r.untilStory(hero + " loaded keep_warm")
	r.stop()
	path := agent.DatabasePath(r.cfg.Home)
	spoilTable(t, path, "loads")
	r.run()
	aside := func() string {
		t.Helper()
		st := r.until("a notice", func(st *backend.Status) bool { return len(st.Notices) == 1 })
		if n := st.Notices[0]; n.Code != "history_set_aside" || !strings.Contains(n.Hint, hero+" is kept loaded as before") {
			t.Errorf("notice %+v", n)
		}
		if st.Keep.Model != hero {
			t.Errorf("%+v is kept", st.Keep)
		}
		kept, err := filepath.Glob(path + ".corrupt-*")
		if err != nil || len(kept) != 1 {
			t.Fatalf("the folder has %v, %v", kept, err)
		}
		return kept[0]
	}
	kept := aside()
	r.stop()
	must(t, os.WriteFile(path+".aside", []byte(filepath.Base(kept)+"\nits pages are mixed up"), 0o600))
	db, err := sql.Open("sqlite3", path)
	must(t, err)
	_, err = db.Exec("DELETE FROM state")
	must(t, err)
	must(t, db.Close())
	r.run()
	aside()
	r.stop()
	r.run()
	aside()
	r.stop()
	must(t, os.Remove(kept))
	r.run()
	r.until("no notice", func(st *backend.Status) bool { return len(st.Notices) == 0 })
}

// spoilTable makes the first page of a table something else.
func spoilTable(t *testing.T, path, table string) {
	t.Helper()
	db, err := sql.Open("sqlite3", "file:"+path+"?mode=ro&immutable=1")
	must(t, err)
	var page int64
	must(t, db.QueryRow("SELECT rootpage FROM sqlite_schema WHERE name = ?", table).Scan(&page))
	must(t, db.Close())
	f, err := os.OpenFile(path, os.O_WRONLY, 0)
	must(t, err)
	_, err = f.WriteAt([]byte(strings.Repeat("rubbish ", 512)), (page-1)*4096)
	must(t, err)
	must(t, f.Close())
}

// What was asked for is remembered until the history tells of it, and no longer: kept for
// the next start, it would explain somebody else's load.
func TestWhatWasAskedForIsForgottenOnceItIsTold(t *testing.T) {
	t.Parallel()
	r := start(t, lmstudiotest.Options{})
	r.untilListed()
	_, err := r.api.Load(context.Background(), "", hero, nil)
	must(t, err)
	row := r.history()[0]
	r.stop()
	asked := func(set string) (value string) {
		db, err := sql.Open("sqlite3", "file:"+agent.DatabasePath(r.cfg.Home))
		must(t, err)
		defer db.Close()
		if set != "" {
			_, err = db.Exec("INSERT OR REPLACE INTO state (name, value, at) VALUES ('asked', CAST(? AS BLOB), 0)", set)
			must(t, err)
		}
		if err := db.QueryRow("SELECT value FROM state WHERE name = 'asked'").Scan(&value); err != nil {
			return err.Error()
		}
		return value
	}
	if got := asked(""); got != sql.ErrNoRows.Error() {
		t.Errorf("after the load was told, the disk still says %s", got)
	}
	// A kill between the row and the state leaves this.
	started, err := json.Marshal(row.At)
	must(t, err)
	stale := fmt.Sprintf(`[{"server":"lmstudio","model":%q,"cause":"user","started":%s}]`, hero, started)
	asked(stale)
	r.fake.Eject(hero)
	r.run()
	r.untilStory(hero+" loaded user", hero+" unloaded unknown")
	r.fake.LoadExplicit(hero, 4096)
	r.untilStory(hero+" loaded user", hero+" unloaded unknown", hero+" loaded external")
	r.stop()
	if got := asked(""); got != sql.ErrNoRows.Error() {
		t.Errorf("after the next start the disk says %s", got)
	}
}

// Who was answered sees in the status what was done, however slow the agent is.
func TestTheStatusShowsWhatWasAnswered(t *testing.T) {
	t.Parallel()
	var slow atomic.Bool
	r := start(t, lmstudiotest.Options{}, func(c *agent.Config, _ *lmstudio.Config) {
		c.Now = func() time.Time {
			if slow.Load() {
				time.Sleep(20 * time.Millisecond)
			}
			return time.Now()
		}
	})
	r.untilListed()
	slow.Store(true)
	defer slow.Store(false)
	for range 3 {
		for _, change := range []func() (backend.Keep, error){
			func() (backend.Keep, error) { return r.api.SetKeep(t.Context(), backend.Target{Model: hero}) },
			func() (backend.Keep, error) { return r.api.Release(t.Context()) },
		} {
			kept, err := change()
			must(t, err)
			st, err := r.api.Status(t.Context())
			must(t, err)
			if st.Keep.Model != kept.Model {
				t.Fatalf("it was answered that %q is kept, and the status says %q", kept.Model, st.Keep.Model)
			}
		}
	}
}
