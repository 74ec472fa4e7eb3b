package lmstudio_test

import (
	"io"
	"math"
	"reflect"
	"strings"
	"testing"
	"testing/iotest"
	"time"
	"unicode/utf8"

	"pilotlight/backend"
	"pilotlight/backend/source/lmstudio"
)

func readV1(t *testing.T, body string) (models []backend.Model, whole bool) {
	t.Helper()
	models, found, whole, failed, err := lmstudio.ReadList(strings.NewReader(body), backend.APIv1, still)
	if err != nil || !found || failed {
		t.Fatalf("found %v, failed %v, err %v", found, failed, err)
	}
	return models, whole
}

// One odd field must not cost the list, and nothing odd may pass for a reading.
func TestOddFieldsAreAbsent(t *testing.T) {
	models, whole := readV1(t, `{"more":{"a":[1]},"models":[
	 {"key":"a","type":7,"display_name":["x"],"architecture":{},"quantization":"4bit","size_bytes":"many","params_string":1,
	  "max_context_length":-1,"format":false,"loaded_instances":[{"id":"a","config":[],"remaining_ttl_seconds":"soon"}]},
	 {"key":"b","quantization":[],"size_bytes":0,"max_context_length":1e300,"loaded_instances":[{"id":"b","config":{"context_length":"8192","parallel":1.5},"remaining_ttl_seconds":null}]},
	 {"key":"c","size_bytes":-5,"max_context_length":0,"loaded_instances":null},
	 {"key":"d","size_bytes":1e300,"loaded_instances":[{"id":"d","remaining_ttl_seconds":-3},{"id":"d:2","remaining_ttl_seconds":1e300}]}]}`)
	if !whole {
		t.Error("the list is not whole")
	}
	want := []backend.Model{
		{Key: "a", Name: "a", Type: backend.TypeLLM, Quantization: "4bit", Instances: []backend.Instance{{ID: "a"}}},
		{Key: "b", Name: "b", Type: backend.TypeLLM, Instances: []backend.Instance{{ID: "b"}}},
		{Key: "c", Name: "c", Type: backend.TypeLLM},
		{Key: "d", Name: "d", Type: backend.TypeLLM, Instances: []backend.Instance{{ID: "d", Explicit: ptr(false)}, {ID: "d:2", Explicit: ptr(false)}}},
	}
	if !reflect.DeepEqual(models, want) {
		t.Errorf("got  %+v\nwant %+v", models, want)
	}
}

// What hides whether a model is loaded must not pass for "not loaded".
func TestListsThatHideAnInstanceAreNotWhole(t *testing.T) {
	for body, want := range map[string]bool{
		`{"models":[{"key":"a"}]}`:                                                     true,
		`{"models":[{}]}`:                                                              true,
		`{"models":[null]}`:                                                            true,
		`{"models":[{"loaded_instances":[{"id":"a"}]}]}`:                               false,
		`{"models":[{"key":7}]}`:                                                       false,
		`{"models":[{"key":""}]}`:                                                      false,
		`{"models":[7]}`:                                                               false,
		`{"models":[{"key":"a","loaded_instances":{"id":"a"}}]}`:                       false,
		`{"models":[{"key":"a","loaded_instances":"a"}]}`:                              false,
		`{"models":[{"key":"a","loaded_instances":["a"]}]}`:                            false,
		`{"models":[{"key":"a","loaded_instances":[{}]}]}`:                             false,
		`{"models":[{"key":"a","loaded_instances":[{"id":8}]}]}`:                       false,
		`{"models":[{"key":"` + strings.Repeat("k", 600) + `"}]}`:                      false,
		`{"models":[{"key":"a","loaded_instances":[` + many(64) + `]}]}`:               true,
		`{"models":[{"key":"a","loaded_instances":[` + many(65) + `]}]}`:               false,
		`{"models":[{"key":"a","loaded_instances":[],"loaded_instances":[{"id":1}]}]}`: false,
	} {
		if _, got := readV1(t, body); got != want {
			t.Errorf("%.80s: whole %v, want %v", body, got, want)
		}
	}
	for body, want := range map[string]bool{
		`{"data":[{"id":"a"}]}`:                    true,
		`{"data":[{"state":"not-loaded"}]}`:        true,
		`{"data":[{"state":"loaded"}]}`:            false,
		`{"data":[{"id":"a","state":true}]}`:       false,
		`{"data":[{"id":5,"state":"not-loaded"}]}`: false,
		`{"data":["a"]}`:                           false,
		`{"data":[{"id":"a:1","state":"loaded"},{"id":"a:02","state":"loaded"},{"id":":2","state":"loaded"}]}`: true,
	} {
		models, found, got, _, err := lmstudio.ReadList(strings.NewReader(body), backend.APIv0, still)
		if err != nil || !found || got != want {
			t.Errorf("%s: whole %v, want %v (%v)", body, got, want, err)
		}
		if strings.Contains(body, "a:1") && len(models) != 3 {
			t.Errorf("%s: %+v", body, models)
		}
	}
	h := &canned{}
	h.set("/api/v1/models", 200, `{"models":[{"key":"a","loaded_instances":7},{"key":"b","loaded_instances":[{"id":"b"}]}]}`)
	got := serve(t, h).Look(t.Context(), still)
	if got.State != backend.ServerUp || got.Listed || len(got.Models) != 2 {
		t.Errorf("got %+v", got)
	}
	wantCode(t, got.Err, backend.CodeProtocol)
}

func many(n int) string {
	var b strings.Builder
	for i := range n {
		if i > 0 {
			b.WriteByte(',')
		}
		b.WriteString(`{"id":"a:` + strings.Repeat("1", i+1) + `"}`)
	}
	return b.String()
}

func TestRowsOfOneKeyAreMerged(t *testing.T) {
	models, whole := readV1(t, `{"models":[{"key":"a","display_name":"A","loaded_instances":[{"id":"a"}]},
	 {"key":"b"},{"key":"a","display_name":"other","loaded_instances":[{"id":"a"},{"id":"a:2"}]}]}`)
	if !whole || len(models) != 2 || models[0].Name != "A" || len(models[0].Instances) != 2 || models[0].Instances[1].ID != "a:2" {
		t.Errorf("whole %v: %+v", whole, models)
	}
}

func TestStringsAreCutAtARuneAndCleaned(t *testing.T) {
	models, _ := readV1(t, `{"models":[{"key":"a","display_name":"`+strings.Repeat("ä", 400)+`","params_string":"1\u001b[31mB\n","format":"\ud800"}]}`)
	m := models[0]
	if len(m.Name) != 512 || !utf8.ValidString(m.Name) {
		t.Errorf("name of %d bytes, valid %v", len(m.Name), utf8.ValidString(m.Name))
	}
	if m.Parameters != "1 [31mB" || !utf8.ValidString(m.Format) {
		t.Errorf("parameters %q, format %q", m.Parameters, m.Format)
	}
}

func TestReadErrorsAreTold(t *testing.T) {
	_, _, _, _, err := lmstudio.ReadList(io.MultiReader(strings.NewReader(`{"models":[`), iotest.ErrReader(io.ErrClosedPipe)), backend.APIv1, still)
	if err == nil {
		t.Error("no error")
	}
}

// FuzzReadList holds the promises of the parser against any input, in both
// dialects.
func FuzzReadList(f *testing.F) {
	for _, s := range []string{
		fixture(f, "models_v1.json"), fixture(f, "models_v0.json"), noToken, badToken, "", "[]", `{"models":[]}`,
		`{"data":[{"id":"a:2","state":"loaded"},{"id":"a","state":7}],"models":[{"key":"a","loaded_instances":[{"id":"a","remaining_ttl_seconds":1e400}]}]}`,
		`{"models":[{"key":"\ud800"}],"error":{"message":[]}}`, strings.Repeat(`{"models":[`, 40),
	} {
		f.Add([]byte(s), true)
		f.Add([]byte(s), false)
	}
	f.Fuzz(func(t *testing.T, b []byte, v1 bool) {
		api := backend.APIv0
		if v1 {
			api = backend.APIv1
		}
		models, found, whole, _, err := lmstudio.ReadList(strings.NewReader(string(b)), api, still)
		if err != nil && (models != nil || found || whole) {
			t.Fatalf("an error and a list: %v", err)
		}
		if len(models) > 2000 {
			t.Fatalf("%d models", len(models))
		}
		keys := map[string]bool{}
		for _, m := range models {
			if m.Key == "" || m.Name == "" && strings.TrimSpace(m.Key) != "" && utf8.ValidString(m.Key) && !strings.ContainsFunc(m.Key, isControl) || keys[m.Key] {
				t.Fatalf("key %q, name %q, twice %v", m.Key, m.Name, keys[m.Key])
			}
			keys[m.Key] = true
			checkModel(t, m)
		}
	})
}

func isControl(r rune) bool { return r < ' ' || r >= 0x7f && r < 0xa0 }

func checkModel(t *testing.T, m backend.Model) {
	t.Helper()
	if m.Type != backend.TypeLLM && m.Type != backend.TypeEmbedding {
		t.Fatalf("type %q", m.Type)
	}
	for _, s := range []string{m.Name, m.Format, m.Quantization, m.Parameters, m.Architecture} {
		if len(s) > 512 || !utf8.ValidString(s) || strings.ContainsFunc(s, isControl) {
			t.Fatalf("string %q", s)
		}
	}
	if m.SizeBytes != nil && *m.SizeBytes < 1 || m.MaxContextLength != nil && *m.MaxContextLength < 1 ||
		m.BitsPerWeight != nil && (*m.BitsPerWeight <= 0 || math.IsInf(*m.BitsPerWeight, 0)) {
		t.Fatalf("a number that cannot be: %+v", m)
	}
	if len(m.Instances) > 64 {
		t.Fatalf("%d instances", len(m.Instances))
	}
	ids := map[string]bool{}
	for _, i := range m.Instances {
		if i.ID == "" || len(i.ID) > 512 || ids[i.ID] {
			t.Fatalf("instance id %q", i.ID)
		}
		ids[i.ID] = true
		if i.ExpiresAt != nil && (i.ExpiresAt.Before(fixed) || i.ExpiresAt.After(fixed.Add(101*365*24*time.Hour))) {
			t.Fatalf("expires at %v", i.ExpiresAt)
		}
	}
}

func BenchmarkReadList(b *testing.B) {
	body := bigList(30)
	b.ReportAllocs()
	for b.Loop() {
		if _, _, _, _, err := lmstudio.ReadList(strings.NewReader(body), backend.APIv1, still); err != nil {
			b.Fatal(err)
		}
	}
}

// BenchmarkLook is a look at a machine with thirty models, the server's side of
// it included.
func BenchmarkLook(b *testing.B) {
	h := &canned{}
	h.set("/api/v1/models", 200, bigList(30))
	c := serve(b, h)
	b.ReportAllocs()
	for b.Loop() {
		if o := c.Look(b.Context(), time.Now); !o.Listed {
			b.Fatal(o.Err)
		}
		h.requests()
	}
}

func bigList(n int) string {
	row := `{"type":"llm","publisher":"qwen","key":"qwen/qwen3-KEY","display_name":"Qwen3 30B A3B","architecture":"qwen3_moe","quantization":{"name":"Q4_K_M","bits_per_weight":4},"size_bytes":18556685600,"params_string":"30B-A3B","loaded_instances":[],"max_context_length":262144,"format":"gguf","capabilities":{"vision":false,"trained_for_tool_use":true,"reasoning":{"allowed_options":["off","on"],"default":"on"}},"description":null,"variants":["qwen/qwen3-KEY@q4_k_m","qwen/qwen3-KEY@q8_0"],"selected_variant":"qwen/qwen3-KEY@q4_k_m"}`
	var rows []string
	for i := range n {
		rows = append(rows, strings.ReplaceAll(row, "KEY", strings.Repeat("x", i+1)))
	}
	return `{"models":[` + strings.Join(rows, ",") + `]}`
}
