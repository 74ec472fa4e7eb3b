package store

import (
	"time"

	"pilotlight/backend"
)

// level is one of the three tables that samples are kept in.
type level struct {
	name  backend.Resolution
	table string
	step  int64         // what a cell covers, in seconds
	slots int           // the cells of a row
	hole  int64         // seconds without anything, after which it is a gap
	keep  time.Duration // how long rows are kept
}

// levels are from fine to coarse, as retention is. Every reading is written to
// all of them in one transaction, so they never have to be made from each other:
// a row that is there is whole, and nothing is counted twice. A pause of two
// minutes is a gap; whoever reads a figure every minute leaves none.
var levels = [...]level{
	{backend.ResolutionRaw, "samples_raw", 10, 6, 120, 24 * time.Hour},
	{backend.ResolutionMinute, "samples_minute", 60, 10, 60, 30 * 24 * time.Hour},
	{backend.ResolutionHour, "samples_hour", 3600, 6, 0, 2 * 365 * 24 * time.Hour},
}

// width is what a row covers, in seconds.
func (l level) width() int64 { return l.step * int64(l.slots) }

// place is where the cell of a second lies.
func (l level) place(second int64) (row int64, slot int) {
	row = floor(second, l.width())
	return row, int((second - row) / l.step)
}

// rows is how many rows the level has when nothing is missing.
func (l level) rows() int64 { return int64(l.keep/time.Second) / l.width() }

// floor rounds down to a multiple of step, below zero too.
func floor(v, step int64) int64 {
	r := v % step
	if r < 0 {
		r += step
	}
	return v - r
}
