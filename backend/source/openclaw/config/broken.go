package config

import (
	"bytes"
	"slices"
	"unicode"
)

// guessed is how long a text without spaces must be to be taken for a secret in a
// document whose structure is broken.
const guessed = 20

// maskBroken takes the secrets out of a text that is no JSON5, so that its place of
// error can be shown and mended. What belongs to what is not sure in it, so it hides
// too much rather than too little.
//
// A text whose closing quote is missing is hidden to the end of its line, and with it
// perhaps what is no part of the secret: it cannot be put back.
func (m masker) maskBroken(text []byte) masked {
	b := &brokenText{text: text, whole: map[int]string{}}
	b.scan()
	out := m.cut(text, append(b.spans, byForm(text, 0, true)...), b.whole)
	clear(out.paths)
	for _, s := range b.loose {
		delete(out.secrets, m.mark(text[s.from:s.to]))
	}
	hidden := make(map[string]bool, len(b.guesses))
	for _, s := range b.guesses {
		hidden[m.mark(text[s.from:s.to])] = true
	}
	for mark, before := range leads(out.text, hidden) {
		if one, ok := out.secrets[mark]; ok {
			one.leads = before
			out.secrets[mark] = one
		}
	}
	return out
}

// leads are what stands before these placeholders on their lines, in one go over the
// text: one that is cut off in its middle may be one guess after another.
func leads(text []byte, marks map[string]bool) map[string][]string {
	found := map[string][]string{}
	for at := 0; len(marks) > 0; {
		n := bytes.Index(text[at:], []byte(markHead))
		if n < 0 {
			break
		}
		at += n
		if end := at + markSize; end <= len(text) && marks[string(text[at:end])] {
			mark := string(text[at:end])
			found[mark] = append(found[mark], lead(text, at))
		}
		at += len(markHead)
	}
	return found
}

// mostLead bounds what is told of the line before a placeholder, in bytes: a whole
// config may be one line.
const mostLead = 200

func lead(text []byte, at int) string {
	before := text[max(0, at-mostLead):at]
	return string(bytes.TrimSpace(before[bytes.LastIndexByte(before, '\n')+1:]))
}

// stands tells whether a placeholder of a guess is where it was in the broken text:
// what is there is as the person wrote it, be it a secret or not. A place without a
// name before it could be anywhere.
func (s secret) stands(text []byte, at int) bool {
	before := lead(text, at)
	return bytes.ContainsFunc([]byte(before), unicode.IsLetter) && slices.Contains(s.leads, before)
}

// brokenText goes over tokens and keeps what it can of the structure.
type brokenText struct {
	text    []byte
	spans   []span
	whole   map[int]string // the starts of spans that are all of a text in quotes
	guesses []span         // hidden for their looks alone
	loose   []span         // without an end of their own
	stack   []place        // of the open brackets
	at      place          // of the next value
	word    string         // the last text or bare word, which a colon makes a key
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
	ended := i < len(b.text) && b.text[i] == q
	if b.take(from, i) {
		b.whole[from] = ""
		if !ended {
			b.loose = append(b.loose, span{from, i})
		}
	}
	if !ended {
		b.at = b.top() // the value goes no further than its line
	}
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

// take notes a word, and tells whether it is hidden.
func (b *brokenText) take(from, to int) bool {
	inner := b.text[from:to]
	b.word = string(inner)
	named := b.at.secret && len(inner) > 0 && !variableOnly.Match(inner)
	if !named && !secretLike(inner) {
		return false
	}
	b.spans = append(b.spans, span{from, to})
	if !named {
		b.guesses = append(b.guesses, span{from, to})
	}
	return true
}

// secretLike tells whether a word looks made by a machine: long, with letters and
// digits and nothing that a path, a model's name or a sentence has.
func secretLike(word []byte) bool {
	if len(word) < guessed || bytes.ContainsAny(word, " /.:@") {
		return false
	}
	return bytes.ContainsAny(word, "0123456789") && bytes.ContainsAny(bytes.ToLower(word), "abcdefghijklmnopqrstuvwxyz")
}
