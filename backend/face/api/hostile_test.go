package api_test

import (
	"bufio"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"pilotlight/backend"
	"pilotlight/backend/face/api"
)

// raw sends a request line as it is, which a client would clean first, signed in.
func raw(t *testing.T, r *rig, target string) reply {
	t.Helper()
	conn, err := net.Dial("tcp", r.addr)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = conn.Close() }()
	if _, err := fmt.Fprintf(conn, "GET %s HTTP/1.1\r\nHost: %s\r\n%s\r\nConnection: close\r\n\r\n", target, r.addr, bearer); err != nil {
		t.Fatal(err)
	}
	res, err := http.ReadResponse(bufio.NewReader(conn), nil)
	if err != nil {
		t.Fatalf("%q: %v", target, err)
	}
	defer func() { _ = res.Body.Close() }()
	b, err := io.ReadAll(res.Body)
	if err != nil {
		t.Fatalf("%q: %v", target, err)
	}
	return reply{res, string(b)}
}

// TestNoFileBesideTheDashboard serves a real folder and asks in every writing for
// what lies outside of it.
func TestNoFileBesideTheDashboard(t *testing.T) {
	dir := t.TempDir()
	for path, text := range map[string]string{"token": "the secret", "dist/index.html": "<p>the page", "dist/assets/a.js": "1", "dist/.hidden": "hidden"} {
		path = filepath.Join(dir, path)
		if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	r := start(t, &fakeAgent{}, func(c *api.Config) { c.Dashboard = os.DirFS(filepath.Join(dir, "dist")) })
	if got := raw(t, r, "/assets/a.js"); got.StatusCode != 200 || got.body != "1" {
		t.Fatalf("a file is not served: %d %q", got.StatusCode, got.body)
	}
	for _, target := range []string{
		"/../token", "/../../token", "/assets/../../token", "/..%2ftoken", "/%2e%2e/token", "/%2e%2e%2ftoken", "/assets/..%2f..%2ftoken",
		"/assets/%2e%2e/%2e%2e/token", "//../token", "/./../token", `/..\token`, "/..%5ctoken", "/..%c0%aftoken", "/assets/a.js%00/../../token",
		"/%00", "/assets/..;/..;/token", filepath.Join(dir, "token"), "/" + filepath.Join(dir, "token"), "file://" + filepath.Join(dir, "token"),
	} {
		got := raw(t, r, target)
		if strings.Contains(got.body, "the secret") || got.StatusCode >= 500 {
			t.Errorf("GET %s: %d %q", target, got.StatusCode, got.body)
		}
	}
}

// TestNothingGetsIntoAHeader writes line breaks wherever a part of a request could
// come back in a header.
func TestNothingGetsIntoAHeader(t *testing.T) {
	r := start(t, &fakeAgent{})
	link := strings.TrimPrefix(r.NewLink(), "/open?code=")
	for _, target := range []string{
		"/open?code=" + link + "%0d%0aX-Evil:%20yes", "/open?code=x&to=//evil.example", "/open?code=%0d%0a%0d%0a<script>", "//evil.example/%2e%2e", "/%0d%0aX-Evil:%20yes",
		"/api/%0d%0aX-Evil:%20yes", "/api/export/loads?format=csv%0d%0aX-Evil:%20yes", "/api/nothing?%0aX-Evil:%20yes", "/assets/a%0aX-Evil:yes.js",
	} {
		got := raw(t, r, target)
		if got.Header.Get("X-Evil") != "" || got.StatusCode >= 500 {
			t.Errorf("GET %s: %d, Location %q, %v", target, got.StatusCode, got.Header.Get("Location"), got.Header)
		}
		if to := got.Header.Get("Location"); to != "" && (!strings.HasPrefix(to, "/") || strings.HasPrefix(to, "//") || strings.HasPrefix(to, `/\`)) {
			t.Errorf("GET %s leads to %s", target, to)
		}
	}
	// A code with something behind it is another code: the link is still good.
	if got := r.do(t, "GET", "/open?code="+link, ""); got.StatusCode != http.StatusSeeOther {
		t.Errorf("the link was used up: %d", got.StatusCode)
	}
}

// TestAFixedPathIsNoID asks for a word that the API has by another method, where an
// id could stand as well.
func TestAFixedPathIsNoID(t *testing.T) {
	r := start(t, &fakeAgent{})
	for _, method := range []string{"GET", "HEAD", "DELETE", "PUT"} {
		got := r.do(t, method, "/api/fallbacks/seen", "", bearer)
		if got.StatusCode != http.StatusMethodNotAllowed || got.Header.Get("Allow") != "POST" {
			t.Errorf("%s: %d, Allow %q: %s", method, got.StatusCode, got.Header.Get("Allow"), got.body)
		}
	}
	wantProblem(t, r.do(t, "GET", "/api/fallbacks/unseen", "", bearer), 422, backend.CodeInvalid)
}
