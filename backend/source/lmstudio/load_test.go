package lmstudio_test

import (
	"context"
	"encoding/json"
	"net/http"
	"strconv"
	"strings"
	"testing"
	"time"

	"pilotlight/backend"
	"pilotlight/backend/source/lmstudio"
)

const tooBig = "Failed to load LLM 'X': Error: Model loading was stopped due to insufficient system resources. Under the current settings, this model requires approximately 273.25 GB of memory, and continuing to load it would likely overload your system and cause it to freeze. If you think this is incorrect, you can adjust the model loading guardrails in settings."

// bothForms is an error as LM Studio writes it, each way.
func bothForms(typ, code, message string) []string {
	text, _ := json.Marshal(message)
	object := `{"error":{"message":` + string(text)
	if typ != "" {
		object += `,"type":"` + typ + `"`
	}
	if code != "" {
		object += `,"code":"` + code + `"`
	}
	return []string{object + `}}`, `{"error":` + string(text) + `}`}
}

// The catalogue of load errors, in both forms, at every status they were or
// might be seen with.
func TestLoadErrors(t *testing.T) {
	for _, tc := range []struct {
		name, typ, code, message string
		want                     backend.Code
		word                     string
	}{
		{"guardrail", "model_load_failed", "", tooBig, backend.CodeGuardrail, "273.25 GB"},
		{"guardrail without a figure", "", "", "Model loading aborted due to insufficient system resources", backend.CodeGuardrail, "not enough memory"},
		{"no runtime", "model_load_failed", "", "Failed to load LLM 'X': Error: No LM Runtime found for model format 'torchSafetensors'!", backend.CodeLoadFailed, "torchSafetensors"},
		{"engine died", "model_load_failed", "", "Failed to load LLM 'X': Error: SIGABRT\nstack\nmore", backend.CodeLoadFailed, "SIGABRT"},
		{"unknown model", "model_not_found", "model_not_found", `Invalid model identifier "translategemma:27b"`, backend.CodeModelMissing, "does not have"},
		{"bad value", "invalid_request", "invalid_value", "Unrecognized key(s) in object: 'x'", backend.CodeSchema, ""},
		{"unknown key", "invalid_request", "unrecognized_keys", "Unrecognized key(s) in object: 'ttl'", backend.CodeSchema, "ttl"},
		{"no such route", "", "", "Unexpected endpoint or method. (POST /api/v1/models/load)", backend.CodeUnsupported, ""},
		{"token", "invalid_request", "invalid_api_key", "An LM Studio API token is required to make requests", backend.CodeNeedsToken, ""},
	} {
		for i, body := range bothForms(tc.typ, tc.code, tc.message) {
			for _, status := range []int{200, 400, 500} {
				t.Run(tc.name+"/"+strconv.Itoa(i)+"/"+strconv.Itoa(status), func(t *testing.T) {
					h := &canned{}
					h.set("/api/v1/models/load", status, body)
					_, err := serve(t, h).Load(t.Context(), backend.LoadRequest{Model: "X"}, nil)
					wantCode(t, err, tc.want)
					if !strings.Contains(err.Error(), tc.word) || strings.Contains(err.Error(), "\n") || len(err.Error()) > 450 {
						t.Errorf("message %q", err.Error())
					}
				})
			}
		}
	}
}

func TestLoadAnswersThatAreNone(t *testing.T) {
	for name, tc := range map[string]struct {
		status int
		body   string
		want   backend.Code
	}{
		"page":            {200, "<html>", backend.CodeProtocol},
		"empty":           {200, "", backend.CodeProtocol},
		"empty object":    {200, "{}", backend.CodeProtocol},
		"array":           {200, "[]", backend.CodeProtocol},
		"huge":            {200, `{"instance_id":"` + strings.Repeat("x", 300<<10) + `"}`, backend.CodeProtocol},
		"deep":            {200, `{"instance_id":` + strings.Repeat("[", 100_000) + strings.Repeat("]", 100_000) + `}`, backend.CodeProtocol},
		"wrong types":     {200, `{"instance_id":7,"status":[]}`, backend.CodeProtocol},
		"status alone":    {500, `{}`, backend.CodeLoadFailed},
		"404 alone":       {404, `{"error":{}}`, backend.CodeModelMissing},
		"401 page":        {401, "<html>", backend.CodeNeedsToken},
		"error is a list": {500, `{"error":["x"]}`, backend.CodeLoadFailed},
	} {
		t.Run(name, func(t *testing.T) {
			h := &canned{}
			h.set("/api/v1/models/load", tc.status, tc.body)
			_, err := serve(t, h, withToken).Load(t.Context(), backend.LoadRequest{Model: "X"}, nil)
			wantCode(t, err, tc.want)
		})
	}
}

func TestLoadSendsOnlyWhatTheServerTakes(t *testing.T) {
	h := &canned{}
	h.set("/api/v1/models/load", 200, `{"type":"llm","instance_id":"m","load_time_seconds":9.099,"status":"loaded","load_config":{"context_length":16384}}`)
	c := serve(t, h, withToken)
	got, err := c.Load(t.Context(), backend.LoadRequest{Model: "m", ContextLength: ptr(16384)}, nil)
	if err != nil || got.InstanceID != "m" || *got.ContextLength != 16384 || got.Duration != 9099*time.Millisecond {
		t.Errorf("got %+v, %v", got, err)
	}
	if h.sent != `{"model":"m","context_length":16384,"echo_load_config":true}` {
		t.Errorf("sent %s", h.sent)
	}
	if h.header.Get("Authorization") != "Bearer "+token || h.header.Get("Content-Type") != "application/json" {
		t.Errorf("header %v", h.header)
	}
}

// The schema is closed, and which keys it has changed over time.
func TestLoadDropsTheOptionalKeyOnce(t *testing.T) {
	var sent []string
	refuse := `"echo_load_config"`
	c := serve(t, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.Method == http.MethodGet {
			return // whether it is loading already, it does not say
		}
		var body json.RawMessage
		_ = json.NewDecoder(r.Body).Decode(&body)
		sent = append(sent, string(body))
		if strings.Contains(string(body), refuse) {
			w.WriteHeader(http.StatusBadRequest)
			_, _ = w.Write([]byte(`{"error":{"message":"Unrecognized key(s) in object: 'x'","type":"invalid_request","code":"unrecognized_keys"}}`))
			return
		}
		_, _ = w.Write([]byte(`{"type":"llm","instance_id":"m","status":"loaded"}`))
	}))
	req := backend.LoadRequest{Model: "m", ContextLength: ptr(8192)}
	if _, err := c.Load(t.Context(), req, nil); err != nil {
		t.Error(err)
	}
	if len(sent) != 2 || sent[1] != `{"model":"m","context_length":8192}` {
		t.Errorf("sent %q", sent)
	}
	sent, refuse = nil, "context_length"
	_, err := c.Load(t.Context(), req, nil)
	wantCode(t, err, backend.CodeSchema)
	if len(sent) != 2 {
		t.Errorf("sent %q", sent)
	}
}

// A load that was cut off may go on, so it must never be asked for twice, and
// the person must be told.
func TestLoadThatIsCutOff(t *testing.T) {
	asked := make(chan struct{}, 8)
	for name, tc := range map[string]struct {
		answer func(http.ResponseWriter, *http.Request)
		want   backend.Code
	}{
		"no answer": {func(_ http.ResponseWriter, r *http.Request) { <-r.Context().Done() }, backend.CodeTimeout},
		"broken":    {func(http.ResponseWriter, *http.Request) { panic(http.ErrAbortHandler) }, backend.CodeNetwork},
		"half": {func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Content-Length", "100")
			_, _ = w.Write([]byte(`{"instance_id":`))
		}, backend.CodeNetwork},
	} {
		t.Run(name, func(t *testing.T) {
			c := serve(t, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
				if r.Method == http.MethodGet {
					return
				}
				_ = json.NewDecoder(r.Body).Decode(new(json.RawMessage)) // so that a client's hanging up is noticed
				asked <- struct{}{}
				tc.answer(w, r)
			}))
			_, err := c.Load(within(t, 300*time.Millisecond), backend.LoadRequest{Model: "m"}, nil)
			wantCode(t, err, tc.want)
			if !strings.Contains(backend.AsError(err).Hint, "may still go on") {
				t.Errorf("hint %q", backend.AsError(err).Hint)
			}
			if n := len(asked); n != 1 {
				t.Errorf("asked %d times", n)
			}
			<-asked
		})
	}
	t.Run("nobody there", func(t *testing.T) {
		c := client(t, lmstudio.Config{URL: deadURL(t)})
		_, err := c.Load(t.Context(), backend.LoadRequest{Model: "m"}, nil)
		wantCode(t, err, backend.CodeNetwork)
		if strings.Contains(backend.AsError(err).Hint, "may still go on") {
			t.Errorf("hint %q", backend.AsError(err).Hint)
		}
	})
	t.Run("given up", func(t *testing.T) {
		ctx, cancel := context.WithCancel(t.Context())
		c := serve(t, http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
			_ = json.NewDecoder(r.Body).Decode(new(json.RawMessage))
			cancel()
			<-r.Context().Done()
		}))
		_, err := c.Load(ctx, backend.LoadRequest{Model: "m"}, nil)
		wantCode(t, err, backend.CodeTimeout)
	})
}

func TestUnload(t *testing.T) {
	for name, tc := range map[string]struct {
		status int
		body   string
		want   backend.Code
	}{
		"done":           {200, `{"instance_id":"m"}`, ""},
		"done, no words": {200, `{}`, ""},
		"404 object":     {404, `{"error":{"message":"Model instance 'm' is gone","type":"model_not_found"}}`, backend.CodeNotFound},
		"404 string":     {404, `{"error":"no"}`, backend.CodeNotFound},
		"200 not found":  {200, `{"error":{"message":"x","type":"invalid_request","code":"model_not_found"}}`, backend.CodeNotFound},
		"400 string":     {400, `{"error":"Model not found"}`, backend.CodeNotFound},
		"missing field":  {200, `{"error":{"message":"Missing required field 'instance_id'","type":"invalid_request","code":"missing_required_parameter","param":"instance_id"}}`, backend.CodeSchema},
		"something else": {500, `{"error":{"message":"boom","type":"internal_error"}}`, backend.CodeProtocol},
		"token":          {401, noToken, backend.CodeNeedsToken},
		"no such route":  {404, `{"error":"Unexpected endpoint or method. (POST /api/v1/models/unload)"}`, backend.CodeUnsupported},
		"200 for 401":    {200, noToken, backend.CodeNeedsToken},
		"page":           {200, `<html>`, backend.CodeProtocol},
	} {
		t.Run(name, func(t *testing.T) {
			h := &canned{}
			h.set("/api/v1/models/unload", tc.status, tc.body)
			err := serve(t, h).Unload(t.Context(), "m")
			wantCode(t, err, tc.want)
			if h.sent != `{"instance_id":"m"}` {
				t.Errorf("sent %s", h.sent)
			}
		})
	}
}

func TestPing(t *testing.T) {
	const reply = `{"id":"chatcmpl-x","object":"chat.completion","model":"m","choices":[{"index":0,"message":{"role":"assistant","content":"Hello"},"finish_reason":"length"}],"usage":{"prompt_tokens":21,"completion_tokens":1}}`
	for name, tc := range map[string]struct {
		status int
		body   string
		want   backend.Code
	}{
		"answered":           {200, reply, ""},
		"answered at length": {200, `{"choices":[{"message":{"content":"` + strings.Repeat("x", 300<<10) + `"}}]}`, ""},
		"crashed":            {400, `{"error":"The model has crashed without additional information. (Exit code: null)"}`, backend.CodeModelCrashed},
		"crashed, object":    {200, `{"error":{"message":"The model has crashed without additional information. (Exit code: null)"}}`, backend.CodeModelCrashed},
		"none loaded":        {400, `{"error":{"message":"No models loaded. Please load a model in the developer page or use the 'lms load' command.","type":"invalid_request_error","param":"model","code":null}}`, backend.CodeNotFound},
		"several loaded":     {400, `{"error":{"message":"Multiple models are loaded. Please specify a model by providing a 'model' field.","type":"invalid_request_error","param":"model","code":"model_not_found"}}`, backend.CodeNotFound},
		"unloaded meanwhile": {400, `{"error":"Model unloaded."}`, backend.CodeNotFound},
		"JIT refused":        {404, `{"error":{"message":"Failed to load model \"X\". Error: Model loading aborted due to insufficient system resources. Under the current settings, this model requires approximately 64,5 GB"}}`, backend.CodeGuardrail},
		"JIT failed":         {404, `{"error":{"message":"Failed to load model \"X\". Error: SIGABRT"}}`, backend.CodeLoadFailed},
		"token":              {401, badToken, backend.CodeNeedsToken},
		"no such route":      {200, `{"error":"Unexpected endpoint or method. (POST /v1/chat/completions)"}`, backend.CodeUnsupported},
		"context overflow":   {400, `{"error":"The number of tokens to keep from the initial prompt is greater than the context length (n_keep: 13055>= n_ctx: 4096)."}`, backend.CodeProtocol},
		"page":               {200, `<html>`, backend.CodeProtocol},
	} {
		t.Run(name, func(t *testing.T) {
			h := &canned{}
			h.set("/v1/chat/completions", tc.status, tc.body)
			err := serve(t, h).Ping(t.Context(), "m:2")
			wantCode(t, err, tc.want)
			if h.sent != `{"model":"m:2","messages":[{"role":"user","content":"."}],"max_tokens":1,"temperature":0,"stream":false}` {
				t.Errorf("sent %s", h.sent)
			}
		})
	}
}

// A server may repeat what it was sent, and must not make us show it.
func TestErrorsDoNotRepeatTheToken(t *testing.T) {
	h := &canned{}
	h.set("/v1/chat/completions", 400, `{"error":"cannot use `+token+` nor 01234567890123456789 here"}`)
	err := serve(t, h, withToken).Ping(t.Context(), "m")
	wantCode(t, err, backend.CodeProtocol)
	if strings.Contains(err.Error(), "0123456789") {
		t.Errorf("message %q", err.Error())
	}
}
