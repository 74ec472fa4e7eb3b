package config

import (
	"bytes"
	"cmp"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"regexp"
	"slices"
	"unicode/utf8"

	"github.com/tailscale/hujson"

	"pilotlight/backend"
	"pilotlight/backend/json5"
)

// A placeholder stands for one secret. It is made from the secret with a key that
// stays on this machine, so it is the same in every text and tells nothing.
const (
	markHead = "__PILOTLIGHT_SECRET_"
	markTail = "__"
	markHex  = 16
	markSize = len(markHead) + markHex + len(markTail)
)

var placeholder = regexp.MustCompile(regexp.QuoteMeta(markHead) + `[0-9a-f]{16}` + markTail)

// anyMark finds what was meant as a placeholder, broken ones too.
var anyMark = []byte("__PILOTLIGHT_SECRET")

// redacted is what OpenClaw's own tools print in the place of a secret. Written
// back it destroys the secret.
const redacted = "__OPENCLAW_REDACTED__"

// masker makes placeholders.
type masker struct{ key []byte }

func (m masker) mark(secret []byte) string {
	h := hmac.New(sha256.New, m.key)
	h.Write(secret)
	return markHead + hex.EncodeToString(h.Sum(nil))[:markHex] + markTail
}

// secret is one that was taken out of a text: its bytes as they are written there,
// and the quotes they stood in; 0 where they are only a part of a text.
type secret struct {
	raw   []byte
	quote byte
	leads []string // of a guess in a broken text: what stood before it
}

// masked is a text without its secrets.
type masked struct {
	text    []byte
	secrets map[string]secret // by placeholder
	paths   map[string]string // placeholder by path, of secrets that are a whole value
}

// mask takes the secrets out of a document.
func (m masker) mask(d *json5.Document) masked {
	text := d.Bytes()
	w := &finder{text: text}
	tree := d.Tree()
	w.value(&tree, place{}, nil)
	return m.cut(text, w.spans, w.whole)
}

// cut replaces spans by placeholders. whole are the paths of spans that are a
// value of their own, by their start.
func (m masker) cut(text []byte, spans []span, whole map[int]string) masked {
	out := masked{secrets: map[string]secret{}, paths: map[string]string{}}
	slices.SortFunc(spans, func(a, b span) int { return cmp.Or(cmp.Compare(a.from, b.from), cmp.Compare(b.to, a.to)) })
	var b bytes.Buffer
	done := 0
	for _, s := range spans {
		raw := text[s.from:s.to]
		if s.from < done || len(raw) == 0 || placeholder.Match(raw) {
			continue
		}
		mark := m.mark(raw)
		one := secret{raw: bytes.Clone(raw)}
		if path, ok := whole[s.from]; ok {
			out.paths[path], one.quote = mark, text[s.from-1]
		}
		if out.secrets[mark].quote == 0 {
			out.secrets[mark] = one
		}
		b.Write(text[done:s.from])
		b.WriteString(mark)
		done = s.to
	}
	b.Write(text[done:])
	out.text = b.Bytes()
	return out
}

// finder walks a syntax tree and notes where secrets are.
type finder struct {
	text  []byte
	spans []span
	whole map[int]string
}

func (w *finder) value(v *hujson.Value, p place, path json5.Path) {
	w.extra(v.BeforeExtra, v.StartOffset-len(v.BeforeExtra))
	switch x := v.Value.(type) {
	case *hujson.Object:
		w.object(x, v, p, path)
	case *hujson.Array:
		for i := range x.Elements {
			w.value(&x.Elements[i], p, append(path[:len(path):len(path)], i))
		}
		w.extra(x.AfterExtra, v.EndOffset-1-len(x.AfterExtra))
	case hujson.Literal:
		w.literal(x, v.StartOffset, p, path)
	}
	w.extra(v.AfterExtra, v.EndOffset)
}

func (w *finder) object(x *hujson.Object, v *hujson.Value, p place, path json5.Path) {
	keys := make([]string, len(x.Members))
	for i := range x.Members {
		keys[i] = keyText(x.Members[i].Name.Value.(hujson.Literal))
	}
	reference := isReference(keys)
	for i := range x.Members {
		name := &x.Members[i].Name
		w.extra(name.BeforeExtra, name.StartOffset-len(name.BeforeExtra))
		w.extra(name.AfterExtra, name.EndOffset)
		at := p.below(keys[i])
		if reference {
			at = at.plain()
		}
		w.value(&x.Members[i].Value, at, append(path[:len(path):len(path)], keys[i]))
	}
	w.extra(x.AfterExtra, v.EndOffset-1-len(x.AfterExtra))
}

func (w *finder) literal(lit hujson.Literal, at int, p place, path json5.Path) {
	if len(lit) < 2 || lit[0] != '"' && lit[0] != '\'' {
		return
	}
	inner := lit[1 : len(lit)-1]
	if p.secret && !variableOnly.Match(inner) {
		if w.whole == nil {
			w.whole = map[int]string{}
		}
		w.whole[at+1] = path.String()
		w.spans = append(w.spans, span{at + 1, at + 1 + len(inner)})
		return
	}
	w.spans = append(w.spans, byForm(inner, at+1, false)...)
}

func (w *finder) extra(e hujson.Extra, at int) {
	if bytes.IndexByte(e, '/') >= 0 {
		w.spans = append(w.spans, byForm(e, at, true)...)
	}
}

// keyText is a key as JSON5 reads it.
func keyText(lit hujson.Literal) string {
	text := string(lit)
	quoted := lit[0] == '"' || lit[0] == '\''
	if !bytes.ContainsRune(lit, '\\') && utf8.Valid(lit) { // as almost every key is
		if quoted {
			return text[1 : len(text)-1]
		}
		return text
	}
	if !quoted {
		text = `"` + text + `"`
	}
	d, err := json5.Parse([]byte("[" + text + "]"))
	if err != nil {
		return string(lit)
	}
	var keys []string
	_ = unmarshal(d.Standard(), &keys)
	return keys[0]
}

// hide masks the strings of plain values, which come from included files: those
// texts are never given back, so nothing is kept of them.
func (m masker) hide(v any, p place) any {
	switch v := v.(type) {
	case map[string]any:
		keys := make([]string, 0, len(v))
		for k := range v {
			keys = append(keys, k)
		}
		reference := isReference(keys)
		for k, x := range v {
			at := p.below(k)
			if reference {
				at = at.plain()
			}
			v[k] = m.hide(x, at)
		}
	case []any:
		for i := range v {
			v[i] = m.hide(v[i], p)
		}
	case string:
		switch {
		case placeholder.MatchString(v), variableOnly.MatchString(v), v == "":
		case p.secret:
			return m.mark([]byte(v))
		default:
			return string(m.cut([]byte(v), byForm([]byte(v), 0, false), nil).text)
		}
	}
	return v
}

// unmask puts secrets back into a text. find knows them by their placeholder; old
// is asked for what it does not know, by the place where it stands, and may be nil.
//
// A placeholder must stand where its text would be masked again: elsewhere the
// secret would be shown from then on.
func (m masker) unmask(text []byte, find func(mark string) (secret, bool), old func(path string) (secret, bool)) ([]byte, error) {
	if !bytes.Contains(text, anyMark) {
		return text, nil
	}
	before, err := json5.Parse(text)
	if err != nil {
		return nil, invalidText(err)
	}
	places, hidden := m.placesOf(before), m.mask(before).text
	var out []byte
	used := map[string]int{} // how often a secret must be hidden again
	done := 0
	for _, at := range placed.FindAllIndex(text, -1) {
		found := text[at[0]:at[1]]
		inner := placeholder.FindIndex(found)
		mark := found[inner[0]:inner[1]]
		path := places[at[0]+inner[0]]
		s, ok := find(string(mark))
		if !ok && old != nil {
			s, ok = old(path)
		}
		if !ok {
			return nil, unknownMark(text, at[0], path)
		}
		if own := m.mark(s.raw); !s.stands(text, at[0]+inner[0]) {
			if _, has := used[own]; !has {
				used[own] = bytes.Count(hidden, []byte(own))
			}
			if own != string(mark) {
				used[own]++ // it was hidden under another name
			}
		}
		out = append(append(out, text[done:at[0]]...), s.in(found, mark)...)
		done = at[1]
	}
	out = append(out, text[done:]...)
	if at := bytes.Index(out, anyMark); at >= 0 {
		return nil, &backend.Error{
			Code: backend.CodeRefused, Message: fmt.Sprintf("Line %d holds a broken placeholder for a secret.", lineOf(out, at)),
			Hint: "Leave " + markHead + "… as it is, or write the new secret in its place.",
		}
	}
	d, err := json5.Parse(out)
	if err != nil {
		return nil, invalidText(err)
	}
	again := m.mask(d).text
	for mark, n := range used {
		if bytes.Count(again, []byte(mark)) < n {
			return nil, &backend.Error{
				Code: backend.CodeRefused, Message: "A secret was moved to a place where it would be shown.",
				Hint: "Keep placeholders for secrets under keys that hold secrets, such as apiKey.",
			}
		}
	}
	return out, nil
}

// placed is a placeholder with the quotes around it, if any.
var placed = regexp.MustCompile(`["']?` + placeholder.String() + `["']?`)

// in puts a secret into the place of a placeholder, in its own quotes where the
// placeholder is a whole value and the secret holds the quotes it has: the same
// secret may stand elsewhere in others.
func (s secret) in(found, mark []byte) []byte {
	n := len(found)
	if s.quote != 0 && n == len(mark)+2 && found[0] == found[n-1] && s.holds(found[0]) {
		return slices.Concat([]byte{s.quote}, s.raw, []byte{s.quote})
	}
	at := bytes.Index(found, mark)
	return slices.Concat(found[:at], s.raw, found[at+len(mark):])
}

// holds says whether the secret, as it is written, would end at such a quote.
func (s secret) holds(quote byte) bool {
	for i := 0; i < len(s.raw); i++ {
		switch s.raw[i] {
		case '\\':
			i++
		case quote:
			return true
		}
	}
	return false
}

// placesOf tells the paths of placeholders that are a whole value, by their offset.
func (m masker) placesOf(d *json5.Document) map[int]string {
	places, text := map[int]string{}, d.Bytes()
	w := &finder{text: text}
	tree := d.Tree()
	w.value(&tree, place{}, nil)
	for at, path := range w.whole {
		if end := at + markSize; end <= len(text) && placeholder.Match(text[at:end]) {
			places[at] = path
		}
	}
	return places
}

func unknownMark(text []byte, at int, path string) error {
	where := fmt.Sprintf("Line %d", lineOf(text, at))
	if path != "" {
		where = path
	}
	return &backend.Error{
		Code: backend.CodeRefused, Message: where + " has a placeholder whose secret is no longer in the file.",
		Hint: "Load the config again, or write the secret in its place.",
	}
}

func lineOf(text []byte, at int) int { return 1 + bytes.Count(text[:at], []byte("\n")) }
