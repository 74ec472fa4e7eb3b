package release_test

import (
	"crypto/sha256"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

// script runs one of the scripts here and returns what it printed, of both kinds.
func script(t *testing.T, name string, env ...string) (string, error) {
	t.Helper()
	cmd := exec.Command("bash", name)
	cmd.Env = append(os.Environ(), env...)
	out, err := cmd.CombinedOutput()
	return string(out), err
}

// files makes a folder as the jobs of a release leave it, with the sums of each.
func files(t *testing.T) string {
	t.Helper()
	dir := t.TempDir()
	for list, names := range map[string][]string{"SHA256SUMS-linux-amd64": {"b.deb", "a.tar.gz"}, "SHA256SUMS-macos": {"Pilotlight.dmg"}} {
		var sums strings.Builder
		for _, name := range names {
			write(t, filepath.Join(dir, name), "the bytes of "+name)
			fmt.Fprintf(&sums, "%x  %s\n", sha256.Sum256([]byte("the bytes of "+name)), name)
		}
		write(t, filepath.Join(dir, list), sums.String())
	}
	return dir
}

func write(t *testing.T, path, text string) {
	t.Helper()
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
}

// A draft has every file and one list of sums, in the order of their names.
func TestDraft(t *testing.T) {
	t.Parallel()
	dir := files(t)
	out, err := script(t, "draft.sh", "DRY_RUN=1", "TAG=v1.2.3", "OUT="+dir)
	if err != nil {
		t.Fatalf("%v: %s", err, out)
	}
	if !strings.HasPrefix(out, "gh release create v1.2.3 --draft --verify-tag") {
		t.Errorf("it would run %s", out)
	}
	for _, name := range []string{"a.tar.gz", "b.deb", "Pilotlight.dmg", "SHA256SUMS"} {
		if !strings.Contains(out, filepath.Join(dir, name)+" ") && !strings.HasSuffix(strings.TrimSpace(out), name) {
			t.Errorf("%s is not in %s", name, out)
		}
	}
	sums, err := os.ReadFile(filepath.Join(dir, "SHA256SUMS"))
	if err != nil || strings.Count(string(sums), "\n") != 3 {
		t.Errorf("the sums are\n%s%v", sums, err)
	}
}

func TestDraftIsRefused(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		tag   string
		spoil func(t *testing.T, dir string)
		want  string
	}{
		"not a version":   {"nightly", func(*testing.T, string) {}, "is not the tag of a version"},
		"an option":       {"--help", func(*testing.T, string) {}, "is not the tag of a version"},
		"other bytes":     {"v1.2.3", func(t *testing.T, dir string) { write(t, filepath.Join(dir, "b.deb"), "other") }, "b.deb: FAILED"},
		"a file is gone":  {"v1.2.3", func(t *testing.T, dir string) { _ = os.Remove(filepath.Join(dir, "Pilotlight.dmg")) }, "Pilotlight.dmg"},
		"nothing to sign": {"v1.2.3", func(t *testing.T, dir string) { _ = os.RemoveAll(dir) }, "Run make release"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			dir := files(t)
			c.spoil(t, dir)
			out, err := script(t, "draft.sh", "DRY_RUN=1", "TAG="+c.tag, "OUT="+dir)
			if err == nil || !strings.Contains(out, c.want) || strings.Contains(out, "gh release") {
				t.Errorf("got %v and %s", err, out)
			}
		})
	}
}

// Where there are no secrets nothing is made ready, and the build goes on.
func TestSigning(t *testing.T) {
	t.Parallel()
	const at = "../darwin/signing.sh"
	out, err := script(t, at, "SIGN_CERTIFICATE=", "RUNNER_TEMP="+t.TempDir())
	if err != nil || !strings.Contains(out, "ad hoc") {
		t.Errorf("without secrets: %v, %s", err, out)
	}
	dir := t.TempDir()
	told := filepath.Join(dir, "env")
	out, err = script(t, at, "DRY_RUN=1", "SIGN_CERTIFICATE=cDEyCg==", "SIGN_PASSWORD=x", "NOTARY_KEY_TEXT=the key", "RUNNER_TEMP="+dir, "GITHUB_ENV="+told)
	if err != nil || !strings.Contains(out, "security import") {
		t.Fatalf("with secrets: %v, %s", err, out)
	}
	env, _ := os.ReadFile(told)
	key, _ := os.ReadFile(filepath.Join(dir, "notary.p8"))
	if string(env) != "NOTARY_KEY="+dir+"/notary.p8\n" || string(key) != "the key\n" {
		t.Errorf("told %q, and the key is %q", env, key)
	}
	if info, err := os.Stat(filepath.Join(dir, "notary.p8")); err != nil || info.Mode().Perm() != 0o600 {
		t.Errorf("others can read the key: %v %v", info.Mode(), err)
	}
	if _, err := os.Stat(filepath.Join(dir, "signing.p12")); err == nil {
		t.Error("the certificate's file stays behind")
	}
}
