package config

import (
	"regexp"
	"slices"
	"strings"

	"pilotlight/backend/late"
)

// secretEnds are how the names of keys end that hold secrets, in lower case and
// without - and _.
var secretEnds = []string{
	"apikey", "token", "password", "passwd", "passphrase", "secret", "secretkey", "privatekey", "signingkey",
	"encryptionkey", "encryptkey", "accesskey", "hmackey", "credential", "credentials", "authorization", "cookie", "bearer",
}

// secretNames are names that mean a secret only when nothing stands before them.
var secretNames = map[string]bool{
	"key": true, "pass": true, "pwd": true, "tokens": true, "secrets": true, "apikeys": true, "passwords": true, "webhookurl": true,
}

// plainName is a key without what people write differently.
var plainName = strings.NewReplacer("-", "", "_", "", " ", "", ".", "")

func secretName(key string) bool {
	k := strings.ToLower(plainName.Replace(key))
	if secretNames[k] {
		return true
	}
	for _, end := range secretEnds {
		if strings.HasSuffix(k, end) {
			return true
		}
	}
	return false
}

// place is where a value stands, as far as secrets go. Indexes do not count. It has
// a fixed size, since a broken text may be nested without end.
type place struct {
	depth        int    // how many keys lead to it
	root         string // the first of them
	parent, last string // the last two
	secret       bool   // a key on the way says that all below is secret
}

// below is the place of the value of a key.
func (p place) below(key string) place {
	at := place{depth: p.depth + 1, root: p.root, parent: p.last, last: key, secret: p.secret || secretName(key)}
	if p.depth == 0 {
		at.root = key
	}
	switch {
	case p.last == "headers", p.last == "env", p.last == "vars" && p.parent == "env":
		at.secret = true // names there are anybody's
	case p.last == "auth" && key == "value":
		at.secret = true
	case p.last == "auth" && p.depth == 2 && p.root == "gateway" && key != "mode":
		at.secret = true
	}
	return at
}

// plain is the same place where nothing on the way is a secret.
func (p place) plain() place {
	p.secret = false
	return p
}

// isReference tells whether an object's keys say where a secret is found instead of
// holding it.
func isReference(keys []string) bool {
	has := map[string]bool{}
	for _, k := range keys {
		switch k {
		case "source", "provider", "id":
			has[k] = true
		default:
			return false
		}
	}
	return has["source"] && has["id"]
}

// variableOnly is a text that is nothing but a reference to a variable.
var variableOnly = regexp.MustCompile(`^\s*\$\{[A-Z_][A-Z0-9_]*\}\s*$`)

// form is how a secret looks wherever it stands. Where none of its words is in a
// text, the expression need not be tried: it is slow and most texts are innocent.
type form struct {
	words []string // in lower case
	least int      // of bytes
	re    func() *regexp.Regexp
}

// inValues finds secrets by their form: the user part of a URL, a key in its query,
// and the keys of well-known services. The first group that matched is the secret.
var inValues = []form{
	{[]string{"://"}, 8, late.Regexp(`://([^/?#@\s"'\\]+)@`)},
	{[]string{"="}, 8, late.Regexp(`(?i)[?&](?:key|api_?key|token|access_token|auth|sig|signature|secret|password)=([^&#\s"'\\]+)`)},
	{[]string{"bearer", "basic"}, 12, late.Regexp(`(?i)\b(?:bearer|basic)\s+([A-Za-z0-9._~+/=-]{8,})`)},
	{[]string{"sk-", "rk-", "pk-"}, 15, late.Regexp(`\b((?:sk|rk|pk)-[A-Za-z0-9_-]{12,})`)},
	{[]string{"ghp_", "gho_", "ghu_", "ghs_", "ghr_", "github_pat_"}, 20, late.Regexp(`\b(gh[pousr]_[A-Za-z0-9]{16,}|github_pat_[A-Za-z0-9_]{16,})`)},
	{[]string{"xox", "xapp-"}, 15, late.Regexp(`\b((?:xox[a-z]|xapp)-[A-Za-z0-9-]{10,})`)},
	{[]string{"hf_", "gsk_", "pplx-", "glpat-", "nvapi-", "aiza"}, 19, late.Regexp(`\b((?:hf|gsk|pplx|glpat)[_-][A-Za-z0-9_-]{16,}|nvapi-[A-Za-z0-9_-]{16,}|AIza[A-Za-z0-9_-]{20,})`)},
	{[]string{":"}, 39, late.Regexp(`\b([0-9]{8,12}:[A-Za-z0-9_-]{30,})`)},
	{[]string{"eyj"}, 25, late.Regexp(`\b(eyJ[A-Za-z0-9_-]{10,}\.[A-Za-z0-9_-]{10,}\.[A-Za-z0-9_-]+)`)},
}

// inComments finds what a comment says a key was. A person who tries another key
// often leaves the old one behind.
var inComments = form{[]string{"key", "token", "secret", "pass", "authorization"}, 8, late.Regexp(`(?i)(?:api[_-]?key|token|secret|password|passphrase|authorization)["']?\s*[:=]\s*` +
	`(?:"([^"\r\n]+)"|'([^'\r\n]+)'|([^\s"',}]{8,}))`)}

// span is a part of a text, in bytes.
type span struct{ from, to int }

// byForm finds the secrets in a piece of text that starts at an offset.
func byForm(text []byte, at int, comment bool) (found []span) {
	if len(text) < 8 {
		return nil
	}
	all, low := inValues, strings.ToLower(string(text))
	if comment {
		all = append(all[:len(all):len(all)], inComments)
	}
	for _, f := range all {
		if len(text) < f.least || !slices.ContainsFunc(f.words, func(w string) bool { return strings.Contains(low, w) }) {
			continue
		}
		for _, m := range f.re().FindAllSubmatchIndex(text, -1) {
			for g := 2; g+1 < len(m); g += 2 {
				if m[g] >= 0 && !variableOnly.Match(text[m[g]:m[g+1]]) {
					found = append(found, span{at + m[g], at + m[g+1]})
				}
			}
		}
	}
	return found
}
