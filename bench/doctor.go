package main

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"time"

	"pilotlight/backend"
	"pilotlight/backend/agent"
	"pilotlight/backend/face/client"
	"pilotlight/backend/rule/doctor"
)

const (
	examinations = 1000
	doctorPages  = 500
	probedPages  = 51
)

// doctor measures what a look of the doctor costs: the judging alone, a page that
// reuses what was asked within the last half minute, and one for which everything
// is asked anew.
func (b *bench) doctor() error {
	if b.agent == nil {
		a, err := b.startAgent()
		if err != nil {
			return err
		}
		b.agent = a
	}
	c := client.New(agent.SocketPath(b.home))
	defer c.Close()
	st, err := c.Status(context.Background())
	if err != nil {
		return err
	}
	b.examine(st)
	reused, err := b.doctorPages(doctorPages, func() error { return nil })
	if err != nil {
		return err
	}
	// Another config makes the agent ask its providers and the machine again.
	path := filepath.Join(b.person.home, ".openclaw", "openclaw.json")
	before, err := os.ReadFile(path)
	if err != nil {
		return err
	}
	defer func() { _ = os.WriteFile(path, before, 0o600) }()
	text := slices.Clone(before)
	probed, err := b.doctorPages(probedPages, func() error {
		text = append(text, '\n')
		return os.WriteFile(path, text, 0o600)
	})
	if err != nil {
		return err
	}
	b.add(fmt.Sprintf("GET /api/doctor p95 (of %d)", doctorPages), percentile(reused, 95), "%.1f", 200, "ms")
	b.note("  p50", fmt.Sprintf("%.1f ms", percentile(reused, 50)))
	b.add(fmt.Sprintf("the same with everything asked anew, p95 (of %d)", probedPages), percentile(probed, 95), "%.1f", 200, "ms")
	b.note("  p50", fmt.Sprintf("%.1f ms", percentile(probed, 50)))
	return nil
}

// examine judges what the agent has observed.
func (b *bench) examine(st *backend.Status) {
	f := doctor.Facts{Now: time.Now(), OS: runtime.GOOS, Status: st}
	var took []float64
	checks := 0
	for range examinations {
		started := time.Now()
		checks = len(doctor.Examine(f))
		took = append(took, float64(time.Since(started).Nanoseconds())/1e6)
	}
	b.add(fmt.Sprintf("%d checks of the doctor on observed state (median of %d)", checks, examinations), median(took), "%.3f", 5, "ms")
}

// doctorPages asks for the doctor's page, in milliseconds each, sorted; before each
// something happens that is not counted.
func (b *bench) doctorPages(times int, before func() error) ([]float64, error) {
	h := b.agent.http()
	var took []float64
	for range times {
		if err := before(); err != nil {
			return nil, err
		}
		started := time.Now()
		res, err := h.Get("http://agent/api/doctor")
		if err != nil {
			return nil, err
		}
		body, err := io.ReadAll(res.Body)
		_ = res.Body.Close()
		took = append(took, float64(time.Since(started).Nanoseconds())/1e6)
		var r backend.Report
		if err != nil || res.StatusCode != http.StatusOK || json.Unmarshal(body, &r) != nil || len(r.Items) == 0 {
			return nil, fmt.Errorf("the doctor answered %d %.200s: %v", res.StatusCode, body, err) //nolint:errorlint // err may be nil
		}
	}
	slices.Sort(took)
	return took, nil
}

// percentile of sorted figures.
func percentile(sorted []float64, p int) float64 {
	return sorted[min(len(sorted)-1, len(sorted)*p/100)]
}
