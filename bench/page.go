package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"

	"pilotlight/backend/face/client"
)

// openPage opens the dashboard's config page in a browser again and again: from the click
// to the form drawn, with its long lists folded.
func (b *bench) openPage(c *client.Client, lines int) error {
	if _, err := os.Stat(filepath.Join(b.root, "frontend", "src", "pages", "Config.svelte")); err != nil {
		b.note("config page, click to form", "this dashboard has none")
		return nil //nolint:nilerr // an older one is measured too
	}
	link, err := c.Link(context.Background())
	if err != nil {
		return err
	}
	cmd := exec.Command("node", filepath.Join(b.root, "frontend", "dev", "open-config.mjs"), link,
		fmt.Sprint("p", longProviders-1), fmt.Sprint(configOpens))
	cmd.Dir = filepath.Join(b.root, "frontend")
	var out, errs bytes.Buffer
	cmd.Stdout, cmd.Stderr = &out, &errs
	if err := cmd.Run(); err != nil {
		return fmt.Errorf("open the config page: %w: %s", err, errs.String())
	}
	var took struct {
		First  float64   `json:"first_ms"`
		Others []float64 `json:"others_ms"`
	}
	if err := json.Unmarshal(out.Bytes(), &took); err != nil {
		return fmt.Errorf("open-config.mjs printed %q: %w", out.String(), err)
	}
	if len(took.Others) == 0 {
		return errors.New("the config page was not opened")
	}
	b.add(fmt.Sprintf("config page of %d lines, click to form (median of %d)", lines, len(took.Others)), median(took.Others), "%.0f", 300, "ms")
	b.note("  the first time, with its code to load", fmt.Sprintf("%.0f ms", took.First))
	return nil
}
