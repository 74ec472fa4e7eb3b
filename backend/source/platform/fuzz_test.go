package platform

import (
	"math"
	"strings"
	"testing"
	"unicode/utf8"
)

// FuzzReports holds that what other programs print, and the kernel's table of
// connections, makes no rule that cannot be, and no name that a page cannot show: a
// program chooses its own.
func FuzzReports(f *testing.F) {
	for _, s := range []string{
		"", "Battery Power:\n sleep 1\nAC Power:\n sleep 0 (sleep prevented by powerd)\nUPS Power:\n sleep 3\n", "Now drawing from 'Battery Power'\n -InternalBattery-0",
		"Listed by owning process:\n pid 88(coreaudiod): [0x1] 00:00:01 PreventUserIdleSystemSleep named: \"a\"\nKernel Assertions: 0x4",
		gnomeSchema + " sleep-inactive-ac-timeout 1800\n" + gnomeSchema + " sleep-inactive-ac-type 'suspend'\n",
		"  sl  local_address rem_address   st\n   0: 0100007F:1D20 00000000:0000 0A 0\n   1: 00000000000000000000000001000000:1D20 0:0 0A\n", "p1\nn*:7456\nn[::1]:7456\nn127.0.0.1:7456\n",
	} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		for _, b := range []bool{false, true} {
			if r := pmsetRule(s, s, s); r != nil {
				checkMinutes(t, r.IdleMinutes)
			}
			g := parseGnomePower(s)
			if r := desktopRule(nil, &g, b); r != nil {
				checkMinutes(t, r.IdleMinutes)
			}
		}
		names := parseHolders(s)
		if len(names) > maxHolders {
			t.Fatalf("%d names", len(names))
		}
		for _, n := range names {
			if utf8.RuneCountInString(n) > 61 || strings.ContainsAny(n, "\n\x1b\x00\u2028") {
				t.Fatalf("a name of %q", n)
			}
		}
		for _, a := range append(tcpTable(strings.NewReader(s), 7456), lsofAddresses(s, 7456)...) {
			if !a.IsValid() || a.Zone() != "" {
				t.Fatalf("listens on %v", a)
			}
		}
	})
}

func checkMinutes(t *testing.T, m *float64) {
	t.Helper()
	if m != nil && !(*m >= 0 && *m < math.MaxInt32) {
		t.Fatalf("sleeps after %v minutes", *m)
	}
}
