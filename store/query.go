package store

import (
	"context"
	"math"
	"slices"
	"strconv"
	"strings"

	"pilotlight/backend"
)

const (
	defaultLimit = 50
	maxLimit     = 1000
)

// Loads returns one page of the history, newest first (the highest id; rows
// with the same time keep the order in which they were added). Limit 0 means
// 50; more than 1000 means 1000. Next is the id to pass as Before.
func (s *Store) Loads(ctx context.Context, q backend.LoadQuery) (backend.Page[backend.Load], error) {
	var page backend.Page[backend.Load]
	if q.Limit < 0 || q.Before < 0 {
		return page, invalid("limit and before cannot be negative.")
	}
	limit := min(q.Limit, maxLimit)
	if limit == 0 {
		limit = defaultLimit
	}
	where, args := loadConditions(q)
	// One row more than asked for tells whether there is another page.
	rows, err := s.readLoads(ctx, `SELECT `+loadColumns+` FROM loads l`+where+` ORDER BY l.id DESC LIMIT ?`,
		append(args, limit+1)...)
	if err != nil {
		return page, err
	}
	if len(rows) > limit {
		rows = rows[:limit]
		page.Next = strconv.FormatInt(rows[limit-1].ID, 10)
	}
	page.Items = rows
	return page, nil
}

// loadConditions builds the WHERE clause. Only the fixed texts below become
// SQL; every value is an argument.
//
// Times restrict ids first: they nearly always grow together, so the subquery
// over the small index on time says where in the table to start and to stop,
// and the rows come out in order without sorting. The plus keeps SQLite from
// choosing the index on time for the outer query, which would have to sort. A
// row added late with an old time is still found, because the bounds are the
// extreme ids of all rows that fit.
func loadConditions(q backend.LoadQuery) (string, []any) {
	var conditions []string
	var args []any
	add := func(condition string, values ...any) {
		conditions = append(conditions, condition)
		args = append(args, values...)
	}
	if q.Since != nil {
		since := q.Since.UnixMilli()
		add(`l.id >= (SELECT min(id) FROM loads WHERE at >= ?) AND +l.at >= ?`, since, since)
	}
	if q.Until != nil {
		until := q.Until.UnixMilli()
		add(`l.id <= (SELECT max(id) FROM loads WHERE at <= ?) AND +l.at <= ?`, until, until)
	}
	if q.Before > 0 {
		add(`l.id < ?`, q.Before)
	}
	if q.Model != "" {
		add(`l.model = ?`, q.Model)
	}
	if q.Server != "" {
		add(`l.server = ?`, q.Server)
	}
	if q.Event != "" {
		add(`l.event = ?`, string(q.Event))
	}
	if q.Cause != "" {
		add(`l.cause = ?`, string(q.Cause))
	}
	if len(conditions) == 0 {
		return "", nil
	}
	return " WHERE " + strings.Join(conditions, " AND "), args
}

// timedLoads is how many loads LoadSeconds looks at: enough for a steady
// median, few enough to follow a new disk or a new quantization.
const timedLoads = 50

// LoadSeconds says how long the last successful loads of a model took: the
// median, the 95th percentile (nearest rank) and how many loads they rest on,
// at most 50. Both are nil when no duration is known.
func (s *Store) LoadSeconds(ctx context.Context, server, model string) (median, p95 *float64, n int, err error) {
	const doing = "read how long loads took"
	rows, err := s.reader.QueryContext(ctx, `SELECT duration_seconds FROM loads
		WHERE model = ? AND server = ? AND event = ? AND duration_seconds IS NOT NULL
		ORDER BY id DESC LIMIT ?`, model, server, string(backend.Loaded), timedLoads)
	if err != nil {
		return nil, nil, 0, s.explain(doing, err)
	}
	defer rows.Close()
	var seconds []float64
	for rows.Next() {
		var second float64
		if err := rows.Scan(&second); err != nil {
			return nil, nil, 0, s.explain(doing, err)
		}
		seconds = append(seconds, second)
	}
	if err := rows.Err(); err != nil {
		return nil, nil, 0, s.explain(doing, err)
	}
	n = len(seconds)
	if n == 0 {
		return nil, nil, 0, nil
	}
	slices.Sort(seconds)
	mid := (seconds[(n-1)/2] + seconds[n/2]) / 2
	high := seconds[int(math.Ceil(0.95*float64(n)))-1]
	return &mid, &high, n, nil
}
