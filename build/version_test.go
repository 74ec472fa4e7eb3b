package build_test

import (
	"os"
	"os/exec"
	"strings"
	"testing"
)

// script runs one of the scripts beside this test with these variables and
// gives what it printed.
func script(t *testing.T, env []string, args ...string) (string, error) {
	t.Helper()
	cmd := exec.Command("bash", args...)
	cmd.Env = append(os.Environ(), env...)
	out, err := cmd.CombinedOutput()
	return strings.TrimSpace(string(out)), err
}

func TestVersionForms(t *testing.T) {
	for described, want := range map[string][2]string{
		"v1.2.3":                   {"1.2.3", "1.2.3"},
		"1.2.3":                    {"1.2.3", "1.2.3"},
		"v1.2.3-dirty":             {"1.2.3", "1.2.3+dirty"},
		"v1.2.3-4-gabc1234":        {"1.2.3", "1.2.3+4.gabc1234"},
		"v1.2.3-rc1":               {"1.2.3", "1.2.3~rc1"},
		"v1.2.3-rc1-4-gabc1-dirty": {"1.2.3", "1.2.3~rc1+4.gabc1+dirty"},
		"dev":                      {"0.0.0", "0.0.0"},
	} {
		for i, form := range []string{"numbers", "deb"} {
			if got, err := script(t, []string{"VERSION=" + described}, "version.sh", form); err != nil || got != want[i] {
				t.Errorf("%s as %s = %q (%v), want %q", described, form, got, err, want[i])
			}
		}
	}
	if got, err := script(t, []string{"VERSION=abc1234"}, "version.sh", "deb"); err != nil || !strings.HasPrefix(got, "0.0.0+") || !strings.HasSuffix(got, ".gabc1234") {
		t.Errorf("a commit before the first tag = %q, %v", got, err)
	}
	if _, err := script(t, nil, "version.sh", "nonsense"); err == nil {
		t.Error("a form that there is not was printed")
	}
}

// TestDebianSortsVersionsAsTheyCame asks dpkg itself.
func TestDebianSortsVersionsAsTheyCame(t *testing.T) {
	if _, err := exec.LookPath("dpkg"); err != nil {
		t.Skip("no dpkg on this machine")
	}
	order := []string{"v1.2.3-rc1", "v1.2.3-rc1-2-gfff", "v1.2.3-rc2", "v1.2.3", "v1.2.3-2-gfff", "v1.2.3-10-gaaa", "v1.2.4"}
	last := ""
	for _, described := range order {
		got, err := script(t, []string{"VERSION=" + described}, "version.sh", "deb")
		if err != nil {
			t.Fatal(err)
		}
		if last != "" && exec.Command("dpkg", "--compare-versions", last, "lt", got).Run() != nil {
			t.Errorf("%s does not come after %s", got, last)
		}
		last = got
	}
}
