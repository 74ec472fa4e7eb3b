package json5

import (
	"bytes"

	"github.com/tailscale/hujson"
)

// Document is a JSON5 text that can be read and edited. It is not safe for
// concurrent use.
type Document struct {
	root    hujson.Value
	newline string
	counted *votes // see votes; an edit that writes anew begins by forgetting them
}

// Parse reads a text. The document keeps no part of it. Any error is an *Error.
func Parse(text []byte) (*Document, error) {
	root, err := parse(bytes.Clone(text))
	if err != nil {
		return nil, err
	}
	return &Document{root: root, newline: newlineOf(text)}, nil
}

// Bytes is the text as it is now: right after Parse the very bytes that were read.
func (d *Document) Bytes() []byte { return d.root.Pack() }

// Tree is a copy of the syntax tree, with true offsets. Its literals are JSON5:
// hujson's methods on Literal do not understand all of them. It is read anew
// because hujson's Clone (2026-03) drops a trailing comma with nothing before it.
func (d *Document) Tree() hujson.Value {
	tree, err := parse(d.Bytes())
	if err != nil {
		panic("json5: a document no longer reads: " + err.Error()) // an edit broke it; the tests hunt for that
	}
	return tree
}

// Standard is the document as strict JSON, by the rules of the function of that name.
func (d *Document) Standard() []byte { return appendStandard(nil, d.root.Value) }

// Get is the value at a path as strict JSON, by the rules of Standard; ok is
// false if the path leads nowhere.
func (d *Document) Get(p Path) (value []byte, ok bool) {
	v, err := d.node(p)
	if err != nil {
		return nil, false
	}
	return appendStandard(nil, v.Value), true
}

// Source is the value at a path as it is written, without what is around it.
func (d *Document) Source(p Path) (text []byte, ok bool) {
	v, err := d.node(p)
	if err != nil {
		return nil, false
	}
	return hujson.Value{Value: v.Value}.Pack(), true
}

// Keys are the keys of the object at a path, each once, in the order in which they
// first appear; nil if there is no object.
func (d *Document) Keys(p Path) []string {
	v, err := d.node(p)
	if err != nil {
		return nil
	}
	obj, ok := v.Value.(*hujson.Object)
	if !ok {
		return nil
	}
	keys := []string{}
	for _, e := range living(obj) {
		keys = append(keys, e.key)
	}
	return keys
}

// Where is the place of a path's key, or of the element or root that has no key,
// counted as in Error.
func (d *Document) Where(p Path) (line, column int, ok bool) {
	chain, err := d.find(p)
	if err != nil {
		return 0, 0, false
	}
	d.root.UpdateOffsets()
	offset := d.target(chain).StartOffset
	if n := len(chain); n > 0 && chain[n-1].box.obj != nil {
		offset = chain[n-1].box.obj.Members[chain[n-1].index].Name.StartOffset
	}
	at := errorAt(d.Bytes(), offset, "")
	return at.Line, at.Column, true
}
