package agent_test

import (
	"bytes"
	"context"
	"strings"
	"testing"
	"time"

	"pilotlight/backend"
	"pilotlight/backend/source/lmstudio/lmstudiotest"
)

// untilSampled waits for n rows of memory with figures in the last hour.
func (r *room) untilSampled(n int) backend.Samples {
	r.Helper()
	deadline := time.Now().Add(patient)
	for {
		now := time.Now()
		got, err := r.api.Samples(context.Background(), backend.SampleQuery{
			From: backend.At(now.Add(-time.Hour)), To: backend.At(now.Add(time.Minute)), Points: 1000, Names: []string{"memory"},
		})
		if err != nil {
			r.Fatalf("samples: %v", err)
		}
		if len(got.Items) > 0 && len(got.AtMS) >= n {
			return got
		}
		if time.Now().After(deadline) {
			r.Fatalf("never sampled: %+v", got)
		}
		time.Sleep(50 * time.Millisecond)
	}
}

// What the agent reads of the machine can be asked for at once, is still there
// after a restart, and can be exported.
func TestSamplesAreKept(t *testing.T) {
	r := start(t, lmstudiotest.Options{})
	r.untilListed()
	got := r.untilSampled(1)
	for _, s := range got.Items {
		if s.Name == "memory.used" && *s.Mean[0] != 3_999_989_760 { // 4e9, to 64 KiB
			t.Errorf("memory.used is %v", *s.Mean[0])
		}
		if s.Name == "memory.swap" || s.Name == "memory.pressure" {
			t.Errorf("%s was never read", s.Name)
		}
	}
	first := got.AtMS[0]
	r.stop()
	r.run()
	if got = r.untilSampled(1); got.AtMS[0] != first {
		t.Errorf("the first row is %d, before the restart it was %d", got.AtMS[0], first)
	}
	var out bytes.Buffer
	if err := r.api.ExportSamples(context.Background(), &out, "csv", backend.SampleRowQuery{}); err != nil {
		t.Fatal(err)
	}
	if !strings.Contains(out.String(), ",10,memory.used,bytes,,,") {
		t.Errorf("exported %s", out.String())
	}
	line, err := r.api.Timeline(context.Background(), nil, nil)
	if err != nil || line.To.Sub(line.From.Time) != time.Hour {
		t.Errorf("timeline %+v, %v", line, err)
	}
}
