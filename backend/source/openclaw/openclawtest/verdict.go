package openclawtest

import (
	"fmt"
	"strings"
)

// verdict is what OpenClaw makes of a failed request.
type verdict struct {
	raw     string // the SDK's text
	shown   string // what it tells the person
	reason  any    // its word for it; nil when it has none
	status  int    // that it logs, which may be of its own making; 0 = none
	profile any    // what it holds against the provider's account; nil for nothing
	kind    string // 2026.9's providerRuntimeFailureKind
	tries   int    // how often the request is made at most
	falls   bool   // the next model gets its turn
	surface bool   // 2026.9 first decides to show the error, and falls back all the same
	details []field
}

// judge is how the version reads a failure.
func (e era) judge(w wire, c candidate) verdict {
	var v verdict
	switch e {
	case era9:
		v = judge9(w, c)
	case era3:
		v = judge3(w, c)
	default:
		v = judge2(w, c)
	}
	v.raw = w.raw(c, e)
	if v.shown == "" {
		v.shown = v.raw
	}
	if c.hosted() && w.status != 0 && w.kind != "" {
		v.details = []field{{"httpCode", fmt.Sprint(w.status)}, {"providerErrorType", w.kind}, {"providerErrorMessagePreview", w.message}}
	}
	return v
}

// judge9: recorded for refused, 404, 400 of a failed load, 500 and 401; assumed
// for the texts of 429, crash and time-out, whose reasons are known.
func judge9(w wire, c candidate) verdict {
	failed := func(what, advice string) string {
		return fmt.Sprintf("⚠️ %s request failed (%s, HTTP %d). %s", c.ref(), what, w.status, advice)
	}
	switch {
	case w.cause != "":
		shown := "LLM request failed: connection refused by the provider endpoint."
		if w.cause != "ECONNREFUSED" {
			shown = "LLM request failed: network connection error." // assumed
		}
		return verdict{shown: shown, reason: "timeout", status: 408, profile: "timeout", kind: "timeout", tries: 9, falls: true}
	case w.timeout != "":
		return verdict{shown: "LLM request timed out.", reason: "timeout", status: 408, profile: "timeout", kind: "timeout", tries: 9, falls: true}
	case w.stream != "":
		return verdict{reason: "unknown", kind: "unknown", tries: 4, falls: true}
	case w.status == 404:
		return verdict{shown: "The selected model was not found by the provider. Check the model id or choose a different model.",
			reason: "model_not_found", status: 404, profile: "model_not_found", kind: "model_not_found", tries: 1, falls: true}
	case w.status == 401, w.status == 403:
		return verdict{shown: failed("authentication failed", "Re-authenticate the provider and try again."),
			reason: "auth", status: w.status, profile: "auth", kind: "unclassified", tries: 1, falls: true}
	case w.status == 429:
		return verdict{shown: failed("rate limited", "Please try again later."),
			reason: "rate_limit", status: 429, profile: "rate_limit", kind: "rate_limit", tries: 10, falls: true}
	case w.status >= 500:
		return verdict{shown: failed("provider internal error", "This is usually temporary — try again shortly."),
			reason: "server_error", status: w.status, kind: "timeout", tries: 9, falls: true}
	}
	return verdict{shown: "LLM request failed: provider rejected the request schema or tool payload.",
		reason: "format", status: w.status, kind: "schema", tries: 1, falls: true, surface: true}
}

// judge3: recorded for 429, 500, 404 and the failed load; the refused
// connection and 401 follow its run matrix.
func judge3(w wire, c candidate) verdict {
	switch {
	case w.timeout != "":
		return verdict{shown: "LLM request timed out.", reason: "timeout", status: 408, profile: "timeout", tries: 1, falls: true}
	case w.cause != "":
		return verdict{shown: "LLM request timed out.", reason: "timeout", status: 408, tries: 4, falls: true}
	case w.stream != "":
		return verdict{tries: 1}
	case w.status == 429:
		return verdict{shown: "⚠️ API rate limit reached. Please try again later.", reason: "rate_limit", status: 429, profile: "rate_limit", tries: 4, falls: true}
	case w.status >= 500:
		return verdict{shown: httpText(w), reason: "timeout", status: 408, tries: 4, falls: true}
	case w.status == 401, w.status == 403:
		return verdict{shown: httpText(w), reason: "auth", status: w.status, profile: "auth", tries: 1, falls: true}
	case w.status == 404 && strings.HasPrefix(w.message, "Model "):
		return verdict{shown: httpText(w), reason: "model_not_found", status: 404, profile: "model_not_found", tries: 1, falls: true}
	case w.status == 404:
		return verdict{tries: 1} // "No models loaded" is told as it came
	case w.bare && strings.Contains(w.message, "context"):
		return verdict{shown: "Context overflow: prompt too large for the model. Try /reset (or /new) to start a fresh session, or use a larger-context model.", tries: 1}
	}
	return verdict{shown: httpText(w), tries: 1}
}

// judge2: what does not fall back is sent to the person as the answer.
func judge2(w wire, c candidate) verdict {
	switch {
	case w.timeout != "":
		return verdict{shown: "LLM request timed out.", tries: 1, falls: true}
	case w.cause != "":
		return verdict{tries: 4}
	case w.stream != "":
		return verdict{tries: 1}
	case w.status == 429:
		return verdict{shown: httpText(w), tries: 4, falls: true}
	case w.status == 401, w.status == 403:
		return verdict{shown: httpText(w), tries: 1, falls: true}
	case w.status >= 500:
		return verdict{shown: httpText(w), tries: 4}
	}
	return verdict{shown: httpText(w), tries: 1}
}

// httpText is how 2026.2 and 2026.3 tell an HTTP error to a person.
func httpText(w wire) string {
	if w.kind != "" && w.kind != "invalid_request_error" {
		return fmt.Sprintf("HTTP %d %s: %s", w.status, w.kind, w.message)
	}
	return fmt.Sprintf("HTTP %d: %s", w.status, w.message)
}
