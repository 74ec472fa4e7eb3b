package store

import (
	"math"

	"pilotlight/backend"
)

// readPending adds what is not in the database yet. A series that is not there
// yet either gets an id below zero.
func (g *grid) readPending(cells map[int64]map[string]cell, info map[string]seriesInfo) {
	if len(cells) == 0 {
		return
	}
	marked := map[int64]bool{}
	for at, series := range cells {
		row, slot := g.place(at)
		begins := row + int64(slot)*g.level.step
		if !marked[begins] {
			marked[begins] = true
			g.mark(begins)
		}
		for name, v := range series {
			id, ok := g.names[name]
			if !ok && wanted(name, g.wanted) {
				id = -2 - int64(len(g.extra))
				g.names[name], g.columns[id] = id, nil
				g.extra = append(g.extra, seriesRow{id: id, name: name, seriesInfo: info[name]})
			}
			if column := g.column(id); column != nil {
				if i, ok := g.row(begins); ok {
					column[i].add(v)
				}
			}
		}
	}
}

// shown turns quanta into the figure that is shown: whole bytes, and no more
// digits of anything than it was read with.
func shown(unit backend.Unit, n float64) float64 {
	v := unitValue(unit, n)
	if unit == backend.UnitBytes {
		return math.Round(v)
	}
	return math.Round(v*1e4) / 1e4
}
