package store

import (
	"context"
	"slices"
	"strings"

	"pilotlight/backend"
)

// rowsPage is how many rows of a level are read at once, as eachPage is of
// others.
const rowsPage = 200

// EachSample gives every cell that q selects to f, newest first, and those of one
// time by their series' names. Without a resolution each moment comes once, as
// finely as all of it is kept. What is not written yet is written first, and left
// out where that fails. An error of f ends it and comes back.
func (s *Store) EachSample(ctx context.Context, q backend.SampleRowQuery, f func(backend.SampleRow) error) error {
	// Whoever records is told of a disk that cannot be written; this can be read.
	_ = s.FlushSamples(ctx)
	known, err := readSeries(ctx, s.reader)
	if err != nil {
		return s.explain(readingSamples, err)
	}
	e := export{s: s, f: f, series: map[int64]seriesRow{}, since: firstTime / 1000, until: lastTime / 1000}
	for _, r := range known {
		e.series[r.id] = r
	}
	if q.Since != nil {
		e.since = -floor(-millis(*q.Since), 1000) / 1000 // only what begins at it or after it
	}
	if q.Until != nil {
		e.until = -floor(-millis(*q.Until), 1000) / 1000
	}
	for _, l := range levels {
		from := e.since
		if q.Resolution == "" && l.name != backend.ResolutionHour {
			from = max(from, s.reaches(l))
		} else if q.Resolution != "" && q.Resolution != l.name {
			continue
		}
		if err := e.level(ctx, l, from); err != nil {
			return err
		}
		e.until = min(e.until, from)
	}
	return nil
}

// export is an EachSample under way.
type export struct {
	s            *Store
	f            func(backend.SampleRow) error
	series       map[int64]seriesRow
	since, until int64 // seconds
}

// level gives the cells of one level that begin from since until e.until.
func (e *export) level(ctx context.Context, l level, since int64) error {
	before := e.until
	for before > since {
		rows, err := e.page(ctx, l, floor(since, l.width()), before)
		if err != nil {
			return e.s.explain(readingSamples, err)
		}
		for _, r := range rows {
			if err := e.row(l, r, since); err != nil {
				return err
			}
		}
		if len(rows) < rowsPage {
			return nil
		}
		before = rows[len(rows)-1].at
	}
	return nil
}

type rawRow struct {
	at   int64
	data []byte
}

func (e *export) page(ctx context.Context, l level, from, before int64) ([]rawRow, error) {
	rows, err := e.s.reader.QueryContext(ctx, `SELECT at, data FROM `+l.table+` WHERE at >= ? AND at < ? ORDER BY at DESC LIMIT ?`, //nolint:gosec // a name of ours
		from, before, rowsPage)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	var list []rawRow
	for rows.Next() {
		var r rawRow
		if err := rows.Scan(&r.at, &r.data); err != nil {
			return nil, err
		}
		list = append(list, r)
	}
	return list, rows.Err()
}

func (e *export) row(l level, r rawRow, since int64) error {
	slots := make([][]backend.SampleRow, l.slots)
	// Of a damaged row what can be read is given.
	_ = eachCell(r.data, l.slots, func(id int64, slot int, v cell) {
		at := r.at + int64(slot)*l.step
		series, ok := e.series[id]
		if !ok || at < since || at >= e.until {
			return
		}
		slots[slot] = append(slots[slot], backend.SampleRow{
			At: fromMillis(at * 1000), Resolution: l.name, Seconds: float64(l.step),
			Name: series.name, Unit: series.unit, GPU: series.gpu, Label: series.label, Count: v.count,
			Min: shown(series.unit, float64(v.min)), Max: shown(series.unit, float64(v.max)),
			Mean: shown(series.unit, float64(v.sum)/float64(v.count)),
		})
	})
	for _, list := range slices.Backward(slots) {
		slices.SortFunc(list, func(x, y backend.SampleRow) int { return strings.Compare(x.Name, y.Name) })
		for _, row := range list {
			if err := e.f(row); err != nil {
				return err
			}
		}
	}
	return nil
}
