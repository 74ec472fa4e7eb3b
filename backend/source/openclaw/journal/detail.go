package journal

import (
	"strings"
	"unicode"
	"unicode/utf8"

	"pilotlight/backend"
	"pilotlight/backend/wire"
)

// detailSource is how much of an error text is looked at: more than is kept,
// since secrets shrink.
const detailSource = 4096

// hidden stands where a secret stood.
const hidden = "***"

// detail makes an error text fit to be kept: one line, no secrets, at most
// backend.MaxDetail bytes. Hiding a secret wrongly costs a reader a word, showing
// one costs its owner more, so what looks like a secret is one.
func detail(s string) string {
	s = oneLine(wire.Cut(s, detailSource))
	return strings.TrimSpace(wire.Cut(conceal(s), backend.MaxDetail))
}

// oneLine puts a text on one line: escape sequences of terminals go, control
// characters and runs of blanks become one blank.
func oneLine(s string) string {
	plain := true
	for i := 0; i < len(s); i++ {
		if c := s[i]; c < ' ' || c >= 0x7f || c == ' ' && i+1 < len(s) && s[i+1] == ' ' {
			plain = false
			break
		}
	}
	if plain {
		return strings.TrimSpace(s)
	}
	var b strings.Builder
	blank := true // no blank at the beginning
	for i := 0; i < len(s); {
		r, n := utf8.DecodeRuneInString(s[i:])
		if r == '\x1b' {
			i += escapeLength(s[i:])
			continue
		}
		i += n
		if unicode.IsControl(r) || unicode.IsSpace(r) || unicode.Is(unicode.Cf, r) {
			r = ' '
		}
		if r == ' ' && blank {
			continue
		}
		blank = r == ' '
		b.WriteRune(r)
	}
	return strings.TrimSpace(b.String())
}

// escapeLength is the length of the terminal's escape sequence that s begins with.
func escapeLength(s string) int {
	if len(s) < 2 || s[1] != '[' {
		return 1
	}
	for i := 2; i < len(s); i++ {
		if s[i] >= '@' && s[i] <= '~' {
			return i + 1
		}
	}
	return len(s)
}

// conceal hides what looks like a secret, word by word.
func conceal(s string) string {
	var b strings.Builder
	previous, told := "", false
	for len(s) > 0 {
		n := strings.IndexFunc(s, notDelimiter)
		if n < 0 {
			n = len(s)
		}
		b.WriteString(s[:n])
		s = s[n:]
		if n = strings.IndexFunc(s, delimiter); n < 0 {
			n = len(s)
		}
		if n == 0 {
			continue
		}
		word := s[:n]
		b.WriteString(concealWord(word, previous, told))
		assigns := strings.HasSuffix(word, ":") || strings.HasSuffix(word, "=")
		if filler(word) {
			told = told || assigns || word == "is"
		} else {
			previous, told = word, assigns
		}
		s = s[n:]
	}
	return b.String()
}

func delimiter(r rune) bool    { return strings.ContainsRune(" \"'`,;(){}<>[]|", r) }
func notDelimiter(r rune) bool { return !delimiter(r) }

// filler are words that may stand between a secret's name and the secret:
// "API key provided: …", "token = …".
func filler(word string) bool {
	switch strings.ToLower(strings.Trim(word, ":=")) {
	case "", "is", "was", "provided", "value":
		return true
	}
	return false
}

// concealWord hides word, or the part of it that is a secret. The word before it
// tells whether it is the value of something secret, if told: by a colon, "=" or
// "is" between them.
func concealWord(word, previous string, told bool) string {
	if !told && plain(word) && (len(previous) < len("basic") || plain(previous) && !signsIn(previous)) {
		return word
	}
	if protocol, rest, ok := strings.Cut(word, "://"); ok {
		return concealURL(protocol, rest)
	}
	bare := strings.Trim(word, ".:=")
	if s := strings.Trim(previous, ":="); scheme(s, "bearer") || scheme(s, "basic") && len(bare) >= 12 {
		return hidden
	}
	if i := strings.IndexAny(word, "=:"); i > 0 && secretName(word[:i]) {
		value := strings.Trim(word[i:], "=:")
		if value == "" || scheme(value, "bearer") || scheme(value, "basic") {
			return word
		}
		return word[:i+1] + hidden
	}
	if told && bare != "" && secretName(strings.Trim(previous, ":=")) {
		return hidden
	}
	if looksSecret(bare) {
		return hidden
	}
	if name, value, ok := strings.Cut(word, "="); ok && looksSecret(value) {
		return name + "=" + hidden
	}
	return word
}

// plain says whether a word is one of a language's: letters only, and not many.
func plain(word string) bool {
	if len(word) > 20 {
		return false
	}
	for i := 0; i < len(word); i++ {
		if c := word[i] | 0x20; (c < 'a' || c > 'z') && word[i] != '.' {
			return false
		}
	}
	return true
}

func signsIn(word string) bool { return scheme(word, "bearer") || scheme(word, "basic") }

// scheme says whether a word is, or ends with, the name of a way to sign in:
// "Bearer", "authorization=Bearer".
func scheme(word, name string) bool {
	n := len(word) - len(name)
	return n >= 0 && strings.EqualFold(word[n:], name) && (n == 0 || word[n-1] == '=' || word[n-1] == ':')
}

// concealURL drops what can carry a secret in a URL: who signs in, the query and
// the fragment.
func concealURL(protocol, rest string) string {
	end := strings.IndexAny(rest, "/?#")
	if end < 0 {
		end = len(rest)
	}
	if at := strings.LastIndexByte(rest[:end], '@'); at >= 0 {
		rest = hidden + rest[at:]
	}
	if i := strings.IndexAny(rest, "?#"); i >= 0 {
		rest = rest[:i+1] + hidden
	}
	return protocol + "://" + rest
}

// secretName says whether a value of this name is a secret. "tokens" is not:
// errors count them.
func secretName(name string) bool {
	name = strings.ToLower(name)
	for _, end := range []string{"key", "token", "secret", "password", "passwd", "authorization", "cookie", "credential", "signature"} {
		if before, ok := strings.CutSuffix(name, end); ok {
			return end != "key" || before == "" || strings.HasSuffix(before, "api") || strings.ContainsAny(before[len(before)-1:], "_-") ||
				strings.HasSuffix(before, "access") || strings.HasSuffix(before, "secret") || strings.HasSuffix(before, "private")
		}
	}
	return false
}

// keyPrefixes are how providers' keys begin.
var keyPrefixes = []string{"sk-", "sk_", "pk-", "pk_", "rk_", "xai-", "gsk_", "hf_", "ghp_", "gho_", "ghs_", "github_pat_", "glpat-", "xoxb-", "xoxp-", "xapp-", "AIza", "ya29.", "AKIA", "eyJ"}

// looksSecret tells a key from a word: by how keys begin, or by a long run of
// mixed letters and digits, as no model's name has one between its dashes.
func looksSecret(word string) bool {
	for _, p := range keyPrefixes {
		if strings.HasPrefix(word, p) && len(word) >= len(p)+6 {
			return true
		}
	}
	if len(word) < 24 {
		return false
	}
	for _, piece := range strings.FieldsFunc(word, func(r rune) bool { return strings.ContainsRune("-_./:@=%", r) }) {
		var upper, lower, digit int
		for _, r := range piece {
			switch {
			case r >= '0' && r <= '9':
				digit++
			case r >= 'a' && r <= 'z':
				lower++
			case r >= 'A' && r <= 'Z':
				upper++
			}
		}
		n, mixed := len(piece), digit > 0 && upper+lower > 0
		if n >= 32 && (mixed || digit == n) || n >= 20 && mixed && upper > 0 && lower > 0 {
			return true
		}
	}
	return false
}
