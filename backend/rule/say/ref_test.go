package say_test

import (
	"testing"

	"pilotlight/backend"
	"pilotlight/backend/rule/say"
)

func TestRefName(t *testing.T) {
	st := &backend.Status{
		Servers: []backend.Server{{ID: "lmstudio", Models: []backend.Model{{Key: "minimax/m2", Name: "MiniMax M2.1"}, {Key: "bare"}}}},
		OpenClaw: &backend.OpenClaw{Chain: []backend.Hop{
			{Ref: "lmstudio/minimax/m2", Server: "lmstudio", Key: "minimax/m2", Alias: "Mini"},
			{Ref: "lmstudio/bare", Server: "lmstudio", Key: "bare"},
			{Ref: "lmstudio/elsewhere", Server: "gpu", Key: "minimax/m2", Alias: "Box"},
			{Ref: "anthropic/claude-opus-4-6", Alias: "Opus"},
		}},
	}
	for ref, want := range map[string]string{
		"lmstudio/minimax/m2":       "MiniMax M2.1",
		"lmstudio/bare":             "bare",
		"lmstudio/elsewhere":        "Box",
		"anthropic/claude-opus-4-6": "Opus",
		"openrouter/qwen/qwen3-32b": "qwen3-32b",
		"alone":                     "alone",
		"odd/":                      "odd/",
		"":                          "",
	} {
		if got := say.RefName(st, ref); got != want {
			t.Errorf("%q: got %q, want %q", ref, got, want)
		}
	}
	if got := say.RefName(&backend.Status{}, "a/b/c"); got != "c" {
		t.Errorf("without OpenClaw: %q", got)
	}
}
