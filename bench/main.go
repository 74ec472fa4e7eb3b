// Command bench measures what Pilotlight costs and prints each figure with its
// target. It runs the real agent against the simulated LM Studio, which is a
// process of its own, so that only the agent is counted. It reads /proc, so it
// runs on Linux; make bench starts it.
package main

import (
	"flag"
	"fmt"
	"os"
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
	backfill := flag.Bool("backfill", false, "measure the back-fill of a log alone")
	config := flag.Bool("config", false, "measure the editing of OpenClaw's config alone")
	flag.Parse()
	only := ""
	switch {
	case *backfill:
		only = "backfill"
	case *config:
		only = "config"
	}
	figures, err := measure(*idle, *rows, only)
	tw := tabwriter.NewWriter(os.Stdout, 0, 4, 2, ' ', 0)
	missed := 0
	for _, f := range figures {
		mark := ""
		if f.missed {
			mark, missed = "  MISSED", missed+1
		}
		fmt.Fprintf(tw, "%s\t%s\t%s%s\n", f.name, f.value, f.target, mark)
	}
	tw.Flush()
	if err != nil {
		fmt.Fprintln(os.Stderr, "error:", err)
		os.Exit(1)
	}
	fmt.Printf("%d of %d targets met\n", len(figures)-missed, len(figures))
}

// measure runs everything, one thing after the other.
func measure(idle time.Duration, rows int, only string) ([]figure, error) {
	bench, err := newBench(rows)
	if err != nil {
		return nil, err
	}
	defer bench.close()
	switch only {
	case "backfill":
		err := bench.backfill()
		return bench.figures, err
	case "config":
		err := bench.configAlone()
		return bench.figures, err
	}
	for _, step := range []func() error{
		bench.fallbacks,
		bench.readiness,
		func() error { return bench.idle(idle) },
		bench.statusLatency,
		bench.fallbackPages,
		bench.newLine,
		func() error { return bench.dashboard(idle / 2) },
		bench.config,
		bench.manyEvents,
		bench.windowOpens,
		func() error { return bench.menuBar(idle) },
		bench.backfill,
		bench.frontendSize,
	} {
		if err := step(); err != nil {
			return bench.figures, err
		}
	}
	return bench.figures, nil
}

// atLeast is add for a figure that should be high.
func (b *bench) atLeast(name string, value float64, format string, limit float64, unit string) {
	b.figures = append(b.figures, figure{
		name: name, value: strings.TrimSpace(fmt.Sprintf(format, value) + " " + unit),
		target: fmt.Sprintf("≥ %g %s", limit, unit), missed: value < limit,
	})
}

func (b *bench) add(name string, value float64, format string, limit float64, unit string) {
	b.figures = append(b.figures, figure{
		name: name, value: strings.TrimSpace(fmt.Sprintf(format, value) + " " + unit),
		target: fmt.Sprintf("≤ %g %s", limit, unit), missed: value > limit,
	})
}
