package config

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"reflect"
	"strings"

	"pilotlight/backend"
	"pilotlight/backend/json5"
	"pilotlight/backend/source/openclaw"
)

// ParseValue reads a value that a person typed: JSON5, or bare text. What begins
// like a list, an object or a quoted text must be one.
func ParseValue(s string) (json.RawMessage, error) {
	std, err := json5.Standard([]byte(s))
	if err == nil {
		if bytes.Equal(std, []byte("null")) && strings.TrimSpace(s) != "null" {
			return nil, &backend.Error{Code: backend.CodeInvalid, Message: "A config cannot hold this number.", Hint: "Give a finite number."}
		}
		return std, nil
	}
	if t := strings.TrimSpace(s); t != "" && strings.ContainsRune(`{["'`, rune(t[0])) {
		return nil, &backend.Error{Code: backend.CodeInvalid, Message: "The value is not JSON5: " + err.Error() + ".", Hint: "Put quotes around it if it is meant as text."}
	}
	return json.Marshal(s)
}

// Apply makes edits in the person's own text: only the members that change are
// written anew. A value that is there already, and an unset of what is not there,
// change nothing. Errors are *backend.Error: invalid for an edit that cannot be,
// refused for one that would do harm.
func (d *Document) Apply(edits []backend.ConfigEdit) (*Candidate, error) {
	return d.apply(edits, nil)
}

// Rebase makes the changes of a candidate, which was made for an older document, in
// this one: what somebody else wrote meanwhile stays where it is about something
// else. Secrets that the candidate brings come along.
func (d *Document) Rebase(c *Candidate) (*Candidate, error) {
	return d.apply(c.Edits(), &lost{here: d.masked, copies: []masked{c.masked}})
}

func (d *Document) apply(edits []backend.ConfigEdit, old *lost) (*Candidate, error) {
	if d.readOnly != nil {
		return nil, d.readOnly
	}
	base := d.text
	if !d.file.exists {
		base = []byte(emptyConfig)
	}
	return d.edited(base, edits, old)
}

// Apply makes more edits in a candidate's text, as a Document's does.
func (c *Candidate) Apply(edits []backend.ConfigEdit) (*Candidate, error) {
	return c.doc.edited(c.text, edits, nil)
}

// edited makes edits in a text and a candidate of the result; old is as in
// candidate.
func (d *Document) edited(base []byte, edits []backend.ConfigEdit, old *lost) (*Candidate, error) {
	tree, err := json5.Parse(base)
	if err != nil {
		return nil, invalidText(err)
	}
	for _, e := range edits {
		path, err := json5.ParsePath(e.Path)
		if err != nil || len(path) == 0 {
			return nil, &backend.Error{
				Code: backend.CodeInvalid, Message: fmt.Sprintf("%q is no path.", e.Path),
				Hint: `A path looks like agents.defaults.models["lmstudio/x.y"].alias.`,
			}
		}
		if err := d.allowed(tree, path, e); err != nil {
			return nil, err
		}
		if err := one(tree, path, e); err != nil {
			return nil, notEdited(e.Path, err)
		}
	}
	return d.candidate(tree.Bytes(), old, false)
}

// one makes one edit.
func one(tree *json5.Document, path json5.Path, e backend.ConfigEdit) error {
	switch {
	case e.Unset:
		if err := tree.Unset(path); !errors.Is(err, json5.ErrMissing) {
			return err
		}
		return nil
	case e.RenameTo != "":
		return tree.Rename(path, e.RenameTo)
	case len(e.Value) == 0:
		return errors.New("the edit says neither a value nor unset nor a new name")
	}
	if string(bytes.TrimSpace(e.Value)) == "[]" {
		return empty(tree, path)
	}
	if err := order(tree, path, e.Value); err != nil {
		return err
	}
	return tree.Set(path, e.Value)
}

// empty takes the elements out of a list one by one, so that comments which belong
// to none of them stay.
func empty(tree *json5.Document, path json5.Path) error {
	var list []any
	if raw, ok := tree.Get(path); !ok || unmarshal(raw, &list) != nil || list == nil {
		return tree.Set(path, []any{})
	}
	for i := len(list) - 1; i >= 0; i-- {
		if err := tree.Unset(append(path[:len(path):len(path)], i)); err != nil {
			return err
		}
	}
	return nil
}

func notEdited(path string, err error) error {
	e := &backend.Error{Code: backend.CodeInvalid, Message: fmt.Sprintf("%s cannot be changed: %v.", path, err), Hint: "Look at the path and the value of the edit.", Err: err}
	switch {
	case errors.Is(err, json5.ErrShape):
		e.Hint = "Set the value above it as a whole."
	case errors.Is(err, json5.ErrMissing):
		e.Hint = "Read the config again: what is to be changed is not there."
	case errors.Is(err, json5.ErrExists):
		e.Hint = "Choose another name, or remove the one that has it."
	}
	return e
}

// Replace makes a whole text that a person wrote into a candidate. Placeholders in
// it become the secrets they stand for. It may take the place of a text that cannot
// be read: that is how it is mended.
func (d *Document) Replace(text string) (*Candidate, error) {
	if d.readOnly != nil && !d.textBad {
		return nil, d.readOnly
	}
	if err := d.locked(); err != nil {
		return nil, err
	}
	return d.candidate([]byte(text), nil, false)
}

// allowed refuses edits of what is OpenClaw's own, and of what another file says.
func (d *Document) allowed(tree *json5.Document, path json5.Path, e backend.ConfigEdit) error {
	switch fmt.Sprint(path[0]) {
	case "meta":
		return &backend.Error{
			Code: backend.CodeRefused, Message: "The meta block is OpenClaw's own; without it OpenClaw undoes every edit.",
			Hint: "Leave meta as it is.",
		}
	case "$include":
		return &backend.Error{Code: backend.CodeRefused, Message: "An $include is changed in the text, not as a value.", Hint: "Edit the text itself."}
	}
	if raw, ok := tree.Get(path); ok && bytes.Contains(raw, []byte(includeKey)) && !bytes.Contains(e.Value, []byte(includeKey)) {
		return &backend.Error{
			Code: backend.CodeRefused, Message: e.Path + " holds an $include, which this edit would drop.",
			Hint: "Change single values in it, or edit the text itself.",
		}
	}
	for i := range path {
		name, has := includeAt(tree, path[:i])
		if !has || d.standsAlone(tree, path, e) {
			continue
		}
		where := "the whole config"
		if i > 0 {
			where = path[:i].String()
		}
		return &backend.Error{
			Code:    backend.CodeRefused,
			Message: fmt.Sprintf("%s cannot be changed here: %s comes from %s (by $include).", e.Path, where, name),
			Hint:    "Edit that file: " + openclaw.IncludePath(d.file.path, name),
		}
	}
	return nil
}

// includeKey is the key of an include as JSON writes it.
const includeKey = `"$include"`

// includeAt names the file that the object at a path includes.
func includeAt(tree *json5.Document, path json5.Path) (string, bool) {
	raw, ok := tree.Get(append(path[:len(path):len(path)], "$include"))
	if !ok {
		return "", false
	}
	var name string
	if json.Unmarshal(raw, &name) == nil {
		return name, true
	}
	var names []string
	_ = json.Unmarshal(raw, &names)
	return strings.Join(names, ", "), true
}

// standsAlone tells whether the value at a path is this file's alone, though an
// object around it includes another: then what is written here counts.
func (d *Document) standsAlone(tree *json5.Document, path json5.Path, e backend.ConfigEdit) bool {
	raw, ok := tree.Get(path)
	if !ok || e.Unset || e.RenameTo != "" || bytes.ContainsAny(e.Value[:min(1, len(e.Value))], "{[") {
		return false
	}
	var here any
	if unmarshal(raw, &here) != nil {
		return false
	}
	switch here.(type) {
	case map[string]any, []any:
		return false
	}
	_, listed := valueAt(d.values, path)
	return listed
}

// valueAt finds a value by its path.
func valueAt(v any, path json5.Path) (any, bool) {
	for _, segment := range path {
		switch s := segment.(type) {
		case string:
			m, ok := v.(map[string]any)
			if !ok {
				return nil, false
			}
			if v, ok = m[s]; !ok {
				return nil, false
			}
		case int:
			list, ok := v.([]any)
			if !ok || s >= len(list) {
				return nil, false
			}
			v = list[s]
		}
	}
	return v, true
}

// candidate checks a text that may take the file's place. old, which may be nil,
// knows secrets that the present file does not have; restoring is a text that was
// this file once.
func (d *Document) candidate(text []byte, old *lost, restoring bool) (*Candidate, error) {
	find := func(mark string) (secret, bool) { s, ok := d.masked.secrets[mark]; return s, ok }
	var byPath func(string) (secret, bool)
	if old != nil {
		find = old.byMark
	}
	if restoring {
		byPath = old.byPath
	}
	if len(text) > sizeCap {
		return nil, &backend.Error{
			Code: backend.CodeTooLarge, Message: fmt.Sprintf("The text has more than %d MiB.", sizeCap>>20), Hint: "A config has a few kilobytes.",
		}
	}
	whole, err := d.src.unmask(text, find, byPath)
	if err != nil {
		return nil, err
	}
	tree, err := json5.Parse(whole)
	if err != nil {
		return nil, invalidText(err)
	}
	c := &Candidate{doc: d, restoring: restoring}
	if restoring {
		if err := d.keepOwn(tree); err != nil {
			return nil, err
		}
	}
	c.text = tree.Bytes()
	c.hash, c.masked = hashOf(c.text), d.src.mask(tree)
	if err := d.guard(tree, c); err != nil {
		return nil, err
	}
	c.values = d.src.valuesOf(d.file.path, c.masked.text, &c.issues)
	c.same = bytes.Equal(c.text, d.text) && d.file.exists
	return c, nil
}

// Conflicts tells whether two documents say different things at the paths of an
// edit: then somebody else has changed the very thing.
func Conflicts(before, now *Document, edits []backend.ConfigEdit) []string {
	var paths []string
	for _, e := range edits {
		path, err := json5.ParsePath(e.Path)
		if err != nil {
			continue
		}
		a, _ := valueAt(before.values, path)
		b, _ := valueAt(now.values, path)
		if !reflect.DeepEqual(a, b) {
			paths = append(paths, e.Path)
		}
	}
	return paths
}

func invalidText(err error) error {
	e := &backend.Error{Code: backend.CodeInvalid, Message: "The text is not JSON5: " + err.Error() + ".", Hint: "Mend that place and save again.", Err: err}
	return e
}
