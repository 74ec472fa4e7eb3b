package api_test

import (
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"encoding/binary"
	"encoding/hex"
	"net"
	"strings"
	"testing"
	"time"

	"pilotlight/backend"
	"pilotlight/backend/face/api"
)

func keeper() *fakeAgent {
	ok := func(context.Context) (backend.Keep, error) { return backend.Keep{State: backend.KeepOff}, nil }
	return &fakeAgent{
		release: ok, resume: ok,
		setKeep: func(_ context.Context, t backend.Target) (backend.Keep, error) {
			return backend.Keep{Model: t.Model, State: backend.KeepWaiting}, nil
		},
	}
}

func TestHost(t *testing.T) {
	r := start(t, &fakeAgent{}, func(c *api.Config) { c.Hosts = []string{"studio.local:7456"} })
	_, port, _ := net.SplitHostPort(r.addr)
	for _, c := range []struct {
		host string
		ok   bool
	}{
		{"127.0.0.1:" + port, true},
		{"localhost:" + port, true},
		{"LocalHost:" + port, true},
		{"[::1]:" + port, true},
		{"studio.local:7456", true},
		{"localhost", false},
		{"127.0.0.1", false},
		{"127.0.0.1:1", false},
		{"evil.example:" + port, false},
		{"127.0.0.1.evil.example:" + port, false},
		{"localhost:" + port + ".evil.example", false},
		{"studio.local:" + port, false},
		{"", false},
	} {
		t.Run(c.host, func(t *testing.T) {
			if c.host == "" {
				conn, err := net.Dial("tcp", r.addr)
				if err != nil {
					t.Fatal(err)
				}
				defer conn.Close()
				_, _ = conn.Write([]byte("GET /healthz HTTP/1.0\r\n\r\n"))
				b := make([]byte, 64)
				n, _ := conn.Read(b)
				if !strings.Contains(string(b[:n]), " 403 ") {
					t.Errorf("got %q", b[:n])
				}
				return
			}
			got := r.do(t, "GET", "/healthz", "", "Host: "+c.host)
			if c.ok && got.StatusCode != 200 {
				t.Errorf("status = %d %s", got.StatusCode, got.body)
			}
			if !c.ok {
				wantProblem(t, got, 403, backend.CodeForbidden)
			}
		})
	}
}

func TestHostOfUnusualAddresses(t *testing.T) {
	for _, c := range []struct {
		addr, host string
		ok         bool
	}{
		{"127.0.0.1:80", "localhost", true},
		{"127.0.0.1:80", "[::1]", true},
		{"127.0.0.1:80", "evil.example", false},
		{"192.168.1.5:7456", "192.168.1.5:7456", true},
		{"0.0.0.0:7456", "127.0.0.1:7456", true},
		{"0.0.0.0:7456", "0.0.0.0:7456", false},
		{"[::]:7456", "[::1]:7456", true},
	} {
		s := api.New(api.Config{Agent: &fakeAgent{}, History: &fakeAgent{}})
		l, err := net.Listen("tcp", "127.0.0.1:0")
		if err != nil {
			t.Fatal(err)
		}
		serve(t, s.HTTPServer(s.LoopbackHandler(c.addr)), l)
		got := (&rig{addr: l.Addr().String()}).do(t, "GET", "/healthz", "", "Host: "+c.host)
		if (got.StatusCode == 200) != c.ok {
			t.Errorf("listening on %s, Host %s: status %d", c.addr, c.host, got.StatusCode)
		}
	}
}

func TestOtherSites(t *testing.T) {
	r := start(t, keeper())
	cookie := "Cookie: " + signIn(t, r)
	same := "Origin: http://" + r.addr
	navigate := []string{"Sec-Fetch-Mode: navigate", "Sec-Fetch-Dest: document"}
	body := `{"model":"m"}`
	for _, c := range []struct {
		name, method, path, body string
		headers                  []string
		status                   int
	}{
		{"own page reads", "GET", "/api/keep", "", []string{cookie, "Sec-Fetch-Site: same-origin"}, 200},
		{"own page writes", "PUT", "/api/keep", body, []string{cookie, same, asJSON, "Sec-Fetch-Site: same-origin"}, 200},
		{"own page writes, older browser", "PUT", "/api/keep", body, []string{cookie, same, asJSON}, 200},
		{"own page, no body", "POST", "/api/keep/resume", "", []string{cookie, same}, 200},
		{"program with token", "PUT", "/api/keep", body, []string{bearer, asJSON}, 200},
		{"typed address", "GET", "/", "", append([]string{cookie, "Sec-Fetch-Site: none"}, navigate...), 200},
		{"link from another site", "GET", "/", "", append([]string{cookie, "Sec-Fetch-Site: cross-site"}, navigate...), 200},
		{"deep link from another site", "GET", "/history", "", append([]string{cookie, "Sec-Fetch-Site: cross-site"}, navigate...), 200},

		{"write without an origin", "PUT", "/api/keep", body, []string{cookie, asJSON}, 403},
		{"delete without an origin", "DELETE", "/api/keep", "", []string{cookie}, 403},
		{"write from another site", "PUT", "/api/keep", body, []string{cookie, asJSON, "Origin: http://evil.example"}, 403},
		{"write from another port", "PUT", "/api/keep", body, []string{cookie, asJSON, "Origin: http://127.0.0.1:1"}, 403},
		{"write by another name of ours", "PUT", "/api/keep", body, []string{cookie, asJSON, strings.Replace(same, "127.0.0.1", "localhost", 1)}, 403},
		{"write with TLS", "PUT", "/api/keep", body, []string{cookie, asJSON, strings.Replace(same, "http", "https", 1)}, 403},
		{"write from nowhere", "PUT", "/api/keep", body, []string{cookie, asJSON, "Origin: null"}, 403},
		{"write with two origins", "PUT", "/api/keep", body, []string{cookie, asJSON, same, "Origin: http://evil.example"}, 403},
		{"token in another site's page", "PUT", "/api/keep", body, []string{bearer, asJSON, "Origin: http://evil.example"}, 403},
		{"form", "PUT", "/api/keep", body, []string{cookie, same, "Content-Type: text/plain"}, 415},
		{"untyped body", "PUT", "/api/keep", body, []string{cookie, same}, 415},
		{"read from another site", "GET", "/api/status", "", []string{cookie, "Sec-Fetch-Site: cross-site"}, 403},
		{"read from another port", "GET", "/api/status", "", []string{cookie, "Sec-Fetch-Site: same-site"}, 403},
		{"read with an origin", "GET", "/api/status", "", []string{cookie, "Origin: http://evil.example"}, 403},
		{"picture from another site", "GET", "/", "", []string{cookie, "Sec-Fetch-Site: cross-site", "Sec-Fetch-Mode: no-cors", "Sec-Fetch-Dest: image"}, 403},
		{"frame in another site", "GET", "/", "", []string{cookie, "Sec-Fetch-Site: cross-site", "Sec-Fetch-Mode: navigate", "Sec-Fetch-Dest: iframe"}, 403},
		{"no navigation", "GET", "/", "", []string{cookie, "Sec-Fetch-Site: cross-site", "Sec-Fetch-Mode: cors", "Sec-Fetch-Dest: document"}, 403},
		{"navigation to the API", "GET", "/api/status", "", append([]string{cookie, "Sec-Fetch-Site: cross-site"}, navigate...), 403},
		{"navigation that posts", "POST", "/", "", append([]string{cookie, "Sec-Fetch-Site: cross-site"}, navigate...), 403},
		{"preflight", "OPTIONS", "/api/keep", "", []string{"Origin: http://evil.example", "Access-Control-Request-Method: PUT"}, 403},
	} {
		t.Run(c.name, func(t *testing.T) {
			got := r.do(t, c.method, c.path, c.body, c.headers...)
			switch c.status {
			case 403:
				wantProblem(t, got, 403, backend.CodeForbidden)
			case 415:
				wantProblem(t, got, 415, backend.CodeInvalid)
			default:
				if got.StatusCode != c.status {
					t.Errorf("status = %d %s", got.StatusCode, got.body)
				}
			}
		})
	}
}

func TestStrangers(t *testing.T) {
	r := start(t, keeper())
	for _, path := range []string{"/api/status", "/api/events", "/api/models", "/api/keep", "/api/loads", "/api/nothing", "/metrics", "/openapi.json", "/assets/app.js"} {
		for _, headers := range [][]string{nil, {"Authorization: Bearer wrong"}, {"Authorization: Bearer "}, {"Authorization: Basic " + token}, {"Authorization: " + token}, {"Cookie: " + cookieOf(token) + "=wrong"}} {
			p := wantProblem(t, r.do(t, "GET", path, "", headers...), 401, backend.CodeUnauthorized)
			if !strings.Contains(p.Hint, "pilotlight open") {
				t.Errorf("hint = %q", p.Hint)
			}
		}
	}
	wantProblem(t, r.do(t, "PUT", "/api/keep", `{"model":"m"}`, asJSON, "Origin: http://"+r.addr), 401, backend.CodeUnauthorized)
	for _, path := range []string{"/", "/history", "/models/of/mine"} {
		got := r.do(t, "GET", path, "")
		if got.StatusCode != 401 || !strings.HasPrefix(got.Header.Get("Content-Type"), "text/html") || !strings.Contains(got.body, "pilotlight open") {
			t.Errorf("GET %s: %d %q", path, got.StatusCode, got.body)
		}
		if strings.Contains(got.body, "<script") || strings.Contains(got.body, "style=") {
			t.Errorf("the sign-in page breaks its own policy: %s", got.body)
		}
	}
	if got := r.do(t, "GET", "/pilotlight-page.css", ""); got.StatusCode != 200 || !strings.HasPrefix(got.Header.Get("Content-Type"), "text/css") {
		t.Errorf("the sign-in page has no style: %d", got.StatusCode)
	}
	if got := r.do(t, "GET", "/healthz", ""); got.body != `{"ok":true,"version":"1.2.3"}`+"\n" {
		t.Errorf("healthz = %q", got.body)
	}
}

// cookieOf is the name of the session cookie under a token.
func cookieOf(token string) string {
	mac := hmac.New(sha256.New, []byte(token))
	mac.Write([]byte("pilotlight session 1name"))
	return "pilotlight-" + hex.EncodeToString(mac.Sum(nil)[:4])
}

func TestNoTokenLetsNobodyIn(t *testing.T) {
	r := start(t, &fakeAgent{}, func(c *api.Config) { c.Token = "" })
	for _, h := range []string{"Authorization: Bearer", "Authorization: Bearer ", "Authorization: Bearer x"} {
		wantProblem(t, r.do(t, "GET", "/api/status", "", h), 401, backend.CodeUnauthorized)
	}
	if got := r.do(t, "GET", r.NewLink(), ""); got.StatusCode != 401 {
		t.Errorf("a link worked: %d", got.StatusCode)
	}
	// Without a secret anybody could make the key, and with it this cookie.
	sum := func(key, of []byte) []byte {
		mac := hmac.New(sha256.New, key)
		mac.Write(of)
		return mac.Sum(nil)
	}
	signed := binary.BigEndian.AppendUint64(make([]byte, 16), uint64(r.clock.now().Add(time.Hour).Unix()))
	forged := append(signed, sum(sum(nil, []byte("pilotlight session 1")), signed)...)
	cookie := "Cookie: " + cookieOf("") + "=" + base64.RawURLEncoding.EncodeToString(forged)
	wantProblem(t, r.do(t, "GET", "/api/status", "", cookie), 401, backend.CodeUnauthorized)
}

func TestTheSocketTrusts(t *testing.T) {
	r := start(t, keeper())
	if got := r.overSocket(t, "PUT", "/api/keep", `{"model":"m"}`, asJSON, "Origin: wails://wails.localhost", "Host: anything"); got.StatusCode != 200 {
		t.Errorf("status = %d %s", got.StatusCode, got.body)
	}
}
