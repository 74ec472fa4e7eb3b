// Package json5 reads JSON5 (specification 1.0.0, https://spec.json5.org) into
// a hujson syntax tree and edits that tree so that every byte which an edit is
// not about stays as it is.
//
// It owns the grammar, the values behind it and the layout of an edit. hujson's
// own parser reads JSON with comments and commas only; its tree, however, holds
// any bytes as a Literal (a bare key, a 'single quoted' string, 0x1F) and any
// bytes as an Extra (a byte order mark, JavaScript's other white space), and
// Pack puts them together again. So the tree and Pack are hujson's.
// hujson's Find knows double quotes alone and takes the first of two equal
// names, its Patch drops comments around a colon and before a comma, and its
// Format rewrites the whole file: those three judge this package in its tests.
//
// It must never know what a document is about, touch a file, or put any part of
// a document into an error: a configuration holds secrets.
package json5
