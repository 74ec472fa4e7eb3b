package openai_test

import (
	"net/http"
	"net/http/httptest"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"pilotlight/backend"
	"pilotlight/backend/source/openai"
	"pilotlight/backend/source/openai/openaitest"
)

var everyEngine = []openaitest.Engine{openaitest.LlamaCpp, openaitest.Router, openaitest.VLLM, openaitest.Ollama, openaitest.LiteLLM, openaitest.Gateway}

// Whatever a server does, a look ends in a state and a sentence: from the first
// look on, and when it begins while the server is watched.
func TestBadHabits(t *testing.T) {
	t.Parallel()
	for _, tc := range []struct {
		name  string
		fault openaitest.Fault
		state backend.ServerState
		code  backend.Code
		word  string
	}{
		{"HTML", openaitest.Fault{HTML: true}, backend.ServerUnknown, backend.CodeProtocol, "web page"},
		{"cut off", openaitest.Fault{CutOff: true}, backend.ServerUnknown, backend.CodeProtocol, "broke off"},
		{"empty", openaitest.Fault{Empty: true}, backend.ServerUnknown, backend.CodeProtocol, ""},
		{"garbage", openaitest.Fault{Garbage: true}, backend.ServerUnknown, backend.CodeProtocol, ""},
		{"reset", openaitest.Fault{Reset: true}, backend.ServerUnknown, backend.CodeNetwork, "broke before"},
		{"redirect", openaitest.Fault{Redirect: "http://elsewhere.example"}, backend.ServerUnknown, backend.CodeProtocol, "elsewhere.example"},
		{"bad gateway", openaitest.Fault{Status: 502}, backend.ServerUnknown, backend.CodeProtocol, "error 502"},
		{"unavailable", openaitest.Fault{Status: 503}, backend.ServerUnknown, backend.CodeProtocol, "error 503"},
		{"unauthorized", openaitest.Fault{Status: 401}, backend.ServerNeedsToken, backend.CodeNeedsToken, "key"},
		{"forbidden", openaitest.Fault{Status: 403}, backend.ServerNeedsToken, backend.CodeNeedsToken, "key"},
	} {
		for _, e := range everyEngine {
			t.Run(tc.name+" "+string(e), func(t *testing.T) {
				t.Parallel()
				s, c := play(t, openaitest.Options{Engine: e, Token: token})
				check := func(o backend.Observation) {
					t.Helper()
					if o.State != tc.state || o.Listed {
						t.Errorf("got %+v", o)
					}
					wantCode(t, o.Err, tc.code)
					if !strings.Contains(o.Err.Message, tc.word) {
						t.Errorf("message %q", o.Err.Message)
					}
				}
				s.Fail(tc.fault)
				check(c.Look(t.Context(), still))
				s.Fail(openaitest.Fault{})
				later := func() time.Time { return fixed.Add(time.Hour) }
				if o := c.Look(t.Context(), later); o.State != backend.ServerUp || !o.Listed || o.Err != nil {
					t.Errorf("well again: %+v", o)
				}
				s.Fail(tc.fault)
				check(c.Look(t.Context(), later))
				_, err := c.Load(within(t, 30*time.Second), backend.LoadRequest{Model: "tiny"}, nil)
				if err == nil {
					t.Error("a load passes for done")
				}
			})
		}
	}
}

func TestTypesOfContentAreNotTrusted(t *testing.T) {
	t.Parallel()
	for _, e := range everyEngine {
		s, c := play(t, openaitest.Options{Engine: e})
		s.Fail(openaitest.Fault{WrongType: true})
		if o := c.Look(t.Context(), still); !o.Listed || len(o.Models) != 1 {
			t.Errorf("%s: %+v", e, o)
		}
	}
}

func TestASilentServerIsNotDown(t *testing.T) {
	t.Parallel()
	s, c := play(t, openaitest.Options{Engine: openaitest.VLLM})
	s.Fail(openaitest.Fault{Hang: true})
	o := c.Look(within(t, 200*time.Millisecond), still)
	if o.State != backend.ServerUnknown || o.Latency != 0 {
		t.Errorf("got %+v", o)
	}
	wantCode(t, o.Err, backend.CodeTimeout)
}

func TestASlowServerIsWaitedFor(t *testing.T) {
	t.Parallel()
	s, c := play(t, openaitest.Options{Engine: openaitest.Gateway})
	s.Fail(openaitest.Fault{Slow: 100 * time.Millisecond, Only: "/v1/models"})
	if o := c.Look(t.Context(), time.Now); !o.Listed || o.Latency < 100*time.Millisecond {
		t.Errorf("got %+v", o)
	}
}

func TestNobodyThere(t *testing.T) {
	t.Parallel()
	for _, e := range everyEngine {
		s, c := play(t, openaitest.Options{Engine: e})
		_ = s.Kill()
		o := c.Look(t.Context(), still)
		if o.State != backend.ServerDown || o.Engine != "" || o.Tells != nil {
			t.Errorf("%s: %+v", e, o)
		}
		wantCode(t, o.Err, backend.CodeNetwork)
	}
	c := client(t, openai.Config{ID: "x", URL: "http://no-such-host.invalid:8000/v1"})
	o := c.Look(within(t, 10*time.Second), still)
	if o.State != backend.ServerDown && o.State != backend.ServerUnknown || o.Err == nil {
		t.Errorf("got %+v", o)
	}
}

func TestCertificates(t *testing.T) {
	t.Parallel()
	s, c := play(t, openaitest.Options{Engine: openaitest.VLLM, TLS: true, Token: token})
	o := c.Look(t.Context(), still)
	if o.State != backend.ServerUnknown {
		t.Errorf("got %+v", o)
	}
	wantCode(t, o.Err, backend.CodeNetwork)
	if !strings.Contains(o.Err.Message, "certificate") || !strings.Contains(o.Err.Hint, "trust") || s.Total() != 0 {
		t.Errorf("%+v after %d requests", o.Err, s.Total())
	}
	// The other way round: http to a server that speaks TLS, and https to one that
	// does not.
	c = client(t, openai.Config{ID: "x", URL: strings.Replace(s.BaseURL(), "https:", "http:", 1), Token: token})
	if o := c.Look(t.Context(), still); o.Err == nil || !strings.Contains(o.Err.Hint, "https://") {
		t.Errorf("got %+v", o)
	}
	plain, _ := play(t, openaitest.Options{Engine: openaitest.VLLM})
	c = client(t, openai.Config{ID: "x", URL: strings.Replace(plain.BaseURL(), "http:", "https:", 1), Token: token})
	if o := c.Look(t.Context(), still); o.Err == nil || !strings.Contains(o.Err.Hint, "http://") {
		t.Errorf("got %+v", o)
	}
}

// The key goes to the server's own address and nowhere else, whatever is asked.
func TestTheKeyStaysAtItsHost(t *testing.T) {
	t.Parallel()
	var others, leaked atomic.Int64
	other := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		others.Add(1)
		if r.Header.Get("Authorization") != "" {
			leaked.Add(1)
		}
		_, _ = w.Write([]byte(`{"data":[]}`))
	}))
	t.Cleanup(other.Close)
	for _, e := range everyEngine {
		s, c := play(t, openaitest.Options{Engine: e, Token: token}, func(c *openai.Config) { c.AskAllowed = true })
		for range 2 { // found out before, and not
			s.Fail(openaitest.Fault{Redirect: other.URL})
			c.Look(t.Context(), still)
			_, _ = c.Detail(t.Context(), still, backend.Observation{})
			_, _ = c.Processing(t.Context(), "tiny")
			_, _ = c.Load(within(t, 30*time.Second), backend.LoadRequest{Model: "tiny"}, nil)
			_ = c.Unload(t.Context(), "tiny")
			_ = c.Ping(t.Context(), "tiny")
			s.Fail(openaitest.Fault{})
			c.Look(t.Context(), func() time.Time { return fixed.Add(time.Hour) })
		}
		for _, r := range s.Requests() {
			if r.Authorization != "Bearer "+token {
				t.Errorf("%s: %+v", e, r)
			}
		}
	}
	if others.Load() != 0 || leaked.Load() != 0 {
		t.Errorf("the other host was asked %d times, %d with the key", others.Load(), leaked.Load())
	}
}

func TestAWrongKeyIsToldFromNone(t *testing.T) {
	t.Parallel()
	for _, e := range []openaitest.Engine{openaitest.LlamaCpp, openaitest.VLLM, openaitest.LiteLLM, openaitest.Gateway} {
		s, c := play(t, openaitest.Options{Engine: e, Token: "sk-right"}, func(c *openai.Config) { c.Token = "" })
		o := c.Look(t.Context(), still)
		if o.State != backend.ServerNeedsToken || o.Engine == "" || !strings.Contains(o.Err.Message, "asks for a key") {
			t.Errorf("%s without: %+v", e, o)
		}
		want := map[openaitest.Engine]backend.Engine{openaitest.LlamaCpp: backend.EngineLlamaCpp, openaitest.VLLM: backend.EngineVLLM, openaitest.LiteLLM: backend.EngineLiteLLM, openaitest.Gateway: backend.EngineGateway}[e]
		if o.Engine != want {
			t.Errorf("%s is taken for %q", e, o.Engine)
		}
		wrong := client(t, openai.Config{ID: "x", URL: s.BaseURL(), Token: token})
		if o := wrong.Look(t.Context(), still); o.State != backend.ServerNeedsToken || !strings.Contains(o.Err.Message, "does not accept") {
			t.Errorf("%s with a wrong one: %+v", e, o)
		}
		s.SetToken("")
		if o := c.Look(t.Context(), still); !o.Listed || o.Engine != want {
			t.Errorf("%s once it wants none: %+v", e, o)
		}
	}
}

func TestAddressesThatCannotBeUsed(t *testing.T) {
	for _, u := range []string{"", "127.0.0.1:8000/v1", "ftp://127.0.0.1", "http://user:pw@127.0.0.1:1/v1", "http://[::1", "http://"} {
		c := client(t, openai.Config{ID: "x", URL: u, Token: token})
		o := c.Look(t.Context(), still)
		if o.State != backend.ServerUnknown || strings.Contains(o.Err.Message, "pw") {
			t.Errorf("%q: %+v", u, o)
		}
		wantCode(t, o.Err, backend.CodeInvalid)
		wantCode(t, client(t, openai.Config{ID: "x", URL: u, Hosted: true}).Look(t.Context(), still).Err, backend.CodeInvalid)
	}
	for in, want := range map[string]string{
		"http://127.0.0.1:8000/v1": "http://127.0.0.1:8000", "http://127.0.0.1:8000/v1/": "http://127.0.0.1:8000", "http://h:1": "http://h:1",
		"https://g.example/llm/v1": "https://g.example/llm", "http://h/v1?key=secret": "http://h", "http://h/api/v1": "http://h/api",
	} {
		c := client(t, openai.Config{ID: "x", URL: in})
		if c.URL() != want || c.ID() != "x" || c.Local() != strings.Contains(in, "127.0.0.1") {
			t.Errorf("%q is at %q, local %v", in, c.URL(), c.Local())
		}
	}
}

func TestCallsEndWithTheClient(t *testing.T) {
	t.Parallel()
	s, c := play(t, openaitest.Options{Engine: openaitest.Ollama, LoadTime: time.Hour})
	c.Look(t.Context(), time.Now)
	before := s.Total()
	done := make(chan error, 1)
	go func() {
		_, err := c.Load(t.Context(), backend.LoadRequest{Model: "tiny"}, nil)
		done <- err
	}()
	for deadline := time.Now().Add(30 * time.Second); s.Total() == before && time.Now().Before(deadline); {
		time.Sleep(time.Millisecond)
	}
	_ = c.Close()
	_ = c.Close()
	select {
	case err := <-done:
		wantCode(t, err, backend.CodeNetwork)
	case <-time.After(30 * time.Second):
		t.Fatal("the load outlives the client")
	}
	if o := c.Look(t.Context(), time.Now); o.State == backend.ServerUp {
		t.Errorf("after the end: %+v", o)
	}
}
