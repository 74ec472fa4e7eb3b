package modelconfig

import "strings"

// nearest is the one of some names that was most likely meant, "" where none is
// close: the same but for capitals and separators, a part of it, or a few letters
// away.
func nearest(name string, names []string) string {
	best, least := "", 1+len(name)/3
	flat := flatten(name)
	for _, n := range names {
		f := flatten(n)
		if f == flat {
			return n
		}
		d := distance(flat, f, least)
		if len(flat) >= 4 && strings.Contains(f, flat) || len(f) >= 4 && strings.Contains(flat, f) {
			d = min(d, 1)
		}
		if d < least {
			best, least = n, d
		}
	}
	return best
}

var separators = strings.NewReplacer("-", "", "_", "", ".", "", "/", "", " ", "", "@", "")

func flatten(s string) string {
	if len(s) > maxName {
		s = s[:maxName]
	}
	return separators.Replace(strings.ToLower(s))
}

// maxName bounds what names are compared by.
const maxName = 128

// distance is how many letters must be changed, added or dropped; it gives up at
// limit.
func distance(a, b string, limit int) int {
	if abs(len(a)-len(b)) >= limit {
		return limit
	}
	row := make([]int, len(b)+1)
	for j := range row {
		row[j] = j
	}
	for i := range len(a) {
		last := row[0]
		row[0] = i + 1
		for j := range len(b) {
			cost := last
			if a[i] != b[j] {
				cost = 1 + min(last, row[j], row[j+1])
			}
			last, row[j+1] = row[j+1], cost
		}
	}
	return min(row[len(b)], limit)
}

func abs(n int) int { return max(n, -n) }
