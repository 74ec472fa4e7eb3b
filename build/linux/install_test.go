package linux_test

import (
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"gopkg.in/yaml.v3"
)

// built makes a folder as make leaves it, with programs that only say who they
// are.
func built(t *testing.T, window bool) string {
	t.Helper()
	bin := t.TempDir()
	names := []string{"pilotlight"}
	if window {
		names = append(names, "pilotlight-window")
	}
	for _, name := range names {
		put(t, filepath.Join(bin, name), "#!/bin/sh\necho "+name+" v1.2.3\n", 0o755)
	}
	for _, icon := range []string{"16x16/apps/pilotlight.png", "512x512/apps/pilotlight.png", "scalable/apps/pilotlight.svg"} {
		put(t, filepath.Join(bin, "icons", "hicolor", icon), "icon", 0o600)
	}
	return bin
}

func put(t *testing.T, path, text string, mode os.FileMode) {
	t.Helper()
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, []byte(text), mode); err != nil {
		t.Fatal(err)
	}
}

func install(t *testing.T, do string, env ...string) (string, error) {
	t.Helper()
	cmd := exec.Command("bash", "install.sh", do)
	cmd.Env = append(os.Environ(), env...)
	out, err := cmd.CombinedOutput()
	return string(out), err
}

// tree lists files with their modes, below a folder.
func tree(t *testing.T, dir string) []string {
	t.Helper()
	var found []string
	err := filepath.WalkDir(dir, func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		fi, err := d.Info()
		rel, _ := filepath.Rel(dir, path)
		found = append(found, fi.Mode().Perm().String()+" "+rel)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	slices.Sort(found)
	return found
}

const (
	program = "-rwxr-xr-x "
	file    = "-rw-r--r-- "
)

func TestInstallAndUninstall(t *testing.T) {
	for prefix, units := range map[string]string{
		"/usr": "usr/lib/systemd/user", "/usr/local": "usr/local/lib/systemd/user", "/home/p/.local": "home/p/.local/share/systemd/user",
	} {
		root := t.TempDir()
		env := []string{"BIN=" + built(t, true), "DESTDIR=" + root, "PREFIX=" + prefix}
		at := prefix[1:]
		theirs := filepath.Join(root, at, "share/icons/hicolor/16x16/apps/other.png")
		put(t, theirs, "another program's", 0o644)
		for range 2 { // a second time goes over the first
			if out, err := install(t, "install", env...); err != nil {
				t.Fatalf("%v\n%s", err, out)
			}
		}
		want := []string{
			program + at + "/bin/pilotlight", program + at + "/bin/pilotlight-window",
			file + at + "/share/applications/pilotlight.desktop", file + units + "/pilotlight.service",
			file + at + "/share/icons/hicolor/16x16/apps/pilotlight.png", file + at + "/share/icons/hicolor/16x16/apps/other.png",
			file + at + "/share/icons/hicolor/512x512/apps/pilotlight.png", file + at + "/share/icons/hicolor/scalable/apps/pilotlight.svg",
		}
		slices.Sort(want)
		if got := tree(t, root); !slices.Equal(got, want) {
			t.Errorf("%s: installed\n%s\nwant\n%s", prefix, strings.Join(got, "\n"), strings.Join(want, "\n"))
		}
		startsFrom(t, filepath.Join(root, units, "pilotlight.service"), prefix+"/bin/pilotlight")
		startsFrom(t, filepath.Join(root, at, "share/applications/pilotlight.desktop"), prefix+"/bin/pilotlight")
		if out, err := install(t, "uninstall", env...); err != nil {
			t.Fatalf("%v\n%s", err, out)
		}
		if got := tree(t, root); len(got) != 1 || !strings.HasSuffix(got[0], "other.png") {
			t.Errorf("%s: uninstalling left %v", prefix, got)
		}
	}
}

// startsFrom wants every command of a file to name the program in full, and
// the file to pass the desktop's own check where that is installed.
func startsFrom(t *testing.T, path, want string) {
	t.Helper()
	text, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	commands := 0
	for line := range strings.Lines(string(text)) {
		key, value, _ := strings.Cut(strings.TrimSpace(line), "=")
		if key != "Exec" && key != "TryExec" && key != "ExecStart" {
			continue
		}
		commands++
		if first, _, _ := strings.Cut(value, " "); first != want {
			t.Errorf("%s starts %s, want %s", path, first, want)
		}
	}
	if commands == 0 {
		t.Errorf("%s starts nothing", path)
	}
	validate, err := exec.LookPath("desktop-file-validate")
	if strings.HasSuffix(path, ".desktop") && err == nil {
		if out, err := exec.Command(validate, path).CombinedOutput(); err != nil || len(out) > 0 {
			t.Errorf("%s: %v\n%s", path, err, out)
		}
	}
}

func TestInstallForAPersonWithoutAWindow(t *testing.T) {
	home := t.TempDir()
	out, err := install(t, "install", "BIN="+built(t, false), "PREFIX="+home+"/.local", "DESTDIR=")
	if err != nil || !strings.Contains(out, "The window is not built") || !strings.Contains(out, "pilotlight login on") {
		t.Errorf("%v\n%s", err, out)
	}
	if _, err := os.Stat(filepath.Join(home, ".local/bin/pilotlight")); err != nil {
		t.Error(err)
	}
}

func TestInstallRefuses(t *testing.T) {
	bin := built(t, true)
	for name, env := range map[string][]string{
		"nothing built":    {"BIN=" + t.TempDir(), "PREFIX=/usr"},
		"a relative place": {"BIN=" + bin, "PREFIX=usr"},
		"a space":          {"BIN=" + bin, "PREFIX=/opt/my programs"},
		"a percent sign":   {"BIN=" + bin, "PREFIX=/opt/100%"},
		"a quote":          {"BIN=" + bin, `PREFIX=/opt/"x`},
	} {
		root := t.TempDir()
		out, err := install(t, "install", append(env, "DESTDIR="+root)...)
		if err == nil || !strings.Contains(out, "error: ") {
			t.Errorf("%s: %v\n%s", name, err, out)
		}
		if got := tree(t, root); len(got) > 0 {
			t.Errorf("%s: installed %v", name, got)
		}
	}
	if _, err := install(t, "nonsense"); err == nil {
		t.Error("nonsense was done")
	}
}

func TestDebIsMadeOfWhatInstallLaysOut(t *testing.T) {
	cmd := exec.Command("bash", "deb.sh")
	cmd.Env = append(os.Environ(), "DRY_RUN=1", "OUT=out", "VERSION=v1.2.3-4-gabc")
	out, err := cmd.CombinedOutput()
	if err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	last := 0
	for _, want := range []string{
		"rm -rf out/stage", "DESTDIR=out/stage PREFIX=/usr BIN=bin build/linux/install.sh install",
		"nfpm@v2.43.4 package --config build/linux/nfpm.yaml --packager deb --target out/pilotlight_1.2.3", "check-deb.sh out/pilotlight_1.2.3",
	} {
		i := strings.Index(string(out)[last:], want)
		if i < 0 {
			t.Fatalf("%q is not there, or too early:\n%s", want, out)
		}
		last += i
	}
}

// TestPackageNamesWhatTheProgramsNeed reads nfpm's file as YAML.
func TestPackageNamesWhatTheProgramsNeed(t *testing.T) {
	text, err := os.ReadFile("nfpm.yaml")
	if err != nil {
		t.Fatal(err)
	}
	var p struct {
		Name, Version string
		Depends       []string
		Contents      []struct{ Src, Dst, Type string }
	}
	if err := yaml.Unmarshal(text, &p); err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{"libgtk-3-0", "libwebkit2gtk-4.1-0", "libayatana-appindicator3-1"} {
		if !slices.Contains(p.Depends, want) {
			t.Errorf("depends = %v, without %s", p.Depends, want)
		}
	}
	if p.Name != "pilotlight" || len(p.Contents) != 1 || p.Contents[0].Type != "tree" || p.Contents[0].Dst != "/usr" {
		t.Errorf("package = %+v", p)
	}
}
