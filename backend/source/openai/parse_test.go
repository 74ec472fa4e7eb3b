package openai_test

import (
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"reflect"
	"strings"
	"testing"
	"time"
	"unicode"
	"unicode/utf8"

	"pilotlight/backend"
	"pilotlight/backend/source/openai"
	"pilotlight/backend/source/openai/openaitest"
)

// manyModels is a list of n with ids full of what ids should not have.
func manyModels(n int) string {
	var b strings.Builder
	b.WriteString(`{"object":"list","data":[`)
	for i := range n {
		if i > 0 {
			b.WriteByte(',')
		}
		fmt.Fprintf(&b, `{"id":"org/mo\"del/🔥/%d","object":"model","owned_by":"someone","description":"%s"}`, i, strings.Repeat("d", 200))
	}
	b.WriteString(`]}`)
	return b.String()
}

func TestTenThousandModels(t *testing.T) {
	t.Parallel()
	body := manyModels(10_000)
	models, more, odd, found, err := openai.ReadList([]byte(body))
	if err != nil || !found || len(models) != 2000 || more != 8000 || odd != 0 {
		t.Fatalf("%d kept, %d more, %d odd, %v", len(models), more, odd, err)
	}
	if models[0].Key != `org/mo"del/🔥/0` {
		t.Errorf("key %q", models[0].Key)
	}
	s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path == "/v1/models" {
			_, _ = w.Write([]byte(body))
			return
		}
		http.NotFound(w, r)
	}))
	t.Cleanup(s.Close)
	o := client(t, openai.Config{ID: "x", URL: s.URL + "/v1"}).Look(t.Context(), still)
	if o.State != backend.ServerUp || !o.Listed || len(o.Models) != 2000 {
		t.Fatalf("got %d models, %+v", len(o.Models), o.Err)
	}
	wantCode(t, o.Err, backend.CodeTooLarge)
	if !strings.Contains(o.Err.Message, "10000") {
		t.Errorf("message %q", o.Err.Message)
	}
	for _, e := range []openaitest.Engine{openaitest.Ollama, openaitest.LiteLLM, openaitest.Router} {
		list := make([]openaitest.Model, 2100)
		for i := range list {
			list[i] = openaitest.Model{ID: fmt.Sprintf("m-%05d", i)}
		}
		_, c := play(t, openaitest.Options{Engine: e, Models: list})
		o := c.Look(t.Context(), still)
		if len(o.Models) != 2000 || !o.Listed || backend.CodeOf(o.Err) != backend.CodeTooLarge {
			t.Errorf("%s: %d models, %v", e, len(o.Models), o.Err)
		}
	}
}

// A long list is read once a minute; in between it is only asked for.
func TestALongListIsNotReadAtEveryLook(t *testing.T) {
	t.Parallel()
	for _, e := range []openaitest.Engine{openaitest.Gateway, openaitest.LiteLLM} {
		at := newHand()
		list := make([]openaitest.Model, 400)
		for i := range list {
			list[i] = openaitest.Model{ID: fmt.Sprint("m", i)}
		}
		s, c := play(t, openaitest.Options{Engine: e, Models: list, Token: token})
		c.Look(t.Context(), at.now) // found out
		if o := c.Look(t.Context(), at.now); len(o.Models) != 400 {
			t.Fatalf("%s: %d models", e, len(o.Models))
		}
		s.SetModels(list[:390])
		if o := c.Look(t.Context(), at.now); len(o.Models) != 400 || !o.Listed || o.State != backend.ServerUp {
			t.Errorf("%s: %d models in the same minute", e, len(o.Models))
		}
		s.SetToken("another")
		if o := c.Look(t.Context(), at.now); o.State != backend.ServerNeedsToken {
			t.Errorf("%s: %+v", e, o)
		}
		s.SetToken(token)
		at.advance(61 * time.Second)
		if o := c.Look(t.Context(), at.now); len(o.Models) != 390 {
			t.Errorf("%s: %d models a minute later", e, len(o.Models))
		}
		_ = s.Kill()
		if o := c.Look(t.Context(), at.now); o.State != backend.ServerDown {
			t.Errorf("%s: %+v", e, o)
		}
	}
}

func TestAListWithoutAnEnd(t *testing.T) {
	t.Parallel()
	s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path != "/v1/models" {
			http.NotFound(w, r)
			return
		}
		_, _ = w.Write([]byte(`{"data":[`))
		for r.Context().Err() == nil {
			if _, err := w.Write([]byte(`{"id":"a","x":"` + strings.Repeat("y", 1000) + `"},`)); err != nil {
				return
			}
		}
	}))
	t.Cleanup(s.Close)
	o := client(t, openai.Config{ID: "x", URL: s.URL + "/v1"}).Look(t.Context(), still)
	if o.State != backend.ServerUnknown || o.Listed || !strings.Contains(o.Err.Message, "8 MB") {
		t.Errorf("got %+v", o)
	}
}

func TestOddRows(t *testing.T) {
	for body, want := range map[string][]string{
		`{"data":[{"id":"a"},{"id":"a"},{"id":""},{"id":7},{},null,7,"b",{"id":"c"}]}`: {"a", "c"},
		`{"data":null}`: nil, `{"data":[]}`: nil,
		`[{"id":"a"}]`: {"a"},
		`{"data":[{"id":"` + strings.Repeat("k", 1<<20) + `"},{"id":"short"}]}`: {"short"},
		`{"data":[{"id":"a\u0000b"},{"id":"a\nb"},{"id":"ok"}]}`:                {"ok"},
		`{"data":[{"id":"a","max_model_len":"4096","meta":7,"status":[]}]}`:     {"a"},
	} {
		models, _, _, found, err := openai.ReadList([]byte(body))
		var got []string
		for _, m := range models {
			got = append(got, m.Key)
		}
		if err != nil || !found || !reflect.DeepEqual(got, want) {
			t.Errorf("%.60s: %q, want %q (%v)", body, got, want, err)
		}
	}
	for _, body := range []string{``, `7`, `"x"`, `{`, `{"data":[`, `{"data":{}}`, `{"data":[{"id":"a"}]}x`, `<html>`, `[[`} {
		if models, _, _, found, err := openai.ReadList([]byte(body)); err == nil && found || len(models) > 0 {
			t.Errorf("%s passes for a list", body)
		}
	}
	models, _, _, _, _ := openai.ReadList([]byte(`{"data":[{"id":"a","max_model_len":"4096"},{"id":"b","context_length":-1,"context_window":1e300},{"id":"c","max_input_tokens":9}]}`))
	if *models[0].MaxContextLength != 4096 || models[1].MaxContextLength != nil || *models[2].MaxContextLength != 9 {
		t.Errorf("got %+v", models)
	}
}

func TestOddProperties(t *testing.T) {
	for body, want := range map[string]string{
		`{"default_generation_settings":{"n_ctx":4096},"total_slots":1,"is_sleeping":true}`:                "4096 1 true true",
		`{"default_generation_settings":{"n_ctx":"4096"},"total_slots":"2","model_path":"/x"}`:             "4096 2 false true",
		`{"default_generation_settings":{"n_ctx":-1},"total_slots":0,"build_info":"b1","is_sleeping":"x"}`: "<nil> <nil> false true",
		`{"default_generation_settings":7,"total_slots":1}`:                                                "<nil> 1 false false",
		`{"role":"router"}`: "<nil> <nil> false true", `{}`: "<nil> <nil> false false", `[]`: "<nil> <nil> false false", ``: "<nil> <nil> false false",
	} {
		context, slots, sleeping, ok := openai.ReadProps([]byte(body))
		if got := fmt.Sprint(deref(context), deref(slots), sleeping, ok); got != want {
			t.Errorf("%s: %s, want %s", body, got, want)
		}
	}
	for body, want := range map[string]int{
		`[]`: 0, `[{"is_processing":true},{"is_processing":false}]`: 1, `[{"state":1},{"state":0}]`: 1, // versions of before October 2024
		`[{}]`: -1, `[{"is_processing":"yes"}]`: -1, `{}`: -1, `[{"is_processing":true}`: -1, ``: -1, `[7]`: -1,
	} {
		n, ok := openai.ReadSlots([]byte(body))
		if !ok {
			n = -1
		}
		if n != want {
			t.Errorf("%s: %d, want %d", body, n, want)
		}
	}
	for body, want := range map[string]any{
		`{"model_info":{"llama.context_length":8192}}`: 8192, `{"model_info":{"a.context_length":1,"b.context_length":"2"}}`: 2,
		`{"model_info":{"x":1}}`: nil, `{"model_info":7}`: nil, `{}`: nil, ``: nil,
	} {
		if n, _ := openai.ReadShow([]byte(body)); deref(n) != want {
			t.Errorf("%s: %v, want %v", body, deref(n), want)
		}
	}
}

func TestMetrics(t *testing.T) {
	page := "# HELP vllm:num_requests_running x\n# TYPE vllm:num_requests_running gauge\n" +
		"vllm:num_requests_running{engine=\"0\",model_name=\"a\\\"b\\\\c}\"} 2.0\n" +
		"vllm:num_requests_running{engine=\"1\",model_name=\"a\\\"b\\\\c}\"} 1.0 1700000000\n" +
		"vllm:num_requests_waiting{model_name=\"z\"} 4\n" +
		"vllm:num_requests_waiting_by_reason{model_name=\"z\"} 9\n" +
		strings.Repeat("x", 10_000) + "vllm:num_requests_running{model_name=\"hidden\"} 7\n" +
		"vllm:num_requests_running{model_name=\"bad\"} NaN\nvllm:num_requests_running{model_name=\"bad\"} -1\nvllm:num_requests_running{model_name=\"bad\"\n" +
		"llamacpp:requests_processing 1\nllamacpp:requests_deferred 3"
	want := map[string][2]int{`a"b\c}`: {3, 0}, "z": {0, 4}, "": {1, 3}}
	if got := openai.ReadMetrics([]byte(page)); !reflect.DeepEqual(got, want) {
		t.Errorf("got %v, want %v", got, want)
	}
}

func seeds(f *testing.F) {
	for _, s := range []string{
		"", "[]", "{}", `{"data":[]}`, `{"models":[{"name":"a:latest","expires_at":"2318-09-04T01:02:03Z"}]}`, `{"error":{"message":[]}}`, `{"detail":{"error":"x"}}`,
		`{"data":[{"id":"a/b","owned_by":"vllm","max_model_len":4096},{"id":"\ud800"}],"data":[{"id":"c"}]}`, strings.Repeat(`{"data":[`, 40),
		`{"data":[{"model_name":"a","litellm_params":{"model":"b"},"model_info":{"max_input_tokens":"7"}}]}`,
		`{"default_generation_settings":{"n_ctx":1}}`, `[{"is_processing":true}]`, `{"model_info":{"x.context_length":1e400}}`,
		"vllm:num_requests_running{model_name=\"a\\", "llamacpp:requests_processing 1e9", manyModels(3),
	} {
		f.Add([]byte(s))
	}
}

// FuzzParsers holds the promises of every parser against any input.
func FuzzParsers(f *testing.F) {
	seeds(f)
	f.Fuzz(func(t *testing.T, b []byte) {
		models, _, _, _, err := openai.ReadList(b)
		if err != nil && models != nil && len(models) > 0 {
			t.Fatalf("an error and a list: %v", err)
		}
		checkModels(t, models)
		tags, _, _ := openai.ReadOllama(b, fixed)
		checkModels(t, tags)
		info, _, _ := openai.ReadInfo(b)
		checkModels(t, info)
		context, slots, _, _ := openai.ReadProps(b)
		show, _ := openai.ReadShow(b)
		for _, n := range []*int{context, slots, show} {
			if n != nil && (*n < 1 || *n > 1<<30) {
				t.Fatalf("a figure of %d", *n)
			}
		}
		if n, ok := openai.ReadSlots(b); n < 0 || ok && !json.Valid(b[:jsonEnd(b)]) {
			t.Fatalf("%d slots of no JSON", n)
		}
		for _, l := range openai.ReadMetrics(b) {
			if l[0] < 0 || l[1] < 0 {
				t.Fatalf("a load of %v", l)
			}
		}
	})
}

// jsonEnd is where the first value ends, since slots may be followed by anything.
func jsonEnd(b []byte) int {
	dec := json.NewDecoder(strings.NewReader(string(b)))
	var v any
	if dec.Decode(&v) != nil {
		return 0
	}
	return int(dec.InputOffset())
}

func checkModels(t *testing.T, models []backend.Model) {
	t.Helper()
	if len(models) > 2000 {
		t.Fatalf("%d models", len(models))
	}
	for _, m := range models {
		if m.Key == "" || len(m.Key) > 512 || strings.ContainsFunc(m.Key, unicode.IsControl) {
			t.Fatalf("key %q", m.Key)
		}
		for _, s := range []string{m.Name, m.Format, m.Quantization, m.Parameters, m.Architecture} {
			if len(s) > 2048 || !utf8.ValidString(s) || strings.ContainsFunc(s, unicode.IsControl) {
				t.Fatalf("string %q", s)
			}
		}
		if m.Type != backend.TypeLLM && m.Type != backend.TypeEmbedding || m.MaxContextLength != nil && *m.MaxContextLength < 1 || m.SizeBytes != nil && *m.SizeBytes < 1 {
			t.Fatalf("model %+v", m)
		}
	}
}

// BenchmarkLook is a steady look at a llama.cpp server, the server's side included.
func BenchmarkLook(b *testing.B) {
	s, c := play(b, openaitest.Options{Engine: openaitest.LlamaCpp})
	b.ReportAllocs()
	for b.Loop() {
		if o := c.Look(b.Context(), still); !o.Listed {
			b.Fatal(o.Err)
		}
		s.Requests()
	}
}

// BenchmarkTenThousandModels reads the longest list that is worth reading.
func BenchmarkTenThousandModels(b *testing.B) {
	body := []byte(manyModels(10_000))
	b.SetBytes(int64(len(body)))
	b.ReportAllocs()
	for b.Loop() {
		if _, more, _, _, err := openai.ReadList(body); err != nil || more != 8000 {
			b.Fatal(more, err)
		}
	}
}
