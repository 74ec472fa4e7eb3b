package lmstudiotest_test

import (
	"context"
	"encoding/json"
	"net/http"
	"strings"
	"testing"

	"pilotlight/backend/source/lmstudio/lmstudiotest"
)

// streaming is a request in the form that OpenClaw sends.
func streaming(model string) string {
	return `{"model":"` + model + `","input":[],"messages":[{"role":"user","content":"."}],"stream":true}`
}

// event is one server-sent event.
type event struct {
	name string
	data map[string]any
}

func eventsOf(t *testing.T, body string) []event {
	t.Helper()
	var list []event
	for block := range strings.SplitSeq(strings.TrimSpace(body), "\n\n") {
		var e event
		for line := range strings.SplitSeq(block, "\n") {
			if name, ok := strings.CutPrefix(line, "event: "); ok {
				e.name = name
			}
			if data, ok := strings.CutPrefix(line, "data: "); ok {
				if err := json.Unmarshal([]byte(data), &e.data); err != nil {
					t.Fatalf("event %q: %v", block, err)
				}
			}
		}
		list = append(list, e)
	}
	return list
}

// A client of the Responses API goes by the events' order, counts on their
// numbers, and takes the text from the deltas and the usage from the last.
func TestResponsesStream(t *testing.T) {
	s := start(t, lmstudiotest.Options{})
	got := post(t, s.URL()+"/v1/responses", streaming(qwen))
	var names []string
	var text strings.Builder
	list := eventsOf(t, got.body)
	for n, e := range list {
		if e.data["type"] != e.name || e.data["sequence_number"] != float64(n) {
			t.Errorf("event %d is %q with type %v and number %v", n, e.name, e.data["type"], e.data["sequence_number"])
		}
		if delta, ok := e.data["delta"].(string); ok {
			text.WriteString(delta)
		}
		if len(names) == 0 || names[len(names)-1] != e.name {
			names = append(names, e.name)
		}
	}
	want := "response.created response.in_progress response.output_item.added response.content_part.added response.output_text.delta " +
		"response.output_text.done response.content_part.done response.output_item.done response.completed"
	if got := strings.Join(names, " "); got != want {
		t.Errorf("events = %s\nwant     %s", got, want)
	}
	if text.String() != "Hello from the fake LM Studio." {
		t.Errorf("the deltas say %q", text.String())
	}
	last, _ := list[len(list)-1].data["response"].(map[string]any)
	if usage, _ := last["usage"].(map[string]any); last["status"] != "completed" || usage["total_tokens"] != 23.0 {
		t.Errorf("the last event holds %v", last)
	}
	wantIDs(t, s, qwen)
}

func TestMessagesStream(t *testing.T) {
	s := start(t, lmstudiotest.Options{})
	var names []string
	for _, e := range eventsOf(t, post(t, s.URL()+"/v1/messages", streaming(qwen)).body) {
		if len(names) == 0 || names[len(names)-1] != e.name {
			names = append(names, e.name)
		}
	}
	want := "message_start content_block_start content_block_delta content_block_stop message_delta message_stop"
	if got := strings.Join(names, " "); got != want {
		t.Errorf("events = %s\nwant     %s", got, want)
	}
}

func TestPromptThatDoesNotFit(t *testing.T) {
	long := strings.Replace(chat(qwen), `"."`, `"`+strings.Repeat("word ", 20_000)+`"`, 1)
	for version, want := range map[string]string{
		"0.4.25": `{"error":"The number of tokens to keep from the initial prompt is greater than the context length (n_keep: 25021>= n_ctx: 8192).`,
		"0.3.30": `{"error":"Trying to keep the first 25021 tokens when context the overflows. However, the model is loaded with context length of only 8192 tokens`,
	} {
		s := start(t, lmstudiotest.Options{Version: version})
		s.LoadExplicit(qwen, 8192)
		post(t, s.URL()+"/v1/chat/completions", long).has(t, 400, want)
		s.LoadExplicit(third, 32768)
		post(t, s.URL()+"/v1/chat/completions", strings.Replace(long, qwen, third, 1)).has(t, 200)
	}
}

func TestInferenceFaults(t *testing.T) {
	tests := []struct {
		fault  lmstudiotest.InferenceFault
		status int
		want   string
	}{
		{lmstudiotest.InferenceServerError, 500, `{"error":{"message":"Internal server error","type":"api_error"}}`},
		{lmstudiotest.InferenceLoadRefused, 400, `Failed to load model \"qwen/qwen3-0.6b\". Error: Model loading was stopped due to insufficient system resources. ` +
			`Under the current settings, this model requires approximately 130.00 GB of memory`},
		{lmstudiotest.InferenceContext, 400, `is greater than the context length (n_keep: `},
		{lmstudiotest.InferenceContextOld, 400, `{"error":"Trying to keep the first `},
		{lmstudiotest.InferenceNoneLoaded, 400, `{"error":{"code":null,"message":"No models loaded. Please load a model`},
		{lmstudiotest.InferenceUnknownModel, 404, `"code":"model_not_found"`},
		{lmstudiotest.InferenceCrashed, 400, `{"error":"The model has crashed without additional information. (Exit code: null)"}`},
		{lmstudiotest.InferenceCrashing, 200, "event: error\ndata: {\"error\":{\"message\":\"The model has crashed without additional information. (Exit code: 6)\"}}"},
	}
	for _, tt := range tests {
		t.Run(string(tt.fault), func(t *testing.T) {
			s := start(t, lmstudiotest.Options{})
			if _, err := s.Do(lmstudiotest.Action{Do: "fail_inference", Inference: tt.fault}); err != nil {
				t.Fatal(err)
			}
			for _, route := range []string{"/v1/responses", "/v1/chat/completions", "/v1/messages"} {
				post(t, s.URL()+route, streaming(qwen)).has(t, tt.status, tt.want)
			}
			get(t, s.URL()+"/api/v1/models").has(t, 200, qwen) // all else is well
			s.FailInference(lmstudiotest.InferenceWell)
			post(t, s.URL()+"/v1/responses", streaming(qwen)).has(t, 200, "response.completed")
		})
	}
}

func TestInferenceThatNeverEnds(t *testing.T) {
	s := start(t, lmstudiotest.Options{})
	s.FailInference(lmstudiotest.InferenceCut)
	if got, err := try(t.Context(), http.MethodPost, s.URL()+"/v1/responses", streaming(qwen)); err == nil {
		t.Errorf("a stream that is cut ended well: %d %q", got.status, got.body)
	}
	s.FailInference(lmstudiotest.InferenceHang)
	ended := make(chan error, 1)
	ctx, hangUp := context.WithCancel(t.Context())
	go func() {
		_, err := try(ctx, http.MethodPost, s.URL()+"/v1/responses", streaming(qwen))
		ended <- err
	}()
	eventually(t, "the request comes in", func() bool { return s.Count("POST /v1/responses") == 2 })
	get(t, s.URL()+"/api/v1/models").has(t, 200, qwen)
	select {
	case err := <-ended:
		t.Errorf("a request that hangs ended: %v", err)
	default:
	}
	hangUp()
	if err := <-ended; err == nil {
		t.Error("a request that hangs was answered")
	}
}

func TestUnknownInferenceFaultIsAnError(t *testing.T) {
	s := start(t, lmstudiotest.Options{})
	if _, err := s.Do(lmstudiotest.Action{Do: "fail_inference", Inference: "sulk"}); err == nil {
		t.Error("no error")
	}
}
