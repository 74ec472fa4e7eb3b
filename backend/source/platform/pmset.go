package platform

import (
	"slices"
	"strconv"
	"strings"

	"pilotlight/backend"
)

// The words of pmset(1), as macOS 11 to 15 print them. pmset answers any user.

// power is what "pmset -g custom" says: minutes until the system sleeps, by what
// the machine runs on. One that is not there was not told.
type power struct{ ac, battery *float64 }

// parsePower reads "pmset -g custom": a heading for each kind of power, and lines
// of a name and a number below.
func parsePower(text string) power {
	var p power
	var into **float64
	for line := range strings.Lines(text) {
		switch f := strings.Fields(line); {
		case strings.HasPrefix(line, "AC Power"):
			into = &p.ac
		case strings.HasPrefix(line, "Battery Power"):
			into = &p.battery
		case strings.HasSuffix(strings.TrimSpace(line), ":"):
			into = nil // UPS Power
		case into != nil && len(f) >= 2 && f[0] == "sleep":
			if n, err := strconv.ParseUint(f[1], 10, 31); err == nil {
				minutes := float64(n)
				*into = &minutes
			}
		}
	}
	return p
}

// parseOnBattery reads the first line of "pmset -g batt": Now drawing from 'AC
// Power'.
func parseOnBattery(text string) bool {
	first, _, _ := strings.Cut(text, "\n")
	return strings.Contains(first, "'Battery Power'")
}

// keepsAwake are the kinds of assertion that stop a Mac from going to sleep by
// itself.
var keepsAwake = []string{"PreventUserIdleSystemSleep", "PreventSystemSleep", "NoIdleSleepAssertion"}

// maxHolders is how many programs are named that keep the machine awake.
const maxHolders = 5

// parseHolders reads "pmset -g assertions" and names the programs that keep the
// system awake. What they say of it may be private and is left out. powerd is no
// such program: it holds one while the screen is on, as long as somebody is there.
func parseHolders(text string) (names []string) {
	_, listed, _ := strings.Cut(text, "Listed by owning process:")
	for line := range strings.Lines(listed) {
		line = strings.TrimSpace(line)
		rest, ok := strings.CutPrefix(line, "pid ")
		if strings.HasPrefix(line, "Kernel Assertions") {
			break
		}
		if !ok {
			continue
		}
		_, rest, ok = strings.Cut(rest, "(")
		name, what, ok2 := strings.Cut(rest, "): ")
		what, _, _ = strings.Cut(what, " named:")
		f := strings.Fields(what)
		if !ok || !ok2 || len(f) == 0 || name == "powerd" || !slices.Contains(keepsAwake, f[len(f)-1]) {
			continue
		}
		if name = oneLine(name); !slices.Contains(names, name) && len(names) < maxHolders {
			names = append(names, name)
		}
	}
	return names
}

// pmsetRule puts together what pmset says.
func pmsetRule(custom, batt, assertions string) *backend.SleepRule {
	p := parsePower(custom)
	r := &backend.SleepRule{IdleMinutes: p.ac, OnBattery: parseOnBattery(batt), Held: strings.Join(parseHolders(assertions), ", "), Source: "pmset"}
	if r.OnBattery {
		r.IdleMinutes = p.battery
	}
	if r.IdleMinutes == nil && r.Held == "" {
		return nil
	}
	return r
}
