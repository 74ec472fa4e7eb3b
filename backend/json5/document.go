package json5

import (
	"bytes"

	"github.com/tailscale/hujson"
)

// Document is a JSON5 text that can be read and edited. It is not safe for
// concurrent use.
type Document struct {
	root hujson.Value
}

// Parse reads a text. The document keeps no part of it. Any error is an *Error.
func Parse(text []byte) (*Document, error) {
	root, err := parse(bytes.Clone(text))
	if err != nil {
		return nil, err
	}
	return &Document{root: root}, nil
}

// Bytes is the text as it is now: right after Parse the very bytes that were read.
func (d *Document) Bytes() []byte { return d.root.Pack() }

// Tree is a copy of the syntax tree, with true offsets. Its literals are JSON5:
// hujson's methods on Literal do not understand all of them.
func (d *Document) Tree() hujson.Value {
	tree := d.root.Clone()
	tree.UpdateOffsets()
	return tree
}

// Standard is the document as strict JSON, by the rules of the function of that name.
func (d *Document) Standard() []byte { return appendStandard(nil, d.root.Value) }
