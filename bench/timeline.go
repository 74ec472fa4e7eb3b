package main

import (
	"encoding/json"
	"fmt"
	"os/exec"
	"path/filepath"
)

// timelinePage pans the dashboard's Timeline in Chromium with five series of
// five thousand rows, and weighs what the page downloads.
func (b *bench) timelinePage() error {
	var frames struct {
		PerSecond float64 `json:"frames_per_second"`
		P95       float64 `json:"p95_ms"`
		CPU       float64 `json:"cpu_ms"`
	}
	if err := b.frontendScript("frames", &frames); err != nil {
		return err
	}
	b.atLeast("Timeline while panning", frames.PerSecond, "%.1f", 55, "frames/s")
	b.note("  a frame, p95", fmt.Sprintf("%.1f ms", frames.P95))
	b.note("  CPU of the page's thread a frame", fmt.Sprintf("%.1f ms", frames.CPU))
	var size struct {
		Bytes float64 `json:"timeline_gzip_bytes"`
	}
	if err := b.frontendScript("size", &size); err != nil {
		return err
	}
	b.add("Timeline's chunk, gzipped", size.Bytes/1000, "%.1f", 60, "KB")
	return nil
}

// frontendScript runs one of the dashboard's npm scripts with --json and reads
// what it prints.
func (b *bench) frontendScript(name string, into any) error {
	cmd := exec.Command("npm", "run", "--silent", name, "--", "--json")
	cmd.Dir = filepath.Join(b.root, "frontend")
	out, err := cmd.Output()
	if err != nil {
		return fmt.Errorf("npm run %s: %w", name, err)
	}
	if err := json.Unmarshal(out, into); err != nil {
		return fmt.Errorf("read npm run %s: %w", name, err)
	}
	return nil
}
