package modelconfig_test

import (
	"fmt"
	"testing"

	"pilotlight/backend"
	"pilotlight/backend/rule/modelconfig"
)

// said are edits as "path = value", in order.
func said(edits []backend.ConfigEdit) (out []string) {
	for _, e := range edits {
		if e.Unset {
			out = append(out, e.Path+" unset")
		} else {
			out = append(out, e.Path+" = "+string(e.Value))
		}
	}
	return out
}

func TestWishesBecomeEdits(t *testing.T) {
	t.Parallel()
	const d = "agents.defaults."
	for _, c := range []struct {
		name, config, version string
		wish                  func(*modelconfig.Draft)
		want                  []string
	}{
		{"a primary where nothing is", `{}`, "", func(d *modelconfig.Draft) { d.SetPrimary("a/x") }, []string{d + `model = {"primary":"a/x"}`}},
		{"a primary in place of a text", `{agents:{defaults:{model:"a/y"}}}`, "", func(d *modelconfig.Draft) { d.SetPrimary("a/x") }, []string{d + `model = {"primary":"a/x"}`}},
		{"the primary that is there, as a text", `{agents:{defaults:{model:"a/x"}}}`, "", func(d *modelconfig.Draft) { d.SetPrimary("a/x") }, []string{d + `model = {"primary":"a/x"}`}},
		{"the primary that is there", `{agents:{defaults:{model:{primary:"a/x"}}}}`, "", func(d *modelconfig.Draft) { d.SetPrimary("a/x") }, nil},
		{"no list is begun", `{agents:{defaults:{model:{primary:"a/y"},models:{}}}}`, "2026.2.9", func(d *modelconfig.Draft) { d.SetPrimary("a/x") }, []string{d + `model.primary = "a/x"`}},
		{"a list gets what it lacks", `{agents:{defaults:{model:{primary:"a/y",fallbacks:["b/z"]},models:{"a/y":{}}}}}`, "2026.2.9",
			func(d *modelconfig.Draft) { d.SetPrimary("a/x") }, []string{d + `model.primary = "a/x"`, d + `models["a/x"] = {}`, d + `models["b/z"] = {}`}},
		{"an alias is no ref", `{agents:{defaults:{model:{primary:"a/y"},models:{"a/y":{},"a/x":{alias:"Ex"}}}}}`, "",
			func(d *modelconfig.Draft) { d.SetPrimary("ex") }, []string{d + `model.primary = "ex"`}},
		{"a policy gets what it lacks", `{agents:{defaults:{model:{primary:"a/y"},modelPolicy:{allow:["a/y","c/*"]}}}}`, "2026.9.6",
			func(d *modelconfig.Draft) { d.SetFallbacks([]string{"c/z", "b/z"}) }, []string{d + `model.fallbacks = ["c/z","b/z"]`, d + `modelPolicy.allow = ["a/y","c/*","b/z"]`}},
		{"an empty policy allows all", `{agents:{defaults:{model:{primary:"a/y"},modelPolicy:{allow:[]}}}}`, "2026.9.6",
			func(d *modelconfig.Draft) { d.SetPrimary("b/z") }, []string{d + `model.primary = "b/z"`}},
		{"fallbacks without the primary and twice", `{agents:{defaults:{model:{primary:"a/y"}}}}`, "",
			func(d *modelconfig.Draft) { d.SetFallbacks([]string{"a/y", "b/z", "b/z"}) }, []string{d + `model.fallbacks = ["b/z"]`}},
		{"no fallbacks where none are", `{agents:{defaults:{model:{primary:"a/y"}}}}`, "", func(d *modelconfig.Draft) { d.SetFallbacks(nil) }, nil},
		{"no fallbacks any more", `{agents:{defaults:{model:{primary:"a/y",fallbacks:["b/z"]}}}}`, "", func(d *modelconfig.Draft) { d.SetFallbacks(nil) }, []string{d + `model.fallbacks = []`}},
		{"a first alias begins the list with all that is in use", `{agents:{defaults:{model:{primary:"a/y",fallbacks:["b/z"]},imageModel:"c/i"},list:[{id:"kid",model:"d/k"}]}}`, "2026.3.13",
			func(d *modelconfig.Draft) { d.SetAlias("a/y", "Why") },
			[]string{d + `models["b/z"] = {}`, d + `models["c/i"] = {}`, d + `models["d/k"] = {}`, d + `models["a/y"] = {"alias":"Why"}`}},
		{"another alias", `{agents:{defaults:{models:{"a/y":{alias:"Why",params:{}}}}}}`, "", func(d *modelconfig.Draft) { d.SetAlias("a/y", "Who") }, []string{d + `models["a/y"].alias = "Who"`}},
		{"no alias", `{agents:{defaults:{models:{"a/y":{alias:"Why"}}}}}`, "", func(d *modelconfig.Draft) { d.SetAlias("a/y", "") }, []string{d + `models["a/y"].alias unset`}},
		{"a model in use stays listed", `{agents:{defaults:{model:{primary:"a/y"},models:{"a/y":{},"b/z":{}},modelPolicy:{allow:["a/y","b/z"]}}}}`, "",
			func(d *modelconfig.Draft) { d.Unlist("a/y"); d.Unlist("b/z") }, []string{d + `models["b/z"] unset`, d + `modelPolicy.allow = ["a/y"]`}},
		{"an agent of the list", `{agents:{list:[{id:"a"},{id:"kid",model:"d/k"}]}}`, "2026.3.13",
			func(d *modelconfig.Draft) { d.SetAgent("kid", "d/m", []string{}) }, []string{`agents.list[1].model = {"primary":"d/m","fallbacks":[]}`}},
		{"an agent of the entries", `{agents:{entries:{kid:{model:{primary:"d/k",fallbacks:["e/f"]}}}}}`, "2026.9.6",
			func(d *modelconfig.Draft) { d.SetAgent("kid", "d/m", nil) }, []string{`agents.entries.kid.model.primary = "d/m"`}},
		{"a context", `{models:{providers:{a:{models:[{id:"w"},{id:"x",contextWindow:1024}]}}}}`, "",
			func(d *modelconfig.Draft) { d.SetContext("a", "x", 65536, 8192) }, []string{`models.providers.a.models[1].contextWindow = 65536`, `models.providers.a.models[1].maxTokens = 8192`}},
		{"a model that is there keeps what it has", `{models:{providers:{a:{models:[{id:"x",contextWindow:1024}]}}}}`, "",
			func(d *modelconfig.Draft) { d.AddModel("a", modelconfig.Model{ID: "x", Name: "Ex", ContextWindow: 9}) }, []string{`models.providers.a.models[0].name = "Ex"`}},
		{"a provider that is there keeps its key", `{models:{providers:{a:{baseUrl:"http://h/v1",apiKey:"k",models:[]}}}}`, "",
			func(d *modelconfig.Draft) {
				d.SetProvider(modelconfig.Provider{ID: "a", BaseURL: "http://i/v1", APIKey: "l", API: "ollama"})
			},
			[]string{`models.providers.a.baseUrl = "http://i/v1"`, `models.providers.a.api = "ollama"`}},
		{"a new provider with a model", `{}`, "",
			func(d *modelconfig.Draft) {
				d.SetProvider(modelconfig.Provider{ID: "a", BaseURL: "http://i/v1"})
				d.AddModel("a", modelconfig.Model{ID: "x", ContextWindow: 9, Image: true})
			},
			[]string{`models.providers.a = {"baseUrl":"http://i/v1","models":[]}`,
				`models.providers.a.models[0] = {"id":"x","name":"x","reasoning":false,"input":["text","image"],"cost":{"input":0,"output":0,"cacheRead":0,"cacheWrite":0},"contextWindow":9}`}},
	} {
		config := values(t, c.config)
		before := fmt.Sprint(config)
		draft := modelconfig.NewDraft(config, c.version)
		c.wish(draft)
		if got := said(draft.Edits()); fmt.Sprint(got) != fmt.Sprint(c.want) {
			t.Errorf("%s:\n got %q\nwant %q", c.name, got, c.want)
		}
		if fmt.Sprint(config) != before {
			t.Errorf("%s: the config itself was changed", c.name)
		}
		again := modelconfig.NewDraft(draft.Values(), c.version)
		c.wish(again)
		if got := again.Edits(); len(got) > 0 {
			t.Errorf("%s, a second time: %q", c.name, said(got))
		}
	}
}
