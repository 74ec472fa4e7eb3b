package store_test

import (
	"bytes"
	"os"
	"path/filepath"
	"testing"

	"pilotlight/store"
)

// What a person chose is read from a file that is damaged elsewhere, before it is set
// aside, and the file is kept as it was found.
func TestStatesOutliveDamageElsewhere(t *testing.T) {
	path := tempDB(t)
	s := open(t, path)
	add(t, s, samples(0, 2000)...)
	states := map[string]string{"keep": `{"target":{"model":"a"}}`, "settings": "{}"}
	for name, value := range states {
		if err := s.SetState(t.Context(), name, []byte(value)); err != nil {
			t.Fatal(err)
		}
	}
	closeStore(t, s)
	spoilMiddle(t, path)
	bad, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path+".suspect", nil, 0o600); err != nil {
		t.Fatal(err)
	}
	s, report := openReport(t, path)
	if report.SetAside == "" {
		t.Fatalf("the damage was not found: %+v", report)
	}
	for name, value := range states {
		if got := string(report.States[name]); got != value {
			t.Errorf("%s is %q, want %q", name, got, value)
		}
	}
	if kept, err := os.ReadFile(report.SetAside); err != nil || !bytes.Equal(kept, bad) {
		t.Errorf("the damaged file was not kept as it was: %v", err)
	}
	if _, err := os.Stat(report.SetAside + "-wal"); err == nil {
		t.Error("reading it made a log beside it")
	}
	if value, err := s.State(t.Context(), "keep"); err != nil || value != nil {
		t.Errorf("the new database has the state %q, %v", value, err)
	}
}

// A state that only the write-ahead log had is read too.
func TestStatesInTheLogOutliveDamage(t *testing.T) {
	source := filled(t, 2000)
	s := open(t, source)
	if err := s.SetState(t.Context(), "keep", []byte("chosen last")); err != nil {
		t.Fatal(err)
	}
	path := tempDB(t)
	copyFile(t, source, path)
	copyFile(t, source+"-wal", path+"-wal")
	spoilMiddle(t, path)
	_, report := openReport(t, path)
	if got := string(report.States["keep"]); report.SetAside == "" || got != "chosen last" {
		t.Errorf("the state is %q, %+v", got, report)
	}
}

// A file whose end was cut off amid a page is met as damage by whoever needs that page,
// and set aside by the next start: it must not keep Pilotlight from starting for ever.
func TestAFileCutAmidAPageIsDamaged(t *testing.T) {
	source := tempDB(t)
	s := open(t, source)
	if err := s.SetState(t.Context(), "journal", bytes.Repeat([]byte("run "), 500)); err != nil {
		t.Fatal(err)
	}
	if err := s.SetState(t.Context(), "keep", []byte("kept")); err != nil {
		t.Fatal(err)
	}
	closeStore(t, s)
	whole, err := os.ReadFile(source)
	if err != nil {
		t.Fatal(err)
	}
	met := 0
	for pages := 1; pages <= 12; pages++ {
		path := filepath.Join(t.TempDir(), "pilotlight.db")
		if err := os.WriteFile(path, whole[:len(whole)-pages*4096+69], 0o600); err != nil {
			t.Fatal(err)
		}
		s, report := openReport(t, path)
		_, err := s.State(t.Context(), "journal")
		closeStore(t, s)
		if err == nil || report.SetAside != "" {
			continue
		}
		met++
		if !store.IsDamage(err) {
			t.Fatalf("%d pages less are no damage: %v", pages, err)
		}
		if s, report = openReport(t, path); report.SetAside == "" {
			t.Errorf("%d pages less were not set aside: %+v", pages, report)
		}
		if _, err := s.State(t.Context(), "journal"); err != nil {
			t.Error(err)
		}
	}
	if met == 0 {
		t.Error("no cut met the state")
	}
}
