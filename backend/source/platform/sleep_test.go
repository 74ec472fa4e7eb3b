package platform

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"pilotlight/backend"
)

func ptr[T any](v T) *T { return &v }

// rule writes a rule in a line.
func rule(r *backend.SleepRule) string {
	if r == nil {
		return "not known"
	}
	s := "?"
	if r.IdleMinutes != nil {
		s = fmt.Sprint(*r.IdleMinutes)
	}
	if r.OnBattery {
		s += " on battery"
	}
	if r.Held != "" {
		s += " held by " + r.Held
	}
	return s + ", " + r.Source
}

const (
	laptop = `Battery Power:
 Sleep On Power Button 1
 lowpowermode         1
 standby              1
 ttyskeepawake        1
 hibernatemode        3
 powernap             1
 hibernatefile        /var/vm/sleepimage
 displaysleep         2
 womp                 0
 networkoversleep     0
 sleep                1
 lessbright           1
 tcpkeepalive         1
 disksleep            10
AC Power:
 Sleep On Power Button 1
 lowpowermode         0
 standby              1
 displaysleep         10
 womp                 1
 sleep                0
 disksleep            10
`
	studio  = "AC Power:\n Sleep On Power Button 1\n autorestart          1\n sleep                15 (sleep prevented by caffeinate)\n displaysleep         10\n"
	drawsAC = "Now drawing from 'AC Power'\n -InternalBattery-0 (id=1)\t100%; charged; 0:00 remaining present: true\n"
	drawsB  = "Now drawing from 'Battery Power'\n -InternalBattery-0 (id=1)\t81%; discharging; 5:12 remaining present: true\n"
	nobody  = `2026-11-30 10:00:00 +0100
Assertion status system-wide:
   BackgroundTask                 0
   PreventUserIdleDisplaySleep    0
   PreventSystemSleep             0
   PreventUserIdleSystemSleep     1
   UserIsActive                   1
Listed by owning process:
   pid 333(powerd): [0x0000aaaa] 00:10:00 PreventUserIdleSystemSleep named: "Powerd - Prevent sleep while display is on"
   pid 444(WindowServer): [0x0000bbbb] 00:00:01 UserIsActive named: "com.apple.iohideventsystem.queue.tickle"
	Timeout will fire in 119 secs Action=TimeoutActionRelease
No kernel assertions.
`
	held = nobody + `Listed by owning process:
   pid 913(caffeinate): [0x0000cccc] 05:00:00 PreventUserIdleSystemSleep named: "caffeinate command-line tool"
	Details: caffeinate asserting on behalf of 'secret (pid 912)'
   pid 914(caffeinate): [0x0000cccd] 05:00:00 PreventSystemSleep named: "x"
   pid 77(LM Studio (Helper)): [0x0000dddd] 00:00:09 NoIdleSleepAssertion named: "a: PreventSystemSleep named: y"
`
)

func TestPmset(t *testing.T) {
	t.Parallel()
	withHolders := strings.Replace(held, "No kernel assertions.\nListed by owning process:\n", "", 1)
	for name, c := range map[string]struct{ custom, batt, assertions, want string }{
		"a laptop at its charger":   {laptop, drawsAC, nobody, "0, pmset"},
		"a laptop on its battery":   {laptop, drawsB, nobody, "1 on battery, pmset"},
		"a Mac Studio":              {studio, "Now drawing from 'AC Power'\n", nobody, "15, pmset"},
		"held":                      {studio, drawsAC, withHolders, "15 held by caffeinate, LM Studio (Helper), pmset"},
		"nothing ran":               {"", "", "", "not known"},
		"no kind of power":          {" sleep 5\n", "", "", "not known"},
		"an unknown heading":        {"AC Power:\n sleep 3\nUPS Power:\n sleep 9\n", "", "", "3, pmset"},
		"no number":                 {"AC Power:\n sleep never\n", "", "", "not known"},
		"a number beyond all":       {"AC Power:\n sleep 99999999999999999999\n", "", "", "not known"},
		"below nothing":             {"AC Power:\n sleep -1\n", "", "", "not known"},
		"only holders are told":     {"", "", withHolders, "? held by caffeinate, LM Studio (Helper), pmset"},
		"the battery has no figure": {studio, drawsB, "", "not known"},
	} {
		if got := rule(pmsetRule(c.custom, c.batt, c.assertions)); got != c.want {
			t.Errorf("%s: got %s, want %s", name, got, c.want)
		}
	}
}

func TestHoldersAreFew(t *testing.T) {
	t.Parallel()
	var b strings.Builder
	b.WriteString("Listed by owning process:\n")
	for i := range 50 {
		fmt.Fprintf(&b, "   pid %d(program%d): [0x1] 00:00:01 PreventSystemSleep named: \"x\"\n   pid ((((: \n", i, i)
	}
	if got := parseHolders(b.String()); len(got) != maxHolders {
		t.Errorf("got %d: %v", len(got), got)
	}
}

func TestGnomePower(t *testing.T) {
	t.Parallel()
	line := func(key, value string) string { return gnomeSchema + " " + key + " " + value + "\n" }
	for name, c := range map[string]struct {
		text        string
		ac, battery string
	}{
		"as installed": {
			line("sleep-inactive-ac-timeout", "900") + line("sleep-inactive-ac-type", "'suspend'") +
				line("sleep-inactive-battery-timeout", "1200") + line("sleep-inactive-battery-type", "'suspend'"), "15", "20",
		},
		"nothing is done":   {line("sleep-inactive-ac-timeout", "900") + line("sleep-inactive-ac-type", "'nothing'"), "0", "?"},
		"switched off":      {line("sleep-inactive-ac-timeout", "0") + line("sleep-inactive-ac-type", "'suspend'"), "0", "?"},
		"dims only":         {line("sleep-inactive-ac-timeout", "60") + line("sleep-inactive-ac-type", "'blank'"), "0", "?"},
		"with its type":     {line("sleep-inactive-ac-timeout", "uint32 60") + line("sleep-inactive-ac-type", "'suspend'"), "1", "?"},
		"no action":         {line("sleep-inactive-ac-timeout", "900"), "?", "?"},
		"another schema":    {"org.gnome.other sleep-inactive-ac-timeout 900\norg.gnome.other sleep-inactive-ac-type 'suspend'\n", "?", "?"},
		"negative":          {line("sleep-inactive-ac-timeout", "-5") + line("sleep-inactive-ac-type", "'suspend'"), "?", "?"},
		"nothing at all":    {"", "?", "?"},
		"a line without it": {gnomeSchema + "\n\n", "?", "?"},
	} {
		g := parseGnomePower(c.text)
		show := func(v *float64) string {
			if v == nil {
				return "?"
			}
			return fmt.Sprint(*v)
		}
		if show(g.ac) != c.ac || show(g.battery) != c.battery {
			t.Errorf("%s: got %s and %s, want %s and %s", name, show(g.ac), show(g.battery), c.ac, c.battery)
		}
	}
}

func TestDesktopRule(t *testing.T) {
	t.Parallel()
	quiet := logind{action: "ignore", after: 30 * time.Minute}
	sleepy := logind{action: "suspend", after: 30 * time.Minute}
	battery := logind{action: "ignore", battery: true}
	locked := logind{action: "suspend", after: time.Hour, locks: []inhibitor{
		{"shutdown:sleep", "NetworkManager", "delay"}, {"handle-lid-switch", "gnome", "block"},
		{"sleep", "Pilot\nlight", "block"}, {"shutdown:idle", "Films", "block"}, {"sleep", "Films", "block"},
	}}
	for name, c := range map[string]struct {
		l     *logind
		g     *gnomePower
		other bool
		want  string
	}{
		"nobody tells":               {nil, nil, false, "not known"},
		"a server":                   {&quiet, nil, false, "0, logind"},
		"a server that sleeps":       {&sleepy, nil, false, "30, logind"},
		"another desktop":            {&quiet, nil, true, "not known"},
		"another desktop that locks": {&locked, nil, true, "60 held by Pilot light, Films, logind"},
		"GNOME never":                {&quiet, &gnomePower{ac: ptr(0.0)}, false, "0, gsettings"},
		"GNOME":                      {&quiet, &gnomePower{ac: ptr(20.0), battery: ptr(5.0)}, false, "20, gsettings"},
		"GNOME on battery":           {&battery, &gnomePower{ac: ptr(20.0), battery: ptr(5.0)}, false, "5 on battery, gsettings"},
		"both, the desktop first":    {&sleepy, &gnomePower{ac: ptr(20.0)}, false, "20, gsettings"},
		"both, the manager first":    {&sleepy, &gnomePower{ac: ptr(45.0)}, false, "30, logind"},
		"GNOME half told":            {&battery, &gnomePower{ac: ptr(20.0)}, false, "not known"},
		"GNOME alone":                {nil, &gnomePower{ac: ptr(20.0)}, false, "20, gsettings"},
	} {
		if got := rule(desktopRule(c.l, c.g, c.other)); got != c.want {
			t.Errorf("%s: got %s, want %s", name, got, c.want)
		}
	}
}

func TestNamesOfOthersStayShort(t *testing.T) {
	t.Parallel()
	if got := oneLine("a\x1b[31m\nb\u2028c" + strings.Repeat("é", 200)); strings.ContainsAny(got, "\x1b\n\u2028") || len([]rune(got)) > 61 {
		t.Errorf("got %q", got)
	}
}
