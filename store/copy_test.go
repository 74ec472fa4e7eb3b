package store_test

import (
	"bytes"
	"os"
	"path/filepath"
	"testing"

	"pilotlight/backend"
	"pilotlight/store"
)

// A copy is taken from beside: of a database in use with its log not folded in, of
// one of another schema, and of none.
func TestCopy(t *testing.T) {
	path := tempDB(t)
	s := open(t, path)
	want := add(t, s, samples(0, 20)...)
	// Another process would do this: in one process two descriptors of a database
	// end each other's locks. Here a copy of its files stands for that.
	beside := tempDB(t)
	copyFile(t, path, beside)
	copyFile(t, path+"-wal", beside+"-wal")
	dest := filepath.Join(t.TempDir(), "copy.db")
	if err := store.Copy(t.Context(), beside, dest); err != nil {
		t.Fatal(err)
	}
	if got := len(allLoads(t, open(t, dest))); got != len(want) || mode(t, dest) != 0o600 {
		t.Errorf("the copy has %d rows of %d and mode %o", got, len(want), mode(t, dest))
	}
	before, _ := os.ReadFile(dest)
	wantError(t, store.Copy(t.Context(), beside, dest), backend.CodeRefused)
	if after, _ := os.ReadFile(dest); !bytes.Equal(before, after) {
		t.Error("the file that was there was replaced")
	}
	wantError(t, store.Copy(t.Context(), tempDB(t), filepath.Join(t.TempDir(), "none.db")), backend.CodeNotFound)
}

func TestCopyOfANewerSchema(t *testing.T) {
	path := filled(t, 20)
	s, _ := openWith(t, path, store.Settings{Migrations: later(t, "ALTER TABLE loads ADD COLUMN extra TEXT;")})
	closeStore(t, s)
	dest := tempDB(t)
	if err := store.Copy(t.Context(), path, dest); err != nil {
		t.Fatal(err)
	}
	_, _, err := store.Open(t.Context(), dest, fixed)
	wantError(t, err, backend.CodeRefused)
}

func TestCopyOfWhatIsNoDatabase(t *testing.T) {
	path, dest := tempDB(t), tempDB(t)
	if err := os.WriteFile(path, bytes.Repeat([]byte("rubbish "), 4096), 0o600); err != nil {
		t.Fatal(err)
	}
	wantError(t, store.Copy(t.Context(), path, dest), backend.CodeInternal)
	if _, err := os.Stat(dest); err == nil {
		t.Error("rubbish was backed up")
	}
}
