package doctor_test

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"

	"pilotlight/backend"
	"pilotlight/backend/json5"
	"pilotlight/backend/rule/doctor"
	"pilotlight/backend/rule/modelconfig"
)

// theConfig is OpenClaw's config as a person writes it, with one place to break each
// thing.
const theConfig = `{
  // by hand
  agents: {
    defaults: {
      model: { primary: 'lmstudio/minimax-m2.1-gs32', fallbacks: ['anthropic/claude-opus-4-6'] },
      models: { 'lmstudio/minimax-m2.1-gs32': { alias: 'MiniMax' }, 'anthropic/claude-opus-4-6': { alias: 'Opus' } },
    },
    list: [{ id: 'main' }, { id: 'work', model: 'lmstudio/minimax-m2.1-gs32' }],
  },
  models: {
    mode: 'merge',
    providers: {
      lmstudio: {
        baseUrl: 'http://127.0.0.1:1234/v1', apiKey: 'lmstudio', api: 'openai-responses',
        models: [{ id: 'minimax-m2.1-gs32', name: 'MiniMax M2.1', contextWindow: 196608, maxTokens: 8192 }],
      },
    },
  },
}
`

// read puts what a config says into facts, as the agent does.
func read(t *testing.T, f *doctor.Facts, text string) {
	t.Helper()
	std, err := json5.Standard([]byte(text))
	if err != nil {
		t.Fatal(err)
	}
	var values map[string]any
	dec := json.NewDecoder(strings.NewReader(string(std)))
	dec.UseNumber()
	if err := dec.Decode(&values); err != nil {
		t.Fatal(err)
	}
	in := modelconfig.Input{Config: values, Version: f.Version, Servers: f.Status.Servers}
	f.Config, f.Issues = modelconfig.Form(in), modelconfig.Check(in)
	h := hop(f)
	h.Ref = f.Config.Primary
	h.Provider, h.Model, _ = strings.Cut(h.Ref, "/")
	h.Key, h.State, h.TimeoutSeconds = "", "missing", provider(f).TimeoutSeconds
	for _, m := range srv(f).Models {
		if m.Key == h.Model {
			h.Key, h.State = m.Key, "warm"
		}
	}
	reach(f, func(r *backend.Reach) {
		r.URL = provider(f).BaseURL + "/models"
		if r.Lists = strings.HasSuffix(provider(f).BaseURL, "/v1"); !r.Lists {
			r.Models = nil
		}
	})
	f.Preload = nil
	providers, _ := values["models"].(map[string]any)["providers"].(map[string]any)
	if params, ok := providers["lmstudio"].(map[string]any)["params"].(map[string]any); ok {
		on, _ := params["preload"].(bool)
		f.Preload = map[string]bool{"lmstudio": on}
	}
}

func apply(t *testing.T, text string, edits []backend.ConfigEdit) string {
	t.Helper()
	doc, err := json5.Parse([]byte(text))
	if err != nil {
		t.Fatal(err)
	}
	for _, e := range edits {
		p, err := json5.ParsePath(e.Path)
		switch {
		case err != nil:
		case e.Unset:
			err = doc.Unset(p)
		case e.RenameTo != "":
			err = doc.Rename(p, e.RenameTo)
		default:
			err = doc.Set(p, e.Value)
		}
		if err != nil {
			t.Fatalf("%+v: %v", e, err)
		}
	}
	return string(doc.Bytes())
}

// TestAFixOfTheConfigMends breaks one thing in a real text, makes each edit that the
// check proposes, and looks again: the check is content, and OpenClaw of that
// version would start.
func TestAFixOfTheConfigMends(t *testing.T) {
	t.Parallel()
	swap := func(old, fresh string) func(string) string {
		return func(s string) string {
			if !strings.Contains(s, old) {
				panic(old)
			}
			return strings.ReplaceAll(s, old, fresh)
		}
	}
	less := func(f *doctor.Facts) { inst(f).ContextLength = ptr(65536); delete(f.Fits, held) }
	tooBig := func(f *doctor.Facts) {
		unload(f)
		fits(f, func(v *doctor.Fitted) {
			v.AtConfig = &backend.Fit{ContextLength: ptr(196608), TotalBytes: 400 * gb, Verdict: backend.TooBig}
			v.FitsUpTo = ptr(70000)
		})
	}
	none := func(*doctor.Facts) {}
	for _, tc := range []struct {
		name, id string
		text     func(string) string
		breaks   func(*doctor.Facts)
		fixes    int
		versions []string
	}{
		{"misnamed", "model_listed", swap("minimax-m2.1-gs32", "minimax-m2.1-gs23"), none, 1, nil},
		{"no api", "responses_api", swap(", api: 'openai-responses'", ""), none, 1, nil},
		{"another api", "responses_api", swap("openai-responses", "openai-completions"), none, 1, nil},
		{"replace", "models_mode", swap("'merge'", "'replace'"), none, 1, nil},
		{"localhost", "gateway_reaches_server", swap("127.0.0.1", "localhost"), none, 1, nil},
		{"no /v1", "gateway_reaches_server", swap(":1234/v1", ":1234"), none, 1, nil},
		{"localhost without /v1", "gateway_reaches_server", swap("127.0.0.1:1234/v1", "localhost:1234/"), none, 1, nil},
		{"LM Studio's own path", "gateway_reaches_server", swap("127.0.0.1:1234/v1", "localhost:1234/api/v1"), none, 1, nil},
		{"a context above what is loaded", "context_window", swap("8192", "60000"), less, 1, nil},
		{"no context", "context_window", swap("contextWindow: 196608, ", ""), none, 1, nil},
		{"a context above the maximum", "context_window", swap("196608", "262144"), none, 1, nil},
		{"a long answer", "max_tokens", swap("8192", "196608"), none, 1, nil},
		{"a fallback that is not listed", "chain_resolvable", swap("'anthropic/claude-opus-4-6': { alias: 'Opus' }", ""), none, 1, []string{"2026.2.9", "2026.3.13"}},
		{"no such provider", "chain_resolvable", swap("primary: 'lmstudio/", "primary: 'lmstudo/"), none, 1, nil},
		{"a short time-out", "timeout_seconds", swap("apiKey:", "timeoutSeconds: 5, apiKey:"), none, 1, []string{"2026.9.6"}},
		{"a time-out in a version without", "timeout_seconds", swap("apiKey:", "timeoutSeconds: 300, apiKey:"), none, 1, []string{"2026.3.13"}},
		{"more than fits", "openclaw_preload", swap("xyz", ""), tooBig, 2, []string{"2026.9.6"}},
	} {
		versions := tc.versions
		if versions == nil {
			versions = []string{"2026.2.9", "2026.3.13", "2026.9.6", ""}
		}
		for _, v := range versions {
			t.Run(fmt.Sprintf("%s/%s", tc.name, v), func(t *testing.T) {
				t.Parallel()
				text := tc.text(strings.Replace(theConfig, "by hand", "by hand xyz", 1))
				facts := func(text string) doctor.Facts {
					f := healthy()
					version(&f, v)
					f.Cold = nil
					read(t, &f, text)
					tc.breaks(&f)
					return f
				}
				before := facts(text)
				c := find(t, doctor.Examine(before), tc.id)
				n := 0
				for _, fix := range append(deref(c.Fix), c.Others...) {
					if fix.Do.Kind != backend.MendConfig {
						continue
					}
					n++
					mended := apply(t, text, fix.Do.Edits)
					if !strings.Contains(mended, "// by hand") {
						t.Error("the comment is gone")
					}
					after := facts(mended)
					if fix.ID == "lower_context" && tc.id == "openclaw_preload" {
						fits(&after, func(f *doctor.Fitted) {
							f.AtConfig = &backend.Fit{ContextLength: entry(&after).ContextWindow, TotalBytes: 150 * gb, Verdict: backend.Fits}
						})
					}
					if got := find(t, doctor.Examine(after), tc.id); got.Verdict != ok && got.Verdict != skip {
						t.Errorf("after %s it is %s: %s\n%s", fix.ID, got.Verdict, got.Detail, mended)
					}
					for _, now := range doctor.Examine(after) {
						was := find(t, doctor.Examine(before), now.ID)
						if rank[now.Verdict] > rank[was.Verdict] {
							t.Errorf("after %s %s went from %s to %s: %s", fix.ID, now.ID, was.Verdict, now.Verdict, now.Detail)
						}
					}
					for _, i := range after.Issues {
						if i.IsError() {
							t.Errorf("after %s: %s: %s", fix.ID, i.Path, i.Message)
						}
					}
				}
				if n != tc.fixes {
					t.Errorf("%d fixes of the config, want %d: %s: %s", n, tc.fixes, c.Verdict, c.Detail)
				}
			})
		}
	}
}

var rank = map[backend.Finding]int{ok: 0, skip: 0, warn: 1, fail: 2}
