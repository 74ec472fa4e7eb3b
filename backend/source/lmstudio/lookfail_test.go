package lmstudio_test

import (
	"net"
	"net/http"
	"net/http/httptest"
	"net/url"
	"pilotlight/backend"
	"pilotlight/backend/source/lmstudio"
	"strconv"
	"strings"
	"sync/atomic"
	"testing"
	"time"
)

const (
	noToken  = `{"error":{"type":"invalid_request","code":"invalid_api_key","message":"An LM Studio API token is required to make requests to this server, but none was provided using the Authorization header using the 'Bearer' scheme (i.e., 'Authorization: Bearer $LM_API_TOKEN'). Learn more at: https://lmstudio.ai/docs/developer/core/authentication."}}`
	badToken = `{"error":"Malformed LM Studio API token provided: sk-bogus-E**************"}`
)

func TestLookAtOddAnswers(t *testing.T) {
	for _, tc := range []struct {
		name   string
		status int
		body   string
		state  backend.ServerState
		code   backend.Code
	}{
		{"401 object", 401, noToken, backend.ServerNeedsToken, backend.CodeNeedsToken},
		{"401 string", 401, badToken, backend.ServerNeedsToken, backend.CodeNeedsToken},
		{"401 page", 401, "<html>", backend.ServerNeedsToken, backend.CodeNeedsToken},
		{"401 empty", 401, "", backend.ServerNeedsToken, backend.CodeNeedsToken},
		{"401 with a list", 401, `{"models":[]}`, backend.ServerNeedsToken, backend.CodeNeedsToken},
		{"403", 403, `{"error":"Permission denied"}`, backend.ServerNeedsToken, backend.CodeNeedsToken},
		{"200 that means 401", 200, noToken, backend.ServerNeedsToken, backend.CodeNeedsToken},
		{"400 that means 401", 400, badToken, backend.ServerNeedsToken, backend.CodeNeedsToken},
		{"list at status 500", 500, `{"models":[]}`, backend.ServerUp, ""},
		{"list with null error", 200, `{"error":null,"models":[]}`, backend.ServerUp, ""},
		{"list and error", 200, `{"models":[],"error":"half of it"}`, backend.ServerUnknown, backend.CodeProtocol},
		{"error string at 200", 200, `{"error":"no"}`, backend.ServerUnknown, backend.CodeProtocol},
		{"error object at 500", 500, `{"error":{"message":"no","type":"internal_error"}}`, backend.ServerUnknown, backend.CodeProtocol},
		{"error number", 200, `{"error":7}`, backend.ServerUnknown, backend.CodeProtocol},
		{"models is an object", 200, `{"models":{"a":{}}}`, backend.ServerUnknown, backend.CodeProtocol},
		{"models is a string", 200, `{"models":"a"}`, backend.ServerUnknown, backend.CodeProtocol},
		{"models is null", 200, `{"models":null}`, backend.ServerUnknown, backend.CodeProtocol},
		{"another object", 200, `{"object":"list","data":[]}`, backend.ServerUnknown, backend.CodeProtocol},
		{"an array", 200, `[]`, backend.ServerUnknown, backend.CodeProtocol},
		{"a string", 200, `"models"`, backend.ServerUnknown, backend.CodeProtocol},
		{"a page", 200, "<!doctype html><title>Router</title>", backend.ServerUnknown, backend.CodeProtocol},
		{"empty", 200, "", backend.ServerUnknown, backend.CodeProtocol},
		{"empty 404", 404, "", backend.ServerUnknown, backend.CodeProtocol},
		{"cut short", 200, `{"models":[{"key":"a","loaded_instances":[]},{"ke`, backend.ServerUnknown, backend.CodeProtocol},
		{"cut between rows", 200, `{"models":[{"key":"a","loaded_instances":[]},`, backend.ServerUnknown, backend.CodeProtocol},
		{"cut after the array", 200, `{"models":[]`, backend.ServerUnknown, backend.CodeProtocol},
		{"two answers", 200, `{"models":[]}{"models":[]}`, backend.ServerUnknown, backend.CodeProtocol},
		{"too large", 200, `{"models":[` + strings.Repeat(`{"key":"a","pad":"`+strings.Repeat("x", 9000)+`"},`, 1200) + `{}]}`, backend.ServerUnknown, backend.CodeProtocol},
		{"too many", 200, `{"models":[` + strings.Repeat(`0,`, 2000) + `0]}`, backend.ServerUnknown, backend.CodeProtocol},
		{"nested deep", 200, `{"models":` + strings.Repeat("[", 100_000) + strings.Repeat("]", 100_000) + `}`, backend.ServerUnknown, backend.CodeProtocol},
		{"nested deep elsewhere", 200, `{"x":` + strings.Repeat(`{"a":`, 100_000) + "1" + strings.Repeat("}", 100_000) + `,"models":[]}`, backend.ServerUnknown, backend.CodeProtocol},
	} {
		t.Run(tc.name, func(t *testing.T) {
			h := &canned{}
			h.set("/api/v1/models", tc.status, tc.body)
			got := serve(t, h, withToken).Look(t.Context(), still)
			if got.State != tc.state {
				t.Errorf("state %q, want %q (%v)", got.State, tc.state, got.Err)
			}
			if got.Listed != (tc.code == "") || !got.Listed && got.Models != nil {
				t.Errorf("listed %v, models %v", got.Listed, got.Models)
			}
			if tc.code == "" && got.Err != nil {
				t.Fatalf("error %v", got.Err)
			}
			if tc.code != "" {
				wantCode(t, got.Err, tc.code)
			}
		})
	}
}

func TestLookSaysWhatIsTooLarge(t *testing.T) {
	h := &canned{}
	h.set("/api/v1/models", 200, `{"models":[`+strings.Repeat(`{"key":"a","pad":"`+strings.Repeat("x", 9000)+`"},`, 1200)+`{}]}`)
	got := serve(t, h).Look(t.Context(), still)
	if got.Err == nil || !strings.Contains(got.Err.Message, "4 MB") {
		t.Errorf("error %v", got.Err)
	}
}

func TestLookSendsTheTokenToNobodyElse(t *testing.T) {
	var leaked atomic.Bool
	other := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { leaked.Store(true) }))
	t.Cleanup(other.Close)
	var auth atomic.Value
	c := serve(t, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		auth.Store(r.Header.Get("Authorization"))
		http.Redirect(w, r, other.URL+r.URL.Path, http.StatusTemporaryRedirect)
	}), withToken)
	got := c.Look(t.Context(), still)
	if got.State != backend.ServerUnknown || backend.CodeOf(got.Err) != backend.CodeProtocol {
		t.Errorf("got %+v", got)
	}
	if auth.Load() != "Bearer "+token {
		t.Errorf("the server itself got %q", auth.Load())
	}
	if leaked.Load() {
		t.Error("the redirect was followed")
	}
	if err := c.Ping(t.Context(), "m"); err == nil || leaked.Load() {
		t.Errorf("a redirected ping: %v, followed %v", err, leaked.Load())
	}
}

// deadURL is where nothing listens.
func deadURL(t *testing.T) string {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	return "http://" + l.Addr().String()
}

func portOf(t *testing.T, rawURL string) int {
	t.Helper()
	u, err := url.Parse(rawURL)
	if err != nil {
		t.Fatal(err)
	}
	p, err := strconv.Atoi(u.Port())
	if err != nil {
		t.Fatal(err)
	}
	return p
}

func TestLookTellsServerOffFromAppOff(t *testing.T) {
	var auth atomic.Value
	auth.Store("")
	app := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		auth.Store(r.Header.Get("Authorization"))
		if r.URL.Path == "/lms-status" {
			_, _ = w.Write([]byte(`{"package":"lmstudio","version":"0.4.25+1"}`))
		}
	}))
	t.Cleanup(app.Close)
	other := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { _, _ = w.Write([]byte(`{"version":"9"}`)) }))
	t.Cleanup(other.Close)
	dead := deadURL(t)
	for _, tc := range []struct {
		name    string
		ports   []int
		state   backend.ServerState
		code    backend.Code
		version string
	}{
		{"app there", []int{portOf(t, dead), portOf(t, other.URL), portOf(t, app.URL)}, backend.ServerOff, backend.CodeServerOff, "0.4.25+1"},
		{"another program there", []int{portOf(t, other.URL)}, backend.ServerDown, backend.CodeAppOff, ""},
		{"nobody there", []int{portOf(t, dead)}, backend.ServerDown, backend.CodeAppOff, ""},
		{"no ports known", nil, backend.ServerDown, backend.CodeNetwork, ""},
	} {
		t.Run(tc.name, func(t *testing.T) {
			c := client(t, lmstudio.Config{ID: "lmstudio", URL: dead, InternalPorts: tc.ports, Token: token})
			for range 2 { // the second time, the port that answered is known
				got := c.Look(t.Context(), still)
				if got.State != tc.state || got.Version != tc.version || got.Listed {
					t.Errorf("got %+v", got)
				}
				wantCode(t, got.Err, tc.code)
			}
		})
	}
	if got := auth.Load(); got != "" {
		t.Errorf("the internal port got %q", got)
	}
}

func TestLookAtASilentServer(t *testing.T) {
	t.Parallel()
	hang := func(greets bool) http.Handler {
		return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			if greets && r.URL.Path == "/lmstudio-greeting" {
				_, _ = w.Write([]byte(`{"lmstudio":true}`))
				return
			}
			<-r.Context().Done()
		})
	}
	for _, tc := range []struct {
		name   string
		greets bool
		word   string
	}{{"greets", true, "list of models does not come"}, {"does not greet", false, "does not answer"}} {
		t.Run(tc.name, func(t *testing.T) {
			got := serve(t, hang(tc.greets)).Look(t.Context(), still)
			if got.State != backend.ServerUnknown || got.Listed || got.Latency != 0 {
				t.Errorf("got %+v", got)
			}
			wantCode(t, got.Err, backend.CodeTimeout)
			if !strings.Contains(got.Err.Message, tc.word) {
				t.Errorf("message %q", got.Err.Message)
			}
		})
	}
	t.Run("an impatient caller", func(t *testing.T) {
		got := serve(t, hang(true)).Look(within(t, 50*time.Millisecond), still)
		if got.State != backend.ServerUnknown {
			t.Errorf("got %+v", got)
		}
		wantCode(t, got.Err, backend.CodeTimeout)
	})
}

func TestLookAtAConnectionThatBreaks(t *testing.T) {
	for _, tc := range []struct {
		name string
		said string
		code backend.Code
	}{
		{"before the answer", "", backend.CodeNetwork},
		{"not HTTP", "SSH-2.0-OpenSSH_9.2\r\n", backend.CodeNetwork},
		{"amid the body", "HTTP/1.1 200 OK\r\nContent-Length: 4096\r\n\r\n{\"models\":[{\"key\":\"a\"}", backend.CodeProtocol},
	} {
		t.Run(tc.name, func(t *testing.T) {
			c := serve(t, http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
				conn, _, err := http.NewResponseController(w).Hijack()
				if err != nil {
					t.Error(err)
					return
				}
				_, _ = conn.Write([]byte(tc.said))
				_ = conn.Close()
			}))
			got := c.Look(t.Context(), still)
			if got.State != backend.ServerUnknown || got.Listed {
				t.Errorf("got %+v", got)
			}
			wantCode(t, got.Err, tc.code)
		})
	}
}

func TestLookWithAnAddressThatCannotBeUsed(t *testing.T) {
	for _, u := range []string{"", "127.0.0.1:1234", "ftp://127.0.0.1", "http://user:pw@127.0.0.1:1", "http://[::1"} {
		c := client(t, lmstudio.Config{ID: "lmstudio", URL: u})
		got := c.Look(t.Context(), still)
		if got.State != backend.ServerUnknown {
			t.Errorf("%q: %+v", u, got)
		}
		wantCode(t, got.Err, backend.CodeInvalid)
		wantCode(t, c.Unload(t.Context(), "x"), backend.CodeInvalid)
	}
}

// Another machine's LM Studio has no internal port that could be asked.
func TestLookAtAnotherMachineThatIsOff(t *testing.T) {
	for _, name := range []string{"HTTP_PROXY", "http_proxy"} {
		t.Setenv(name, "")
	}
	c := client(t, lmstudio.Config{ID: "far", URL: "http://192.0.2.1:9", InternalPorts: []int{1}}) // an address for documents, RFC 5737
	got := c.Look(t.Context(), still)
	if got.State != backend.ServerDown || got.Server != "far" {
		t.Errorf("got %+v", got)
	}
	wantCode(t, got.Err, backend.CodeNetwork)
	if c.ID() != "far" || c.URL() != "http://192.0.2.1:9" || c.Local() {
		t.Errorf("id %q, URL %q, local %v", c.ID(), c.URL(), c.Local())
	}
}
