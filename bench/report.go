package main

import (
	"bufio"
	"fmt"
	"os"
	"runtime"
	"strings"
	"time"
)

// report writes the figures as a page, what missed its target first. It says on what
// they were measured, and nothing of where.
func report(path, version string, figures []figure, compared []upkeep, at time.Time) error {
	var missed, met, beside []figure
	of := ""
	for _, f := range figures {
		// What belongs to a figure says which: it stands in another table.
		if rest, part := strings.CutPrefix(f.name, "  "); part {
			f.name = of + ": " + strings.TrimPrefix(rest, "of it ")
		} else {
			of = f.name
		}
		switch {
		case f.value == "": // what moved on a page: for whoever mends it, not for the report
		case f.missed:
			missed = append(missed, f)
		case f.target != "":
			met = append(met, f)
		default:
			beside = append(beside, f)
		}
	}
	var b strings.Builder
	fmt.Fprintf(&b, "# Benchmarks\n\nWritten by `make bench`: %s, version %s, on %s. Medians where there is more than one. A target is an upper bound unless it says ≥.\n",
		at.UTC().Format("2 January 2006"), version, hardware())
	table(&b, fmt.Sprintf("Missed: %d of %d", len(missed), len(missed)+len(met)), missed)
	table(&b, "Met", met)
	besideTable(&b, compared)
	table(&b, "Beside them", beside)
	return os.WriteFile(path, []byte(b.String()), 0o644) //nolint:gosec // a page for everybody
}

func table(b *strings.Builder, title string, figures []figure) {
	if len(figures) == 0 {
		return
	}
	fmt.Fprintf(b, "\n## %s\n| figure | measured | target |\n|---|---|---|\n", title)
	for _, f := range figures {
		fmt.Fprintf(b, "| %s | %s | %s |\n", strings.TrimSpace(cell(f.name)), cell(f.value), cell(f.target))
	}
}

// besideTable is what a person would otherwise run here, measured in the same run.
func besideTable(b *strings.Builder, compared []upkeep) {
	for i, row := range sideBySide(compared) {
		if i == 0 {
			b.WriteString("\n## Side by side, in the same run\n")
		}
		fmt.Fprintf(b, "| %s |\n", strings.Join(row, " | "))
		if i == 0 {
			b.WriteString("|---|" + strings.Repeat("---|", len(compared)) + "\n")
		}
	}
}

// sideBySide is a table of what programs cost, its head first; nothing for none.
func sideBySide(list []upkeep) [][]string {
	if len(list) == 0 {
		return nil
	}
	rows := [][]string{
		{"while nobody looks"}, {"ready after its start"}, {"RSS"}, {"CPU, with what it starts"}, {"wake-ups"},
		{"requests to LM Studio"}, {"a request takes longer through it, median"},
	}
	for _, c := range list {
		ready := "–"
		if c.ready > 0 {
			ready = fmt.Sprintf("%.0f ms", c.ready)
		}
		for i, text := range []string{
			c.name, ready, fmt.Sprintf("%.1f MB", c.rss), fmt.Sprintf("%.3f %%", c.cpu), fmt.Sprintf("%.1f a second", c.wakes),
			fmt.Sprintf("%.1f a minute", c.asked), c.through,
		} {
			rows[i] = append(rows[i], text)
		}
	}
	return rows
}

// cell keeps a text inside its cell.
func cell(text string) string { return strings.ReplaceAll(text, "|", "\\|") }

// hardware is the kind of machine, as far as it tells.
func hardware() string {
	kind := "a processor that does not tell its name"
	if f, err := os.Open("/proc/cpuinfo"); err == nil {
		defer f.Close()
		lines := bufio.NewScanner(f)
		for lines.Scan() {
			if name, ok := strings.CutPrefix(lines.Text(), "model name"); ok {
				kind = strings.TrimSpace(strings.TrimLeft(name, "\t :"))
				break
			}
		}
	}
	return fmt.Sprintf("%d cores of %s, %s/%s, %s", runtime.NumCPU(), kind, runtime.GOOS, runtime.GOARCH, runtime.Version())
}
