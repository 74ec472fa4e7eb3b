package json5

import (
	"errors"
	"fmt"
	"slices"

	"github.com/tailscale/hujson"
)

// Set gives the node at a path a new value: a Text or any Go value.
//
// What is there keeps its key as it is written, the comments around it, and as
// much as can be of its inside: an equal value changes no byte, an object keeps
// the members whose keys stay, an array the elements that stay, a string its kind
// of quotes. What is not there is added at the end, with all parents that are
// missing; an array takes no other new index than its length. Of equal keys the
// last is edited, the one that counts.
//
// Errors wrap ErrShape, ErrMissing, ErrPath, ErrDepth or ErrValue, or an *Error
// for a Text. After any error of any edit the document is as before.
func (d *Document) Set(p Path, value any) error {
	f, err := freshOf(value)
	if err != nil {
		return err
	}
	return d.set(p, f)
}

func (d *Document) set(p Path, f fresh) error {
	if len(p)+depth(f.tree) > MaxDepth {
		return fmt.Errorf("%s %w", name(p), ErrDepth)
	}
	d.counted = nil
	chain, err := d.find(p)
	if err == nil {
		d.assign(chain, f)
		return nil
	}
	if !errors.Is(err, ErrMissing) {
		return err
	}
	at := len(chain) // the first segment that is missing
	parent := &d.root
	if at > 0 {
		parent = chain[at-1].value()
	}
	b, _ := boxOf(parent.Value)
	if b.arr != nil {
		if i, _ := indexOf(p[at]); i != b.len() {
			return err
		}
	}
	for _, segment := range p[at+1:] {
		if k, ok := segment.(string); ok {
			f.wrap = append(f.wrap, k)
		} else if i, err := indexOf(segment); err != nil || i != 0 {
			return fmt.Errorf("%s: a new array begins with index 0: %w", name(p), ErrPath)
		} else {
			f.wrap = append(f.wrap, 0)
		}
	}
	k, _ := keyOf(p[at])
	d.add(chain, b, b.len(), []string{k}, []fresh{f})
	return nil
}

// Append adds a value at the end of the array at a path. A path that is missing
// becomes an array with this one element. Errors as Set's.
func (d *Document) Append(array Path, value any) error {
	v, err := d.node(array)
	if errors.Is(err, ErrMissing) {
		return d.Set(append(slices.Clone(array), 0), value)
	}
	if err != nil {
		return err
	}
	b, _ := boxOf(v.Value)
	if b.arr == nil {
		return fmt.Errorf("%s is %s and no array: it %w", name(array), kindOf(v.Value), ErrShape)
	}
	return d.Set(append(slices.Clone(array), b.len()), value)
}

// Insert adds a value before the element index of the array at a path; the
// array's length is an index too. Errors as Set's.
func (d *Document) Insert(array Path, index int, value any) error {
	f, err := freshOf(value)
	if err != nil {
		return err
	}
	chain, err := d.find(array)
	if err != nil {
		return err
	}
	v, _ := d.node(array)
	b, _ := boxOf(v.Value)
	if b.arr == nil {
		return fmt.Errorf("%s is %s and no array: it %w", name(array), kindOf(v.Value), ErrShape)
	}
	if index < 0 || index > b.len() {
		return fmt.Errorf("%s[%d] %w", array, index, ErrMissing)
	}
	if len(array)+1+depth(f.tree) > MaxDepth {
		return fmt.Errorf("%s[%d] %w", array, index, ErrDepth)
	}
	d.counted = nil
	d.add(chain, b, index, []string{""}, []fresh{f})
	return nil
}

// Unset removes what is at a path, with its comma, its line and the comments that
// belong to it by ordinary reading: behind it on its line, before it on its line,
// and on the lines right above it, up to a blank line. Comments that stand apart,
// those of the members around and those behind the container's opening bracket
// stay. A key that stands more than once goes with all its members, or an earlier
// one would come to life. A path that is not there is ErrMissing.
func (d *Document) Unset(p Path) error {
	if len(p) == 0 {
		return fmt.Errorf("the whole document cannot be removed: %w", ErrPath)
	}
	chain, err := d.find(p)
	if err != nil {
		return err
	}
	last := chain[len(chain)-1]
	s := last.box.open()
	if last.box.obj == nil {
		s.remove(last.index)
	} else {
		k := key(&last.box.obj.Members[last.index])
		for i := len(s.items) - 1; i >= 0; i-- {
			if key(&last.box.obj.Members[i]) == k {
				s.remove(i)
			}
		}
	}
	last.box.close(s, d.newline)
	return nil
}

// Move puts what is at a path at another index among its siblings, which close up
// around it: to is the index it has afterwards. The comments that belong to it
// (see Unset) go along; blank lines stay. In an object the index counts members as
// they are written; a key that stands more than once is ErrTwice, as its order
// matters.
func (d *Document) Move(p Path, to int) error {
	if len(p) == 0 {
		return fmt.Errorf("the whole document has no siblings: %w", ErrPath)
	}
	chain, err := d.find(p)
	if err != nil {
		return err
	}
	last := chain[len(chain)-1]
	if to < 0 || to >= last.box.len() {
		return fmt.Errorf("place %d beside %s %w", to, p, ErrMissing)
	}
	if obj := last.box.obj; obj != nil && count(obj, key(&obj.Members[last.index])) > 1 {
		return fmt.Errorf("%s %w", p, ErrTwice)
	}
	if to == last.index {
		return nil
	}
	s := last.box.open()
	s.move(last.index, to)
	last.box.close(s, d.newline)
	return nil
}

// count is how often a key stands in an object.
func count(obj *hujson.Object, k string) (n int) {
	for i := range obj.Members {
		if key(&obj.Members[i]) == k {
			n++
		}
	}
	return n
}

// Rename gives the member at a path another key, in the same kind of quotes if
// they will do. A key that stands more than once is renamed throughout, so that
// the same member counts. ErrExists if the new key is in use.
func (d *Document) Rename(p Path, newKey string) error {
	chain, err := d.find(p)
	if err != nil {
		return err
	}
	if len(chain) == 0 || chain[len(chain)-1].box.obj == nil {
		return fmt.Errorf("%s has no key: what is around it %w", name(p), ErrShape)
	}
	last := chain[len(chain)-1]
	obj := last.box.obj
	newKey = asRead(newKey)
	k := key(&obj.Members[last.index])
	if k == newKey {
		return nil
	}
	if count(obj, newKey) > 0 {
		return fmt.Errorf("%s: the new key %w", p, ErrExists)
	}
	d.counted = nil
	st := d.style(chain[:len(chain)-1], last.box)
	for i := range obj.Members {
		m := &obj.Members[i]
		if key(m) != k {
			continue
		}
		st := st
		if lit := m.Name.Value.(hujson.Literal); lit[0] == '"' || lit[0] == '\'' {
			st.bare, st.keyQuote = false, lit[0]
		} else {
			st.bare = true
		}
		m.Name.Value = st.key(newKey)
	}
	return nil
}
