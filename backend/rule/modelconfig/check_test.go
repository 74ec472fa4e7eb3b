package modelconfig_test

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"testing"

	"pilotlight/backend"
	"pilotlight/backend/json5"
	"pilotlight/backend/rule/modelconfig"
)

func ptr[T any](v T) *T { return &v }

// values reads a config.
func values(t *testing.T, text string) map[string]any {
	t.Helper()
	std, err := json5.Standard([]byte(text))
	if err != nil {
		t.Fatalf("%v in %s", err, text)
	}
	dec := json.NewDecoder(strings.NewReader(string(std)))
	dec.UseNumber()
	var v map[string]any
	if err := dec.Decode(&v); err != nil {
		t.Fatal(err)
	}
	return v
}

var all = []string{"2026.2.9", "2026.3.13", "2026.9.6"}

// codes are what a check says, as "severity code path", in order.
func codes(issues []backend.ConfigIssue) []string {
	out := []string{}
	for _, i := range issues {
		out = append(out, fmt.Sprintf("%s %s %s", i.Severity, i.Code, i.Path))
	}
	return out
}

// What each version refuses was tried with `openclaw config validate` of 2026.3.13
// and 2026.9.6 and any command of 2026.2.9.
func TestWhatEachVersionTakes(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name, config string
		bad          []string // versions that do not start with it
		code         string
	}{
		{"nothing", `{}`, nil, ""},
		{"an object of a model", `{agents:{defaults:{model:{primary:"anthropic/x",fallbacks:[]}}}}`, nil, ""},
		{"a text for a model", `{agents:{defaults:{model:"anthropic/x"}}}`, []string{"2026.2.9"}, "text_model"},
		{"an unknown key of a model", `{agents:{defaults:{model:{primary:"anthropic/x",quant:4}}}}`, all, "unknown_key"},
		{"fallbacks that are no list", `{agents:{defaults:{model:{primary:"anthropic/x",fallbacks:"a/b"}}}}`, all, "wrong_type"},
		{"an alias that is no text", `{agents:{defaults:{models:{"anthropic/x":{alias:1}}}}}`, all, "wrong_type"},
		{"a model policy", `{agents:{defaults:{modelPolicy:{allow:[]}}}}`, []string{"2026.2.9", "2026.3.13"}, "not_in_version"},
		{"entries", `{agents:{entries:{main:{}}}}`, []string{"2026.2.9", "2026.3.13"}, "not_in_version"},
		{"a list of agents", `{agents:{list:[{id:"main",model:"anthropic/x"}]}}`, nil, ""},
		{"an agent without an id", `{agents:{list:[{model:"anthropic/x"}]}}`, all, "missing_key"},
		{"a mode", `{models:{mode:"add"}}`, all, "unknown_value"},
		{"a provider without models", `{models:{providers:{a:{baseUrl:"http://h/v1"}}}}`, []string{"2026.2.9", "2026.3.13"}, "missing_key"},
		{"a provider without an address", `{models:{providers:{a:{models:[]}}}}`, []string{"2026.2.9", "2026.3.13"}, "missing_key"},
		{"a model without a name", `{models:{providers:{a:{baseUrl:"http://h/v1",models:[{id:"x"}]}}}}`, all, "missing_key"},
		{"a time-out", `{models:{providers:{a:{baseUrl:"http://h/v1",timeoutSeconds:5,models:[]}}}}`, []string{"2026.2.9", "2026.3.13"}, "not_in_version"},
		{"context tokens", `{models:{providers:{a:{baseUrl:"http://h/v1",models:[{id:"x",name:"X",contextTokens:99999}]}}}}`, []string{"2026.2.9", "2026.3.13"}, "not_in_version"},
		{"a context of 0", `{models:{providers:{a:{baseUrl:"http://h/v1",models:[{id:"x",name:"X",contextWindow:0}]}}}}`, all, "wrong_type"},
		{"a context as text", `{models:{providers:{a:{baseUrl:"http://h/v1",models:[{id:"x",name:"X",contextWindow:"64k"}]}}}}`, all, "wrong_type"},
		{"an api of 2026.3", `{models:{providers:{a:{baseUrl:"http://h/v1",api:"openai-codex-responses",models:[]}}}}`, []string{"2026.2.9", "2026.9.6"}, "not_in_version"},
		{"an api of 2026.9", `{models:{providers:{a:{baseUrl:"http://h/v1",api:"google-vertex",models:[]}}}}`, []string{"2026.2.9", "2026.3.13"}, "not_in_version"},
		{"an api with a slip", `{models:{providers:{a:{baseUrl:"http://h/v1",api:"openai-response",models:[]}}}}`, all, "unknown_value"},
		{"a reference to a key", `{models:{providers:{a:{baseUrl:"http://h/v1",apiKey:{source:"env",provider:"default",id:"K"},models:[]}}}}`, []string{"2026.2.9"}, "not_in_version"},
		{"half a reference", `{models:{providers:{a:{baseUrl:"http://h/v1",apiKey:{source:"env",id:"K"},models:[]}}}}`, all, "missing_key"},
		{"a number for a key", `{models:{providers:{a:{baseUrl:"http://h/v1",apiKey:5,models:[]}}}}`, all, "wrong_type"},
		{"video", `{models:{providers:{a:{baseUrl:"http://h/v1",models:[{id:"x",name:"X",input:["text","video"]}]}}}}`, []string{"2026.2.9", "2026.3.13"}, "not_in_version"},
		{"a cost with more", `{models:{providers:{a:{baseUrl:"http://h/v1",models:[{id:"x",name:"X",cost:{input:1,yearly:2}}]}}}}`, all, "unknown_key"},
		{"unknown keys elsewhere", `{future:{x:1},tools:{y:2},agents:{defaults:{z:3}}}`, nil, ""},
	} {
		for _, v := range all {
			var got []string
			for _, i := range modelconfig.Check(modelconfig.Input{Config: values(t, c.config), Version: v}) {
				if i.IsError() {
					got = append(got, i.Code)
				}
			}
			if want := slices.Contains(c.bad, v); want != (len(got) > 0) || want && !slices.Contains(got, c.code) {
				t.Errorf("%s, %s: errors %v, want any: %v", c.name, v, got, want)
			}
		}
		// A version that is not known, or newer than what was seen, may take more.
		for _, v := range []string{"", "2026.5.2", "2027.1.1"} {
			for _, i := range modelconfig.Check(modelconfig.Input{Config: values(t, c.config), Version: v}) {
				if i.IsError() && (i.Code == "unknown_key" || i.Code == "not_in_version" || i.Code == "unknown_value") {
					t.Errorf("%s, %q: %s is an error", c.name, v, i.Code)
				}
			}
		}
	}
}

// studio is what LM Studio has.
func studio() []backend.Server {
	return []backend.Server{{
		ID: "lmstudio", Kind: backend.KindLMStudio, Name: "LM Studio", URL: "http://127.0.0.1:1234", State: backend.ServerUp, ListedAt: &backend.Time{},
		Models: []backend.Model{
			{Key: "minimax-m2.1-gs32", Type: backend.TypeLLM, MaxContextLength: ptr(196608), BitsPerWeight: ptr(8.0), Parameters: "229B-A10B", Instances: []backend.Instance{{ID: "minimax-m2.1-gs32", ContextLength: ptr(65536)}}},
			{Key: "qwen/qwen3.5-9b", Type: backend.TypeLLM, MaxContextLength: ptr(32768), BitsPerWeight: ptr(2.5), Quantization: "Q2_K", Parameters: "9B"},
		},
	}}
}

// with is a good config in which one thing is changed.
func with(from, to string) string {
	const good = `{agents:{defaults:{model:{primary:"lmstudio/minimax-m2.1-gs32",fallbacks:["anthropic/claude-opus-4-6"]},
 models:{"lmstudio/minimax-m2.1-gs32":{alias:"Mini"},"anthropic/claude-opus-4-6":{alias:"Opus"}}}},
 models:{mode:"merge",providers:{lmstudio:{baseUrl:"http://127.0.0.1:1234/v1",apiKey:"lmstudio",api:"openai-responses",
 models:[{id:"minimax-m2.1-gs32",name:"M",contextWindow:65536,maxTokens:8192}]}}}}`
	if !strings.Contains(good, from) {
		panic(from)
	}
	return strings.Replace(good, from, to, 1)
}

func TestWarnings(t *testing.T) {
	t.Parallel()
	const model = "models.providers.lmstudio.models[0]."
	for _, c := range []struct {
		name, version, config string
		want                  []string
		mend                  string // the first edit that would mend it: path = value
	}{
		{"all is well, 2026.2.9", "2026.2.9", with("", ""), nil, ""},
		{"all is well, 2026.3.13", "2026.3.13", with("", ""), nil, ""},
		{"all is well, 2026.9.6", "2026.9.6", with("", ""), nil, ""},
		{"all is well, unknown", "", with("", ""), nil, ""},
		{"a provider with a slip", "2026.9.6", with(`["anthropic/`, `["antropic/`), []string{"warning no_provider agents.defaults.model.fallbacks[0]"}, `agents.defaults.model.fallbacks[0] = "anthropic/claude-opus-4-6"`},
		{"a provider of nobody", "2026.9.6", with(`["anthropic/claude-opus-4-6"]`, `["desk/x"]`), []string{"warning no_provider agents.defaults.model.fallbacks[0]"}, ""},
		{"an alias with a slip", "2026.9.6", with(`primary:"lmstudio/minimax-m2.1-gs32"`, `primary:"Minni"`), []string{"warning no_ref agents.defaults.model.primary"}, ""},
		{"no such model in LM Studio", "2026.9.6", with(`id:"minimax-m2.1-gs32"`, `id:"minimax-m2.1-gs3"`), []string{"warning not_on_server " + model + "id"}, model + `id = "minimax-m2.1-gs32"`},
		{"context above the model's", "2026.3.13", with("contextWindow:65536", "contextWindow:262144"), []string{"warning context_above_max " + model + "contextWindow", "warning context_above_loaded " + model + "contextWindow"}, model + "contextWindow = 196608"},
		{"context above what is loaded", "2026.3.13", with("contextWindow:65536", "contextWindow:131072"), []string{"warning context_above_loaded " + model + "contextWindow"}, model + "contextWindow = 65536"},
		{"context as memory", "2026.9.6", with("contextWindow:65536", "contextWindow:131072"), []string{"info context_memory " + model + "contextWindow"}, ""},
		{"context not as memory", "2026.9.6", with("contextWindow:65536", "contextWindow:131072,contextTokens:60000"), nil, ""},
		{"OpenClaw does not load", "2026.9.6", with("contextWindow:65536,maxTokens:8192}]", "contextWindow:131072,maxTokens:8192}],params:{preload:false}"), []string{"warning context_above_loaded " + model + "contextWindow"}, ""},
		{"an answer as long as the context", "2026.9.6", with("maxTokens:8192", "maxTokens:65536"), []string{"warning max_tokens " + model + "maxTokens"}, ""},
		{"a small context", "2026.9.6", with("contextWindow:65536", "contextWindow:12000"), []string{"warning context_small " + model + "contextWindow"}, ""},
		{"localhost", "2026.9.6", with("127.0.0.1:1234", "localhost:1234"), []string{"warning localhost models.providers.lmstudio.baseUrl"}, `models.providers.lmstudio.baseUrl = "http://127.0.0.1:1234/v1"`},
		{"no /v1", "2026.9.6", with("1234/v1", "1234/"), []string{"warning no_v1 models.providers.lmstudio.baseUrl"}, `models.providers.lmstudio.baseUrl = "http://127.0.0.1:1234/v1"`},
		{"/api/v1", "2026.9.6", with("1234/v1", "1234/api/v1"), []string{"warning no_v1 models.providers.lmstudio.baseUrl"}, `models.providers.lmstudio.baseUrl = "http://127.0.0.1:1234/v1"`},
		{"no URL", "2026.9.6", with("http://127.0.0.1:1234/v1", "127.0.0.1:1234"), []string{"warning no_url models.providers.lmstudio.baseUrl"}, ""},
		{"a hidden URL", "2026.9.6", with("http://127.0.0.1:1234/v1", "${LM_URL}"), nil, ""},
		{"mode replace", "2026.9.6", with(`"merge"`, `"replace"`), []string{"warning mode_replace models.mode"}, `models.mode = "merge"`},
		{"another api", "2026.9.6", with("openai-responses", "openai-completions"), []string{"warning api_lmstudio models.providers.lmstudio.api"}, `models.providers.lmstudio.api = "openai-responses"`},
		{"no api", "2026.9.6", with(`api:"openai-responses",`, ``), []string{"warning api_lmstudio models.providers.lmstudio"}, ""},
		{"a small and quantized model", "2026.3.13", with(`id:"minimax-m2.1-gs32",name:"M",contextWindow:65536`, `id:"qwen/qwen3.5-9b@q2_k",name:"Q",contextWindow:32768`), []string{"warning quantized " + model + "id", "warning small_model " + model + "id"}, ""},
		{"not listed, 2026.2.9", "2026.2.9", with(`,"anthropic/claude-opus-4-6":{alias:"Opus"}`, ``), []string{"warning not_listed agents.defaults.models"}, `agents.defaults.models["anthropic/claude-opus-4-6"] = {}`},
		{"not listed, 2026.9.6", "2026.9.6", with(`,"anthropic/claude-opus-4-6":{alias:"Opus"}`, ``), nil, ""},
		{"not allowed", "2026.9.6", with(`model:{primary`, `modelPolicy:{allow:["lmstudio/*"]},model:{primary`), []string{"warning not_allowed agents.defaults.modelPolicy.allow"}, `agents.defaults.modelPolicy.allow[1] = "anthropic/claude-opus-4-6"`},
		{"two with one alias", "2026.9.6", with(`alias:"Opus"`, `alias:"mini"`), []string{`warning alias_twice agents.defaults.models["lmstudio/minimax-m2.1-gs32"].alias`}, ""},
		{"one model twice", "2026.9.6", with(`["anthropic/claude-opus-4-6"]`, `["anthropic/claude-opus-4-6","Mini"]`), []string{"info twice agents.defaults.model.fallbacks[1]"}, ""},
		{"an agent without fallbacks", "2026.9.6", with(`agents:{`, `agents:{entries:{kid:{model:"Opus"}},`), []string{"info no_fallbacks agents.entries.kid.model"}, ""},
		{"a region that is not kept", "2026.2.9", with(`{alias:"Opus"}`, `{alias:"Opus"},"openrouter/x":{params:{provider:{only:["y"]}}}`), []string{`warning routing_ignored agents.defaults.models["openrouter/x"].params.provider`}, ""},
	} {
		got := modelconfig.Check(modelconfig.Input{Config: values(t, c.config), Version: c.version, Servers: studio()})
		if fmt.Sprint(codes(got)) != fmt.Sprint(append([]string{}, c.want...)) {
			t.Errorf("%s: got %v, want %v", c.name, codes(got), c.want)
			continue
		}
		for _, i := range got {
			if i.Message == "" || i.Hint == "" || !strings.HasSuffix(i.Message, ".") {
				t.Errorf("%s: %+v", c.name, i)
			}
		}
		if c.mend != "" && (len(got[0].Edits) != 1 || got[0].Edits[0].Path+" = "+string(got[0].Edits[0].Value) != c.mend) {
			t.Errorf("%s: mended by %+v, want %s", c.name, got[0].Edits, c.mend)
		}
	}
}

func TestAServerThatIsDownSaysNothingOfItsModels(t *testing.T) {
	t.Parallel()
	servers := studio()
	servers[0].State = backend.ServerDown
	if got := modelconfig.Check(modelconfig.Input{Config: values(t, with(`id:"minimax-m2.1-gs32"`, `id:"nobody"`)), Version: "2026.9.6", Servers: servers}); len(got) != 0 {
		t.Errorf("%v", codes(got))
	}
}

func TestHostileConfigsAreSurvived(t *testing.T) {
	t.Parallel()
	for _, text := range []string{
		`{agents:1,models:2}`, `{agents:{defaults:[]},models:[]}`, `{agents:{list:{},entries:[]}}`, `{agents:{list:[1,null,[]],entries:{a:1}}}`,
		`{models:{providers:[]}}`, `{models:{providers:{a:1,b:{models:{}},c:{models:[1,null]}}}}`, `{agents:{defaults:{model:[],models:[],modelPolicy:1,heartbeat:[]}}}`,
		`{agents:{defaults:{model:{primary:1,fallbacks:[1,{}]}}}}`, `{models:{providers:{"":{baseUrl:"http://[",models:[{id:"",name:1}]}}}}`,
	} {
		in := modelconfig.Input{Config: values(t, text), Servers: studio()}
		modelconfig.Check(in)
		modelconfig.Form(in)
		modelconfig.Recipes(in, modelconfig.Choice{Hosted: "anthropic/x"})
	}
	modelconfig.Check(modelconfig.Input{})
	many := `{models:{` + strings.Repeat(`x:1,`, 1) + `providers:{a:{`
	for i := range 500 {
		many += fmt.Sprintf("k%d:1,", i)
	}
	if n := len(modelconfig.Check(modelconfig.Input{Config: values(t, many+`}}}}`)})); n > 100 {
		t.Errorf("%d issues", n)
	}
}
