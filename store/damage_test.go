package store_test

import (
	"bytes"
	"context"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"pilotlight/backend"
	"pilotlight/store"
)

// filled makes a database of some pages and closes it cleanly.
func filled(t *testing.T, rows int) string {
	t.Helper()
	path := tempDB(t)
	s := open(t, path)
	for from := 0; from < rows; from += 500 {
		add(t, s, samples(from, 500)...)
	}
	closeStore(t, s)
	return path
}

func TestDamagedFileIsSetAside(t *testing.T) {
	for name, damage := range map[string]func([]byte) []byte{
		"text":         func([]byte) []byte { return []byte(strings.Repeat("this is not a database\n", 400)) },
		"short":        func(b []byte) []byte { return b[:50] },
		"truncated":    func(b []byte) []byte { return b[:len(b)/2] },
		"zeroed":       func(b []byte) []byte { return make([]byte, len(b)) },
		"schema page":  func(b []byte) []byte { return overwrite(b, 100, 900) },
		"first table":  func(b []byte) []byte { return overwrite(b, 4096, len(b)-4096) },
		"page size":    func(b []byte) []byte { return overwrite(b, 16, 2) },
		"table is out": dropTables,
	} {
		t.Run(name, func(t *testing.T) {
			path := filled(t, 1000)
			data, err := os.ReadFile(path)
			if err != nil {
				t.Fatal(err)
			}
			bad := damage(data)
			if err := os.WriteFile(path, bad, 0o600); err != nil {
				t.Fatal(err)
			}
			s, report := openReport(t, path)
			if !report.Created || report.SetAsideWhy == "" || report.MigratedFrom != 0 || report.MigratedTo != newest(t) {
				t.Errorf("report %+v", report)
			}
			if want := path + ".corrupt-20260504T030201Z"; report.SetAside != want {
				t.Fatalf("set aside at %q, want %q", report.SetAside, want)
			}
			if kept, err := os.ReadFile(report.SetAside); err != nil || !bytes.Equal(kept, bad) {
				t.Errorf("the damaged file was not kept as it was: %v", err)
			}
			add(t, s, sample(0))
			if got := len(allLoads(t, s)); got != 1 {
				t.Errorf("the new database has %d rows, want 1", got)
			}
		})
	}
}

func overwrite(b []byte, at, n int) []byte {
	b = bytes.Clone(b)
	for i := range n {
		b[at+i] = byte(i*131 + 7)
	}
	return b
}

// dropTables renames a table in the schema's own text.
func dropTables(b []byte) []byte {
	b = bytes.ReplaceAll(b, []byte("tablepresentpresent"), []byte("tablepresemtpresemt"))
	return bytes.ReplaceAll(b, []byte("CREATE TABLE present "), []byte("CREATE TABLE presemt "))
}

func TestSetAsideTwiceInOneSecond(t *testing.T) {
	path := tempDB(t)
	seen := map[string]bool{}
	for range 3 {
		if err := os.WriteFile(path, bytes.Repeat([]byte("x"), 4096), 0o600); err != nil {
			t.Fatal(err)
		}
		s, report := openReport(t, path)
		closeStore(t, s)
		if seen[report.SetAside] || report.SetAside == "" {
			t.Errorf("set aside at %q again", report.SetAside)
		}
		seen[report.SetAside] = true
	}
	if got := names(t, filepath.Dir(path)); len(got) != 5 { // the database, three others, the mark
		t.Errorf("the folder has %v", got)
	}
}

// A program that is killed between setting a database aside and telling its person so
// tells it at its next start, with what was chosen, however far it had come.
func TestASetAsideHistoryIsToldUntilSettled(t *testing.T) {
	path := filled(t, 2000)
	s := open(t, path)
	if err := s.SetState(t.Context(), "keep", []byte("chosen")); err != nil {
		t.Fatal(err)
	}
	closeStore(t, s)
	spoilMiddle(t, path)
	if err := os.WriteFile(path+".suspect", nil, 0o600); err != nil {
		t.Fatal(err)
	}
	s, first := openReport(t, path)
	for name, killed := range map[string]func() error{
		"before the new one was made": func() error { return os.Remove(path) },
		"before it was told":          func() error { return nil },
	} {
		closeStore(t, s)
		if err := killed(); err != nil {
			t.Fatal(err)
		}
		var again store.Report
		s, again = openReport(t, path)
		if again.SetAside == "" || again.SetAside != first.SetAside || again.SetAsideWhy != first.SetAsideWhy || string(again.States["keep"]) != "chosen" {
			t.Errorf("%s: first %+v, then %+v", name, first, again)
		}
	}
	if err := s.Settle(); err != nil {
		t.Fatal(err)
	}
	closeStore(t, s)
	if _, again := openReport(t, path); again.SetAside != "" || again.States != nil {
		t.Errorf("told again once it was settled: %+v", again)
	}
}

// A mark that a person or a broken disk wrote names no file of ours.
func TestAForeignMarkIsIgnored(t *testing.T) {
	for _, text := range []string{"", "x", "../../etc/passwd\nwhy", "pilotlight.db.corrupt-1\nwhy", strings.Repeat("x", 10_000)} {
		path := filled(t, 10)
		if err := os.WriteFile(path+".aside", []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		if _, report := openReport(t, path); report.SetAside != "" {
			t.Errorf("mark %q: %+v", text, report)
		}
	}
}

// A log whose database is gone would be played into the next database.
func TestLoneLogIsSetAside(t *testing.T) {
	for name, rest := range map[string]func(path string) error{
		"gone":  func(string) error { return nil },
		"empty": func(path string) error { return os.WriteFile(path, nil, 0o600) },
	} {
		t.Run(name, func(t *testing.T) {
			source := tempDB(t)
			s := open(t, source)
			add(t, s, samples(0, 100)...)
			path := tempDB(t)
			copyFile(t, source+"-wal", path+"-wal")
			if err := rest(path); err != nil {
				t.Fatal(err)
			}
			fresh, report := openReport(t, path)
			if !report.Created || report.SetAside == "" || report.SetAsideWhy == "" {
				t.Errorf("report %+v", report)
			}
			if _, err := os.Stat(report.SetAside); err != nil {
				t.Error(err)
			}
			if got := len(allLoads(t, fresh)); got != 0 {
				t.Errorf("the new database has %d rows of the old log", got)
			}
		})
	}
}

// spoilMiddle ruins a leaf page of loads that no start reads. 13 begins such a
// page of a table (sqlite.org/fileformat2.html, section 1.6); those of indices,
// which not every query reads, begin with 10.
func spoilMiddle(t *testing.T, path string) {
	t.Helper()
	data, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	page := len(data) / 4096 / 2 * 4096
	for page < len(data) && data[page] != 13 {
		page += 4096
	}
	if err := os.WriteFile(path, overwrite(data, page, 4096), 0o600); err != nil {
		t.Fatal(err)
	}
}

// Damage that a clean start does not look for is met by a query, reported with
// what to do, and dealt with by the restart that the hint asks for.
func TestDamageMetLater(t *testing.T) {
	path := filled(t, 5000)
	spoilMiddle(t, path)
	s, report := openReport(t, path)
	if report.SetAside != "" {
		t.Skip("the start met the damage by itself")
	}
	err := readAll(s)
	e := wantError(t, err, backend.CodeInternal)
	if !strings.Contains(e.Hint, "Restart Pilotlight") {
		t.Errorf("hint %q", e.Hint)
	}
	closeStore(t, s)
	s, report = openReport(t, path)
	if report.SetAside == "" || !report.Created {
		t.Fatalf("the restart kept the damaged file: %+v", report)
	}
	if err := s.Settle(); err != nil {
		t.Fatal(err)
	}
	closeStore(t, s)
	if _, report = openReport(t, path); report.SetAside != "" || report.Created {
		t.Errorf("the mark outlived the damage: %+v", report)
	}
}

func readAll(s *store.Store) error {
	q := backend.LoadQuery{Limit: 1000}
	for {
		page, err := s.Loads(context.Background(), q)
		if err != nil || page.Next == "" {
			return err
		}
		q.Before = page.Items[len(page.Items)-1].ID
	}
}

// A mark on a database that is sound after all costs one check and goes away.
func TestSuspectButSound(t *testing.T) {
	path := filled(t, 500)
	if err := os.WriteFile(path+".suspect", nil, 0o600); err != nil {
		t.Fatal(err)
	}
	s, report := openReport(t, path)
	if report.SetAside != "" || len(allLoads(t, s)) != 500 {
		t.Errorf("a sound database was set aside: %+v", report)
	}
	closeStore(t, s)
	if got := names(t, filepath.Dir(path)); len(got) != 1 {
		t.Errorf("the folder has %v", got)
	}
}

// afterUncleanStop copies a database in use, as a power loss would leave it.
func afterUncleanStop(t *testing.T, spoil bool) string {
	t.Helper()
	source := filled(t, 5000)
	s := open(t, source)
	add(t, s, sample(5000))
	path := tempDB(t)
	copyFile(t, source, path)
	copyFile(t, source+"-wal", path+"-wal")
	if spoil {
		spoilMiddle(t, path)
	}
	return path
}

func TestUncleanStopIsChecked(t *testing.T) {
	s, report := openReport(t, afterUncleanStop(t, false))
	if report.SetAside != "" || len(allLoads(t, s)) != 5001 {
		t.Errorf("report %+v, %d rows", report, len(allLoads(t, s)))
	}
	path := afterUncleanStop(t, true)
	if _, report = openReport(t, path); report.SetAside == "" {
		t.Errorf("the damage was not found: %+v", report)
	}
	if _, err := os.Stat(report.SetAside + "-wal"); err != nil && !os.IsNotExist(err) {
		t.Error(err)
	}
}

// A check that takes too long is no finding.
func TestUncleanStopCheckIsBounded(t *testing.T) {
	s, report := openWith(t, afterUncleanStop(t, false), store.Settings{CheckLimit: time.Nanosecond})
	if report.SetAside != "" || len(allLoads(t, s)) != 5001 {
		t.Errorf("report %+v", report)
	}
}
