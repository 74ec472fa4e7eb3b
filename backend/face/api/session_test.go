package api_test

import (
	"encoding/base64"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"pilotlight/backend"
	"pilotlight/backend/face/api"
)

// signIn follows a new link and gives the cookie as a Cookie header's value.
func signIn(t *testing.T, r *rig) string {
	t.Helper()
	got := r.do(t, "GET", r.NewLink(), "")
	if got.StatusCode != http.StatusSeeOther || got.Header.Get("Location") != "/" {
		t.Fatalf("status %d, Location %q", got.StatusCode, got.Header.Get("Location"))
	}
	c := sessionCookie(t, got)
	return c.Name + "=" + c.Value
}

func sessionCookie(t *testing.T, got reply) *http.Cookie {
	t.Helper()
	cookies := got.Cookies()
	if len(cookies) != 1 || !strings.HasPrefix(cookies[0].Name, "pilotlight-") {
		t.Fatalf("cookies = %v", cookies)
	}
	return cookies[0]
}

func TestSignIn(t *testing.T) {
	r := start(t, &fakeAgent{})
	got := r.do(t, "GET", r.NewLink(), "")
	c := sessionCookie(t, got)
	if !c.HttpOnly || c.SameSite != http.SameSiteStrictMode || c.Path != "/" || c.MaxAge != 30*24*3600 || c.Domain != "" {
		t.Errorf("cookie = %+v", c)
	}
	if got := r.do(t, "GET", "/api/status", "", "Cookie: "+cookieOf(token)+"="+c.Value); got.StatusCode != 200 {
		t.Errorf("status = %d %s", got.StatusCode, got.body)
	}
	// A browser may hold a stale cookie of the same name beside the good one.
	if got := r.do(t, "GET", "/api/status", "", "Cookie: "+cookieOf(token)+"=old; "+cookieOf(token)+"="+c.Value); got.StatusCode != 200 {
		t.Errorf("with two cookies: status = %d", got.StatusCode)
	}
}

func wantExpired(t *testing.T, got reply) {
	t.Helper()
	if got.StatusCode != 401 || !strings.Contains(got.body, "no longer works") || !strings.Contains(got.body, "pilotlight open") || len(got.Cookies()) != 0 {
		t.Errorf("status %d, cookies %v, body %q", got.StatusCode, got.Cookies(), got.body)
	}
}

func TestLinkWorksOnce(t *testing.T) {
	r := start(t, &fakeAgent{})
	link := r.NewLink()
	if got := r.do(t, "GET", link, ""); got.StatusCode != 303 {
		t.Fatalf("status = %d", got.StatusCode)
	}
	wantExpired(t, r.do(t, "GET", link, ""))
	wantExpired(t, r.do(t, "GET", "/open?code=made-up", ""))
	wantExpired(t, r.do(t, "GET", "/open", ""))
}

func TestLinkExpires(t *testing.T) {
	r := start(t, &fakeAgent{})
	late, soon := r.NewLink(), r.NewLink()
	r.clock.add(10*time.Minute - time.Second)
	if got := r.do(t, "GET", soon, ""); got.StatusCode != 303 {
		t.Errorf("just in time: status = %d", got.StatusCode)
	}
	r.clock.add(time.Second)
	wantExpired(t, r.do(t, "GET", late, ""))
}

func TestLinksAreBounded(t *testing.T) {
	r := start(t, &fakeAgent{})
	var links []string
	for range 17 {
		links = append(links, r.NewLink())
		r.clock.add(time.Second)
	}
	wantExpired(t, r.do(t, "GET", links[0], ""))
	for _, link := range links[1:] {
		if got := r.do(t, "GET", link, ""); got.StatusCode != 303 {
			t.Errorf("status = %d", got.StatusCode)
		}
	}
}

func TestLookingAheadDoesNotUseALink(t *testing.T) {
	r := start(t, &fakeAgent{})
	link := r.NewLink()
	wantProblem(t, r.do(t, "GET", link, "", "Sec-Purpose: prefetch;prerender"), 503, backend.CodeRefused)
	if got := r.do(t, "HEAD", link, ""); got.StatusCode != 503 {
		t.Errorf("HEAD: status = %d", got.StatusCode)
	}
	if got := r.do(t, "GET", link, ""); got.StatusCode != 303 {
		t.Errorf("status = %d", got.StatusCode)
	}
}

func TestUsedLinkOfSomeoneSignedInGoesOn(t *testing.T) {
	r := start(t, &fakeAgent{})
	link := r.NewLink()
	c := sessionCookie(t, r.do(t, "GET", link, ""))
	if got := r.do(t, "GET", link, "", "Cookie: "+cookieOf(token)+"="+c.Value); got.StatusCode != 303 {
		t.Errorf("status = %d", got.StatusCode)
	}
}

func TestLinkIsMadeOverTheSocketOnly(t *testing.T) {
	r := start(t, &fakeAgent{})
	link := wantJSON[api.Link](t, r.overSocket(t, "POST", "/api/session/link", ""))
	path, ok := strings.CutPrefix(link.URL, "http://"+r.addr)
	if !ok || link.ExpiresInSeconds != 600 {
		t.Fatalf("link = %+v", link)
	}
	if got := r.do(t, "GET", path, ""); got.StatusCode != 303 {
		t.Errorf("status = %d", got.StatusCode)
	}
	wantProblem(t, r.do(t, "POST", "/api/session/link", "", bearer), 403, backend.CodeForbidden)
}

func TestLinkNamesTheListenAddress(t *testing.T) {
	for listen, want := range map[string]string{
		"http://127.0.0.1:7456": "http://127.0.0.1:7456/open?code=",
		"127.0.0.1:7456":        "http://127.0.0.1:7456/open?code=",
		"http://0.0.0.0:7456":   "http://127.0.0.1:7456/open?code=",
	} {
		agent := &fakeAgent{status: func() *backend.Status { return &backend.Status{Listen: listen} }}
		s := api.New(api.Config{Agent: agent, History: agent, Token: token})
		rec := httptest.NewRecorder()
		s.SocketHandler().ServeHTTP(rec, httptest.NewRequest("POST", "/api/session/link", nil))
		if !strings.Contains(rec.Body.String(), `"url":"`+want) {
			t.Errorf("listen %q: %s", listen, rec.Body)
		}
	}
}

func TestSessionSlides(t *testing.T) {
	r := start(t, &fakeAgent{})
	cookie := signIn(t, r)
	get := func(cookie string) reply { return r.do(t, "GET", "/api/status", "", "Cookie: "+cookie) }
	r.clock.add(23 * time.Hour)
	if got := get(cookie); got.StatusCode != 200 || len(got.Cookies()) != 0 {
		t.Errorf("a young session was renewed: %d %v", got.StatusCode, got.Cookies())
	}
	r.clock.add(28 * 24 * time.Hour)
	renewed := sessionCookie(t, get(cookie))
	if renewed.MaxAge != 30*24*3600 || !renewed.HttpOnly || renewed.SameSite != http.SameSiteStrictMode {
		t.Errorf("renewed = %+v", renewed)
	}
	r.clock.add(2 * 24 * time.Hour)
	wantProblem(t, get(cookie), 401, backend.CodeUnauthorized)
	if got := get(cookieOf(token) + "=" + renewed.Value); got.StatusCode != 200 {
		t.Errorf("the renewed session does not work: %d", got.StatusCode)
	}
	r.clock.add(30 * 24 * time.Hour)
	wantProblem(t, get(cookieOf(token)+"="+renewed.Value), 401, backend.CodeUnauthorized)
}

func TestSessionOutlivesARestart(t *testing.T) {
	before := start(t, &fakeAgent{})
	cookie := signIn(t, before)
	if got := start(t, &fakeAgent{}).do(t, "GET", "/api/status", "", "Cookie: "+cookie); got.StatusCode != 200 {
		t.Errorf("the same token: status = %d", got.StatusCode)
	}
	other := start(t, &fakeAgent{}, func(c *api.Config) { c.Token = "another" })
	wantProblem(t, other.do(t, "GET", "/api/status", "", "Cookie: "+cookie), 401, backend.CodeUnauthorized)
}

func TestForgedCookies(t *testing.T) {
	r := start(t, &fakeAgent{})
	_, value, _ := strings.Cut(signIn(t, r), "=")
	raw, err := base64.RawURLEncoding.DecodeString(value)
	if err != nil {
		t.Fatal(err)
	}
	for i := range raw {
		forged := append([]byte{}, raw...)
		forged[i] ^= 1
		got := r.do(t, "GET", "/api/status", "", "Cookie: "+cookieOf(token)+"="+base64.RawURLEncoding.EncodeToString(forged))
		if got.StatusCode != 401 {
			t.Fatalf("a cookie with byte %d changed works: %d", i, got.StatusCode)
		}
	}
	for _, cut := range []int{0, 1, len(raw) - 1} {
		if got := r.do(t, "GET", "/api/status", "", "Cookie: "+cookieOf(token)+"="+base64.RawURLEncoding.EncodeToString(raw[:cut])); got.StatusCode != 401 {
			t.Errorf("a cookie of %d bytes works", cut)
		}
	}
}

func TestSignOut(t *testing.T) {
	r := start(t, &fakeAgent{})
	cookie := signIn(t, r)
	other := signIn(t, r)
	r.clock.add(2 * 24 * time.Hour) // old enough to be renewed, which a sign-out must not do
	got := r.do(t, "DELETE", "/api/session", "", "Cookie: "+cookie, "Origin: http://"+r.addr)
	c := sessionCookie(t, got)
	if got.StatusCode != 204 || c.MaxAge >= 0 || c.Value != "" {
		t.Errorf("status %d, cookie %+v", got.StatusCode, c)
	}
	wantProblem(t, r.do(t, "GET", "/api/status", "", "Cookie: "+cookie), 401, backend.CodeUnauthorized)
	if got := r.do(t, "GET", "/api/status", "", "Cookie: "+other); got.StatusCode != 200 {
		t.Errorf("another session was ended too: %d", got.StatusCode)
	}
}

func TestSignOutEndsRenewedCopies(t *testing.T) {
	r := start(t, &fakeAgent{})
	cookie := signIn(t, r)
	r.clock.add(2 * 24 * time.Hour)
	renewed := sessionCookie(t, r.do(t, "GET", "/api/status", "", "Cookie: "+cookie))
	r.do(t, "DELETE", "/api/session", "", "Cookie: "+cookie, "Origin: http://"+r.addr)
	wantProblem(t, r.do(t, "GET", "/api/status", "", "Cookie: "+cookieOf(token)+"="+renewed.Value), 401, backend.CodeUnauthorized)
}
