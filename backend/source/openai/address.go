package openai

import (
	"net/url"
	"regexp"
	"strings"

	"pilotlight/backend"
)

// address is where a server is.
type address struct {
	base   string   // scheme, host and the path that a gateway adds; no version, no trailing slash
	models []string // where its list of models may be, the likeliest first
	host   string   // without the port
	local  bool     // it can only be this machine
}

// versioned is the end of a baseUrl that holds the API's version: /v1, /v1beta,
// /v1beta/openai as Google's.
var versioned = regexp.MustCompile(`/v[0-9]+[a-z0-9]*(/openai)?$`)

// parseAddress reads OpenClaw's baseUrl, with or without /v1. ok is false for one
// that cannot be used: no http, no host, or with a password in it.
func parseAddress(baseURL string) (a address, ok bool) {
	u, err := url.Parse(strings.TrimSpace(baseURL))
	if err != nil || u.Hostname() == "" || u.User != nil || u.Scheme != "http" && u.Scheme != "https" {
		return address{}, false
	}
	a.host, a.local = u.Hostname(), backend.Loopback(u.Hostname())
	// A query belongs to no base URL, and may hold a key.
	full := u.Scheme + "://" + u.Host + strings.TrimRight(u.EscapedPath(), "/")
	if cut, isV1 := strings.CutSuffix(full, "/v1"); isV1 {
		a.base, a.models = strings.TrimRight(cut, "/"), []string{full + "/models"}
		return a, true
	}
	a.base, a.models = full, []string{full + "/v1/models", full + "/models"}
	if versioned.MatchString(u.EscapedPath()) {
		a.models = []string{full + "/models"}
	}
	return a, true
}

// regions are hosts that tell where they answer from. Azure's *.openai.azure.com
// does not: what stands there is the name that the customer gave.
var regions = []*regexp.Regexp{
	regexp.MustCompile(`^bedrock(?:-runtime|-mantle)?(?:-fips)?\.([a-z]{2}(?:-[a-z]+)+-[0-9])\.(?:amazonaws\.com|api\.aws|amazonaws\.com\.cn)$`),
	regexp.MustCompile(`^([a-z]+(?:-[a-z]+)+[0-9]+)-aiplatform\.googleapis\.com$`),
	regexp.MustCompile(`^aiplatform\.([a-z]{2})\.rep\.googleapis\.com$`),
	regexp.MustCompile(`^([a-z0-9]+)\.api\.cognitive\.microsoft\.com$`),
	regexp.MustCompile(`^[^.]+\.([a-z0-9]+)\.(?:models\.ai|inference\.ml)\.azure\.com$`),
	regexp.MustCompile(`^([a-z]{2}(?:-[a-z]+-[0-9])?)\.(?:api\.openai\.com|openrouter\.ai|api\.x\.ai)$`),
}

// regionOf is what a host tells of where it answers from, "" for nothing.
func regionOf(host string) string {
	host = strings.ToLower(strings.TrimSuffix(host, "."))
	for _, r := range regions {
		if m := r.FindStringSubmatch(host); m != nil {
			return m[1]
		}
	}
	return ""
}
