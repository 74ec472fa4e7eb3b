package agent

import (
	"fmt"
	"runtime"
	"strings"
	"time"

	"pilotlight/backend"
	"pilotlight/backend/rule/doctor"
)

// outlook is how things stand by what the doctor last found and what was observed
// since: the number on the dashboard's rail. It asks for nothing. It belongs to the
// loop.
type outlook struct {
	summary *backend.DoctorSummary     // nil until something was judged
	found   map[string]backend.Finding // by check, when the doctor was last run
	config  string                     // the hash of OpenClaw's config then
	gist    string                     // of the status that was judged last
}

// doctorLooked takes in what the doctor found.
func (a *Agent) doctorLooked(r backend.Report) {
	o := &a.outlook
	o.summary = &backend.DoctorSummary{Fail: r.Fail, Warn: r.Warn, At: r.At}
	o.config, o.found = a.openclaw.reading.Hash, map[string]backend.Finding{}
	for _, c := range r.Items {
		o.found[c.ID] = c.Verdict
	}
}

// lookOut judges a new state by itself, where it is another than before. A check
// that needs more than that stands as the doctor last found it.
func (a *Agent) lookOut(st *backend.Status, now time.Time) {
	o := &a.outlook
	gist := gistOf(st) + a.openclaw.reading.Hash
	if gist == o.gist {
		return
	}
	o.gist = gist
	if o.config != a.openclaw.reading.Hash {
		o.found = nil // it was found of another config
	}
	checks := doctor.Examine(doctor.Facts{Now: now, OS: runtime.GOOS, Unified: a.cfg.Unified, Status: st})
	for i := range checks {
		if was, ok := o.found[checks[i].ID]; ok && checks[i].Verdict == backend.FindingSkip {
			checks[i].Verdict = was
		}
	}
	r := doctor.Summed(backend.At(now), checks)
	o.summary = &backend.DoctorSummary{Fail: r.Fail, Warn: r.Warn, At: r.At}
}

// gistOf is what of a state may change what a check finds, without the figures
// that every look brings.
func gistOf(st *backend.Status) string {
	var b strings.Builder
	for i := range st.Servers {
		s := &st.Servers[i]
		fmt.Fprintln(&b, s.ID, s.State, s.Error != nil, len(s.Models))
		for j := range s.Models {
			m := &s.Models[j]
			for k := range m.Instances {
				n := &m.Instances[k]
				fmt.Fprintln(&b, n.ID, valueOr(n.ContextLength, 0), n.Missing, n.Crashed, n.TTLSeconds != nil)
			}
		}
	}
	fmt.Fprintln(&b, st.Keep.State, st.Keep.Model, st.Keep.Reason != nil)
	if oc := st.OpenClaw; oc != nil {
		fmt.Fprintln(&b, oc.Found, oc.ConfigValid, oc.Gateway, oc.LogReadable)
		for _, h := range oc.Chain {
			fmt.Fprintln(&b, h.Ref, h.State)
		}
	}
	if f := st.LastFallback; f != nil {
		fmt.Fprintln(&b, f.ID)
	}
	return b.String()
}
