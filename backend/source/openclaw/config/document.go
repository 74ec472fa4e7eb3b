package config

import (
	"bytes"
	"crypto/rand"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"time"

	"pilotlight/backend"
	"pilotlight/backend/json5"
	"pilotlight/backend/source/openclaw"
)

// Options are what a Source needs.
type Options struct {
	Env openclaw.Env
	// MaskKey makes the placeholders of secrets. With the same key a text that
	// was given out before a restart can still be taken back, and a revision of
	// last year still finds its secrets. nil makes one for this Source alone.
	MaskKey []byte
	// Log tells which file OpenClaw logs to at a moment; nil is its usual place.
	// A Reading's Paths.LogNow knows logging.file too.
	Log func(time.Time) string
	Now func() time.Time // nil is time.Now
}

// Source edits the configs of one OpenClaw. It keeps nothing between calls and may
// be used from any goroutine.
type Source struct {
	env openclaw.Env
	masker
	log func(time.Time) string
	now func() time.Time
}

// New makes a Source.
func New(o Options) *Source {
	s := &Source{env: o.Env, masker: masker{key: o.MaskKey}, log: o.Log, now: o.Now}
	if len(s.key) == 0 {
		s.key = make([]byte, 32)
		_, _ = rand.Read(s.key) // it never fails
	}
	if s.log == nil {
		s.log = func(t time.Time) string { return openclaw.Find(s.env).LogNow(t) }
	}
	if s.now == nil {
		s.now = time.Now
	}
	return s
}

// Document is a config file as it was found at one moment. It is never changed:
// an edit makes a Candidate. It may be used from any goroutine.
type Document struct {
	src      *Source
	file     file
	text     []byte // with its secrets
	hash     string
	masked   masked
	readOnly *backend.Error // why nothing can be edited
	textBad  bool           // the text itself is what is wrong: another text may take its place
	caret    string
	issues   []backend.ConfigIssue
	values   map[string]any
}

// emptyConfig is what a missing file begins with: what OpenClaw needs to start,
// and hosted models kept at hand. It is laid out as OpenClaw writes.
const emptyConfig = `{
  "gateway": {
    "mode": "local"
  },
  "agents": {
    "defaults": {
      "model": {}
    }
  },
  "models": {
    "mode": "merge"
  }
}
`

// Open reads the config at a path; "" is where OpenClaw has it. It never fails:
// what cannot be edited is a Document that says why.
func (s *Source) Open(path string) *Document {
	if path == "" {
		path = openclaw.Find(s.env).Config
	}
	d := &Document{src: s, issues: []backend.ConfigIssue{}}
	var bad *backend.Error
	d.file, d.text, bad = readConfig(path)
	d.hash = hashOf(d.text)
	if bad != nil {
		d.readOnly = bad
		return d
	}
	d.understand()
	if d.readOnly == nil {
		d.readOnly = d.locked()
	}
	if d.file.links > 1 {
		d.issues = append(d.issues, backend.ConfigIssue{
			Severity: backend.SeverityWarning, Code: "hard_link",
			Message: "The file has a second name (a hard link), which will keep the old text when this one is written.",
			Hint:    "OpenClaw writes the same way. Use a symbolic link for the second name.",
		})
	}
	return d
}

// understand parses the text, or says why it cannot be edited.
func (d *Document) understand() {
	if !d.file.exists {
		d.values = d.src.valuesOf(d.file.path, []byte(emptyConfig), &d.issues)
		return
	}
	if len(bytes.TrimSpace(d.text)) == 0 {
		d.broken(&backend.Error{
			Code: backend.CodeRefused, Message: "The config file is empty, so OpenClaw does not start.",
			Hint: "Restore an earlier version, run \"openclaw doctor --fix\", or delete the file to begin anew.",
		}, backend.ConfigIssue{Message: "The file is empty.", Code: "empty", Line: 1, Column: 1})
		return
	}
	tree, err := json5.Parse(d.text)
	if err != nil {
		d.notJSON5(err)
		return
	}
	d.masked = d.src.mask(tree)
	if tree.Keys(nil) == nil {
		d.broken(&backend.Error{
			Code: backend.CodeRefused, Message: "The config is no object in braces, so OpenClaw does not start.",
			Hint: "Restore an earlier version, or run \"openclaw doctor --fix\".",
		}, backend.ConfigIssue{Message: "The config must be an object.", Code: "not_object", Line: 1, Column: 1})
		return
	}
	d.values = d.src.valuesOf(d.file.path, d.masked.text, &d.issues)
	if bytes.Contains(d.text, []byte(redacted)) {
		d.issues = append(d.issues, redactedIssue(tree)...)
	}
}

// notJSON5 is the state of a text with an error in it.
func (d *Document) notJSON5(err error) {
	e, ok := errors.AsType[*json5.Error](err)
	if !ok {
		e = &json5.Error{Line: 1, Column: 1, Problem: err.Error()}
	}
	d.masked = d.src.maskBroken(d.text)
	d.caret = string(d.src.maskBroken([]byte(e.Caret())).text)
	d.broken(&backend.Error{
		Code: backend.CodeRefused, Message: "The config is not JSON5: " + e.Error() + ".",
		Hint: "Mend it on the dashboard's Config page or with an editor, or restore an earlier version. Nothing is written until then.",
	}, backend.ConfigIssue{Message: e.Problem, Code: "json5", Line: e.Line, Column: e.Column})
}

func (d *Document) broken(why *backend.Error, issue backend.ConfigIssue) {
	d.readOnly, d.textBad = why, true
	issue.Severity = backend.SeverityError
	d.issues = append(d.issues, issue)
}

// locked says why a good text must not or cannot be written.
func (d *Document) locked() *backend.Error {
	if name := d.src.env.ManagedBy(); name != "" {
		return &backend.Error{
			Code: backend.CodeRefused, Message: "Another program manages this config: " + name + " is set.",
			Hint: "Change it there. Without " + name + " in Pilotlight's environment it can be edited here.",
		}
	}
	return d.file.writable()
}

// valuesOf are the effective values of a masked text, without secrets; nil where
// they cannot be put together, which is noted.
func (s *Source) valuesOf(path string, text []byte, issues *[]backend.ConfigIssue) map[string]any {
	values, _, bad := openclaw.Values(path, text, s.env)
	if bad != nil {
		bad.Severity, bad.Code = backend.SeverityError, "include"
		*issues = append(*issues, *bad)
		return nil
	}
	return s.hide(values, place{}).(map[string]any)
}

// Hash is the sha256 of the file in hex.
func (d *Document) Hash() string { return d.hash }

// Path is the file as OpenClaw names it.
func (d *Document) Path() string { return d.file.path }

// Values are what the config says, its includes put in, without secrets: where one
// stands is a placeholder. Numbers are json.Number. They must not be changed; nil
// where the text cannot be read.
func (d *Document) Values() map[string]any { return d.values }

// Text is the file's text with placeholders for its secrets.
func (d *Document) Text() string { return string(d.masked.text) }

// Err says why the file cannot be edited, nil where it can.
func (d *Document) Err() *backend.Error { return d.readOnly }

// Version is the OpenClaw that wrote the file last, as it says itself; "" where
// none did.
func (d *Document) Version() string { return versionOf(d.values) }

func versionOf(values map[string]any) string {
	meta, _ := values["meta"].(map[string]any)
	v, _ := meta["lastTouchedVersion"].(string)
	if len(v) > 64 {
		return ""
	}
	return v
}

// Doc is the document for a page. Its issues are those of the file; a rule has more.
func (d *Document) Doc() backend.ConfigDoc {
	doc := backend.ConfigDoc{
		Path: d.file.path, Exists: d.file.exists, Hash: d.hash, Bytes: int64(len(d.text)), Text: d.Text(),
		Version: d.Version(), Editable: d.readOnly == nil, Mendable: d.textBad && d.locked() == nil, ReadOnly: d.readOnly, Caret: d.caret,
		Issues: append([]backend.ConfigIssue{}, d.issues...),
	}
	if d.file.real != d.file.path {
		doc.RealPath = d.file.real
	}
	if d.file.exists {
		doc.Modified = backend.AtPtr(d.file.modified)
	}
	return doc
}

// Locate gives issues the line and column of their path, where it is in the text.
func (d *Document) Locate(issues []backend.ConfigIssue) {
	if tree, err := json5.Parse(d.masked.text); err == nil {
		locate(tree, issues)
	}
}

func hashOf(text []byte) string {
	sum := sha256.Sum256(text)
	return hex.EncodeToString(sum[:])
}

// unmarshal reads JSON with its numbers as they are written.
func unmarshal(text []byte, v any) error {
	dec := json.NewDecoder(bytes.NewReader(text))
	dec.UseNumber()
	return dec.Decode(v)
}

// redactedIssue tells of secrets that another program has overwritten already.
func redactedIssue(tree *json5.Document) []backend.ConfigIssue {
	var all any
	if unmarshal(tree.Standard(), &all) != nil {
		return nil
	}
	var issues []backend.ConfigIssue
	var walk func(v any, p json5.Path)
	walk = func(v any, p json5.Path) {
		switch v := v.(type) {
		case map[string]any:
			for _, k := range sortedKeys(v) {
				walk(v[k], append(p[:len(p):len(p)], k))
			}
		case []any:
			for i := range v {
				walk(v[i], append(p[:len(p):len(p)], i))
			}
		case string:
			if v == redacted && len(issues) < maxIssues {
				issues = append(issues, backend.ConfigIssue{
					Path: p.String(), Severity: backend.SeverityWarning, Code: "redacted",
					Message: "The secret here is gone: a program wrote " + redacted + " over it.",
					Hint:    "Write the secret again.",
				})
			}
		}
	}
	walk(all, nil)
	locate(tree, issues)
	return issues
}
