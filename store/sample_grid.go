package store

import (
	"context"
	"database/sql"
	"slices"

	"pilotlight/backend"
)

// grid is an answer in the making: rows of even length, and a column of cells
// for each series.
type grid struct {
	level
	step  int64 // what a row covers, in seconds
	base  int64 // where the first row begins
	count int   // rows

	wanted  []string         // what was asked for
	columns map[int64][]cell // by series; of those that were asked for
	names   map[string]int64 // the id of each series of the dictionary; -1 of those that were not asked for
	extra   []seriesRow      // series that are pending and not in the dictionary yet
	seen    []int64          // where each of the level's cells begins that has anything
	filled  []bool           // rows in which anything was read
}

func newGrid(l level, first, last, step int64) *grid {
	base := floor(first, step)
	count := int((floor(last, step)-base)/step) + 1
	return &grid{level: l, step: step, base: base, count: count,
		columns: map[int64][]cell{}, names: map[string]int64{}, filled: make([]bool, count)}
}

// addSeries makes a column for each of the series that are wanted, and returns
// those.
func (g *grid) addSeries(known []seriesRow, names []string) []seriesRow {
	g.wanted = names
	kept := known[:0]
	for _, r := range known {
		g.names[r.name] = -1
		if wanted(r.name, names) {
			g.names[r.name] = r.id
			g.columns[r.id] = nil
			kept = append(kept, r)
		}
	}
	return kept
}

// read fills the columns from the database.
func (g *grid) read(ctx context.Context, tx *sql.Tx) error {
	end := g.base + int64(g.count)*g.step
	rows, err := tx.QueryContext(ctx, `SELECT at, data FROM `+g.table+` WHERE at >= ? AND at < ? ORDER BY at`, //nolint:gosec // a name of ours
		floor(g.base, g.width()), end)
	if err != nil {
		return err
	}
	defer rows.Close()
	var data sql.RawBytes
	var at int64
	var column []cell
	var row [64]int // of each slot of a chunk, -1 outside: one division instead of one a series
	wanted := func(id int64) bool {
		column = g.column(id)
		return column != nil
	}
	give := func(slot int, v cell) {
		if i := row[slot]; i >= 0 {
			column[i].add(v)
		}
	}
	for rows.Next() {
		if err := rows.Scan(&at, &data); err != nil {
			return err
		}
		for slot := range g.slots {
			row[slot] = -1
			if i, ok := g.row(at + int64(slot)*g.level.step); ok {
				row[slot] = int(i)
			}
		}
		// Of a damaged row what can be read is shown.
		present, _ := readChunk(data, g.slots, wanted, give)
		for i := range g.slots {
			if present&(1<<i) != 0 {
				g.mark(at + int64(i)*g.level.step)
			}
		}
	}
	return rows.Err()
}

// row is the number of the row that a second lies in.
func (g *grid) row(at int64) (int64, bool) {
	i := (at - g.base) / g.step
	return i, at >= g.base && i < int64(g.count)
}

// column is a series' cells, nil where it was not asked for.
func (g *grid) column(id int64) []cell {
	column, ok := g.columns[id]
	if ok && column == nil {
		column = make([]cell, g.count)
		g.columns[id] = column
	}
	return column
}

// mark notes that something was read in the level's cell that begins at a second.
func (g *grid) mark(at int64) {
	if i, ok := g.row(at); ok {
		g.filled[i] = true
		g.seen = append(g.seen, at)
	}
}

// gaps are the stretches without anything until end, and longer than is usual.
func (g *grid) gaps(first, end int64) [][2]int64 {
	var list [][2]int64
	slices.Sort(g.seen)
	known := first
	for _, at := range g.seen {
		if at-known > g.hole {
			list = append(list, [2]int64{known, at})
		}
		known = max(known, at+g.level.step)
	}
	if end-known > g.hole {
		list = append(list, [2]int64{known, end})
	}
	return list
}

// rows are the numbers of the rows to give: those with anything in them, and an
// empty one in each gap between two.
func (g *grid) rows(gaps [][2]int64) []int {
	list := make([]int, 0, g.count)
	for i := range g.count {
		if !g.filled[i] {
			continue
		}
		if n := len(list); n > 0 && list[n-1] < i-1 {
			begins := g.base + int64(list[n-1]+1)*g.step // of the empty rows
			ends := g.base + int64(i)*g.step
			for len(gaps) > 0 && gaps[0][1] <= begins {
				gaps = gaps[1:]
			}
			if len(gaps) > 0 && gaps[0][0] < ends {
				list = append(list, list[n-1]+1)
			}
		}
		list = append(list, i)
	}
	return list
}

// answer makes the columns. end is until when something could have been read.
func (g *grid) answer(known []seriesRow, end int64) backend.Samples {
	gaps := g.gaps(g.base, end)
	rows := g.rows(gaps)
	out := backend.Samples{
		StepSeconds: float64(g.step), Resolution: g.name,
		AtMS: make([]int64, len(rows)), Gaps: make([]backend.Gap, len(gaps)), Items: []backend.Series{},
	}
	for i, row := range rows {
		out.AtMS[i] = (g.base + int64(row)*g.step) * 1000
	}
	for i, gap := range gaps {
		out.Gaps[i] = backend.Gap{From: fromMillis(gap[0] * 1000), To: fromMillis(gap[1] * 1000)}
	}
	known = append(known, g.extra...)
	slices.SortFunc(known, func(x, y seriesRow) int {
		if x.name < y.name {
			return -1
		}
		return 1
	})
	for _, r := range known {
		if column := g.columns[r.id]; column != nil {
			out.Items = append(out.Items, g.series(r, column, rows, out.AtMS))
		}
	}
	return out
}

// series makes one series' columns of its cells.
func (g *grid) series(r seriesRow, column []cell, rows []int, at []int64) backend.Series {
	n := len(rows)
	values := make([]float64, 3*n)
	columns := make(backend.Column, 3*n)
	last := -1
	for i, row := range rows {
		v := column[row]
		if v.count == 0 {
			continue
		}
		for j, f := range [3]float64{float64(v.min), float64(v.sum) / float64(v.count), float64(v.max)} {
			values[j*n+i] = shown(r.unit, f)
			columns[j*n+i] = &values[j*n+i]
		}
		if last >= 0 && last < i-1 && at[i]-at[last] <= holdFor*1000 {
			for k := last + 1; k < i; k++ { // its mean, as it is the figure until the next
				columns[k], columns[n+k], columns[2*n+k] = &values[n+last], &values[n+last], &values[n+last]
			}
		}
		last = i
	}
	return backend.Series{
		Name: r.name, Unit: r.unit, GPU: r.gpu, Label: r.label,
		Min: columns[:n:n], Mean: columns[n : 2*n : 2*n], Max: columns[2*n:],
	}
}
