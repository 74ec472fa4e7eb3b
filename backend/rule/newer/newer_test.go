package newer

import "testing"

func TestThan(t *testing.T) {
	yes, no := true, false
	for _, c := range []struct {
		own, latest string
		want        *bool
	}{
		{"v1.2.3", "v1.2.4", &yes},
		{"v1.9.0", "v1.10.0", &yes},
		{"v1.2.3", "v1.2.3", &no},
		{"v1.3.0", "v1.2.9", &no},
		{"v1.2.3-dirty", "v1.2.3", &no},
		{"v1.2.3-14-g0a1b2c3", "v1.2.3", &no},
		{"v1.2.3-14-g0a1b2c3-dirty", "v1.2.4", &yes},
		{"v2.0.0-rc.1", "v2.0.0", &yes},
		{"v2.0.0-rc.1-3-gabcdef0", "v2.0.0-rc.1", &no},
		{"dev", "v1.0.0", nil},
		{"0a1b2c3", "v1.0.0", nil},
		{"0a1b2c3-dirty", "v1.0.0", nil},
		{"v1.0.0", "nightly", nil},
		{"", "", nil},
	} {
		got := Than(c.own, c.latest)
		if (got == nil) != (c.want == nil) || got != nil && *got != *c.want {
			t.Errorf("Than(%q, %q) is %v", c.own, c.latest, got)
		}
	}
}
