package config

import (
	"bytes"
	"encoding/json"
	"path/filepath"
	"reflect"
	"slices"
	"strconv"
	"strings"

	"github.com/aymanbagabas/go-udiff"
	"github.com/tailscale/hujson"

	"pilotlight/backend"
	"pilotlight/backend/json5"
)

// Candidate is a text that may take a document's place: it can be read, OpenClaw
// would not undo it, and it loses no secret. Whether what it says is good is for a
// rule, which gets its Values.
type Candidate struct {
	doc       *Document
	text      []byte // with its secrets
	hash      string
	masked    masked
	values    map[string]any
	issues    []backend.ConfigIssue
	restoring bool
	same      bool
}

// Hash is the sha256 of the text in hex.
func (c *Candidate) Hash() string { return c.hash }

// Text is the text with placeholders for its secrets: what a revision keeps.
func (c *Candidate) Text() string { return string(c.masked.text) }

// Bytes is how long the text is, its secrets included.
func (c *Candidate) Bytes() int64 { return int64(len(c.text)) }

// Values are as a Document's.
func (c *Candidate) Values() map[string]any { return c.values }

// Version is as a Document's.
func (c *Candidate) Version() string { return versionOf(c.values) }

// Same tells that the text is the file's own already: there is nothing to write.
func (c *Candidate) Same() bool { return c.same }

// Diff is the unified diff from the document, "" where they are equal. Secrets are
// placeholders in it.
func (c *Candidate) Diff() string { return Diff(c.doc.file.path, c.doc.Text(), c.Text()) }

// Diff is the unified diff of two texts of a config.
func Diff(path, before, after string) string {
	name := filepath.Base(path)
	return udiff.Unified(name, name, before, after)
}

// Plan is what writing the candidate would do. issues are what a rule finds in the
// candidate, before what it finds in the document: an error that was there already
// is nothing that the edit brings.
func (c *Candidate) Plan(issues, before []backend.ConfigIssue) backend.ConfigPlan {
	all := append(slices.Clone(c.issues), issues...)
	old := append(slices.Clone(c.doc.issues), before...)
	valid := true
	for i := range all {
		all[i].Existing = slices.ContainsFunc(old, func(o backend.ConfigIssue) bool {
			return o.Path == all[i].Path && o.Code == all[i].Code && o.Message == all[i].Message
		})
		valid = valid && (all[i].Existing || !all[i].IsError())
	}
	p := backend.ConfigPlan{
		Path: c.doc.file.path, Diff: c.Diff(), HashBefore: c.doc.hash, HashAfter: c.hash, Text: c.Text(), Valid: valid, Issues: all,
	}
	p.Comments, p.CommentsKept = kept(c.doc.masked.text, c.masked.text)
	if tree, err := json5.Parse(c.masked.text); err == nil {
		locate(tree, p.Issues)
	}
	if p.Issues == nil {
		p.Issues = []backend.ConfigIssue{}
	}
	return p
}

// Edits are the values in which the candidate differs from its document, as edits:
// they do the same to another text, without its comments and layout. With them a
// change is put on top of what somebody else wrote meanwhile.
func (c *Candidate) Edits() []backend.ConfigEdit {
	return Changes(c.doc.values, c.values)
}

// Changes are the edits that make one config's values another's. Lists are taken as
// a whole. OpenClaw's own meta block is never among them.
func Changes(before, after map[string]any) []backend.ConfigEdit {
	var edits []backend.ConfigEdit
	var walk func(a, b map[string]any, p json5.Path)
	walk = func(a, b map[string]any, p json5.Path) {
		for _, k := range sortedKeys(a) {
			if _, has := b[k]; !has {
				edits = append(edits, backend.ConfigEdit{Path: append(p[:len(p):len(p)], k).String(), Unset: true})
			}
		}
		for _, k := range sortedKeys(b) {
			at := append(p[:len(p):len(p)], k)
			was, had := a[k]
			if had && reflect.DeepEqual(was, b[k]) || len(p) == 0 && k == "meta" {
				continue
			}
			wasObject, ok1 := was.(map[string]any)
			isObject, ok2 := b[k].(map[string]any)
			if ok1 && ok2 {
				walk(wasObject, isObject, at)
				continue
			}
			raw, err := json.Marshal(b[k])
			if err == nil {
				edits = append(edits, backend.ConfigEdit{Path: at.String(), Value: raw})
			}
		}
	}
	walk(before, after, nil)
	return slices.DeleteFunc(edits, func(e backend.ConfigEdit) bool { return e.Path == "meta" })
}

// locate fills in where issues are. A path that leads on beyond what the text has
// is at its last part that is there.
func locate(tree *json5.Document, issues []backend.ConfigIssue) {
	for i := range issues {
		if issues[i].Line != 0 || issues[i].Path == "" {
			continue
		}
		path := pathOf(tree, issues[i].Path)
		for n := len(path); n > 0; n-- {
			if line, column, ok := tree.Where(path[:n]); ok {
				issues[i].Line, issues[i].Column = line, column
				break
			}
		}
	}
}

// pathOf reads a path of ours, or one as OpenClaw prints it: with dots alone, also
// in front of an index, and around keys that have dots and slashes themselves.
func pathOf(tree *json5.Document, s string) json5.Path {
	found := dotted(tree, nil, s)
	path, err := json5.ParsePath(s)
	if err != nil {
		return found
	}
	n := len(path)
	for ; n > len(found); n-- {
		if _, ok := tree.Get(path[:n]); ok {
			return path
		}
	}
	return found
}

// dotted follows a path with dots alone as far as the text goes.
func dotted(tree *json5.Document, at json5.Path, s string) json5.Path {
	if s == "" {
		return at
	}
	for _, k := range tree.Keys(at) {
		if s == k {
			return append(at, k)
		}
		if rest, ok := strings.CutPrefix(s, k+"."); ok {
			return dotted(tree, append(at, k), rest)
		}
	}
	head, rest, _ := strings.Cut(s, ".")
	if i, err := strconv.Atoi(head); err == nil {
		if _, ok := tree.Get(append(at[:len(at):len(at)], i)); ok {
			return dotted(tree, append(at, i), rest)
		}
	}
	return at
}

// kept counts the comments of a text, and those that another one has too.
func kept(before, after []byte) (all, still int) {
	left := map[string]int{}
	for _, c := range comments(after) {
		left[c]++
	}
	for _, c := range comments(before) {
		all++
		if left[c] > 0 {
			left[c]--
			still++
		}
	}
	return all, still
}

// comments lists a text's comments in order.
func comments(text []byte) (list []string) {
	d, err := json5.Parse(text)
	if err != nil {
		return nil
	}
	tree := d.Tree()
	var walk func(v *hujson.Value)
	extra := func(e hujson.Extra) { list = append(list, commentsOf(e)...) }
	walk = func(v *hujson.Value) {
		extra(v.BeforeExtra)
		switch x := v.Value.(type) {
		case *hujson.Object:
			for i := range x.Members {
				walk(&x.Members[i].Name)
				walk(&x.Members[i].Value)
			}
			extra(x.AfterExtra)
		case *hujson.Array:
			for i := range x.Elements {
				walk(&x.Elements[i])
			}
			extra(x.AfterExtra)
		}
		extra(v.AfterExtra)
	}
	walk(&tree)
	return list
}

func commentsOf(e hujson.Extra) (list []string) {
	for i := 0; i+1 < len(e); {
		if e[i] != '/' {
			i++
			continue
		}
		end := bytes.IndexAny(e[i:], "\r\n")
		if e[i+1] == '*' {
			end = bytes.Index(e[i:], []byte("*/"))
			if end >= 0 {
				end += 2
			}
		}
		if end < 0 {
			end = len(e) - i
		}
		list = append(list, string(e[i:i+end]))
		i += end
	}
	return list
}

func sortedKeys(m map[string]any) []string {
	keys := make([]string, 0, len(m))
	for k := range m {
		keys = append(keys, k)
	}
	slices.Sort(keys)
	return keys
}
