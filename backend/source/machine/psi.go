package machine

import (
	"errors"
	"strconv"
	"strings"

	"pilotlight/backend"
)

// Linux tells how long tasks waited for memory (pressure stall information,
// Documentation/accounting/psi.rst): "some" is the share of time in which at
// least one did, "full" in which all did, each over the last 10, 60 and 300 s.
// The levels are ours, chosen so that they mean about what macOS means by its.
const (
	warningSome  = 1.0 // percent of the last 10 s
	criticalFull = 5.0
)

// parsePSI gives the pressure level of a memory pressure file.
func parsePSI(b []byte) (string, error) {
	some, full := -1.0, -1.0
	for line := range strings.Lines(string(b)) {
		fields := strings.Fields(line)
		if len(fields) < 2 {
			continue
		}
		v, ok := strings.CutPrefix(fields[1], "avg10=")
		n, err := strconv.ParseFloat(v, 64)
		if !ok || err != nil || !(n >= 0 && n <= 100) { // NaN is neither
			return "", errors.New("the pressure file is not as the kernel writes it")
		}
		switch fields[0] {
		case "some":
			some = n
		case "full":
			full = n
		}
	}
	switch {
	case some < 0:
		return "", errors.New("the pressure file has no line of its own")
	case full > criticalFull:
		return backend.PressureCritical, nil
	case some >= warningSome:
		return backend.PressureWarning, nil
	}
	return backend.PressureNormal, nil
}
