package store_test

import (
	"bytes"
	"context"
	"database/sql"
	"fmt"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"
	"time"

	"pilotlight/backend"
	"pilotlight/store"
)

func TestOpenCreates(t *testing.T) {
	path := filepath.Join(t.TempDir(), "new", "state?a=1#b%20 ü", "pilotlight.db")
	s, report := openReport(t, path)
	if want := (store.Report{Created: true, MigratedTo: newest(t)}); !reflect.DeepEqual(report, want) {
		t.Errorf("report %+v, want %+v", report, want)
	}
	add(t, s, sample(0))
	for _, suffix := range []string{"", "-wal", "-shm"} {
		if got := mode(t, path+suffix); got != 0o600 {
			t.Errorf("mode of database%s is %o", suffix, got)
		}
	}
	if got := mode(t, filepath.Dir(path)); got != 0o700 {
		t.Errorf("mode of the folder is %o", got)
	}
	closeStore(t, s)
	if got := names(t, filepath.Dir(path)); !reflect.DeepEqual(got, []string{"pilotlight.db"}) {
		t.Errorf("after closing the folder has %v", got)
	}

	s, report = openReport(t, path)
	if want := (store.Report{MigratedFrom: newest(t), MigratedTo: newest(t)}); !reflect.DeepEqual(report, want) {
		t.Errorf("report %+v, want %+v", report, want)
	}
	if got := len(allLoads(t, s)); got != 1 {
		t.Errorf("%d rows after reopening, want 1", got)
	}
}

func TestOpenSettings(t *testing.T) {
	s := open(t, tempDB(t))
	for _, test := range []struct {
		db   *sql.DB
		name string
		want string
	}{
		{s.Writer(), "journal_mode", "wal"}, {s.Reader(), "journal_mode", "wal"},
		{s.Writer(), "synchronous", "2"},
		{s.Writer(), "busy_timeout", "5000"}, {s.Reader(), "busy_timeout", "5000"},
		{s.Writer(), "foreign_keys", "1"},
		{s.Writer(), "auto_vacuum", "2"},
		{s.Writer(), "application_id", "1346980948"},
		{s.Writer(), "cache_size", "-512"}, {s.Reader(), "cache_size", "-256"},
		{s.Writer(), "temp_store", "2"}, {s.Reader(), "temp_store", "2"},
		{s.Writer(), "mmap_size", "0"}, {s.Reader(), "mmap_size", "0"},
		{s.Writer(), "query_only", "0"}, {s.Reader(), "query_only", "1"},
	} {
		var got string
		if err := test.db.QueryRowContext(t.Context(), "PRAGMA "+test.name).Scan(&got); err != nil || got != test.want {
			t.Errorf("%s is %q, %v; want %q", test.name, got, err, test.want)
		}
	}
}

// A memory database stands for a file system without shared memory: it too
// answers the wish for a log with another mode and no error.
func TestOpenNeedsWAL(t *testing.T) {
	wantError(t, store.UseWAL(t.Context(), raw(t, ":memory:")), backend.CodeRefused)
}

func TestOpenTightensModes(t *testing.T) {
	path := tempDB(t)
	closeStore(t, open(t, path))
	if err := os.Chmod(path, 0o664); err != nil {
		t.Fatal(err)
	}
	s := open(t, path)
	add(t, s, sample(0))
	for _, suffix := range []string{"", "-wal", "-shm"} {
		if got := mode(t, path+suffix); got != 0o600 {
			t.Errorf("mode of database%s is %o", suffix, got)
		}
	}
}

func TestOpenRefusesForeign(t *testing.T) {
	for name, prepare := range map[string]string{
		"unmarked": "CREATE TABLE loads (id)",
		"marked":   "PRAGMA application_id = 77; CREATE TABLE t (id)",
		"wal":      "PRAGMA journal_mode = WAL; CREATE TABLE t (id)",
	} {
		t.Run(name, func(t *testing.T) {
			path := tempDB(t)
			db := raw(t, path)
			mustExec(t, db, prepare)
			db.Close()
			refusedUntouched(t, path)
		})
	}
	t.Run("folder", func(t *testing.T) {
		path := tempDB(t)
		if err := os.Mkdir(path, 0o700); err != nil {
			t.Fatal(err)
		}
		_, _, err := store.Open(t.Context(), path, fixed)
		wantError(t, err, backend.CodeRefused)
	})
}

func TestOpenRefusesNewer(t *testing.T) {
	path := tempDB(t)
	closeStore(t, open(t, path))
	db := raw(t, path)
	mustExec(t, db, "PRAGMA user_version = 9")
	db.Close()
	e := refusedUntouched(t, path)
	if !strings.Contains(e.Message, "version 9") || !strings.Contains(e.Message, fmt.Sprint("up to version ", newest(t))) || !strings.Contains(e.Hint, "Update Pilotlight") {
		t.Errorf("the error says %q, %q", e.Message, e.Hint)
	}
}

// The newer version may be only in the log: the newer program was killed.
func TestOpenRefusesNewerInLog(t *testing.T) {
	path := tempDB(t)
	s := open(t, path)
	mustExec(t, s.Writer(), "PRAGMA user_version = 9")
	left := filepath.Join(t.TempDir(), "pilotlight.db")
	copyFile(t, path, left)
	copyFile(t, path+"-wal", left+"-wal")
	_, report, err := store.Open(t.Context(), left, fixed)
	wantError(t, err, backend.CodeRefused)
	if report.SetAside != "" || report.Backup != "" {
		t.Errorf("report %+v", report)
	}
}

func refusedUntouched(t *testing.T, path string) *backend.Error {
	t.Helper()
	before, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	_, report, err := store.Open(t.Context(), path, fixed)
	e := wantError(t, err, backend.CodeRefused)
	after, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(before, after) {
		t.Error("the file was changed")
	}
	if got := names(t, filepath.Dir(path)); len(got) != 1 {
		t.Errorf("the folder has %v", got)
	}
	if !reflect.DeepEqual(report, store.Report{}) {
		t.Errorf("report %+v", report)
	}
	return e
}

// A start killed while it made the database leaves nothing in the way.
func TestOpenAfterKilledCreation(t *testing.T) {
	path := tempDB(t)
	for _, name := range []string{path + ".new", path + ".new-wal", path} {
		content := "half"
		if name == path {
			content = ""
		}
		if err := os.WriteFile(name, []byte(content), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	s, report := openReport(t, path)
	if !report.Created || report.SetAside != "" {
		t.Errorf("report %+v", report)
	}
	closeStore(t, s)
	if got := names(t, filepath.Dir(path)); len(got) != 1 {
		t.Errorf("the folder has %v", got)
	}
}

func TestBackup(t *testing.T) {
	path := tempDB(t)
	s := open(t, path)
	want := add(t, s, samples(0, 20)...)
	dest := filepath.Join(t.TempDir(), "copy.db")
	if err := s.Backup(t.Context(), dest); err != nil {
		t.Fatal(err)
	}
	if got := mode(t, dest); got != 0o600 {
		t.Errorf("mode %o", got)
	}
	add(t, s, sample(20))
	for _, taken := range []string{dest, path} {
		before, _ := os.ReadFile(taken)
		wantError(t, s.Backup(t.Context(), taken), backend.CodeRefused)
		if after, _ := os.ReadFile(taken); !bytes.Equal(before, after) {
			t.Errorf("%s was replaced", taken)
		}
	}
	wantError(t, s.Backup(t.Context(), filepath.Join(dest, "x", "y.db")), backend.CodeRefused)
	wantError(t, s.Backup(t.Context(), filepath.Join(t.TempDir(), "none", "y.db")), backend.CodeNotFound)
	if got := names(t, filepath.Dir(dest)); !reflect.DeepEqual(got, []string{"copy.db"}) {
		t.Errorf("the folder has %v", got)
	}

	restored, report := openReport(t, dest)
	if report.Created || report.SetAside != "" {
		t.Errorf("report %+v", report)
	}
	got := allLoads(t, restored)
	if len(got) != len(want) || got[0] == (backend.Load{}) || got[0].ID != 20 {
		t.Errorf("the copy has %d rows, want %d", len(got), len(want))
	}
	add(t, restored, sample(1))
}

func TestBackupEndedContext(t *testing.T) {
	s := open(t, tempDB(t))
	dir := t.TempDir()
	ctx, cancel := context.WithDeadline(t.Context(), time.Now().Add(-time.Second))
	defer cancel()
	if err := s.Backup(ctx, filepath.Join(dir, "copy.db")); backend.CodeOf(err) != backend.CodeTimeout {
		t.Errorf("error %v", err)
	}
	if got := names(t, dir); len(got) != 0 {
		t.Errorf("the folder has %v", got)
	}
}

func mode(t *testing.T, path string) os.FileMode {
	t.Helper()
	info, err := os.Stat(path)
	if err != nil {
		t.Fatal(err)
	}
	return info.Mode().Perm()
}

func names(t *testing.T, dir string) []string {
	t.Helper()
	entries, err := os.ReadDir(dir)
	if err != nil {
		t.Fatal(err)
	}
	var list []string
	for _, entry := range entries {
		list = append(list, entry.Name())
	}
	return list
}

func copyFile(t *testing.T, from, to string) {
	t.Helper()
	data, err := os.ReadFile(from)
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(to, data, 0o600); err != nil {
		t.Fatal(err)
	}
}
