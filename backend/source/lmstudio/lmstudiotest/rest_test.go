package lmstudiotest_test

import (
	"context"
	"encoding/json"
	"net/http"
	"os"
	"path/filepath"
	"testing"
	"time"

	"pilotlight/backend/source/lmstudio/lmstudiotest"
)

func TestDiscovery(t *testing.T) {
	home := t.TempDir()
	s := start(t, lmstudiotest.Options{Token: token, Home: home})
	get(t, s.URL()+"/lmstudio-greeting").is(t, 200, `{"lmstudio":true}`)
	get(t, s.InternalURL()+"/lmstudio-greeting").is(t, 200, `{"lmstudio":true}`)
	get(t, s.InternalURL()+"/lms-status").is(t, 200, `{"package":"lmstudio","version":"0.4.25"}`)
	get(t, s.InternalURL()+"/api/v1/models").has(t, 404)
	for file, want := range map[string]string{"http-server-config.json": s.URL(), "http-server.json": s.InternalURL()} {
		text, err := os.ReadFile(filepath.Join(home, ".internal", file))
		if err != nil {
			t.Fatal(err)
		}
		var config struct{ Port json.Number }
		if err := json.Unmarshal(text, &config); err != nil {
			t.Fatalf("%s: %v", file, err)
		}
		if got := "http://127.0.0.1:" + config.Port.String(); got != want {
			t.Errorf("%s publishes %s, want %s", file, got, want)
		}
	}
}

func TestUnknownRoutes(t *testing.T) {
	tests := []struct {
		version, method, path string
		status                int
	}{
		{"0.4.25", "GET", "/", 200},
		{"0.4.25", "GET", "/lms-status", 200},
		{"0.4.25", "GET", "/v1/nothing", 200},
		{"0.4.25", "GET", "/api/v0/nothing", 200},
		{"0.4.25", "GET", "/llm", 200},
		{"0.4.25", "GET", "/api/v1/nothing", 404},
		{"0.4.25", "GET", "/api/v1/models/load", 404},
		{"0.4.25", "GET", "/api/v1/models/qwen/qwen3-0.6b", 404},
		{"1.1.7", "GET", "/api/v1/nothing", 404},
		{"0.3.30", "GET", "/api/v1/models", 200},
		{"0.3.30", "POST", "/api/v1/models/load", 200},
		{"0.3.30", "POST", "/v1/messages", 200},
		{"0.3.28", "POST", "/v1/responses", 200},
	}
	for _, tt := range tests {
		t.Run(tt.version+" "+tt.method+" "+tt.path, func(t *testing.T) {
			s := start(t, lmstudiotest.Options{Version: tt.version})
			do(t, tt.method, s.URL()+tt.path, "{}").is(t, tt.status,
				`{"error":"Unexpected endpoint or method. (`+tt.method+` `+tt.path+`)"}`)
		})
	}
}

// capturedV1 is what LM Studio 0.4.25+1 really answered, as published in the
// test fixtures of the rlmstudio package.
const capturedV1 = `{"models":[{"type":"llm","publisher":"google","key":"google/gemma-3-1b","display_name":"Gemma 3 1B",` +
	`"architecture":"gemma3_text","quantization":{"name":"4bit","bits_per_weight":4},"size_bytes":771933305,"params_string":"1B",` +
	`"loaded_instances":[{"id":"google/gemma-3-1b","config":{"context_length":8192,"parallel":4,"reasoning_budget_message":""}}],` +
	`"max_context_length":32768,"format":"mlx","capabilities":{"vision":false,"trained_for_tool_use":false},"description":null,` +
	`"variants":["google/gemma-3-1b@4bit"],"selected_variant":"google/gemma-3-1b@4bit"},` +
	`{"type":"embedding","publisher":"nomic-ai","key":"text-embedding-nomic-embed-text-v1.5","display_name":"Nomic Embed Text v1.5",` +
	`"quantization":{"name":"Q4_K_M","bits_per_weight":4},"size_bytes":84106624,"params_string":null,` +
	`"loaded_instances":[{"id":"text-embedding-nomic-embed-text-v1.5","config":{"context_length":2048}}],"max_context_length":2048,"format":"gguf"}]}`

func TestListIsAsCaptured(t *testing.T) {
	small := lmstudiotest.SmallModels()
	s := start(t, lmstudiotest.Options{Models: []lmstudiotest.Model{small[1], small[3]}})
	s.LoadExplicit(gemma, 0)
	s.LoadExplicit(nomic, 0)
	get(t, s.URL()+"/api/v1/models").is(t, 200, capturedV1)
}

func TestLoadRefusesWhatItDoesNotKnow(t *testing.T) {
	s := start(t, lmstudiotest.Options{})
	tests := []struct {
		name, body string
		status     int
		want       string
	}{
		{"ttl", `{"model":"` + qwen + `","ttl":60}`, 400, `{"error":{"message":"Unrecognized key(s) in object: 'ttl'","type":"invalid_request","code":"unrecognized_keys"}}`},
		{"two keys", `{"model":"` + qwen + `","ttl":60,"identifier":"x"}`, 400, `{"error":{"message":"Unrecognized key(s) in object: 'identifier', 'ttl'","type":"invalid_request","code":"unrecognized_keys"}}`},
		{"no model", `{}`, 400, `{"error":{"message":"Missing required field 'model'","type":"invalid_request","code":"missing_required_parameter","param":"model"}}`},
		{"text for a number", `{"model":"` + qwen + `","context_length":"8k"}`, 400, `{"error":{"message":"Expected a positive whole number for 'context_length'","type":"invalid_request","code":"invalid_type","param":"context_length"}}`},
		{"unknown model", `{"model":"nobody/nothing"}`, 404, `{"error":{"message":"Invalid model identifier \"nobody/nothing\"","type":"invalid_request","code":"model_not_found"}}`},
		{"no JSON", `{"model"`, 400, `{"error":"Received request for /api/v1/models/load with invalid JSON"}`},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			post(t, s.URL()+"/api/v1/models/load", tt.body).is(t, tt.status, tt.want)
		})
	}
	wantIDs(t, s, "")
}

func TestLoadStacksInstances(t *testing.T) {
	s := start(t, lmstudiotest.Options{})
	url := s.URL() + "/api/v1/models/load"
	post(t, url, `{"model":"`+qwen+`","context_length":16384,"parallel":2}`).has(t, 200, `"type":"llm","instance_id":"qwen/qwen3-0.6b"`, `"load_time_seconds":`, `"status":"loaded"`)
	post(t, url, `{"model":"QWEN/qwen3-0.6b"}`).has(t, 200, `"instance_id":"qwen/qwen3-0.6b:2"`)
	post(t, url, `{"model":"`+qwen+`","context_length":9999999}`).has(t, 200, `"instance_id":"qwen/qwen3-0.6b:3"`)
	got := s.Instances()
	if len(got) != 3 || got[0].Context != 16384 || got[1].Context != 8192 || got[2].Context != 40960 {
		t.Errorf("instances = %+v, want contexts 16384, 8192 and the maximum 40960", got)
	}
	get(t, s.URL()+"/api/v1/models").has(t, 200, `{"context_length":16384,"eval_batch_size":512,"parallel":2,"flash_attention":true,"offload_kv_cache_to_gpu":true}`)

	unload := s.URL() + "/api/v1/models/unload"
	post(t, unload, `{"instance_id":"qwen/qwen3-0.6b:2"}`).is(t, 200, `{"instance_id":"qwen/qwen3-0.6b:2"}`)
	post(t, unload, `{"instance_id":"QWEN/qwen3-0.6b"}`).has(t, 404, `"code":"model_not_found"`)
	post(t, unload, `{"model":"qwen/qwen3-0.6b"}`).has(t, 400, `"code":"unrecognized_keys"`)
	post(t, unload, `{}`).is(t, 400, `{"error":{"message":"Missing required field 'instance_id'","type":"invalid_request","code":"missing_required_parameter","param":"instance_id"}}`)
	wantIDs(t, s, "qwen/qwen3-0.6b qwen/qwen3-0.6b:3")
	if s.LoadExplicit(qwen, 0) != "qwen/qwen3-0.6b:2" {
		t.Error("a freed id was not used again")
	}
}

func TestLoadChangesTheContextInSilence(t *testing.T) {
	s := start(t, lmstudiotest.Options{})
	s.OverrideContext(4096)
	url := s.URL() + "/api/v1/models/load"
	post(t, url, `{"model":"`+gemma+`","context_length":20000,"echo_load_config":true}`).has(t, 200, `"load_config":{"context_length":20000,`)
	post(t, url, `{"model":"`+qwen+`","context_length":20000,"echo_load_config":true}`).has(t, 200, `"load_config":{"context_length":20000,`)
	got := s.Instances()
	if got[0].Context != 4096 || got[1].Context != 20000 {
		t.Errorf("contexts = %d for MLX and %d for GGUF, want 4096 and 20000", got[0].Context, got[1].Context)
	}
}

func TestLoadFailures(t *testing.T) {
	s := start(t, lmstudiotest.Options{MemoryBytes: 500_000_000, LoadTime: 20 * time.Millisecond})
	url := s.URL() + "/api/v1/models/load"
	post(t, url, `{"model":"`+gemma+`","context_length":1000}`).is(t, 500,
		`{"error":{"message":"Failed to load LLM 'google/gemma-3-1b': Error: Model loading was stopped due to insufficient system resources. `+
			`Under the current settings, this model requires approximately 0.77 GB of memory, and continuing to load it would likely overload your system and cause it to freeze. `+
			`If you think this is incorrect, you can adjust the model loading guardrails in settings.","type":"model_load_failed"}}`)
	post(t, s.URL()+"/v1/chat/completions", chat(gemma)).has(t, 400, `Failed to load model \"google/gemma-3-1b\". Error: Model loading was stopped due to insufficient`)
	s.SetMemory(0)
	s.FailLoads("Error: Engine process exited with SIGABRT")
	post(t, url, `{"model":"`+gemma+`"}`).is(t, 500, `{"error":{"message":"Failed to load LLM 'google/gemma-3-1b': Error: Engine process exited with SIGABRT","type":"model_load_failed"}}`)
	wantIDs(t, s, "")
	s.FailLoads("")
	post(t, url, `{"model":"`+gemma+`"}`).has(t, 200)
}

func TestHangingUpDoesNotCancelALoad(t *testing.T) {
	t.Parallel()
	s := start(t, lmstudiotest.Options{LoadTime: time.Second})
	ctx, hangUp := context.WithCancel(t.Context())
	ended := make(chan error, 1)
	go func() {
		_, err := try(ctx, http.MethodPost, s.URL()+"/api/v1/models/load", `{"model":"`+qwen+`"}`)
		ended <- err
	}()
	eventually(t, "the load begins", func() bool { return stateV0(t, s, qwen) == "loading" })
	hangUp()
	if err := <-ended; err == nil {
		t.Fatal("the request was answered before it could be given up")
	}
	wantIDs(t, s, "")
	eventually(t, "the load ends", func() bool { return ids(s) == qwen })
}

func stateV0(t *testing.T, s *lmstudiotest.Server, id string) string {
	t.Helper()
	var row struct{ State string }
	if err := json.Unmarshal([]byte(get(t, s.URL()+"/api/v0/models/"+id).body), &row); err != nil {
		t.Fatal(err)
	}
	return row.State
}

func TestV0List(t *testing.T) {
	small := lmstudiotest.SmallModels()
	small[1].Vision = true
	s := start(t, lmstudiotest.Options{Version: "0.3.30", Models: []lmstudiotest.Model{small[0], small[1], small[3]}})
	s.LoadExplicit(qwen, 12000)
	s.LoadExplicit(qwen, 0)
	get(t, s.URL()+"/api/v0/models").is(t, 200, `{"data":[`+
		`{"id":"qwen/qwen3-0.6b","object":"model","type":"llm","publisher":"qwen","arch":"qwen3","compatibility_type":"gguf","quantization":"Q4_K_M","state":"loaded","max_context_length":40960,"loaded_context_length":12000,"capabilities":["tool_use"]},`+
		`{"id":"qwen/qwen3-0.6b:2","object":"model","type":"llm","publisher":"qwen","arch":"qwen3","compatibility_type":"gguf","quantization":"Q4_K_M","state":"loaded","max_context_length":40960,"loaded_context_length":4096,"capabilities":["tool_use"]},`+
		`{"id":"google/gemma-3-1b","object":"model","type":"vlm","publisher":"google","arch":"gemma3_text","compatibility_type":"mlx","quantization":"4bit","state":"not-loaded","max_context_length":32768},`+
		`{"id":"text-embedding-nomic-embed-text-v1.5","object":"model","type":"embeddings","publisher":"nomic-ai","arch":"","compatibility_type":"gguf","quantization":"Q4_K_M","state":"not-loaded","max_context_length":2048}`+
		`],"object":"list"}`)
	get(t, s.URL()+"/api/v0/models/nothing").has(t, 404)
}

func TestOpenAIList(t *testing.T) {
	for _, noJIT := range []bool{false, true} {
		s := start(t, lmstudiotest.Options{NoJIT: noJIT})
		s.LoadExplicit(gemma, 0)
		want := `{"data":[{"id":"google/gemma-3-1b","object":"model","owned_by":"organization_owner"}],"object":"list"}`
		if got := get(t, s.URL()+"/v1/models"); noJIT {
			got.is(t, 200, want)
		} else {
			got.has(t, 200, gemma, qwen, third, nomic)
		}
	}
}

func TestAuthentication(t *testing.T) {
	s := start(t, lmstudiotest.Options{Token: token})
	url := s.URL() + "/api/v1/models"
	get(t, url).is(t, 401, `{"error":{"message":"An LM Studio API token is required to make requests to this server, but none was provided using the Authorization header using the 'Bearer' scheme (i.e., 'Authorization: Bearer $LM_API_TOKEN'). Learn more at: https://lmstudio.ai/docs/developer/core/authentication.","type":"invalid_request","code":"invalid_api_key"}}`)
	get(t, url, "Authorization", "Bearer sk-bogus-ENOTATOKEN").is(t, 401, `{"error":{"message":"Malformed LM Studio API token provided: sk-bogus-E*********","type":"invalid_request","code":"invalid_api_key"}}`)
	get(t, url, "Authorization", "Bearer sk-lm-abcdefgh:99999999999999999999").has(t, 401, "invalid_api_key")
	get(t, url, "Authorization", "Bearer "+token).has(t, 200, `"models":[`)
	get(t, s.URL()+"/nothing").has(t, 401)
	post(t, s.URL()+"/v1/messages", `{"model":"`+qwen+`"}`, "x-api-key", token).has(t, 200, `"type":"message"`)
	s.SetToken("")
	get(t, url).has(t, 200)

	old := start(t, lmstudiotest.Options{Token: token, Version: "0.3.30"})
	get(t, old.URL()+"/api/v0/models").has(t, 200)
}
