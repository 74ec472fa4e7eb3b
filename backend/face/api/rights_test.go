package api_test

import (
	"bufio"
	"context"
	"encoding/json"
	"net/http"
	"strings"
	"testing"

	"pilotlight/backend"
	"pilotlight/backend/face/api"
)

const (
	readToken = "only-looking-with-this-one"
	reader    = "Authorization: Bearer " + readToken
)

func withReader(c *api.Config) { c.ReadToken = readToken }

// closed are the routes that look and are still not for the read-only token.
var closed = map[string]string{
	"/api/config":                "OpenClaw's config",
	"/api/config/revisions":      "OpenClaw's config",
	"/api/config/revisions/{id}": "OpenClaw's config",
	"/api/recipes":               "edits of OpenClaw's config",
	"/api/settings":              "a person's choices",
	"/api/login":                 "a person's choices",
	"/api/doctor":                "parts of OpenClaw's config, and it asks servers",
	"/api/doctor/report":         "it asks servers",
	"/api/peers":                 "other machines' addresses are not this machine's state",
	"/api/peers/{id}/models":     "asks another machine with our token",
}

// TestEveryRouteIsOpenOrClosedToReaders makes whoever adds a route decide.
func TestEveryRouteIsOpenOrClosedToReaders(t *testing.T) {
	var doc openAPI
	if err := json.Unmarshal(api.OpenAPI(), &doc); err != nil {
		t.Fatal(err)
	}
	r := start(t, keeper(), withReader)
	for path, methods := range doc.Paths {
		concrete := strings.ReplaceAll(path, "{id}", "7")
		for method := range methods {
			method = strings.ToUpper(method)
			body := ""
			if method != http.MethodGet {
				body = "{}"
			}
			if method == http.MethodGet && closed[path] == "" {
				continue // whether it is open is checked below
			}
			p := wantProblem(t, r.do(t, method, concrete, body, reader, asJSON), 403, backend.CodeForbidden)
			if !strings.Contains(p.Detail, "may only look") {
				t.Errorf("%s %s: %s", method, path, p.Detail)
			}
		}
		if _, get := methods["get"]; get && closed[path] == "" && !api.MayRead(r.Server, concrete) {
			t.Errorf("GET %s is closed to the read-only token: name it in readable, or here in closed with the reason", path)
		}
	}
}

func TestReaderLooksAndChangesNothing(t *testing.T) {
	touched := false
	agent := keeper()
	agent.release = func(context.Context) (backend.Keep, error) { touched = true; return backend.Keep{}, nil }
	r := start(t, agent, withReader)
	for _, path := range []string{"/api/status", "/api/keep", "/api/models", "/metrics", "/openapi.json", "/healthz"} {
		if got := r.do(t, "GET", path, "", reader); got.StatusCode != 200 {
			t.Errorf("GET %s: %d %s", path, got.StatusCode, got.body)
		}
	}
	for _, path := range []string{
		"/", "/index.html", "/open", "/api/nothing", "/api/config", "/api/config/", "//api/config", "/api/keep/../config",
		"/api/fallbacks/..%2fconfig", "/api/fallbacks/%2e%2e/config", "/api/status/../config", "/api/CONFIG",
	} {
		got := r.do(t, "GET", path, "", reader)
		redirect := got.StatusCode >= 300 && got.StatusCode < 400
		if got.StatusCode != 403 && !redirect && got.StatusCode != 422 {
			t.Errorf("GET %s: %d %s", path, got.StatusCode, got.body)
		}
	}
	wantProblem(t, r.do(t, "DELETE", "/api/keep", "", reader), 403, backend.CodeForbidden)
	// With a session beside it, it is still no more than a read-only token.
	wantProblem(t, r.do(t, "DELETE", "/api/keep", "", reader, "Cookie: "+signIn(t, r), "Origin: http://"+r.addr), 403, backend.CodeForbidden)
	if touched {
		t.Error("the keep was released")
	}
}

func TestRights(t *testing.T) {
	r := start(t, &fakeAgent{}, withReader)
	for name, c := range map[string]struct {
		header string
		want   backend.Rights
	}{
		"token": {bearer, backend.RightsFull}, "session": {"Cookie: " + signIn(t, r), backend.RightsFull}, "read-only token": {reader, backend.RightsRead},
	} {
		if got := wantJSON[api.Granted](t, r.do(t, "GET", "/api/rights", "", c.header)); got.Rights != c.want {
			t.Errorf("%s: %q", name, got.Rights)
		}
	}
	if got := wantJSON[api.Granted](t, r.overSocket(t, "GET", "/api/rights", "")); got.Rights != backend.RightsFull {
		t.Errorf("socket: %q", got.Rights)
	}
	wantProblem(t, r.do(t, "GET", "/api/rights", ""), 401, backend.CodeUnauthorized)
	none := start(t, &fakeAgent{})
	wantProblem(t, none.do(t, "GET", "/api/status", "", "Authorization: Bearer "), 401, backend.CodeUnauthorized)
}

// TestTokenComesByAnyAddress: another machine knows this one by an address that
// we cannot know. A page that only a name leads here has no token.
func TestTokenComesByAnyAddress(t *testing.T) {
	r := start(t, keeper(), withReader)
	for _, host := range []string{"192.168.1.20:7456", "studio.local:7456", "127.0.0.1:7457", "[fd00::1]:7456"} {
		for _, token := range []string{bearer, reader} {
			if got := r.do(t, "GET", "/api/status", "", token, "Host: "+host); got.StatusCode != 200 {
				t.Errorf("Host %s: %d %s", host, got.StatusCode, got.body)
			}
		}
		if got := r.do(t, "PUT", "/api/keep", `{"model":"m"}`, bearer, asJSON, "Host: "+host); got.StatusCode != 200 {
			t.Errorf("Host %s, acting: %d %s", host, got.StatusCode, got.body)
		}
		for _, h := range []string{"Accept: */*", "Authorization: Bearer wrong", "Cookie: " + signIn(t, r)} {
			wantProblem(t, r.do(t, "GET", "/api/status", "", h, "Host: "+host), 403, backend.CodeForbidden)
		}
	}
	// Nor does the token make another site's page welcome.
	wantProblem(t, r.do(t, "GET", "/api/status", "", bearer, "Host: evil.example", "Origin: http://other.example"), 403, backend.CodeForbidden)
	wantProblem(t, r.do(t, "GET", "/api/status", "", bearer, "Sec-Fetch-Site: cross-site"), 403, backend.CodeForbidden)
}

func TestReaderIsNotToldOfOtherMachines(t *testing.T) {
	st := &backend.Status{Version: "v", Peers: []backend.Peer{{ID: "x", Name: "studio", URL: "http://10.0.0.9:7456"}}}
	r := start(t, &fakeAgent{status: func() *backend.Status { return st }}, withReader)
	for range 2 { // the second is from the caches
		if got := r.do(t, "GET", "/api/status", "", reader); got.StatusCode != 200 || strings.Contains(got.body, "10.0.0.9") {
			t.Errorf("status %d %s", got.StatusCode, got.body)
		}
		if got := wantJSON[backend.Status](t, r.do(t, "GET", "/api/status", "", bearer)); len(got.Peers) != 1 {
			t.Errorf("peers = %+v", got.Peers)
		}
	}
}

func TestReaderIsNotToldWhatTheConfigBecame(t *testing.T) {
	news := make(chan backend.Event, 2)
	news <- backend.Event{ID: 1, Kind: backend.EventConfig, Data: backend.ConfigNews{Path: "/home/me/openclaw.json", Revision: &backend.Revision{Diff: "+private"}}}
	news <- backend.Event{ID: 2, Kind: backend.EventNotice, Data: backend.Notice{ID: "n", Text: "last"}}
	close(news)
	r := start(t, &fakeAgent{subscribe: func(uint64) *api.Subscription {
		return &api.Subscription{Events: news, Close: func() {}}
	}}, withReader)
	got := r.do(t, "GET", "/api/events", "", reader)
	sc := bufio.NewScanner(strings.NewReader(got.body))
	var kinds []string
	for sc.Scan() {
		if kind, ok := strings.CutPrefix(sc.Text(), "event: "); ok {
			kinds = append(kinds, kind)
		}
	}
	if strings.Join(kinds, " ") != "state notice" || strings.Contains(got.body, "private") {
		t.Errorf("events %v in %s", kinds, got.body)
	}
}
