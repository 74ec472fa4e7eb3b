package store_test

import (
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"reflect"
	"regexp"
	"strings"
	"testing"
	"testing/fstest"

	"pilotlight/backend"
	"pilotlight/store"
)

func migrationNames(t *testing.T) []string {
	t.Helper()
	names, err := fs.Glob(store.Embedded(), "*.sql")
	if err != nil || len(names) == 0 {
		t.Fatalf("migrations: %v, %v", names, err)
	}
	return names
}

// newest is the schema that this program knows.
func newest(t *testing.T) int64 {
	t.Helper()
	return int64(len(migrationNames(t)))
}

func migrationText(t *testing.T, name string) []byte {
	t.Helper()
	text, err := fs.ReadFile(store.Embedded(), name)
	if err != nil {
		t.Fatal(err)
	}
	return text
}

// The numbers are consecutive, and each migration sets its own as user_version:
// a start trusts that number alone.
func TestMigrationsSetTheirVersion(t *testing.T) {
	for i, name := range migrationNames(t) {
		if want := fmt.Sprintf("%05d_", i+1); !strings.HasPrefix(name, want) {
			t.Errorf("migration %d is called %s, want %s…", i+1, name, want)
		}
		text := string(migrationText(t, name))
		set := regexp.MustCompile(`(?m)^PRAGMA user_version = (\d+);$`).FindAllStringSubmatch(text, -1)
		if len(set) != 1 || set[0][1] != fmt.Sprint(i+1) {
			t.Errorf("%s sets user_version %v, want %d once", name, set, i+1)
		}
		if strings.Contains(text, "NO TRANSACTION") {
			t.Errorf("%s would be left half done by a kill", name)
		}
	}
}

// later adds made-up migrations to the program's own.
func later(t *testing.T, texts ...string) fstest.MapFS {
	t.Helper()
	all := fstest.MapFS{}
	known := migrationNames(t)
	for _, name := range known {
		all[name] = &fstest.MapFile{Data: migrationText(t, name)}
	}
	for i, text := range texts {
		n := len(known) + 1 + i
		all[fmt.Sprintf("%05d_later.sql", n)] = &fstest.MapFile{
			Data: fmt.Appendf(nil, "-- +goose Up\n%s\nPRAGMA user_version = %d;\n", text, n)}
	}
	return all
}

func TestMigrateCopiesFirst(t *testing.T) {
	path := filled(t, 500)
	all := later(t, "ALTER TABLE loads ADD COLUMN extra TEXT;")
	s, report := openWith(t, path, store.Settings{Migrations: all})
	now := newest(t)
	want := store.Report{MigratedFrom: now, MigratedTo: now + 1, Backup: fmt.Sprint(path, ".before-v", now+1)}
	if !reflect.DeepEqual(report, want) {
		t.Errorf("report %+v, want %+v", report, want)
	}
	if got := len(allLoads(t, s)); got != 500 {
		t.Errorf("%d rows, want 500", got)
	}
	// The program from before reads the copy and refuses the database. The file
	// alone has to tell, even while the log is not folded in.
	alone := tempDB(t)
	copyFile(t, path, alone)
	_, _, err := store.Open(t.Context(), alone, fixed)
	wantError(t, err, backend.CodeRefused)
	copied := open(t, report.Backup)
	if got := len(allLoads(t, copied)); got != 500 {
		t.Errorf("%d rows in the copy, want 500", got)
	}
	if got := mode(t, report.Backup); got != 0o600 {
		t.Errorf("mode of the copy is %o", got)
	}
}

func TestFailedMigrationLosesNothing(t *testing.T) {
	path := filled(t, 500)
	last := newest(t) + 2
	for range 2 {
		all := later(t, "ALTER TABLE loads ADD COLUMN extra TEXT;", "DELETE FROM present; DELETE FROM loads; SELECT no_such_function();")
		_, report, err := store.OpenWith(t.Context(), path, fixed, store.Settings{Migrations: all})
		e := wantError(t, err, backend.CodeInternal)
		if report.SetAside != "" || report.Backup != fmt.Sprint(path, ".before-v", last) || !strings.Contains(e.Hint, report.Backup) {
			t.Errorf("report %+v, hint %q", report, e.Hint)
		}
	}
	// The first of the two migrations worked and stays; the copy is still that
	// of the beginning, although the second attempt began a version later.
	s, _ := openWith(t, path, store.Settings{Migrations: later(t, "ALTER TABLE loads ADD COLUMN extra TEXT;")})
	if got := len(allLoads(t, s)); got != 500 {
		t.Errorf("%d rows, want 500", got)
	}
	if _, report := openReport(t, fmt.Sprint(path, ".before-v", last)); report.MigratedFrom != newest(t) {
		t.Errorf("the copy has version %d, want %d", report.MigratedFrom, newest(t))
	}
}

func TestMigrateKeepsTwoCopies(t *testing.T) {
	path := filled(t, 500)
	var texts []string
	for n := newest(t) + 1; n <= 11; n++ {
		texts = append(texts, fmt.Sprintf("CREATE TABLE t%d (id INTEGER);", n))
		s, _ := openWith(t, path, store.Settings{Migrations: later(t, texts...)})
		closeStore(t, s)
	}
	if err := os.WriteFile(path+".before-vacation", nil, 0o600); err != nil {
		t.Fatal(err)
	}
	want := "pilotlight.db pilotlight.db.before-v10 pilotlight.db.before-v11 pilotlight.db.before-vacation"
	if got := strings.Join(names(t, filepath.Dir(path)), " "); got != want {
		t.Errorf("the folder has %s, want %s", got, want)
	}
}
