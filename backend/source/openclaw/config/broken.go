package config

import "bytes"

// guessed is how long a text without spaces must be to be taken for a secret in a
// document whose structure is broken.
const guessed = 20

// maskBroken takes the secrets out of a text that is no JSON5, so that its place of
// error can be shown. What belongs to what is not sure in it, so it hides too much
// rather than too little: nothing of it is ever written back.
func (m masker) maskBroken(text []byte) []byte {
	b := &brokenText{text: text}
	b.scan()
	return m.cut(text, append(b.spans, byForm(text, 0, true)...), nil).text
}

// brokenText goes over tokens and keeps what it can of the structure.
type brokenText struct {
	text  []byte
	spans []span
	stack []place // of the open brackets
	at    place   // of the next value
	word  string  // the last text or bare word, which a colon makes a key
}

func (b *brokenText) scan() {
	for i := 0; i < len(b.text); {
		switch c := b.text[i]; {
		case c == '/' && i+1 < len(b.text) && (b.text[i+1] == '/' || b.text[i+1] == '*'):
			i = b.comment(i)
		case c == '"' || c == '\'':
			i = b.quoted(i)
		case c == '{' || c == '[':
			b.stack = append(b.stack, b.at)
			i++
		case c == '}' || c == ']':
			if n := len(b.stack); n > 0 {
				b.stack = b.stack[:n-1]
			}
			b.at = b.top()
			i++
		case c == ':':
			b.at = b.top().below(b.word)
			i++
		case c == ',':
			b.at = b.top()
			i++
		case c <= ' ':
			i++
		default:
			i = b.bare(i)
		}
	}
}

func (b *brokenText) top() place {
	if n := len(b.stack); n > 0 {
		return b.stack[n-1]
	}
	return place{}
}

func (b *brokenText) comment(i int) int {
	end := bytes.IndexByte(b.text[i:], '\n')
	if b.text[i+1] == '*' {
		if end = bytes.Index(b.text[i:], []byte("*/")); end >= 0 {
			end++
		}
	}
	if end < 0 {
		return len(b.text)
	}
	return i + end + 1
}

// quoted reads a string up to its quote, or to the end of the line where the quote
// is missing.
func (b *brokenText) quoted(i int) int {
	from, q := i+1, b.text[i]
	for i = from; i < len(b.text) && b.text[i] != q && b.text[i] != '\n'; i++ {
		if b.text[i] == '\\' {
			i++
		}
	}
	i = min(i, len(b.text))
	b.take(from, i)
	return i + 1
}

func (b *brokenText) bare(i int) int {
	from := i
	for i < len(b.text) && b.text[i] > ' ' && bytes.IndexByte([]byte(`{}[]:,"'`), b.text[i]) < 0 {
		i++
	}
	b.take(from, i)
	return i
}

func (b *brokenText) take(from, to int) {
	inner := b.text[from:to]
	b.word = string(inner)
	if b.at.secret && len(inner) > 0 && !variableOnly.Match(inner) || secretLike(inner) {
		b.spans = append(b.spans, span{from, to})
	}
}

// secretLike tells whether a word looks made by a machine: long, with letters and
// digits and nothing that a path, a model's name or a sentence has.
func secretLike(word []byte) bool {
	if len(word) < guessed || bytes.ContainsAny(word, " /.:@") {
		return false
	}
	return bytes.ContainsAny(word, "0123456789") && bytes.ContainsAny(bytes.ToLower(word), "abcdefghijklmnopqrstuvwxyz")
}
