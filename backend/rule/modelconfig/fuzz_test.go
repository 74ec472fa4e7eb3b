package modelconfig_test

import (
	"bytes"
	"encoding/json"
	"testing"

	"pilotlight/backend"
	"pilotlight/backend/json5"
	"pilotlight/backend/rule/modelconfig"
)

// FuzzForm reads any config that is an object into the form, its issues and a draft.
// Each path that the form names is one that an edit takes, and the issues come with
// what to do.
func FuzzForm(f *testing.F) {
	for _, s := range []string{
		`{}`, `{agents:{defaults:{model:"a/b",models:{"a/b":{alias:"x"},"":7},modelPolicy:{allow:["a/*",3]}}}}`,
		`{agents:{defaults:{model:{primary:"lmstudio/q",fallbacks:["anthropic/x",null]}},list:[{id:"a",model:"a/b"},7]}}`,
		`{agents:{entries:{main:{model:{primary:"p/q"}},"a.b":{model:[]}}}}`, `{models:{mode:"merge",providers:{lmstudio:{baseUrl:"http://127.0.0.1:1234/v1",
		 api:"openai-completions",apiKey:{source:"env",id:"X"},models:[{id:"q",contextWindow:1e400,maxTokens:-1},[]]}}}}`,
		`{models:{providers:{a:{models:[{id:"x",cost:{}}],localService:{command:7},params:{routing:{}}}}},meta:{lastTouchedVersion:"2026.9.6"}}`,
	} {
		for _, v := range all {
			f.Add([]byte(s), v)
		}
	}
	f.Fuzz(func(t *testing.T, text []byte, version string) {
		std, err := json5.Standard(text)
		if err != nil {
			return
		}
		dec := json.NewDecoder(bytes.NewReader(std))
		dec.UseNumber()
		var config map[string]any
		if dec.Decode(&config) != nil || config == nil {
			return
		}
		in := modelconfig.Input{Config: config, Version: version}
		form := modelconfig.Form(in)
		for _, a := range form.Agents {
			if _, err := json5.ParsePath(a.Path); err != nil {
				t.Fatalf("the form names %q: %v", a.Path, err)
			}
		}
		for _, i := range modelconfig.Check(in) {
			if i.Message == "" || i.Severity != backend.SeverityError && i.Severity != backend.SeverityWarning && i.Severity != backend.SeverityInfo {
				t.Fatalf("issue %+v", i)
			}
		}
		d := modelconfig.NewDraft(config, version)
		d.SetPrimary("lmstudio/fuzz")
		d.SetFallbacks([]string{"anthropic/x", "lmstudio/fuzz"})
		for _, e := range d.Edits() {
			if _, err := json5.ParsePath(e.Path); err != nil {
				t.Fatalf("the draft edits %q: %v", e.Path, err)
			}
		}
	})
}
