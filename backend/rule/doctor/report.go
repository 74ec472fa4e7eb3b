package doctor

import "pilotlight/backend"

// The groups of Examine, beside those of Platform.
const (
	groupSetup   = "setup"
	groupTrouble = "trouble"
	groupSafety  = "safety"
	groupServers = "servers"
)

// Examine judges all that was seen, group by group in a fixed order. Every check
// is listed always; one that does not apply, or of which nothing is known, is
// skipped and says why. Only servers has as many checks as there are servers.
func Examine(f Facts) []backend.Check {
	s := sceneOf(f)
	checks := setup(s)
	checks = append(checks, trouble(s)...)
	checks = append(checks, safety(f)...)
	checks = append(checks, machineChecks(f)...)
	return append(checks, servers(s)...)
}

// Summed counts what the checks found.
func Summed(at backend.Time, checks []backend.Check) backend.Report {
	r := backend.Report{At: at, Items: checks}
	if r.Items == nil {
		r.Items = []backend.Check{}
	}
	for _, c := range checks {
		switch c.Verdict {
		case backend.FindingFail:
			r.Fail++
		case backend.FindingWarn:
			r.Warn++
		}
	}
	return r
}

// mends adds what Pilotlight can do about it: the first is the one to choose.
// A check that found nothing wrong needs no mending.
func mends(c backend.Check, fixes ...backend.Fix) backend.Check {
	if c.Verdict != backend.FindingWarn && c.Verdict != backend.FindingFail {
		return c
	}
	for _, f := range fixes {
		switch {
		case f.ID == "":
		case c.Fix == nil:
			c.Fix = &f
		default:
			c.Others = append(c.Others, f)
		}
	}
	return c
}

// on names the place of the dashboard that shows more.
func on(page string, c backend.Check) backend.Check {
	c.Page = page
	return c
}
