package peer

import (
	"pilotlight/backend/wire"
	"reflect"
	"strings"
	"unicode"
	"unicode/utf8"
)

// textCap bounds every text that is kept of an answer, in bytes.
const textCap = 512

// cleaner makes what a peer says fit to be kept and shown.
type cleaner struct{ secret string }

// text is s without control and direction characters and without the token,
// should the peer repeat it, cut at a rune.
func (c cleaner) text(s string) string {
	if c.secret != "" && strings.Contains(s, c.secret) {
		s = strings.ReplaceAll(s, c.secret, "…")
	}
	s = wire.Cut(s, textCap)
	if strings.IndexFunc(s, unseen) < 0 && utf8.ValidString(s) {
		return s
	}
	return strings.Map(func(r rune) rune {
		if unseen(r) {
			return ' '
		}
		return r
	}, strings.ToValidUTF8(s, "\uFFFD"))
}

// unseen are the characters that could make a text look like another one.
func unseen(r rune) bool { return unicode.IsControl(r) || unicode.Is(unicode.Bidi_Control, r) }

// all cleans every text that v, a pointer, leads to.
func (c cleaner) all(v any) { c.value(reflect.ValueOf(v)) }

func (c cleaner) value(v reflect.Value) {
	switch v.Kind() {
	case reflect.Pointer, reflect.Interface:
		if !v.IsNil() {
			c.value(v.Elem())
		}
	case reflect.String:
		if v.CanSet() {
			v.SetString(c.text(v.String()))
		}
	case reflect.Slice, reflect.Array:
		for i := range v.Len() {
			c.value(v.Index(i))
		}
	case reflect.Struct:
		for i := range v.NumField() {
			if v.Type().Field(i).IsExported() {
				c.value(v.Field(i))
			}
		}
	}
}
