package doctor

import (
	"cmp"
	"fmt"
	"net/netip"
	"net/url"
	"regexp"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"

	"pilotlight/backend/late"
)

// Private is what a report that is sent to somebody must not tell, as far as it is
// known; what looks private is hidden too. Hide is the one place that does so.
type Private struct {
	Homes []string // folders of people
	Users []string // their names on this machine
	Hosts []string // names and addresses of machines
	Keep  []string // model ids and the like, which are kept whatever they look like
}

var (
	urls = late.Regexp(`(?i)\b[a-z][a-z0-9+.-]*://[^\s"'<>()\[\]]*(\[[0-9a-f:.%]+\][^\s"'<>()]*)?`)
	// secrets are what keys look like: those of providers begin with sk- and the
	// like, GitHub's with gh, and a header has the word before it.
	secrets  = late.Regexp(`(?i)\b(bearer\s+\S+|(sk|pk|rk|ghp|gho|ghs|xox[a-z])[-_][A-Za-z0-9_:.-]{12,}|AIza[A-Za-z0-9_-]{16,}|eyJ[A-Za-z0-9_-]{8,}\.[A-Za-z0-9_.-]+)`)
	homes    = late.Regexp(`(/(?:Users|home)/|\b[A-Za-z]:\\Users\\)[^/\\\s:'",;]+`)
	sessions = late.Regexp(`\bagent:[^\s,;'")]+`)
	uuids    = late.Regexp(`(?i)\b[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}\b`)
	phones   = late.Regexp(`\+[0-9][0-9 ()-]{6,}[0-9]`)
	mails    = late.Regexp(`[A-Za-z0-9._%+-]+@[A-Za-z0-9.-]+\.[A-Za-z]{2,}`)
	v4       = late.Regexp(`\b[0-9]{1,3}(\.[0-9]{1,3}){3}\b`)
	v6       = late.Regexp(`(?i)\b[0-9a-f]{0,4}(:[0-9a-f]{0,4}){2,7}(%[\w.-]+)?`)
	locals   = late.Regexp(`(?i)\b[a-z0-9-]+(\.[a-z0-9-]+)*\.(local|lan|home|internal|arpa|ts\.net)\b`)
)

// hider hides with the same name for the same machine in a whole report.
type hider struct {
	Private
	kept    *regexp.Regexp            // what is to be kept; nil for nothing
	alone   map[string]*regexp.Regexp // a name that stands by itself
	numbers map[string]int
}

// mostKept bounds the names that are kept.
const mostKept = 5000

func (p Private) hider() *hider {
	p.Keep = slices.DeleteFunc(slices.Clone(p.Keep), func(s string) bool {
		return s == "" || strings.HasPrefix(s, "/") || homes().MatchString(s) // a file's path tells who keeps it
	})
	longestFirst := func(a, b string) int { return cmp.Or(cmp.Compare(len(b), len(a)), cmp.Compare(a, b)) }
	p.Users = slices.DeleteFunc(slices.Clone(p.Users), func(s string) bool { return commonNames[strings.ToLower(s)] })
	p.Homes, p.Hosts, p.Users = slices.Clone(p.Homes), slices.Clone(p.Hosts), slices.Clone(p.Users)
	for _, list := range [][]string{p.Keep, p.Homes, p.Hosts, p.Users} {
		slices.SortStableFunc(list, longestFirst)
	}
	h := &hider{Private: p, alone: map[string]*regexp.Regexp{}, numbers: map[string]int{}}
	if p.Keep = slices.Compact(p.Keep); len(p.Keep) > 0 {
		quoted := make([]string, min(len(p.Keep), mostKept))
		for i := range quoted {
			quoted[i] = regexp.QuoteMeta(p.Keep[i])
		}
		h.kept = regexp.MustCompile(strings.Join(quoted, "|"))
	}
	return h
}

// commonNames are what users of machines are called that are nobody's own name, and
// words of every report.
var commonNames = map[string]bool{
	"openclaw": true, "pilotlight": true, "lmstudio": true, "ollama": true, "vllm": true, "litellm": true, "model": true,
	"models": true, "server": true, "agent": true, "user": true, "root": true, "home": true, "local": true, "localhost": true,
}

// Hide takes what is private out of a text: folders of people become ~, machines
// other than this one's loopback <host-1> and so on, people <user>, conversations
// <session>, and what looks like a key <key>.
func (p Private) Hide(text string) string { return p.hider().hide(text) }

func (h *hider) hide(text string) string {
	text = secrets().ReplaceAllString(text, "<key>")
	return around(text, urls().FindAllStringIndex(text, -1), h.url, func(rest string) string {
		return h.keeping(rest, h.plain)
	})
}

// around replaces what stands at these places by one function, and what lies
// between by another.
func around(text string, places [][]int, hit, rest func(string) string) string {
	var b strings.Builder
	from := 0
	for _, at := range places {
		b.WriteString(rest(text[from:at[0]]))
		b.WriteString(hit(text[at[0]:at[1]]))
		from = at[1]
	}
	b.WriteString(rest(text[from:]))
	return b.String()
}

// keeping leaves what is to be kept as it is where it stands by itself, and hides
// in the rest: the name of a model may be a part of anybody's name.
func (h *hider) keeping(text string, rest func(string) string) string {
	if h.kept == nil {
		return rest(text)
	}
	const before, after = "_./@:-", "_/@-"
	places := slices.DeleteFunc(h.kept.FindAllStringIndex(text, -1), func(at []int) bool {
		was, _ := utf8.DecodeLastRuneInString(text[:at[0]])
		next, _ := utf8.DecodeRuneInString(text[at[1]:])
		return at[0] > 0 && joins(was, before) || at[1] < len(text) && joins(next, after)
	})
	return around(text, places, func(s string) string { return s }, rest)
}

// joins says whether a character makes one word of what stands beside it.
func joins(r rune, marks string) bool {
	return unicode.IsLetter(r) || unicode.IsDigit(r) || strings.ContainsRune(marks, r)
}

// plain hides in a text without URLs.
func (h *hider) plain(s string) string {
	for _, home := range h.Homes {
		if len(home) > 1 {
			s = strings.ReplaceAll(s, home, "~")
		}
	}
	s = homes().ReplaceAllString(s, "~")
	s = mails().ReplaceAllString(s, "<address>")
	s = sessions().ReplaceAllString(s, "<session>")
	s = uuids().ReplaceAllString(s, "<id>")
	s = phones().ReplaceAllString(s, "<number>")
	s = v4().ReplaceAllStringFunc(s, h.address)
	s = v6().ReplaceAllStringFunc(s, h.address)
	s = locals().ReplaceAllStringFunc(s, h.host)
	for _, name := range h.Hosts {
		s = h.words(s, "(?i)", name, h.host)
	}
	for _, name := range h.Users {
		s = h.words(s, "", name, func(string) string { return "<user>" })
	}
	return s
}

// shortest is the length of a name below which it may be any word.
const shortest = 3

// words replaces a name where it stands by itself; flags are the expression's.
func (h *hider) words(s, flags, name string, by func(string) string) string {
	if len(name) < shortest {
		return s
	}
	re := h.alone[flags+name]
	if re == nil {
		re = regexp.MustCompile(flags + `(^|[^A-Za-z0-9_-])` + regexp.QuoteMeta(name) + `($|[^A-Za-z0-9_-])`)
		h.alone[flags+name] = re
	}
	for range 2 { // two that share the character between them are found in two rounds
		s = re.ReplaceAllStringFunc(s, func(m string) string {
			at := strings.Index(strings.ToLower(m), strings.ToLower(name))
			return m[:at] + by(m[at:at+len(name)]) + m[at+len(name):]
		})
	}
	return s
}

// url hides the machine of a URL, and drops what may hold a key.
func (h *hider) url(s string) string {
	tail := ""
	if end := strings.TrimRight(s, ".,;:!?"); end != s {
		s, tail = end, s[len(end):]
	}
	u, err := url.Parse(s)
	if err != nil || u.Host == "" {
		return "<address>" + tail
	}
	host := h.host(u.Hostname())
	if strings.Contains(u.Hostname(), ":") && !strings.HasPrefix(host, "<") {
		host = "[" + host + "]"
	}
	if port := u.Port(); port != "" {
		host += ":" + port
	}
	return u.Scheme + "://" + host + h.plain(u.Path) + tail
}

// address hides what is an address, and leaves what only looks like one.
func (h *hider) address(s string) string {
	if _, err := netip.ParseAddr(s); err != nil {
		return s
	}
	return h.host(s)
}

// host gives a machine a number; the loopback and an address that stands for all
// of them stay as they are.
func (h *hider) host(name string) string {
	name = strings.ToLower(strings.TrimSuffix(name, "."))
	if name == "localhost" || strings.HasSuffix(name, ".localhost") {
		return name
	}
	if a, err := netip.ParseAddr(name); err == nil && (a.IsLoopback() || a.IsUnspecified()) {
		return name
	}
	n, known := h.numbers[name]
	if !known {
		n = len(h.numbers) + 1
		h.numbers[name] = n
	}
	return fmt.Sprintf("<host-%d>", n)
}
