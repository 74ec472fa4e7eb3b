package openclaw_test

import (
	"context"
	"encoding/json"
	"fmt"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"pilotlight/backend"
	"pilotlight/backend/source/openclaw"
)

const reachKey = "sk-of-that-host-alone"

func reach(t *testing.T, c openclaw.Call) backend.Reach {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), 30*time.Second)
	defer cancel()
	return openclaw.Reach(ctx, c, time.Now)
}

func TestReachAsOpenClawDoes(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		api, path string
		wantPath  string
		header    string // that has the key
		answer    string
	}{
		"responses": {"openai-responses", "/v1", "/v1/models", "Authorization", `{"data":[{"id":"a/b"},{"id":"c"}]}`},
		"no api":    {"", "/v1/", "/v1/models", "Authorization", `{"data":[{"id":"a/b"},{"id":"c"}]}`},
		"no /v1":    {"openai-completions", "", "/models", "Authorization", `{"data":[{"id":"a/b"},{"id":"c"}]}`},
		"anthropic": {"anthropic-messages", "", "/v1/models", "X-Api-Key", `{"data":[{"id":"a/b"},{"id":"c"}]}`},
		"ollama":    {"ollama", "", "/api/tags", "Authorization", `{"models":[{"name":"a/b"},{"name":"c"}]}`},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			srv := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
				if r.Method != http.MethodGet || r.URL.Path != c.wantPath || !strings.HasSuffix(r.Header.Get(c.header), reachKey) {
					t.Errorf("%s %s with %v", r.Method, r.URL, r.Header)
				}
				fmt.Fprint(w, c.answer)
			}))
			defer srv.Close()
			got := reach(t, openclaw.Call{Provider: "p", BaseURL: srv.URL + c.path, API: c.api, Key: backend.NewSecret(reachKey)})
			if got.Error != nil || got.Status != 200 || !got.Keyed || !got.Lists || fmt.Sprint(got.Models) != "[a/b c]" || got.LatencySeconds == nil {
				t.Errorf("got %+v", got)
			}
			if got.URL != srv.URL+c.wantPath || got.Provider != "p" {
				t.Errorf("asked %s of %s", got.URL, got.Provider)
			}
		})
	}
}

// A key goes to its own host, and to no other one that the host names.
func TestReachFollowsNoRedirect(t *testing.T) {
	t.Parallel()
	var visits atomic.Int32
	thief := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { visits.Add(1) }))
	defer thief.Close()
	srv := httptest.NewServer(http.RedirectHandler("http://user:"+reachKey+"@"+thief.Listener.Addr().String()+"/v1/models?key="+reachKey, http.StatusTemporaryRedirect))
	defer srv.Close()
	got := reach(t, openclaw.Call{Provider: "p", BaseURL: srv.URL + "/v1", Key: backend.NewSecret(reachKey)})
	if got.Error == nil || got.Error.Code != backend.CodeProtocol || !strings.Contains(got.Error.Message, thief.Listener.Addr().String()) || got.Status != 307 {
		t.Errorf("got %+v", got)
	}
	if visits.Load() != 0 {
		t.Error("the redirect was followed")
	}
	if text := fmt.Sprintf("%+v %v", got, got.Error); strings.Contains(text, reachKey) {
		t.Errorf("the key is told: %s", text)
	}
}

func TestReachOfBadServers(t *testing.T) {
	t.Parallel()
	silent, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { silent.Close() })
	tls := httptest.NewTLSServer(http.NotFoundHandler())
	tls.Config.ErrorLog = nil
	t.Cleanup(tls.Close)
	serve := func(f http.HandlerFunc) string {
		srv := httptest.NewServer(f)
		t.Cleanup(srv.Close)
		return srv.URL + "/v1"
	}
	html := serve(func(w http.ResponseWriter, _ *http.Request) { fmt.Fprint(w, "<html>hello</html>") })
	other := serve(func(w http.ResponseWriter, _ *http.Request) { fmt.Fprint(w, `{"ok":true}`) })
	denied := serve(func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusUnauthorized) })
	cut := serve(func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Length", "100")
		fmt.Fprint(w, "{")
	})
	endless := serve(func(w http.ResponseWriter, r *http.Request) {
		blank := []byte(strings.Repeat(" ", 1<<16))
		for r.Context().Err() == nil {
			if _, err := w.Write(blank); err != nil {
				return
			}
		}
	})
	for name, c := range map[string]struct {
		url    string
		status int
		code   backend.Code
		says   string
	}{
		"nothing listens": {"http://127.0.0.1:1/v1", 0, backend.CodeNetwork, "Nothing listens at 127.0.0.1:1."},
		"no such machine": {"http://no-such-machine.invalid/v1", 0, backend.CodeNetwork, ""},
		"no URL":          {"127.0.0.1:1234", 0, backend.CodeInvalid, "no URL"},
		"a certificate":   {tls.URL + "/v1", 0, backend.CodeNetwork, "certificate"},
		"no https":        {strings.Replace(html, "http:", "https:", 1), 0, backend.CodeNetwork, "does not speak https"},
		"HTML":            {html, 200, backend.CodeProtocol, "no list of models"},
		"another program": {other, 200, backend.CodeProtocol, "no list of models"},
		"denied":          {denied, 401, "", ""},
		"broken off":      {cut, 0, backend.CodeNetwork, "broke the connection off"},
		"endless":         {endless, 200, backend.CodeTooLarge, "more than 4 MB"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			got := reach(t, openclaw.Call{Provider: "p", BaseURL: c.url})
			if got.Status != c.status || got.Lists || len(got.Models) != 0 || got.Keyed {
				t.Errorf("got %+v", got)
			}
			if c.code == "" {
				if got.Error != nil {
					t.Errorf("the error is %+v", got.Error)
				}
				return
			}
			if got.Error == nil || got.Error.Code != c.code || !strings.Contains(got.Error.Message, c.says) || got.Error.Hint == "" {
				t.Errorf("the error is %+v", got.Error)
			}
		})
	}
	ctx, cancel := context.WithTimeout(t.Context(), 50*time.Millisecond)
	defer cancel()
	got := openclaw.Reach(ctx, openclaw.Call{Provider: "p", BaseURL: "http://" + silent.Addr().String()}, time.Now)
	if got.Error == nil || got.Error.Code != backend.CodeTimeout || !strings.HasPrefix(got.Error.Message, "No answer in ") {
		t.Errorf("of a silent one %+v", got.Error)
	}
}

// Of a list that is longer than anybody needs some are kept, and it is said.
func TestReachOfManyModels(t *testing.T) {
	t.Parallel()
	type row struct {
		ID string `json:"id"`
	}
	var list struct {
		Data []row `json:"data"`
	}
	for i := range 10_000 {
		list.Data = append(list.Data, row{fmt.Sprintf("🔥/%q/'%d'/%s", "x", i, strings.Repeat("y", 300))})
	}
	srv := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		_ = json.NewEncoder(w).Encode(list)
	}))
	defer srv.Close()
	got := reach(t, openclaw.Call{Provider: "p", BaseURL: srv.URL})
	if got.Error != nil || got.Lists || len(got.Models) != 500 || len(got.Models[0]) > 256 || !strings.HasPrefix(got.Models[0], `🔥/"x"/'0'/`) {
		t.Errorf("got %d models, %+v", len(got.Models), got.Error)
	}
}

// A key that no header can hold is not sent, by half neither.
func TestReachSendsNoBrokenKey(t *testing.T) {
	t.Parallel()
	srv := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if got := r.Header.Get("Authorization"); got != "" {
			t.Errorf("sent %q", got)
		}
	}))
	defer srv.Close()
	for _, key := range []string{"", "two\nlines", "schlüssel"} {
		if got := reach(t, openclaw.Call{Provider: "p", BaseURL: srv.URL, Key: backend.NewSecret(key)}); got.Keyed {
			t.Errorf("%q was sent", key)
		}
	}
}

func TestCallsOfAChain(t *testing.T) {
	t.Parallel()
	r := openclaw.Reading{
		OpenClaw: backend.OpenClaw{Primary: "lan/big/one", Fallbacks: []string{"LAN/other", "lmstudio/x", "anthropic/claude", "hidden/y", "alias", "nowhere/z", "far/w"}},
		Providers: map[string]openclaw.Provider{
			"lan":    {BaseURL: "http://studio.local:8000/v1", API: "openai-completions", Key: backend.NewSecret("lan-key")},
			"hidden": {Hidden: true}, "unused": {BaseURL: "http://127.0.0.1:9/v1"},
			"far": {BaseURL: "https://models.example.com/v1", Key: backend.NewSecret("far-key")},
		},
	}
	var got []string
	for _, c := range openclaw.Calls(r) {
		got = append(got, fmt.Sprint(c.Provider, " ", c.BaseURL, " ", c.Hosted, " ", c.Key.Reveal()))
	}
	want := []string{
		"lan http://studio.local:8000/v1 false lan-key", "LAN http://studio.local:8000/v1 false lan-key",
		"lmstudio http://localhost:1234/v1 false ", "anthropic https://api.anthropic.com/v1 true ",
		"far https://models.example.com/v1 true ",
	}
	if strings.Join(got, "\n") != strings.Join(want, "\n") {
		t.Errorf("got\n%s\nwant\n%s", strings.Join(got, "\n"), strings.Join(want, "\n"))
	}
}
