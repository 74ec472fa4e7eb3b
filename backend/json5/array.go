package json5

import "github.com/tailscale/hujson"

// mostCells bounds the table of the comparison of two arrays; beyond it, elements
// are paired by their place.
const mostCells = 1 << 20

// mergeArray makes an array equal to a new one with few changes: elements that
// stay keep their text and comments. It declines where one of the two is empty.
func (d *Document) mergeArray(chain []spot, f fresh) bool {
	b, _ := boxOf(d.target(chain).Value)
	next := f.tree.(*hujson.Array).Elements
	if b.len() == 0 || len(next) == 0 {
		return b.len() == len(next)
	}
	old, new := make([]string, b.len()), make([]string, len(next))
	for i := range old {
		old[i] = canonical(b.value(i).Value)
	}
	for i := range new {
		new[i] = canonical(next[i].Value)
	}
	// From the end to the start, so that the places before stay true.
	i, j := len(old), len(new)
	pairs := append([][2]int{{-1, -1}}, common(old, new)...)
	for n := len(pairs) - 1; n >= 0; n-- {
		d.mergeRun(chain, b, pairs[n][0]+1, i, next[pairs[n][1]+1:j])
		i, j = pairs[n][0], pairs[n][1]
	}
	return true
}

// mergeRun makes the elements from..to equal to new ones, in pairs as far as they
// go.
func (d *Document) mergeRun(chain []spot, b box, from, to int, next []hujson.Value) {
	n := min(to-from, len(next))
	for k := range n {
		at := append(chain[:len(chain):len(chain)], spot{b, from + k})
		d.assign(at, fresh{tree: next[k].Value})
	}
	if from+n < to {
		s := b.open()
		for k := to - 1; k >= from+n; k-- {
			s.remove(k)
		}
		b.close(s, d.newline)
	}
	if n < len(next) {
		values := make([]fresh, len(next)-n)
		for k := range values {
			values[k].tree = next[n+k].Value
		}
		d.add(chain, b, from+n, make([]string, len(values)), values)
	}
}

// common is a longest list of pairs of places with equal elements, ascending.
func common(a, b []string) (pairs [][2]int) {
	from := 0
	for from < min(len(a), len(b)) && a[from] == b[from] {
		pairs = append(pairs, [2]int{from, from})
		from++
	}
	back := 0
	for back < min(len(a), len(b))-from && a[len(a)-1-back] == b[len(b)-1-back] {
		back++
	}
	pairs = append(pairs, middle(a[from:len(a)-back], b[from:len(b)-back], from)...)
	for k := back; k > 0; k-- {
		pairs = append(pairs, [2]int{len(a) - k, len(b) - k})
	}
	return pairs
}

// middle is common without what is equal at both ends; shift is added to places.
func middle(a, b []string, shift int) (pairs [][2]int) {
	if len(a) == 0 || len(b) == 0 || len(a) > mostCells/len(b) {
		return nil
	}
	width := len(b) + 1
	most := make([]int32, (len(a)+1)*width) // of a[i:] and b[j:]
	for i := len(a) - 1; i >= 0; i-- {
		for j := len(b) - 1; j >= 0; j-- {
			if a[i] == b[j] {
				most[i*width+j] = most[(i+1)*width+j+1] + 1
			} else {
				most[i*width+j] = max(most[(i+1)*width+j], most[i*width+j+1])
			}
		}
	}
	for i, j := 0, 0; i < len(a) && j < len(b); {
		switch {
		case a[i] == b[j]:
			pairs = append(pairs, [2]int{shift + i, shift + j})
			i, j = i+1, j+1
		case most[(i+1)*width+j] >= most[i*width+j+1]:
			i++
		default:
			j++
		}
	}
	return pairs
}
