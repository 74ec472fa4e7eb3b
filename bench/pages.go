package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"os/exec"
	"path/filepath"
	"slices"
	"time"

	"pilotlight/backend/agent"
	"pilotlight/backend/face/client"
)

// pageRuns is how often each page is opened; the medians are printed.
const pageRuns = 5

// felt is what open-pages.mjs prints: milliseconds, and shares of the window that moved.
type felt struct {
	Plain   []float64            `json:"plain"`
	Paint   []float64            `json:"paint"`
	CPU     []float64            `json:"cpu"`
	Usable  []float64            `json:"usable"`
	Turned  []float64            `json:"turned"`
	Longest []float64            `json:"longest"`
	Long    []float64            `json:"long"`
	First   map[string][]float64 `json:"first"`
	Again   map[string][]float64 `json:"again"`
	Shift   map[string][]float64 `json:"shift"`
	Moved   map[string][]string  `json:"moved"`
}

// pages opens the dashboard of the real agent in Chromium, as somebody with a kept
// model, a long history and a week of fallbacks, and prints how fast that feels.
func (b *bench) pages() error {
	who, err := b.newPerson("looker")
	if err != nil {
		return err
	}
	if _, err := writeLog(who.log, 1<<20, time.Now().Add(-20*time.Hour)); err != nil {
		return err
	}
	was := b.person
	b.person = who
	defer func() { b.person = was }()
	p, err := b.startAgent()
	if err != nil {
		return err
	}
	defer p.stop()
	c := client.New(agent.SocketPath(b.home))
	defer c.Close()
	if err := b.keepSomething(c); err != nil {
		return err
	}
	f, err := b.look(c)
	if err != nil {
		return err
	}
	b.tell(f)
	return nil
}

// look runs the script with a link of the agent's.
func (b *bench) look(c *client.Client) (f felt, err error) {
	link, err := c.Link(context.Background())
	if err != nil {
		return f, err
	}
	cmd := exec.Command("node", filepath.Join("dev", "open-pages.mjs"), link, fmt.Sprint(pageRuns))
	cmd.Dir = filepath.Join(b.root, "frontend")
	var out, errs bytes.Buffer
	cmd.Stdout, cmd.Stderr = &out, &errs
	if err := cmd.Run(); err != nil {
		return f, fmt.Errorf("open the pages: %w: %s", err, errs.String())
	}
	if err := json.Unmarshal(out.Bytes(), &f); err != nil {
		return f, fmt.Errorf("open-pages.mjs printed %q: %w", out.String(), err)
	}
	if len(f.Paint) == 0 || len(f.Shift) == 0 || len(f.Again) == 0 {
		return f, errors.New("no page was opened")
	}
	return f, nil
}

// tell prints each with its target.
func (b *bench) tell(f felt) {
	of := fmt.Sprintf(" (median of %d)", pageRuns)
	b.add("dashboard, first paint"+of, median(f.Paint), "%.0f", 300, "ms")
	b.note("  beside it a line of text in the same browser", fmt.Sprintf("%.0f ms", median(f.Plain)))
	b.add("  usable: the sentence, and a keep switch to turn", median(f.Usable), "%.0f", 500, "ms")
	b.note("  CPU of the page's thread until then", fmt.Sprintf("%.0f ms", median(f.CPU)))
	b.add("  the keep switch, from the click until it is turned", median(f.Turned), "%.0f", 100, "ms")
	b.add("  the longest task while it opens", median(f.Longest), "%.0f", 200, "ms")
	b.note("  all tasks over 50 ms while it opens", fmt.Sprintf("%.0f ms", median(f.Long)))
	for _, place := range slices.Sorted(maps.Keys(f.First)) {
		b.add("going to "+place+", its first visit", median(f.First[place]), "%.0f", 100, "ms")
	}
	for _, place := range slices.Sorted(maps.Keys(f.Again)) {
		b.add("going to "+place+" again", median(f.Again[place]), "%.0f", 100, "ms")
	}
	for _, place := range slices.Sorted(maps.Keys(f.Shift)) {
		b.add("layout shift of "+place+" in its first 3 s", median(f.Shift[place]), "%.4f", 0.02, "")
		for _, what := range f.Moved[place] {
			b.note("  "+what, "")
		}
	}
}
