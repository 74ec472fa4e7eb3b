package store_test

import (
	"fmt"
	"path/filepath"
	"reflect"
	"strings"
	"testing"
	"testing/fstest"

	"pilotlight/backend"
	"pilotlight/store"
)

// upTo is the migrations of the program that knew version schemas.
func upTo(t *testing.T, version int64) fstest.MapFS {
	t.Helper()
	known := fstest.MapFS{}
	for _, name := range migrationNames(t)[:version] {
		known[name] = &fstest.MapFile{Data: migrationText(t, name)}
	}
	return known
}

// Every earlier program refuses the history that a later one has brought up to date,
// leaves it as it is, and goes on with the copy that was made before.
func TestEarlierProgramsGoBack(t *testing.T) {
	for version := int64(1); version < newest(t); version++ {
		t.Run(fmt.Sprint("v", version), func(t *testing.T) {
			path := tempDB(t)
			copyFile(t, filepath.Join("testdata", fmt.Sprintf("v%d.db", version)), path)
			s, report := openReport(t, path)
			closeStore(t, s)
			_, refused, err := store.OpenWith(t.Context(), path, fixed, store.Settings{Migrations: upTo(t, version)})
			e := wantError(t, err, backend.CodeRefused)
			if !reflect.DeepEqual(refused, store.Report{}) || !strings.Contains(e.Message, fmt.Sprint("up to version ", version)) || !strings.Contains(e.Hint, "Update Pilotlight") {
				t.Errorf("report %+v, the error says %q, %q", refused, e.Message, e.Hint)
			}
			if s, again := openReport(t, path); again.MigratedFrom != newest(t) || again.SetAside != "" {
				t.Errorf("after the refusal: %+v", again)
			} else {
				closeStore(t, s)
			}
			_, back := openWith(t, report.Backup, store.Settings{Migrations: upTo(t, version)})
			if want := (store.Report{MigratedFrom: version, MigratedTo: version}); !reflect.DeepEqual(back, want) {
				t.Errorf("the copy opens with %+v, want %+v", back, want)
			}
		})
	}
}
