package platform

import (
	"os"
	"path/filepath"
	"testing"
)

// TestNvidiaCard reads device lists as sysfs has them: NVIDIA also makes sound
// devices and network cards.
func TestNvidiaCard(t *testing.T) {
	for name, tc := range map[string]struct {
		vendor, class string
		want          bool
	}{
		"graphics card": {"0x10de\n", "0x030000\n", true},
		"compute card":  {"0x10de\n", "0x030200\n", true},
		"its sound":     {"0x10de\n", "0x040300\n", false},
		"other maker":   {"0x8086\n", "0x030000\n", false},
		"no class":      {"0x10de\n", "", false},
	} {
		dir := filepath.Join(t.TempDir(), "0000:01:00.0")
		if err := os.Mkdir(dir, 0o755); err != nil {
			t.Fatal(err)
		}
		for file, text := range map[string]string{"vendor": tc.vendor, "class": tc.class} {
			if err := os.WriteFile(filepath.Join(dir, file), []byte(text), 0o600); err != nil {
				t.Fatal(err)
			}
		}
		if got := nvidiaCard(filepath.Dir(dir)); got != tc.want {
			t.Errorf("%s: %v, want %v", name, got, tc.want)
		}
	}
}

// TestGPUSaysHowOrWhyNot runs on this machine, whatever it has.
func TestGPUSaysHowOrWhyNot(t *testing.T) {
	p := GPU(t.Context())
	if (p.Source == "") == (p.Err == nil) {
		t.Errorf("probe = %+v, want a way or a reason", p)
	}
}
