package config

import (
	"os"
	"path/filepath"
	"time"

	"pilotlight/backend"
	"pilotlight/backend/json5"
)

// Restore makes the text of a revision into a candidate. It goes through the same
// guards as any edit, with these differences:
//
//   - The present meta block stays, byte for byte, and gateway.mode where the older
//     text has none: OpenClaw takes their loss for an accident and undoes it.
//   - It may halve the file, with a warning.
//   - It may take the place of a file that cannot be read: that is what it is for.
//   - Its placeholders become the secrets they stood for, if those are still in the
//     file or in OpenClaw's own copies beside it; else the present secret of the
//     same place, which is the newer one; else it is refused.
func (d *Document) Restore(text string) (*Candidate, error) {
	if d.readOnly != nil && !d.textBad {
		return nil, d.readOnly
	}
	if err := d.locked(); err != nil {
		return nil, err
	}
	return d.candidate([]byte(text), d.lost(), true)
}

// lost finds secrets that are no longer where they were.
type lost struct {
	here   masked
	copies []masked
}

// lastGood is how the copy is called that a gateway makes of every config which it took
// over (since 2026.9.6 at the latest; 2026.3.13 makes none).
const lastGood = ".last-good"

// copyNames are the names of OpenClaw's own copies of a config, the likeliest first.
var copyNames = []string{lastGood, ".bak", ".bak.1", ".bak.2", ".bak.3", ".bak.4"}

func (d *Document) lost() *lost {
	l := &lost{here: d.masked}
	names := []string{}
	for _, tail := range copyNames {
		names = append(names, d.file.path+tail)
	}
	// An edit that OpenClaw undid is the only place where its new secrets are.
	names = append(names, besideNames(d.file.path, "clobbered")...)
	for _, name := range names {
		_, text, bad := readConfig(name)
		if bad != nil || len(text) == 0 {
			continue
		}
		if tree, err := json5.Parse(text); err == nil {
			l.copies = append(l.copies, d.src.mask(tree))
		}
	}
	return l
}

func (l *lost) byMark(mark string) (secret, bool) {
	for _, m := range append([]masked{l.here}, l.copies...) {
		if s, ok := m.secrets[mark]; ok {
			return s, true
		}
	}
	return secret{}, false
}

// byPath is the secret of a place: the present one, or where there is none the last
// that OpenClaw kept.
func (l *lost) byPath(path string) (secret, bool) {
	if path == "" {
		return secret{}, false
	}
	for _, m := range append([]masked{l.here}, l.copies...) {
		if mark, ok := m.paths[path]; ok {
			return m.secrets[mark], true
		}
	}
	return secret{}, false
}

// beside lists the files of one of OpenClaw's kinds next to a config, such as
// openclaw.json.clobbered.TIME, with their hashes.
func beside(path, kind string) map[string]string {
	found := map[string]string{}
	for _, name := range besideNames(path, kind) {
		if f, text, bad := readConfig(name); bad == nil && f.exists {
			found[name] = hashOf(text)
		}
	}
	return found
}

// maxBeside bounds how many copies are looked at.
const maxBeside = 50

// besideNames are the newest of those files, which have the last names.
func besideNames(path, kind string) []string {
	names, err := filepath.Glob(globQuoted(path) + "." + kind + "*")
	if err != nil {
		return nil
	}
	return names[max(0, len(names)-maxBeside):]
}

func globQuoted(path string) string {
	var b []rune
	for _, r := range path {
		switch r {
		case '*', '?', '[', '\\':
			b = append(b, '\\')
		}
		b = append(b, r)
	}
	return string(b)
}

// Recheck tells what became of an edit since: whether its text still stands, or
// OpenClaw undid it, or somebody wrote over it. It is for the next start of
// Pilotlight: an edit made while no gateway ran may be undone much later. edits are
// the candidate's, or nil.
func (s *Source) Recheck(path, hash string, edits []backend.ConfigEdit) backend.ConfigVerdict {
	d := s.Open(path)
	v := backend.ConfigVerdict{Code: backend.VerdictUnknown, At: backend.At(s.now()), Hash: d.hash}
	if d.hash == hash {
		v.Text = "The file is as it was saved."
		return v
	}
	if name, ok := foundAs(d.file.path, hash, nil); ok {
		return undone(v, name)
	}
	if len(edits) > 0 && d.Holds(edits) {
		v.Code, v.Text = backend.VerdictAccepted, "The file was written by another program since; what was edited still holds."
		return v
	}
	v.Code, v.Text = backend.VerdictReplaced, "The file was written by another program since, and what was edited no longer holds."
	v.Hint = "Look at the difference, and put the edit back if it is missed."
	return v
}

// Undone tells whether OpenClaw undid a text of this hash, which another program had
// written at a moment, and put a backup in its place: the file has another text by now,
// and a copy that OpenClaw made since has this one.
func (d *Document) Undone(hash string, wrote time.Time) (v backend.ConfigVerdict, yes bool) {
	if d.hash == hash {
		return v, false
	}
	for name, h := range beside(d.file.path, "clobbered") {
		if fi, err := os.Stat(name); err == nil && h == hash && !fi.ModTime().Before(wrote) {
			return undone(backend.ConfigVerdict{At: backend.At(d.src.now()), Hash: d.hash}, name), true
		}
	}
	return v, false
}

// foundAs finds a copy that OpenClaw made of a text when it put another in its
// place. known are names that do not count.
func foundAs(path, hash string, known map[string]string) (string, bool) {
	for _, kind := range []string{"clobbered", "rejected"} {
		for name, h := range beside(path, kind) {
			if _, old := known[name]; h == hash && !old {
				return name, true
			}
		}
	}
	return "", false
}

func undone(v backend.ConfigVerdict, name string) backend.ConfigVerdict {
	v.Code, v.Found = backend.VerdictUndone, name
	v.Text = "OpenClaw undid the edit and put its backup in its place. The edit is kept in " + filepath.Base(name) + "."
	v.Hint = "Put the edit back while the gateway runs: a running gateway takes it over."
	return v
}

// Holds tells whether a document says what edits set.
func (d *Document) Holds(edits []backend.ConfigEdit) bool {
	for _, e := range edits {
		path, err := json5.ParsePath(e.Path)
		if err != nil {
			return false
		}
		v, has := valueAt(d.values, path)
		if e.Unset {
			if has {
				return false
			}
			continue
		}
		var want any
		if !has || unmarshal(e.Value, &want) != nil || !sameValue(v, want) {
			return false
		}
	}
	return true
}
