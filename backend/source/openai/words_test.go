package openai_test

import (
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"
	"unicode/utf8"

	"pilotlight/backend"
	"pilotlight/backend/source/openai"
	"pilotlight/backend/source/openai/openaitest"
)

// always answers every request with one status and body.
func always(t *testing.T, status int, body string, change ...func(*openai.Config)) *openai.Client {
	t.Helper()
	s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		w.WriteHeader(status)
		_, _ = w.Write([]byte(body))
	}))
	t.Cleanup(s.Close)
	cfg := openai.Config{ID: "x", URL: s.URL + "/v1", Token: token}
	for _, c := range change {
		c(&cfg)
	}
	return client(t, cfg)
}

// What a server says is shown as far as it can be: one line, cut, cleaned, and
// without the key that some repeat.
func TestServersOwnWords(t *testing.T) {
	t.Parallel()
	for _, tc := range []struct {
		status int
		body   string
		state  backend.ServerState
		word   string
	}{
		{500, `{"error":{"message":"disk full"}}`, backend.ServerUnknown, "500: disk full"},
		{500, `{"error":"disk\u001b[31m full\nat line 1"}`, backend.ServerUnknown, "disk [31m full"},
		{400, `{"detail":{"error":"key ` + token + ` is odd"}}`, backend.ServerUnknown, "key … is odd"},
		{400, `{"detail":[{"loc":["query"]}]}`, backend.ServerUnknown, "(400)."},
		{418, ``, backend.ServerUnknown, "(418)."},
		{429, `{"error":{"message":"slow down"}}`, backend.ServerUp, "asked too often"},
		{501, ``, backend.ServerUp, "does not list"},
		{200, `{"error":"no list today"}`, backend.ServerUnknown, "not as a model server"},
		{200, `{"data":7,"error":null}`, backend.ServerUnknown, "not as a model server"},
		{301, ``, backend.ServerUnknown, "sends us elsewhere,"},
	} {
		o := always(t, tc.status, tc.body).Look(t.Context(), still)
		if o.State != tc.state || o.Listed || o.Err == nil || !strings.Contains(o.Err.Message, tc.word) || strings.Contains(o.Err.Message, "line 1") {
			t.Errorf("%d %s: %+v", tc.status, tc.body, o)
		}
		if o.Err != nil {
			wantCode(t, o.Err, o.Err.Code)
		}
	}
	long := always(t, 500, `{"error":"`+strings.Repeat("ä", 1000)+`"}`).Look(t.Context(), still).Err.Message
	if len(long) > 400 || !utf8.ValidString(long) {
		t.Errorf("%d bytes: %q", len(long), long)
	}
}

func TestPingIsRefusedInWords(t *testing.T) {
	t.Parallel()
	allow := func(c *openai.Config) { c.AskAllowed = true }
	for _, tc := range []struct {
		status int
		body   string
		code   backend.Code
	}{
		{200, `{"choices":[]}`, ""},
		{200, `{"error":{"message":"engine died"}}`, backend.CodeProtocol},
		{400, `{"error":{"message":"/chat/completions: Invalid model name passed in model=m"}}`, backend.CodeNotFound},
		{404, `{"detail":"Not Found"}`, backend.CodeNotFound},
		{403, ``, backend.CodeNeedsToken},
		{500, `oops`, backend.CodeProtocol},
	} {
		wantCode(t, always(t, tc.status, tc.body, allow).Ping(t.Context(), "m"), tc.code)
	}
}

func TestACertificateForAnotherName(t *testing.T) {
	t.Parallel()
	s := openaitest.Start(t, openaitest.Options{Engine: openaitest.VLLM, TLS: true})
	c := client(t, openai.Config{ID: "x", URL: strings.Replace(s.BaseURL(), "127.0.0.1", "localhost", 1), Token: token})
	o := c.Look(t.Context(), still)
	if o.State != backend.ServerUnknown || !strings.Contains(o.Err.Message, "certificate") || s.Total() != 0 {
		t.Errorf("%+v after %d requests", o.Err, s.Total())
	}
}

func TestOllamaAnswersThatAreNoLoads(t *testing.T) {
	t.Parallel()
	s, c := play(t, openaitest.Options{Engine: openaitest.Ollama, Models: []openaitest.Model{{ID: "tiny"}}})
	c.Look(t.Context(), still)
	for _, tc := range []struct {
		fault openaitest.Fault
		code  backend.Code
	}{
		{openaitest.Fault{HTML: true}, backend.CodeProtocol},
		{openaitest.Fault{Empty: true}, backend.CodeProtocol},
		{openaitest.Fault{CutOff: true}, backend.CodeProtocol},
		{openaitest.Fault{Status: 500}, backend.CodeLoadFailed},
		{openaitest.Fault{Status: 401}, backend.CodeNeedsToken},
		{openaitest.Fault{Status: 404}, backend.CodeModelMissing},
		{openaitest.Fault{Reset: true}, backend.CodeNetwork},
	} {
		tc.fault.Only = "/api/generate"
		s.Fail(tc.fault)
		_, err := c.Load(t.Context(), backend.LoadRequest{Model: "tiny"}, nil)
		wantCode(t, err, tc.code)
		if err := c.Unload(t.Context(), "tiny"); err == nil {
			t.Errorf("%+v passes for an unload", tc.fault)
		}
	}
	s.Fail(openaitest.Fault{Status: 500, Only: "/api/tags"})
	hour := func() time.Time { return fixed.Add(time.Hour) }
	if o := c.Look(t.Context(), hour); o.State != backend.ServerUnknown || o.Listed {
		t.Errorf("without its downloads: %+v", o)
	}
}
