package json5

import (
	"slices"

	"github.com/tailscale/hujson"
)

// target is the value at the end of a chain.
func (d *Document) target(chain []spot) *hujson.Value {
	if len(chain) == 0 {
		return &d.root
	}
	return chain[len(chain)-1].value()
}

// indentAt is the indent of the line on which the value at the end of a chain
// begins.
func (d *Document) indentAt(chain []spot) string {
	for i := len(chain) - 1; i >= 0; i-- {
		s := chain[i]
		if s.box.obj != nil {
			if e := s.value().BeforeExtra; broad(e) {
				return lineIndent(e)
			}
		}
		if e := s.box.before(s.index); broad(e) {
			return lineIndent(e)
		}
	}
	e := d.root.BeforeExtra
	if broad(e) {
		return lineIndent(e)
	}
	return ""
}

// style is that of a new member in the container b, which lies at the end of a
// chain.
func (d *Document) style(chain []spot, b box) style {
	near := []*votes{votesIn(b)}
	if len(chain) > 0 {
		near = append(near, votesIn(chain[len(chain)-1].box))
	}
	return styleOf(d.newline, d.lone(chain, b), append(near, d.votes())...)
}

// votesIn are the votes of what is in a container.
func votesIn(b box) *votes {
	v := &votes{}
	v.inside(b, "")
	v.beside(b)
	return v
}

// lone tells whether a container lies within one line of its parent.
func (d *Document) lone(chain []spot, b box) bool {
	if b.len() > 0 {
		last := b.before(b.len() - 1)
		return !broad(last)
	}
	if broad(b.before(0)) || len(chain) == 0 {
		return false
	}
	at := chain[len(chain)-1]
	return !broad(at.box.before(at.index))
}

// votes are the whole document's, counted once an edit.
func (d *Document) votes() *votes {
	if d.counted == nil {
		d.counted = &votes{}
		d.counted.whole(&d.root, "")
	}
	return d.counted
}

// add puts new items into the container b at the end of a chain, before item i.
func (d *Document) add(chain []spot, b box, i int, keys []string, values []fresh) {
	st := d.style(chain, b)
	in := d.indentAt(chain)
	s := b.open()
	pad, wide := d.opening(chain, b, st, values)
	for j, f := range values {
		line := s.make(i+j, st, in, pad, wide)
		it := &s.items[i+j]
		it.value.Value = st.dress(f, line)
		if b.obj != nil {
			it.name.Value = st.key(keys[j])
			it.value.BeforeExtra = hujson.Extra(st.colon)
		}
	}
	b.close(s, d.newline)
}

// assign gives the value at the end of a chain a new one.
func (d *Document) assign(chain []spot, f fresh) {
	v := d.target(chain)
	was, is := kindOf(v.Value), kindOf(f.tree)
	switch {
	case f.asIs && is != isObject && is != isArray && was == is && canonical(v.Value) == canonical(f.tree):
	case f.asIs:
		v.Value = f.tree
	case was == isObject && is == isObject && d.mergeObject(chain, f):
	case was == isArray && is == isArray && d.mergeArray(chain, f):
	case was == is && is != isObject && is != isArray && canonical(v.Value) == canonical(f.tree):
	case was == isText && is == isText:
		v.Value = hujson.Literal(appendQuoted(nil, unescape(f.tree.(hujson.Literal)), v.Value.(hujson.Literal)[0]))
	default:
		v.Value = d.styleAt(chain).dress(f, d.indentAt(chain))
	}
}

// styleAt is the style for a value that takes the place of another.
func (d *Document) styleAt(chain []spot) style {
	if len(chain) == 0 {
		return styleOf(d.newline, false, d.votes())
	}
	at := chain[len(chain)-1]
	return d.style(chain[:len(chain)-1], at.box)
}

// mergeObject makes an object equal to a new one, member by member. It declines
// where no key stays: then it is another object.
func (d *Document) mergeObject(chain []spot, f fresh) bool {
	b, _ := boxOf(d.target(chain).Value)
	next := f.tree.(*hujson.Object)
	wanted := map[string]hujson.ValueTrimmed{}
	for _, e := range living(next) {
		wanted[e.key] = next.Members[e.index].Value.Value
	}
	have, kept := map[string]bool{}, 0
	for _, e := range living(b.obj) {
		if _, ok := wanted[e.key]; ok {
			have[e.key] = true
			kept++
		}
	}
	if kept == 0 {
		return b.len() == 0 && len(next.Members) == 0
	}
	for _, e := range living(b.obj) {
		if have[e.key] {
			d.assign(append(slices.Clone(chain), spot{b, e.index}), fresh{tree: wanted[e.key]})
		}
	}
	if kept < len(living(b.obj)) {
		s := b.open()
		for i := len(s.items) - 1; i >= 0; i-- {
			if !have[key(&b.obj.Members[i])] {
				s.remove(i)
			}
		}
		b.close(s, d.newline)
	}
	var keys []string
	var values []fresh
	for _, e := range living(next) {
		if !have[e.key] {
			keys, values = append(keys, e.key), append(values, fresh{tree: wanted[e.key]})
		}
	}
	if len(keys) > 0 {
		d.add(chain, b, b.len(), keys, values)
	}
	return true
}
