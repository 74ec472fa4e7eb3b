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
func report(path, version string, figures []figure, at time.Time) error {
	var missed, met, beside []figure
	for _, f := range figures {
		switch {
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
