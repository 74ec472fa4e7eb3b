package api_test

import (
	"strings"
	"testing"
	"testing/fstest"

	"pilotlight/backend"
	"pilotlight/backend/face/api"
)

func built(c *api.Config) {
	file := func(s string) *fstest.MapFile { return &fstest.MapFile{Data: []byte(s)} }
	c.Dashboard = fstest.MapFS{
		"index.html":                 file("<title>dashboard</title>"),
		"favicon.svg":                file("<svg/>"),
		"assets/app-Bc3fG12_.js":     file("plain"),
		"assets/app-Bc3fG12_.js.br":  file("brotli"),
		"assets/app-Bc3fG12_.js.gz":  file("gzip"),
		"assets/app-DkL0aZ9q.css":    file("css"),
		"assets/date-calendar.js":    file("unhashed"),
		"assets/font-A1b2C3d4.woff2": file("font"),
	}
}

func TestDashboardFiles(t *testing.T) {
	r := start(t, &fakeAgent{}, built)
	const forever, check = "private, max-age=31536000, immutable", "no-cache"
	for _, c := range []struct {
		path, accept              string
		body, ctype, cache, coded string
	}{
		{"/", "", "<title>dashboard</title>", "text/html; charset=utf-8", check, ""},
		{"/index.html", "", "<title>dashboard</title>", "text/html; charset=utf-8", check, ""},
		{"/history", "", "<title>dashboard</title>", "text/html; charset=utf-8", check, ""},
		{"/models/publisher/name", "", "<title>dashboard</title>", "text/html; charset=utf-8", check, ""},
		{"/assets", "", "<title>dashboard</title>", "text/html; charset=utf-8", check, ""},
		{"/favicon.svg", "", "<svg/>", "image/svg+xml", check, ""},
		{"/assets/date-calendar.js", "", "unhashed", "text/javascript; charset=utf-8", check, ""},
		{"/assets/app-DkL0aZ9q.css", "br", "css", "text/css; charset=utf-8", forever, ""},
		{"/assets/font-A1b2C3d4.woff2", "", "font", "font/woff2", forever, ""},
		{"/assets/app-Bc3fG12_.js", "", "plain", "text/javascript; charset=utf-8", forever, ""},
		{"/assets/app-Bc3fG12_.js", "gzip, deflate, br", "brotli", "text/javascript; charset=utf-8", forever, "br"},
		{"/assets/app-Bc3fG12_.js", "gzip", "gzip", "text/javascript; charset=utf-8", forever, "gzip"},
		{"/assets/app-Bc3fG12_.js", "br; q=0, gzip;q=0.5", "gzip", "text/javascript; charset=utf-8", forever, "gzip"},
		{"/assets/app-Bc3fG12_.js", "identity", "plain", "text/javascript; charset=utf-8", forever, ""},
	} {
		t.Run(c.path+" "+c.accept, func(t *testing.T) {
			got := r.overSocket(t, "GET", c.path, "", "Accept-Encoding: "+c.accept)
			if got.StatusCode != 200 || got.body != c.body || got.Header.Get("Content-Type") != c.ctype ||
				got.Header.Get("Cache-Control") != c.cache || got.Header.Get("Content-Encoding") != c.coded {
				t.Errorf("%d %q %v", got.StatusCode, got.body, got.Header)
			}
			if got.Header.Get("Vary") != "Accept-Encoding" {
				t.Errorf("Vary = %q", got.Header.Get("Vary"))
			}
			if head := r.overSocket(t, "HEAD", c.path, "", "Accept-Encoding: "+c.accept); head.ContentLength != int64(len(c.body)) || head.body != "" {
				t.Errorf("HEAD: %d bytes, body %q", head.ContentLength, head.body)
			}
		})
	}
}

func TestDemoIsMarkedInThePage(t *testing.T) {
	page := func(demo bool) string {
		r := start(t, &fakeAgent{}, func(c *api.Config) {
			c.Demo = demo
			c.Dashboard = fstest.MapFS{
				"index.html":    {Data: []byte(`<!doctype html><html lang="en"><title>x</title>`)},
				"index.html.gz": {Data: []byte("packed")},
			}
		})
		got := r.overSocket(t, "GET", "/", "", "Accept-Encoding: gzip")
		if demo && got.Header.Get("Content-Encoding") != "" {
			t.Errorf("the demo's page is packed: %v", got.Header)
		}
		return got.body
	}
	if got, want := page(true), `<!doctype html><html data-demo lang="en"><title>x</title>`; got != want {
		t.Errorf("the demo's page is %q, want %q", got, want)
	}
	if got := page(false); got != "packed" {
		t.Errorf("the page is %q, want it as it was built", got)
	}
}

func TestDashboardIsRevalidated(t *testing.T) {
	r := start(t, &fakeAgent{}, built)
	tag := r.overSocket(t, "GET", "/", "").Header.Get("ETag")
	if tag == "" {
		t.Fatal("the page has no ETag")
	}
	if got := r.overSocket(t, "GET", "/", "", "If-None-Match: "+tag); got.StatusCode != 304 || got.body != "" {
		t.Errorf("status %d, body %q", got.StatusCode, got.body)
	}
	if got := r.overSocket(t, "GET", "/", "", `If-None-Match: "old"`); got.StatusCode != 200 {
		t.Errorf("status = %d", got.StatusCode)
	}
}

func TestMissingFilesAreNotPages(t *testing.T) {
	r := start(t, &fakeAgent{}, built)
	for _, path := range []string{"/assets/app-00000000.js", "/robots.txt", "/assets/../secret.txt", "/%2e%2e/%2e%2e/etc/passwd.txt", "/.git/config"} {
		transport := r.overSocket(t, "GET", path, "")
		if transport.StatusCode == 301 || transport.StatusCode == 307 {
			transport = r.overSocket(t, "GET", transport.Header.Get("Location"), "")
		}
		wantProblem(t, transport, 404, backend.CodeNotFound)
	}
	wantProblem(t, r.overSocket(t, "GET", "/api/history", ""), 404, backend.CodeNotFound)
}

func TestDashboardThatWasNotBuilt(t *testing.T) {
	for _, change := range []func(*api.Config){
		func(*api.Config) {},
		func(c *api.Config) { c.Dashboard = fstest.MapFS{".gitkeep": {}} },
	} {
		got := start(t, &fakeAgent{}, change).overSocket(t, "GET", "/", "")
		if got.StatusCode != 200 || !strings.Contains(got.body, "The dashboard was not built") || !strings.Contains(got.body, "<code>make</code>") {
			t.Errorf("status %d, body %q", got.StatusCode, got.body)
		}
		if got.Header.Get("Cache-Control") != "no-store" {
			t.Errorf("Cache-Control = %q", got.Header.Get("Cache-Control"))
		}
	}
}

func TestDashboardNeedsASignIn(t *testing.T) {
	r := start(t, &fakeAgent{}, built)
	if got := r.do(t, "GET", "/", ""); got.StatusCode != 401 || strings.Contains(got.body, "dashboard</title>") {
		t.Errorf("status %d, body %q", got.StatusCode, got.body)
	}
	if got := r.do(t, "GET", "/", "", "Cookie: "+signIn(t, r)); got.StatusCode != 200 || got.body != "<title>dashboard</title>" {
		t.Errorf("status %d, body %q", got.StatusCode, got.body)
	}
}
