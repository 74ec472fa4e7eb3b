package store

import (
	"context"
	"strconv"

	"pilotlight/backend"
)

// eachPage is how many rows are read at once: few enough to be let go soon, and
// enough that asking costs little.
const eachPage = 200

// EachFallback gives every fallback that q selects to f, newest first; q.Limit
// does not count. It reads in pages, so that a slow f holds no read transaction
// open and the log can be folded in meanwhile. A row that changes while this
// goes on is given as it is when its turn comes, and never twice; one that is
// moved to a later time by what is newly known of it may be passed by. An
// error of f ends it and comes back.
func (s *Store) EachFallback(ctx context.Context, q backend.FallbackQuery, f func(backend.Fallback) error) error {
	q.Limit = eachPage
	given := idSet{}
	for {
		page, err := s.Fallbacks(ctx, q)
		if err != nil {
			return err
		}
		for _, row := range page.Items {
			if !given.add(row.ID) {
				continue
			}
			if err := f(row); err != nil {
				return err
			}
		}
		if page.Next == "" {
			return nil
		}
		q.Before = page.Next
	}
}

// EachLoad is EachFallback for loads, which never change.
func (s *Store) EachLoad(ctx context.Context, q backend.LoadQuery, f func(backend.Load) error) error {
	q.Limit = eachPage
	for {
		page, err := s.Loads(ctx, q)
		if err != nil {
			return err
		}
		for _, row := range page.Items {
			if err := f(row); err != nil {
				return err
			}
		}
		if page.Next == "" {
			return nil
		}
		if q.Before, err = strconv.ParseInt(page.Next, 10, 64); err != nil {
			return err
		}
	}
}

// idSet is a set of ids that lie close together: a bit each.
type idSet map[int64]uint64

// add says whether id is new.
func (s idSet) add(id int64) bool {
	word, bit := id>>6, uint64(1)<<(id&63)
	if s[word]&bit != 0 {
		return false
	}
	s[word] |= bit
	return true
}
