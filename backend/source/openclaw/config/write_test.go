package config_test

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"pilotlight/backend"
	"pilotlight/backend/source/openclaw/config"
)

const small = `{
  // mine
  gateway: { mode: "local" },
  agents: { defaults: { model: { primary: "a/b" } } },
}
`

var toC = set("agents.defaults.model.primary", `"a/c"`)

func facts(t *testing.T, path string) (fs.FileMode, *syscall.Stat_t) {
	t.Helper()
	fi, err := os.Lstat(path)
	if err != nil {
		t.Fatal(err)
	}
	return fi.Mode(), fi.Sys().(*syscall.Stat_t)
}

func TestAWriteKeepsModeAndOwner(t *testing.T) {
	t.Parallel()
	for _, mode := range []fs.FileMode{0o600, 0o640, 0o644} {
		b := lay(t, small)
		if err := os.Chmod(b.path, mode); err != nil {
			t.Fatal(err)
		}
		if os.Geteuid() == 0 {
			if err := os.Chown(b.path, 12345, 54321); err != nil {
				t.Fatal(err)
			}
		}
		_, before := facts(t, b.path)
		w := b.save(toC)
		got, after := facts(t, b.path)
		if got != mode || after.Uid != before.Uid || after.Gid != before.Gid {
			t.Errorf("mode %v owner %d:%d, want %v %d:%d", got, after.Uid, after.Gid, mode, before.Uid, before.Gid)
		}
		if want := strings.Replace(small, "a/b", "a/c", 1); b.text() != want || w.Hash != b.open().Hash() {
			t.Errorf("text %s", b.text())
		}
		noTemp(t, b.dir)
	}
}

func TestAMissingFileIsMade(t *testing.T) {
	t.Parallel()
	b := lay(t, "")
	b.path = filepath.Join(b.dir, "new", "openclaw.json")
	d := b.open()
	if doc := d.Doc(); doc.Exists || !doc.Editable || doc.Text != "" {
		t.Errorf("doc %+v", doc)
	}
	b.save(set("agents.defaults.model.primary", `"lmstudio/x"`))
	mode, _ := facts(t, b.path)
	if folder, _ := facts(t, filepath.Dir(b.path)); mode != 0o600 || folder.Perm() != 0o700 {
		t.Errorf("modes %v %v", mode, folder)
	}
	want := "{\n  \"gateway\": {\n    \"mode\": \"local\"\n  },\n  \"agents\": {\n    \"defaults\": {\n      \"model\": {\n        \"primary\": \"lmstudio/x\"\n      }\n    }\n  },\n  \"models\": {\n    \"mode\": \"merge\"\n  }\n}\n"
	if b.text() != want {
		t.Errorf("text %s", b.text())
	}
	// Somebody else makes it in the meantime.
	_, err := b.src.Write(t.Context(), apply(t, d, toC), d.Hash())
	wantConflict(t, err, b.open().Hash())
	if b.text() != want {
		t.Errorf("text %s", b.text())
	}
}

func wantConflict(t *testing.T, err error, hash string) {
	t.Helper()
	e := wantCode(t, err, backend.CodeConflict)
	if c, ok := errors.AsType[*config.Conflict](e); !ok || c.Hash != hash {
		t.Errorf("conflict %+v, want hash %s", e.Err, hash)
	}
}

func TestAChangedFileIsNotOverwritten(t *testing.T) {
	t.Parallel()
	theirs := strings.Replace(small, "mine", "theirs", 1)
	for name, change := range map[string]func(b *bench){
		"in place": func(b *bench) { b.put(b.path, theirs) },
		"by rename": func(b *bench) {
			b.put(b.path+".new", theirs)
			if err := os.Rename(b.path+".new", b.path); err != nil {
				b.Fatal(err)
			}
		},
	} {
		b := lay(t, small)
		d := b.open()
		c := apply(t, d, toC)
		change(b)
		_, err := b.src.Write(t.Context(), c, d.Hash())
		wantConflict(t, err, b.open().Hash())
		if b.text() != theirs {
			t.Errorf("%s: text %s", name, b.text())
		}
		noTemp(t, b.dir)
	}
	b := lay(t, small)
	d := b.open()
	c := apply(t, d, toC)
	if err := os.Remove(b.path); err != nil {
		t.Fatal(err)
	}
	if _, err := b.src.Write(t.Context(), c, d.Hash()); err == nil || backend.CodeOf(err) != backend.CodeConflict {
		t.Errorf("a file that is gone: %v", err)
	}
	_, err := lay(t, small).src.Write(t.Context(), c, "another hash")
	wantConflict(t, err, d.Hash())
}

func TestALinkStaysALink(t *testing.T) {
	t.Parallel()
	b := lay(t, "")
	target := filepath.Join(b.dir, "dotfiles", "claw.json5")
	if err := os.Mkdir(filepath.Dir(target), 0o700); err != nil {
		t.Fatal(err)
	}
	b.put(target, small)
	if err := os.Symlink("dotfiles/claw.json5", b.path); err != nil {
		t.Fatal(err)
	}
	d := b.open()
	if doc := d.Doc(); doc.RealPath != target || doc.Path != b.path {
		t.Errorf("paths %q %q", doc.Path, doc.RealPath)
	}
	b.save(toC)
	if mode, _ := facts(t, b.path); mode&fs.ModeSymlink == 0 {
		t.Error("the link is gone")
	}
	if !strings.Contains(read(t, target), "a/c") {
		t.Errorf("target %s", read(t, target))
	}
	noTemp(t, filepath.Dir(target))
	noTemp(t, b.dir)
	// OpenClaw replaces a link by a file when it writes.
	c := apply(t, b.open(), set("gateway.port", "1"))
	if err := os.Remove(b.path); err != nil {
		t.Fatal(err)
	}
	b.put(b.path, read(t, target))
	if _, err := b.src.Write(t.Context(), c, b.open().Hash()); backend.CodeOf(err) != backend.CodeConflict {
		t.Errorf("a link that became a file: %v", err)
	}
}

func TestADanglingLinkIsFilled(t *testing.T) {
	t.Parallel()
	b := lay(t, "")
	if err := os.Symlink("there.json", b.path); err != nil {
		t.Fatal(err)
	}
	b.save(toC)
	if mode, _ := facts(t, filepath.Join(b.dir, "there.json")); mode != 0o600 {
		t.Errorf("mode %v", mode)
	}
}

func TestAHardLinkIsTold(t *testing.T) {
	t.Parallel()
	b := lay(t, small)
	other := filepath.Join(b.dir, "second-name")
	if err := os.Link(b.path, other); err != nil {
		t.Fatal(err)
	}
	if issues := b.open().Doc().Issues; len(issues) != 1 || issues[0].Code != "hard_link" || issues[0].IsError() {
		t.Errorf("issues %+v", issues)
	}
	b.save(toC)
	if read(t, other) != small || !strings.Contains(b.text(), "a/c") {
		t.Error("the second name changed too, or the first one did not")
	}
}

func TestAWriteProtectedFileIsRespected(t *testing.T) {
	t.Parallel()
	b := lay(t, small)
	if err := os.Chmod(b.path, 0o400); err != nil {
		t.Fatal(err)
	}
	wantCode(t, b.open().Err(), backend.CodeRefused, "chmod u+w")
}

func TestOpenClawsCopiesAreNotTouched(t *testing.T) {
	t.Parallel()
	b := lay(t, small)
	copies := []string{".bak", ".bak.1", ".last-good", ".clobbered.2026-11-22T07-06-09-711Z", ".rejected.2026-11-22T07-06-09-711Z"}
	for _, c := range copies {
		b.put(b.path+c, "theirs")
	}
	b.save(toC)
	for _, c := range copies {
		if got := read(t, b.path+c); got != "theirs" {
			t.Errorf("%s is %q", c, got)
		}
	}
	if all, _ := os.ReadDir(b.dir); len(all) != len(copies)+1 {
		t.Errorf("%d files", len(all))
	}
}

func TestAnOldLeftoverIsSwept(t *testing.T) {
	t.Parallel()
	b := lay(t, small)
	old, fresh := filepath.Join(b.dir, ".pilotlight-00.tmp"), filepath.Join(b.dir, ".pilotlight-01.tmp")
	b.put(old, "x")
	b.put(fresh, "x")
	if err := os.Chtimes(old, b.open().Doc().Modified.AddDate(0, 0, -1), b.open().Doc().Modified.AddDate(0, 0, -1)); err != nil {
		t.Fatal(err)
	}
	b.save(toC)
	if _, err := os.Stat(old); err == nil {
		t.Error("the leftover of a crash stays")
	}
	if _, err := os.Stat(fresh); err != nil {
		t.Error("a file that another writer may be at work on is gone")
	}
}

func TestWritingTheSameWritesNothing(t *testing.T) {
	t.Parallel()
	b := lay(t, small)
	_, before := facts(t, b.path)
	b.save(set("agents.defaults.model.primary", `"a/b"`))
	if _, after := facts(t, b.path); before.Ino != after.Ino {
		t.Error("an equal text was written")
	}
}

func TestRestoring(t *testing.T) {
	t.Parallel()
	b := lay(t, configs(t)["06-secrets.json5"])
	first := b.open()
	revision := first.Text() // as the store keeps it
	b.save(set("models.providers.gateway.apiKey", `"a-newer-key-of-today"`), set("agents.defaults.model.primary", `"x/y"`))
	// OpenClaw wrote in between and added its block.
	b.put(b.path, strings.Replace(b.text(), "{\n", "{\n  meta: { lastTouchedVersion: '2026.3.13' }, // ours\n", 1))
	d := b.open()
	c, err := d.Restore(revision)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := b.src.Write(t.Context(), c, d.Hash()); err != nil {
		t.Fatal(err)
	}
	text := b.text()
	for _, want := range []string{`"sk-or-v1-0123456789abcdef0123456789abcdef"`, "openrouter/minimax/minimax-m2.1", "a-newer-key-of-today", "{ lastTouchedVersion: '2026.3.13' }"} {
		if !strings.Contains(text, want) {
			t.Errorf("%s is not in %s", want, text)
		}
	}
	if strings.Contains(text, "__PILOTLIGHT") || strings.Contains(text, "x/y") {
		t.Error(text)
	}
}

func TestRestoringABrokenFileFindsItsSecretsInOpenClawsCopies(t *testing.T) {
	t.Parallel()
	whole := configs(t)["06-secrets.json5"]
	b := lay(t, whole)
	revision := b.open().Text()
	for _, broken := range []string{"{ gateway: ", " "} {
		b.put(b.path, broken)
		d := b.open()
		if _, err := d.Restore(revision); backend.CodeOf(err) != backend.CodeRefused {
			t.Errorf("without any copy: %v", err)
		}
		b.put(b.path+".bak", whole)
		c, err := d.Restore(revision)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := b.src.Write(t.Context(), c, d.Hash()); err != nil {
			t.Fatal(err)
		}
		if b.text() != whole {
			t.Errorf("restored %s", b.text())
		}
		os.Remove(b.path + ".bak")
	}
}

func TestRestoringASmallerFileWarns(t *testing.T) {
	t.Parallel()
	b := lay(t, strings.Replace(small, "// mine", "// "+strings.Repeat("x", 2000), 1))
	c, err := b.open().Restore(`{ agents: {} }`)
	if err != nil {
		t.Fatal(err)
	}
	p := c.Plan(nil, nil)
	if len(p.Issues) != 1 || p.Issues[0].Code != "size_drop" || !p.Valid || !strings.Contains(p.Text, `mode: "local"`) {
		t.Errorf("plan %+v", p)
	}
}

// The last look before a write and the write itself are two steps. Who writes
// between them must find their text where they put it.
func TestAWriteInTheLastMomentIsPutBack(t *testing.T) {
	t.Parallel()
	b := lay(t, "theirs, of the last moment")
	temp := filepath.Join(b.dir, "ours.tmp")
	b.put(temp, "ours")
	hash := func(s string) string { return config.HashOf([]byte(s)) }
	err := config.Swap(temp, b.path, hash("what we read"))
	if c, ok := errors.AsType[*config.Conflict](err); !ok || c.Hash != hash("theirs, of the last moment") {
		t.Fatalf("error %v", err)
	}
	if b.text() != "theirs, of the last moment" || read(t, temp) != "theirs, of the last moment" {
		t.Errorf("file %q, temp %q", b.text(), read(t, temp)) // whoever opened ours in between reads theirs
	}
	b.put(temp, "ours")
	if err := config.Swap(temp, b.path, hash("theirs, of the last moment")); err != nil || b.text() != "ours" {
		t.Errorf("file %q, error %v", b.text(), err)
	}
}

// Two providers had one key, and each has one of its own by now: the key of one must
// not go to the other's address.
func TestRestoringGivesEveryPlaceItsOwnSecret(t *testing.T) {
	t.Parallel()
	one := `{ models: { providers: { a: { apiKey: "shared-key" }, b: { apiKey: "shared-key" }, c: { apiKey: "c-key" } } } }`
	b := lay(t, one)
	revision := b.open().Text()
	now := strings.Replace(strings.Replace(one, "shared-key", "key-of-a", 1), "shared-key", "key-of-b", 1)
	b.put(b.path, now)
	c, err := b.open().Restore(revision)
	if err != nil || !c.Same() {
		t.Errorf("%v\n%s", err, c.Diff())
	}
}
