package main

import (
	"errors"
	"fmt"
	"io"
	"slices"

	"pilotlight/trial/rig"
)

// figure is one thing that must not grow.
type figure struct {
	name string
	unit float64
	of   func(rig.Cost) float64
	// share and slack are by how much the last quarter's median may be above the
	// first's.
	share, slack float64
}

// figures, and why they may differ by that much. What leaks does so with every
// look or event: one goroutine (2 KB at least) or one connection a visitor are
// hundreds after an hour. What does not leak differs by where in its cycle the
// collector is (it lets the heap grow by half, see collectAt in cmd/pilotlight),
// and by the connections that idle at the moment, four a client at most.
var figures = []figure{
	{"rss MB", 1e6, func(c rig.Cost) float64 { return c.Resident }, 0.10, 2e6},
	{"heap MB", 1e6, func(c rig.Cost) float64 { return c.Heap }, 0.25, 1e6},
	{"goroutines", 1, func(c rig.Cost) float64 { return c.Goroutines }, 0, 8},
	{"open files", 1, func(c rig.Cost) float64 { return c.Files }, 0, 8},
	{"wal KB", 1e3, func(c rig.Cost) float64 { return c.WAL }, 0, 600e3},
}

const (
	// perDeed bounds what one thing that happened may add to the database, in bytes:
	// a load, an unload and their figures are some hundred, a fallback with its
	// attempts one thousand, a revision of the config its text and its diff.
	perDeed = 6 << 10
	// perReading is for what is recorded without a deed, in bytes: the machine's
	// figures of every minute, some twenty of 8 to 30 bytes, in pages of 4 KB.
	perReading = 8 << 10
	// walLimit is the largest log that may be seen: it is cut back to 1 MB, and a
	// reader may hold that up for as long as it reads.
	walLimit = 4 << 20
)

// judge prints first, median and last of every figure, and fails where one grew.
func judge(out io.Writer, costs []rig.Cost, did deeds) error {
	fmt.Fprintf(out, "\ndone: %d loads and unloads, %d ejects, %d fallbacks, %d edits, %d visitors; %d times the agent was busy\n\n",
		did.loads, did.ejects, did.fallbacks, did.edits, did.visitors, did.refused)
	var bad []error
	fmt.Fprintln(out, "figure         first   median     last   1st quarter   last quarter   allowed")
	for _, f := range figures {
		list := make([]float64, len(costs))
		for i, c := range costs {
			list[i] = f.of(c)
		}
		// The first reading is amid the start.
		quarter := max(1, len(list)/4)
		early, late := median(list[1:1+quarter]), median(list[len(list)-quarter:])
		most := early*(1+f.share) + f.slack
		fmt.Fprintf(out, "%-10s %9.1f %8.1f %8.1f %13.1f %14.1f %9.1f\n",
			f.name, list[0]/f.unit, median(list)/f.unit, list[len(list)-1]/f.unit, early/f.unit, late/f.unit, most/f.unit)
		if late > most {
			bad = append(bad, fmt.Errorf("%s grew from %.1f to %.1f", f.name, early/f.unit, late/f.unit))
		}
	}
	first, last := costs[0], costs[len(costs)-1]
	grown := last.Database - first.Database
	deeds := did.loads + 2*did.ejects + did.fallbacks + did.edits
	most := float64(deeds*perDeed + len(costs)*perReading)
	fmt.Fprintf(out, "database: %.0f KB at first, %.0f KB at last; it grew by %.0f KB for %d happenings, and %.0f KB are allowed\n",
		first.Database/1e3, last.Database/1e3, grown/1e3, deeds, most/1e3)
	if grown > most {
		bad = append(bad, fmt.Errorf("the database grew by %.0f KB for %d happenings", grown/1e3, deeds))
	}
	if wal := slices.MaxFunc(costs, func(a, b rig.Cost) int { return int(a.WAL - b.WAL) }).WAL; wal > walLimit {
		bad = append(bad, fmt.Errorf("the write-ahead log had %.0f KB", wal/1e3))
	}
	return errors.Join(bad...)
}

// median is that of a list that is not empty.
func median(list []float64) float64 {
	s := slices.Sorted(slices.Values(list))
	return (s[len(s)/2] + s[(len(s)-1)/2]) / 2
}
