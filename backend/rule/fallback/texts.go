package fallback

import (
	"regexp"
	"strconv"
	"strings"
)

// kind is what an error text is about, closer to the wire than a cause: a
// refused connection may mean that the server was off or the app.
type kind string

// The kinds. The first are of replies, so the server was there; the rest of
// what happens without one.
const (
	saysContext    kind = "context"
	saysMemory     kind = "memory"
	saysCrashed    kind = "crashed"
	saysUnloaded   kind = "unloaded" // while it was answering
	saysNotLoaded  kind = "not_loaded"
	saysLoading    kind = "loading"
	saysLoadFailed kind = "load_failed"
	saysSeveral    kind = "several" // several are loaded, and the name fits none
	saysMissing    kind = "missing"
	saysAuth       kind = "auth"
	saysLimit      kind = "limit"
	saysBill       kind = "bill"
	saysBusy       kind = "overloaded"
	saysBroken     kind = "broken" // 5xx

	failedRefused   kind = "refused"
	failedTimeout   kind = "timeout"
	failedConnect   kind = "connect" // no connection in time
	failedCut       kind = "cut"
	failedName      kind = "name"
	failedRoute     kind = "route"
	failedTLS       kind = "tls"
	failedSomewhere kind = "connection" // an SDK's word for any of these
	saysNothing     kind = ""
)

// reply says whether only a server that was there can have said it.
func (k kind) reply() bool {
	switch k {
	case failedRefused, failedTimeout, failedConnect, failedCut, failedName, failedRoute, failedTLS, failedSomewhere, saysNothing:
		return false
	}
	return true
}

// phrases tell a text's kind; the first that fits wins, so the narrow ones come
// first. All are lower case. Sources: LM Studio 0.3 and 0.4 and its bug tracker,
// llama.cpp's server, OpenAI, Anthropic, OpenRouter, Node and undici; seen until
// November 2026.
var phrases = []struct {
	kind kind
	any  []string
}{
	{saysBill, []string{
		"insufficient_quota", "credit balance", "insufficient credits", "insufficient balance", "payment required", "billing",
		"more credits", "exceeded your current quota", "spending limit", "out of credits",
	}},
	{saysLimit, []string{
		"rate limit", "rate_limit", "rate-limit", "ratelimit", "too many requests", "tokens per min", "requests per min", "resource_exhausted",
		"resource exhausted", "quota exceeded", "usage limit", "limit reached for", "throttl",
	}},
	{saysBusy, []string{"overloaded", "at capacity", "server is busy", "engine_overloaded"}},
	{saysMemory, []string{
		"insufficient system resources", "insufficient resources", "insufficient memory", "out of memory", "outofmemory", "out-of-memory", "not enough memory",
		"cannot allocate memory", "failed to allocate", "unable to allocate", "model loading guardrails", "enomem",
		"not enough ram", "not enough vram", "memory allocation failed",
	}},
	{saysContext, []string{
		"n_keep", "n_ctx", "when context the overflows", "context length", "context_length_exceeded", "context size", "context window",
		"context overflow", "context_overflow", "exceed_context_size", "prompt is too long", "prompt too long", "prompt too large",
		"input is too long", "input too long", "maximum allowed input", "reduce the length of", "maximum prompt length", "greater than the context",
		"exceeds the context", "too many input tokens", "too large for the context",
	}},
	{saysCrashed, []string{
		"has crashed", "model crashed", "engine crashed", "worker crashed", "exit code:", "exited unexpectedly", "process exited",
		"sigabrt", "sigsegv", "sigkill", "segmentation fault", "engine process", "enginecore", "engine is dead", "process has died",
	}},
	{saysUnloaded, []string{"model unloaded", "model is unloaded", "model was unloaded", "modelunloaded", "has been unloaded"}},
	{saysSeveral, []string{"multiple models are loaded"}},
	{saysNotLoaded, []string{
		"no models loaded", "no models are loaded", "no model loaded", "no model is loaded", "no model is currently loaded", "model is not loaded", "model not loaded",
		"is not loaded", "not currently loaded", "isn't loaded", "please load a model",
	}},
	{saysLoadFailed, []string{"failed to load", "model_load_failed", "error loading model", "could not load model", "no lm runtime found", "model load failed"}},
	{saysLoading, []string{
		"model is loading", "model is currently loading", "loading model", "still loading", "is being loaded", "currently loading", "model loading in progress",
	}},
	{saysMissing, []string{
		"model_not_found", "model not found", "invalid model identifier", "unknown model", "not a valid model", "no endpoints found", "no such model",
		"no allowed providers", "invalid model", "model does not exist",
	}},
	{saysAuth, []string{
		"invalid_api_key", "invalid api key", "invalid x-api-key", "incorrect api key", "api key not valid", "no api key", "missing api key",
		"authentication", "unauthorized", "unauthenticated", "api token is required", "malformed lm studio api token", "permission denied", "permission_error",
		"forbidden", "no auth credentials", "user not found", "token has expired", "token expired", "expired token", "invalid token", "access denied",
	}},
	{failedName, []string{"enotfound", "eai_again", "getaddrinfo"}},
	{failedRefused, []string{"econnrefused", "connection refused"}},
	{failedRoute, []string{"ehostunreach", "enetunreach", "ehostdown", "enetdown", "no route to host", "network is unreachable", "host is down"}},
	{failedTLS, []string{"certificate", "self-signed", "self signed", "err_tls", "err_ssl", "ssl routines", "tls handshake", "unable_to_verify", "eproto"}},
	{failedConnect, []string{"und_err_connect_timeout", "connect timeout", "etimedout", "connection timed out", "esockettimedout"}},
	{failedCut, []string{
		"econnreset", "econnaborted", "epipe", "socket hang up", "other side closed", "und_err_socket", "premature close", "terminated", "connection closed",
		"connection reset", "stream closed", "unexpected end of",
	}},
	{failedTimeout, []string{
		"timed out", "timed-out", "timeout", "deadline exceeded", "deadline_exceeded", "no response within", "did not respond", "before a response was generated",
	}},
	{saysBroken, []string{
		"internal server error", "internal_server_error", "api_error", "server_error", "server error", "bad gateway", "service unavailable", "gateway time-out", "upstream", "internal error",
		"provider returned error", "service temporarily unavailable",
	}},
	{failedSomewhere, []string{"connection error", "fetch failed", "network error", "failed to fetch", "connect error"}},
}

// notFoundText is "model X not found", "the model `X` does not exist".
var notFoundText = regexp.MustCompile(`(?i)\bmodel\b.{0,160}?\b(not found|does not exist|not exist|is not available|not supported)|not_found_error.{0,80}\bmodel\b`)

// statusText is the status that a provider's SDK puts before its text: "400 …",
// "HTTP 400: …", "500: {…".
var statusText = regexp.MustCompile(`^(?:HTTP |status )?([45]\d\d)\b`)

// reading is what an error text says.
type reading struct {
	kind   kind
	text   string
	status int     // of the text, else of the attempt, 0 is not told
	need   int     // tokens the prompt takes
	have   int     // tokens there are
	gb     float64 // memory that was asked for
	claim  bool    // only OpenClaw's word, no text
}

// read says what a text is about. code is the system's or the provider's.
func read(text, code string) reading {
	r := reading{text: text}
	if m := statusText.FindStringSubmatch(text); m != nil {
		r.status, _ = strconv.Atoi(m[1])
	}
	r.kind = kindOf(strings.ToLower(text), strings.ToLower(code), r.status)
	switch r.kind {
	case saysContext:
		r.need, r.have = tokens(text)
	case saysMemory:
		if m := gigabytes.FindStringSubmatch(text); m != nil {
			r.gb, _ = strconv.ParseFloat(m[1], 64)
		}
	}
	return r
}

// coolsDown is OpenClaw's own sentence about a provider that it passes over. It
// names both causes that it may have ("auth/billing"), so it tells neither; the
// reason beside it does. Seen in OpenClaw 2026.9.
const coolsDown = "temporarily disabled after a provider"

func kindOf(text, code string, status int) kind {
	if strings.Contains(text, coolsDown) {
		return saysNothing
	}
	if status == 429 || status == 529 || status == 402 || status == 401 {
		if k := byStatus(status); !fits(text, saysBill) {
			return k
		}
	}
	told := phraseIn(code)
	if told != saysNothing && vague(text) {
		return told // an SDK's or OpenClaw's own words, which may say less or something else
	}
	if k := phraseIn(text); k != saysNothing {
		if k == failedSomewhere && told != saysNothing {
			return told // the code says which
		}
		return k
	}
	if told != saysNothing {
		return told
	}
	return byStatus(status)
}

func phraseIn(s string) kind {
	if s == "" {
		return saysNothing
	}
	for _, p := range phrases {
		for _, part := range p.any {
			if strings.Contains(s, part) {
				return p.kind
			}
		}
		if p.kind == saysLoading && notFoundText.MatchString(s) {
			return saysMissing
		}
	}
	return saysNothing
}

func fits(text string, k kind) bool {
	for _, p := range phrases {
		if p.kind == k {
			for _, part := range p.any {
				if strings.Contains(text, part) {
					return true
				}
			}
		}
	}
	return false
}

// byStatus is what a bare status means. 408 is none: OpenClaw makes it up.
func byStatus(status int) kind {
	switch {
	case status == 401 || status == 403:
		return saysAuth
	case status == 402:
		return saysBill
	case status == 429:
		return saysLimit
	case status == 529:
		return saysBusy
	case status == 413:
		return saysContext
	case status >= 500:
		return saysBroken
	}
	return saysNothing
}

var gigabytes = regexp.MustCompile(`(?i)(\d{1,6}(?:\.\d{1,3})?) ?Gi?B\b`)

// overflows are the texts that tell how many tokens were needed and how many
// there were; the groups are named.
var overflows = []*regexp.Regexp{
	regexp.MustCompile(`(?i)n_keep: *(?P<need>\d{1,9}).{0,12}n_ctx: *(?P<have>\d{1,9})`),
	regexp.MustCompile(`(?i)first (?P<need>\d{1,9}) tokens.{0,120}context length of only (?P<have>\d{1,9})`),
	regexp.MustCompile(`(?i)context length is (?P<have>[\d,]{1,12}) tokens.{0,80}?(?:requested|resulted in|contains?|has) (?:about )?(?P<need>[\d,]{1,12})`),
	regexp.MustCompile(`(?i)(?P<need>[\d,]{1,12}) tokens? *> *(?P<have>[\d,]{1,12})`),
	regexp.MustCompile(`(?i)\((?P<need>\d{1,9}) tokens\) exceeds .{0,40}\((?P<have>\d{1,9}) tokens\)`),
	regexp.MustCompile(`(?i)n_prompt_tokens"?[:= ]+(?P<need>\d{1,9}).{0,20}n_ctx"?[:= ]+(?P<have>\d{1,9})`),
	regexp.MustCompile(`(?i)context (?:size|length|window)[^\d]{0,24}(?P<have>[\d,]{3,12})`),
}

// tokens reads both counts, 0 for what is not told.
func tokens(text string) (need, have int) {
	for _, re := range overflows {
		m := re.FindStringSubmatch(text)
		if m == nil {
			continue
		}
		for i, name := range re.SubexpNames() {
			n, _ := strconv.Atoi(strings.ReplaceAll(m[i], ",", ""))
			switch name {
			case "need":
				need = n
			case "have":
				have = n
			}
		}
		return need, have
	}
	return 0, 0
}
