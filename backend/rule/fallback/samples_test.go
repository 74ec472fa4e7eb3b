package fallback_test

import (
	"fmt"
	"os"
	"testing"
	"time"

	"pilotlight/backend"
	"pilotlight/backend/rule/fallback"
)

func TestDump(t *testing.T) {
	ds, _ := os.ReadDir("testdata/runs")
	for _, d := range ds {
		vs, _ := os.ReadDir("testdata/runs/" + d.Name())
		for _, v := range vs {
			for _, files := range [][]string{everything, everything[:1], everything[1:]} {
				a := fallback.New()
				recs := map[string]backend.Fallback{}
				put := func(l []backend.Fallback) {
					for _, f := range l {
						recs[f.Key] = f
					}
				}
				for _, tr := range sample(t, d.Name()+"/"+v.Name(), files...) {
					put(a.Take(tr))
				}
				now := time.Now()
				put(a.Tick(now))
				put(a.Tick(now.Add(20 * time.Minute)))
				fmt.Println("==", d.Name(), v.Name(), files)
				for _, f := range recs {
					lost := -1.0
					if f.LostSeconds != nil {
						lost = *f.LostSeconds
					}
					who := "-"
					if f.Answered != nil {
						who = *f.Answered
					}
					fmt.Printf("  %s %s %s->%s lost %.3f reason=%s key=%s sess=%s/%s at=%s end=%s\n", f.Outcome, f.Source, f.Requested, who, lost, f.Reason, f.Key, f.SessionID, f.SessionKey, f.At, f.EndedAt)
					for _, x := range f.Attempts {
						tries, status := 0, 0
						if x.Tries != nil {
							tries = *x.Tries
						}
						if x.Status != nil {
							status = *x.Status
						}
						fmt.Printf("     %s %s tries=%d %s %d %s %q start=%v at=%v\n", x.Model, x.Decision, tries, x.Reason, status, x.Code, x.Detail, x.StartedAt, x.At)
					}
				}
			}
		}
	}
}
