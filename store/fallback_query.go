package store

import (
	"context"
	"database/sql"
	"fmt"
	"math"
	"strconv"
	"strings"

	"pilotlight/backend"
)

// Fallbacks returns one page, newest first: by the time and, within a
// millisecond, by the id. Since and Until are both inclusive; Model is what was
// asked for or what answered; Session is an id or a key. Limit 0 means 50; more
// than 1000 means 1000. Next is what to pass as Before: the place of the page's
// last row, so rows that come in while somebody pages are neither skipped nor
// given twice. Only a row whose own time is mended meanwhile changes its place. A
// Before that is none is backend.CodeInvalid.
func (s *Store) Fallbacks(ctx context.Context, q backend.FallbackQuery) (backend.Page[backend.Fallback], error) {
	page := backend.Page[backend.Fallback]{Items: []backend.Fallback{}}
	if q.Limit < 0 {
		return page, invalid("limit cannot be negative.")
	}
	limit := min(q.Limit, maxLimit)
	if limit == 0 {
		limit = defaultLimit
	}
	from, to, err := placesOf(q)
	if err != nil {
		return page, err
	}
	if to.at < from {
		return page, nil
	}
	// One row more than asked for tells whether there is another page.
	query, args := fallbackPage(q, from, to, limit+1)
	rows, err := s.reader.QueryContext(ctx, query, args...)
	if err != nil {
		return page, s.explain(readingFallbacks, err)
	}
	defer rows.Close()
	for rows.Next() {
		id, row, err := scanFallback(rows.Scan)
		if err != nil {
			return page, s.explain(readingFallbacks, err)
		}
		if len(page.Items) == limit {
			last := page.Items[limit-1]
			page.Next = place{last.At.UnixMilli(), last.ID}.String()
			continue
		}
		f, err := row.fallback(id)
		if err != nil {
			return page, s.explain(readingFallbacks, err)
		}
		page.Items = append(page.Items, f)
	}
	if err := rows.Err(); err != nil {
		return page, s.explain(readingFallbacks, err)
	}
	return page, nil
}

// place is where a fallback stands in the list.
type place struct {
	at, id int64
}

func (p place) String() string { return fmt.Sprintf("%d-%d", p.at, p.id) }

// parsePlace reads what String wrote and nothing else. The time may be negative.
func parsePlace(s string) (place, error) {
	var p place
	cut := strings.LastIndexByte(s, '-')
	if cut > 0 {
		p.at, _ = strconv.ParseInt(s[:cut], 10, 64)
		p.id, _ = strconv.ParseInt(s[cut+1:], 10, 64)
	}
	if p.id < 1 || p.String() != s {
		e := invalid("%q is no place in the list of fallbacks.", text(s, maxWord))
		e.Hint = "Pass as before what the page before gave as next, unchanged; leave it out for the first page."
		return place{}, e
	}
	return p, nil
}

// placesOf says from which time and up to which place the list is wanted.
func placesOf(q backend.FallbackQuery) (from int64, before place, err error) {
	from, before = math.MinInt64, place{math.MaxInt64, math.MaxInt64}
	if q.Since != nil {
		from = millis(*q.Since)
	}
	if q.Until != nil {
		before.at = millis(*q.Until)
	}
	if q.Before != "" {
		p, err := parsePlace(q.Before)
		if err != nil {
			return 0, place{}, err
		}
		if p.at <= before.at {
			before = p
		}
	}
	return from, before, nil
}

// fallbackPage builds the query of a page. Only the fixed texts below become
// SQL; every value is an argument.
//
// The places are found first, in the indexes alone, and then the long rows of
// just these places are read.
func fallbackPage(q backend.FallbackQuery, from int64, before place, limit int) (string, []any) {
	args := []any{sql.Named("since", from), sql.Named("at", before.at), sql.Named("id", before.id), sql.Named("limit", limit)}
	kinds, kindArgs := kindConditions(q)
	args = append(args, kindArgs...)
	var places string
	switch {
	case q.Session != "":
		args = append(args, sql.Named("session", text(q.Session, maxName)))
		places = `WITH RECURSIVE ` + walk("by_key", `g.session_key = :session AND`, kinds) + `,
			` + walk("by_id", `g.session_id = :session AND`, kinds) + `
			SELECT at, id FROM by_key UNION SELECT at, id FROM by_id ORDER BY 1 DESC, 2 DESC LIMIT :limit`
	case kinds != "":
		places = `WITH RECURSIVE ` + walk("by_kind", ``, kinds) + ` SELECT at, id FROM by_kind`
	default:
		places = `SELECT at, id FROM fallbacks WHERE at = :at AND id < :id UNION ALL
			SELECT at, id FROM fallbacks WHERE at < :at AND at >= :since ORDER BY 1 DESC, 2 DESC LIMIT :limit`
	}
	return `SELECT ` + fallbackColumns + ` FROM (` + places + `) p
		CROSS JOIN fallbacks f ON f.id = p.id CROSS JOIN fallback_kinds k ON k.id = f.kind
		ORDER BY p.at DESC, p.id DESC`, args
}

// kindConditions is the WHERE clause over fallback_kinds, "" when all fit.
func kindConditions(q backend.FallbackQuery) (string, []any) {
	var conditions []string
	var args []any
	add := func(condition, name, value string, limit int) {
		if value != "" {
			conditions = append(conditions, condition)
			args = append(args, sql.Named(name, text(value, limit)))
		}
	}
	add(`(k.requested = :model OR k.answered = :model)`, "model", q.Model, maxName)
	add(`k.reason = :reason`, "reason", q.Reason, maxWord)
	add(`k.cause = :cause`, "cause", string(q.Cause), maxWord)
	add(`k.outcome = :outcome`, "outcome", string(q.Outcome), maxWord)
	if len(conditions) == 0 {
		return "", nil
	}
	return " WHERE " + strings.Join(conditions, " AND "), args
}

// walk is a common table of the newest places of all kinds that fit. The newest
// place of each kind goes into a queue that the ORDER BY sorts; whatever is taken
// out is replaced by the next of its kind (sqlite.org/lang_with.html, "Controlling
// Depth-First Versus Breadth-First Search"). So a page costs one look into an
// index for each kind and each row, and never reads rows that do not fit.
func walk(name, also, kinds string) string {
	return name + ` (kind, at, id) AS (
		SELECT k.id, f.at, f.id FROM fallback_kinds k
			CROSS JOIN fallbacks f ON f.id = ` + next(also, "k.id", ":at", ":id") + kinds + `
		UNION ALL
		SELECT w.kind, f.at, f.id FROM ` + name + ` w
			CROSS JOIN fallbacks f ON f.id = ` + next(also, "w.kind", "w.at", "w.id") + `
		ORDER BY 2 DESC, 3 DESC LIMIT :limit)`
}

// next is the id of the newest fallback of a kind before a place. In two steps,
// because SQLite would read all rows of one millisecond to find those with a
// smaller id.
func next(also, kind, at, id string) string {
	return fmt.Sprintf(`coalesce(
		(SELECT g.id FROM fallbacks g WHERE %[1]s g.kind = %[2]s AND g.at = %[3]s AND g.id < %[4]s ORDER BY g.id DESC LIMIT 1),
		(SELECT g.id FROM fallbacks g WHERE %[1]s g.kind = %[2]s AND g.at < %[3]s AND g.at >= :since ORDER BY g.at DESC, g.id DESC LIMIT 1))`,
		also, kind, at, id)
}
