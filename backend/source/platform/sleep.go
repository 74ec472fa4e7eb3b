package platform

import (
	"math"
	"slices"
	"strconv"
	"strings"
	"time"

	"pilotlight/backend"
)

// logind is what systemd's login manager says (org.freedesktop.login1(5)).
type logind struct {
	action  string        // IdleAction: ignore, suspend, hibernate, …
	after   time.Duration // IdleActionUSec
	battery bool          // OnExternalPower is false
	locks   []inhibitor
}

// inhibitor is one lock that a program took on sleep.
type inhibitor struct{ what, who, mode string }

// sleeping are what logind may do to an idle machine that stops its programs.
var sleeping = []string{"poweroff", "reboot", "halt", "kexec", "suspend", "hibernate", "hybrid-sleep", "suspend-then-hibernate", "sleep", "factory-reset"}

// idle is in how many minutes an idle machine sleeps, 0 for never.
func (l logind) idle() float64 {
	if !slices.Contains(sleeping, l.action) {
		return 0
	}
	return l.after.Minutes()
}

// held names who keeps the machine awake: with a lock that blocks, on sleep or on
// being idle. Locks that only delay end by themselves.
func (l logind) held() string {
	var names []string
	for _, i := range l.locks {
		what := strings.Split(i.what, ":")
		if i.mode != "block" || !slices.Contains(what, "sleep") && !slices.Contains(what, "idle") {
			continue
		}
		name := oneLine(i.who)
		if name != "" && !slices.Contains(names, name) && len(names) < maxHolders {
			names = append(names, name)
		}
	}
	return strings.Join(names, ", ")
}

// oneLine keeps a name that another program chose short and printable.
func oneLine(s string) string {
	s = strings.Join(strings.FieldsFunc(s, func(r rune) bool { return r < ' ' || r == 0x7f || r == '\u2028' || r == '\u2029' }), " ")
	if r := []rune(s); len(r) > 60 {
		s = string(r[:60]) + "…"
	}
	return strings.TrimSpace(s)
}

// gnomePower is GNOME's own rule for an idle machine, where it is told.
type gnomePower struct{ ac, battery *float64 }

const gnomeSchema = "org.gnome.settings-daemon.plugins.power"

// parseGnomePower reads "gsettings list-recursively" of GNOME's schema: a line of
// schema, key and value each. A time of 0 is never, and so is an action that does
// not stop programs.
func parseGnomePower(text string) gnomePower {
	values := map[string]string{}
	for line := range strings.Lines(text) {
		f := strings.Fields(line)
		if len(f) >= 3 && f[0] == gnomeSchema {
			values[f[1]] = strings.Trim(f[len(f)-1], "'")
		}
	}
	rule := func(kind string) *float64 {
		seconds, err := strconv.ParseUint(values["sleep-inactive-"+kind+"-timeout"], 10, 31)
		action, told := values["sleep-inactive-"+kind+"-type"]
		if err != nil || !told {
			return nil
		}
		minutes := float64(seconds) / 60
		if !slices.Contains([]string{"suspend", "hibernate", "shutdown", "logout", "interactive"}, action) {
			minutes = 0
		}
		return &minutes
	}
	return gnomePower{ac: rule("ac"), battery: rule("battery")}
}

// desktopRule puts together what the login manager and the desktop say: the one
// that comes first counts. l is nil where there is no login manager, g where
// there is no GNOME. other says that another desktop runs, whose rule is not known.
func desktopRule(l *logind, g *gnomePower, other bool) *backend.SleepRule {
	r := &backend.SleepRule{Source: "logind"}
	if l != nil {
		r.OnBattery, r.Held = l.battery, l.held()
	}
	var desktop *float64
	if g != nil {
		if desktop = g.ac; r.OnBattery {
			desktop = g.battery
		}
	}
	first := math.Inf(1)
	if l != nil && l.idle() > 0 {
		first = l.idle()
	}
	if desktop != nil && *desktop > 0 && *desktop < first {
		first, r.Source = *desktop, "gsettings"
	}
	switch {
	case !math.IsInf(first, 1):
		r.IdleMinutes = &first
	case desktop != nil, l != nil && g == nil && !other:
		never := 0.0
		r.IdleMinutes = &never
		if desktop != nil {
			r.Source = "gsettings"
		}
	}
	if r.IdleMinutes == nil && r.Held == "" {
		return nil
	}
	return r
}
