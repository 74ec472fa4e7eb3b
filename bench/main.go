// Command bench measures what Pilotlight costs and prints each figure with its
// target. It runs the real agent against the simulated LM Studio, which is a
// process of its own, so that only the agent is counted. It reads /proc, so it
// runs on Linux; make bench starts it.
package main

import (
	"flag"
	"fmt"
	"os"
	"slices"
	"strings"
	"text/tabwriter"
	"time"
)

// figure is one line of the report.
type figure struct {
	name, value, target string
	missed              bool
}

func main() {
	idle := flag.Duration("idle", time.Minute, "how long to watch the idle agent")
	rows := flag.Int("rows", 100_000, "rows in the history")
	only := flag.String("only", "", "measure only the steps with these `names`, with commas between them; their order stays")
	page := flag.String("report", "", "write the figures to this `file` too, as a page")
	version := flag.String("version", "dev", "what is measured, for the page")
	beside := flag.String("beside", "", "the `folder` with the programs of others to measure in the same run: olla, llama-swap")
	flag.Parse()
	figures, compared, err := measure(*idle, *rows, *only, *beside)
	tw := tabwriter.NewWriter(os.Stdout, 0, 4, 2, ' ', 0)
	missed, targets := 0, 0
	for _, f := range figures {
		mark := ""
		if f.target != "" {
			targets++
		}
		if f.missed {
			mark, missed = "  MISSED", missed+1
		}
		fmt.Fprintf(tw, "%s\t%s\t%s%s\n", f.name, f.value, f.target, mark)
	}
	for _, row := range sideBySide(compared) {
		fmt.Fprintln(tw, strings.Join(row, "\t"))
	}
	tw.Flush()
	if err != nil {
		fmt.Fprintln(os.Stderr, "error:", err)
		os.Exit(1)
	}
	if *page != "" {
		if err := report(*page, *version, figures, compared, time.Now()); err != nil {
			fmt.Fprintln(os.Stderr, "error:", err)
			os.Exit(1)
		}
	}
	fmt.Printf("%d of %d targets met\n", targets-missed, targets)
}

// step is one part of the measuring. Some build on what an earlier one left
// behind.
type step struct {
	name  string
	run   func() error
	asks  bool   // a running agent: the one that idle started, else one of its own
	needs string // the step that makes what this one reads, and is run before it
}

// measure runs everything, one thing after the other.
func measure(idle time.Duration, rows int, only, beside string) ([]figure, []upkeep, error) {
	bench, err := newBench(rows)
	if err != nil {
		return nil, nil, err
	}
	defer bench.close()
	steps := []step{
		{name: "sample", run: bench.machineSamples},
		{name: "fallbacks", run: bench.fallbacks},
		{name: "samples", run: bench.samples},
		{name: "ready", run: bench.readiness},
		{name: "pages", run: bench.pages},
		{name: "idle", run: func() error { return bench.idle(idle) }},
		{name: "status", run: bench.statusLatency, asks: true},
		{name: "lists", run: bench.fallbackPages, asks: true, needs: "fallbacks"},
		{name: "views", run: bench.sampleViews, asks: true, needs: "samples"},
		{name: "line", run: bench.newLine, asks: true},
		{name: "dashboard", run: func() error { return bench.dashboard(settle / 2) }, asks: true},
		{name: "config", run: bench.config, asks: true},
		{name: "doctor", run: bench.doctor, asks: true},
		{name: "events", run: bench.manyEvents, asks: true},
		{name: "window", run: bench.windowOpens, asks: true},
		{name: "menu", run: func() error { return bench.menuBar(idle) }},
		{name: "backfill", run: bench.backfill},
		{name: "size", run: bench.frontendSize},
		{name: "timeline", run: bench.timelinePage},
		{name: "servers", run: func() error { return bench.servers(idle) }},
		{name: "beside", run: func() error { return bench.beside(beside, idle) }},
	}
	chosen, err := choose(steps, only)
	if err != nil {
		return nil, nil, err
	}
	for _, s := range chosen {
		if err := bench.take(s); err != nil {
			return bench.figures, bench.compared, fmt.Errorf("%s: %w", s.name, err)
		}
	}
	return bench.figures, bench.compared, nil
}

// take runs a step, with an agent where it asks one.
func (b *bench) take(s step) error {
	if s.asks && b.agent == nil {
		a, err := b.startAgent()
		if err != nil {
			return err
		}
		b.agent = a
	}
	return s.run()
}

// choose is the steps of these names and those that they need, all of them if
// there is none.
func choose(steps []step, names string) ([]step, error) {
	if names == "" {
		return steps, nil
	}
	wanted := strings.Split(names, ",")
	for _, name := range wanted {
		if !slices.ContainsFunc(steps, func(s step) bool { return s.name == name }) {
			return nil, fmt.Errorf("there is no step %q", name)
		}
	}
	for _, s := range steps {
		if s.needs != "" && slices.Contains(wanted, s.name) {
			wanted = append(wanted, s.needs)
		}
	}
	return slices.DeleteFunc(steps, func(s step) bool { return !slices.Contains(wanted, s.name) }), nil
}

// atLeast is add for a figure that should be high.
func (b *bench) atLeast(name string, value float64, format string, limit float64, unit string) {
	b.figures = append(b.figures, figure{
		name: name, value: strings.TrimSpace(fmt.Sprintf(format, value) + " " + unit),
		target: strings.TrimSpace(fmt.Sprintf("≥ %g %s", limit, unit)), missed: value < limit,
	})
}

func (b *bench) add(name string, value float64, format string, limit float64, unit string) {
	b.figures = append(b.figures, figure{
		name: name, value: strings.TrimSpace(fmt.Sprintf(format, value) + " " + unit),
		target: strings.TrimSpace(fmt.Sprintf("≤ %g %s", limit, unit)), missed: value > limit,
	})
}
