package config_test

import (
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"pilotlight/backend"
	"pilotlight/backend/json5"
	"pilotlight/backend/rule/modelconfig"
	"pilotlight/backend/source/openclaw/config"
)

func ptr[T any](v T) *T { return &v }

// world is what is installed on the machine of the recipes.
func world() []backend.Server {
	now := backend.Time{}
	return []backend.Server{
		{
			ID: "lmstudio", Kind: backend.KindLMStudio, Name: "LM Studio", URL: "http://127.0.0.1:1234", State: backend.ServerUp, ListedAt: &now,
			Models: []backend.Model{
				{Key: "minimax-m2.1-gs32", Name: "MiniMax M2.1", Type: backend.TypeLLM, SizeBytes: ptr[int64](129e9), MaxContextLength: ptr(196608), Instances: []backend.Instance{{ID: "minimax-m2.1-gs32", ContextLength: ptr(131072)}}},
				{Key: "qwen/qwen3.5-9b", Name: "Qwen3.5 9B", Type: backend.TypeLLM, SizeBytes: ptr[int64](6e9), MaxContextLength: ptr(262144)},
				{Key: "text-embedding-nomic", Name: "Nomic", Type: backend.TypeEmbedding},
			},
		},
		{
			ID: "vllm", Kind: backend.KindOpenAI, Name: "vLLM", URL: "http://192.168.1.20:8000", State: backend.ServerUp, ListedAt: &now,
			Models: []backend.Model{{Key: "qwen3-coder-30b", Name: "qwen3-coder-30b", Type: backend.TypeLLM, MaxContextLength: ptr(131072)}},
		},
	}
}

// versionsFor are those that take a config of testdata.
func versionsFor(name string) []string {
	if strings.Contains(name, "2026.9") {
		return []string{"2026.9.6"}
	}
	return []string{"", "2026.2.9", "2026.3.13", "2026.9.6"}
}

func errorsOf(issues []backend.ConfigIssue) (list []string) {
	for _, i := range issues {
		if i.IsError() {
			list = append(list, i.Path+": "+i.Message)
		}
	}
	return list
}

// PILOTLIGHT_KEEP_RECIPES names a folder that gets every result, for a check with
// real versions of OpenClaw.
func TestEveryRecipeOnEveryConfig(t *testing.T) {
	t.Parallel()
	keep := os.Getenv("PILOTLIGHT_KEEP_RECIPES")
	for name, text := range configs(t) {
		d := lay(t, text).open()
		in := modelconfig.Input{Config: d.Values(), Version: d.Version(), Servers: world()}
		recipes := modelconfig.Recipes(in, modelconfig.Choice{Hosted: "anthropic/claude-opus-4-6"})
		if len(recipes) != 5 {
			t.Fatalf("%d recipes", len(recipes))
		}
		for _, r := range recipes {
			at := name + ", " + r.ID
			if !r.Available {
				t.Errorf("%s: %s", at, r.WhyNot)
				continue
			}
			c, err := d.Apply(r.Edits)
			if err != nil {
				t.Errorf("%s: %v", at, err)
				continue
			}
			checkRecipe(t, at, name, r, d, c)
			if keep != "" {
				b := lay(t, text)
				b.save(r.Edits...)
				if err := os.WriteFile(filepath.Join(keep, r.ID+"--"+name), []byte(b.text()), 0o600); err != nil {
					t.Fatal(err)
				}
			}
		}
	}
}

func checkRecipe(t *testing.T, at, name string, r backend.Recipe, d *config.Document, c *config.Candidate) {
	t.Helper()
	p := c.Plan(nil, nil)
	gone := 0
	if r.ID == modelconfig.RecipeLocalOnly && strings.HasPrefix(name, "01") {
		gone = 1 // the comment behind the fallback that is taken out
	}
	if p.Comments != p.CommentsKept+gone || !p.Valid {
		t.Errorf("%s: %d of %d comments kept\n%s", at, p.CommentsKept, p.Comments, c.Diff())
	}
	for _, v := range versionsFor(name) {
		in := modelconfig.Input{Config: c.Values(), Version: v, Servers: world()}
		if bad := errorsOf(modelconfig.Check(in)); len(bad) > 0 {
			t.Errorf("%s for %q: %v", at, v, bad)
		}
		for _, i := range modelconfig.Check(in) {
			if slices.Contains([]string{"not_listed", "not_allowed", "no_provider", "no_model", "twice", "mode_replace", "no_primary", "alias_twice"}, i.Code) && i.Path != "agents.list[1].model" {
				t.Errorf("%s for %q: %s: %s", at, v, i.Path, i.Message)
			}
		}
	}
	again, ok := modelconfig.FindRecipe(modelconfig.Input{Config: c.Values(), Version: c.Version(), Servers: world()}, modelconfig.Choice{Hosted: "anthropic/claude-opus-4-6"}, r.ID)
	if !ok || len(again.Edits) != 0 {
		t.Errorf("%s a second time: %v", at, again.Edits)
	}
	was, _ := json5.Parse([]byte(d.Text()))
	is, _ := json5.Parse([]byte(c.Text()))
	for _, path := range []json5.Path{{"meta"}, {"gateway"}, {"channels"}, {"env"}} {
		a, had := was.Source(path)
		b, has := is.Source(path)
		if had != has || string(a) != string(b) {
			t.Errorf("%s: %s changed", at, path)
		}
	}
	// Nothing that was allowed before is forbidden now.
	before, after := modelconfig.Form(modelconfig.Input{Config: d.Values()}), modelconfig.Form(modelconfig.Input{Config: c.Values()})
	for _, m := range before.Models {
		if !slices.ContainsFunc(after.Models, func(x backend.ConfigEntry) bool { return x == m }) {
			t.Errorf("%s: %v is no longer listed", at, m)
		}
	}
	for _, p := range before.Providers {
		i := slices.IndexFunc(after.Providers, func(x backend.ConfigProvider) bool { return x.ID == p.ID })
		if i < 0 || len(after.Providers[i].Models) < len(p.Models) || after.Providers[i].KeyKind != p.KeyKind {
			t.Errorf("%s: the provider %s lost something", at, p.ID)
		}
	}
}

// The chains that the recipes make, in words.
func TestTheChainsOfTheRecipes(t *testing.T) {
	t.Parallel()
	for _, c := range []struct{ config, recipe, want string }{
		{"01-whatsapp-local.json5", "local-only", "lmstudio/minimax-m2.1-gs32 []"},
		{"01-whatsapp-local.json5", "hosted-first", "anthropic/claude-opus-4-6 [lmstudio/minimax-m2.1-gs32]"},
		{"01-whatsapp-local.json5", "local-first", "lmstudio/minimax-m2.1-gs32 [anthropic/claude-opus-4-6]"},
		{"01-whatsapp-local.json5", "regional", "openrouter/minimax/minimax-m2.1 [lmstudio/minimax-m2.1-gs32 anthropic/claude-opus-4-6]"},
		{"01-whatsapp-local.json5", "openai-compatible", "local/qwen3-coder-30b [lmstudio/minimax-m2.1-gs32 anthropic/claude-opus-4-6]"},
		{"02-hosted-first.json5", "hosted-first", "anthropic/claude-sonnet-4-5 [lmstudio/minimax-m2.1-gs32 anthropic/claude-opus-4-6]"},
		{"02-hosted-first.json5", "local-first", "lmstudio/minimax-m2.1-gs32 [anthropic/claude-sonnet-4-5 anthropic/claude-opus-4-6]"},
		{"04-single-quotes.json5", "openai-compatible", "desk/qwen3-coder-30b [openai/gpt-5.2 anthropic/claude-opus-4-6]"},
		{"10-aliases.json5", "local-first", "Mini [Opus Sonnet]"},
		{"10-aliases.json5", "hosted-first", "Opus [Mini Sonnet]"},
	} {
		d := lay(t, configs(t)[c.config]).open()
		r, ok := modelconfig.FindRecipe(modelconfig.Input{Config: d.Values(), Servers: world()}, modelconfig.Choice{}, c.recipe)
		if !ok || !r.Available {
			t.Errorf("%s %s: %+v", c.config, c.recipe, r)
			continue
		}
		f := modelconfig.Form(modelconfig.Input{Config: apply(t, d, r.Edits...).Values()})
		if got := fmt.Sprint(f.Primary, " ", f.Fallbacks); got != c.want {
			t.Errorf("%s %s: got %s, want %s", c.config, c.recipe, got, c.want)
		}
	}
}

// A server that Pilotlight does not watch is named by its address. Where the config has
// a provider for it already, that one is used, in the person's own words.
func TestTheRecipeOfAServerThatIsNotWatched(t *testing.T) {
	t.Parallel()
	choice := modelconfig.Choice{URL: "http://192.168.1.20:8000/v1", Local: "qwen3-coder-30b"}
	for config, want := range map[string]string{
		"01-whatsapp-local.json5": "local/qwen3-coder-30b [lmstudio/minimax-m2.1-gs32 anthropic/claude-opus-4-6]",
		"04-single-quotes.json5":  "desk/qwen3-coder-30b [openai/gpt-5.2 anthropic/claude-opus-4-6]",
		"05-no-models-list.json5": "local/qwen3-coder-30b [anthropic/claude-opus-4-6]",
		"11-entries-2026.9.json5": "local/qwen3-coder-30b [lmstudio/minimax-m2.1-gs32 anthropic/claude-opus-4-6]",
	} {
		d := lay(t, configs(t)[config]).open()
		r, _ := modelconfig.FindRecipe(modelconfig.Input{Config: d.Values(), Version: d.Version()}, choice, modelconfig.RecipeOpenAI)
		c := apply(t, d, r.Edits...)
		f := modelconfig.Form(modelconfig.Input{Config: c.Values()})
		if got := fmt.Sprint(f.Primary, " ", f.Fallbacks); !r.Available || got != want {
			t.Errorf("%s: got %s, want %s: %s", config, got, want, r.WhyNot)
		}
		for _, v := range versionsFor(config) {
			if bad := errorsOf(modelconfig.Check(modelconfig.Input{Config: c.Values(), Version: v})); len(bad) > 0 {
				t.Errorf("%s for %q: %v", config, v, bad)
			}
		}
	}
	for _, c := range []modelconfig.Choice{
		{URL: "http://192.168.1.20:8000/v1"}, {URL: "192.168.1.20:8000", Local: "m"}, {URL: "ftp://x", Local: "m"}, {URL: "http://", Local: "m"},
		{URL: "http://me:secret@x/v1", Local: "m"}, {URL: "https://x/v1?key=secret", Local: "m"}, {URL: "::", Local: "m"},
	} {
		r, _ := modelconfig.FindRecipe(modelconfig.Input{}, c, modelconfig.RecipeOpenAI)
		if r.Available || r.WhyNot == "" || len(r.Edits) > 0 {
			t.Errorf("%+v: %+v", c, r)
		}
	}
}

func TestARecipeSaysWhatItLacks(t *testing.T) {
	t.Parallel()
	for _, r := range modelconfig.Recipes(modelconfig.Input{}, modelconfig.Choice{}) {
		if r.ID != modelconfig.RecipeRegional && (r.Available || r.WhyNot == "" || len(r.Edits) > 0) {
			t.Errorf("%+v", r)
		}
	}
}

// A recipe for a missing file makes a whole one.
func TestARecipeOnNoConfigAtAll(t *testing.T) {
	t.Parallel()
	b := lay(t, "")
	r, _ := modelconfig.FindRecipe(modelconfig.Input{Config: b.open().Values(), Servers: world()}, modelconfig.Choice{}, modelconfig.RecipeLocalOnly)
	b.save(r.Edits...)
	if keep := os.Getenv("PILOTLIGHT_KEEP_RECIPES"); keep != "" {
		b.put(filepath.Join(keep, "local-only--00-missing.json"), b.text())
	}
	want := read(t, "testdata/local-only-from-nothing.json")
	if b.text() != want {
		t.Errorf("got %s", b.text())
	}
}
