package openclaw_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"pilotlight/backend/source/openclaw"
)

func TestAddressesOfAConfig(t *testing.T) {
	t.Parallel()
	p := newPlace(t)
	p.vars["KEY_VLLM"], p.vars["GATEWAY_PORT"] = "from-the-environment", "4000"
	p.write(".openclaw/.env", "KEY_BOX=from-dotenv\n")
	r := p.config(`{
		agents: {defaults: {model: {primary: "lmstudio/m", fallbacks: ["anthropic/opus", "ollama/x", "openrouter/y"]}}},
		models: {providers: {
			lmstudio: {baseUrl: "http://localhost:1234/v1", apiKey: "main"},
			vLLM: {baseUrl: "http://gpu-box:8000/v1/", apiKey: {source: "env", provider: "default", id: "KEY_VLLM"}},
			zeta: {baseUrl: "http://GPU-BOX:8000", apiKey: "of-zeta"},
			box: {baseUrl: "http://192.168.1.8:1234/v1", apiKey: "${KEY_BOX}"},
			lite: {baseUrl: "http://127.0.0.1:${GATEWAY_PORT}/litellm/v1", apiKey: {source: "exec", provider: "default", id: "KEY_VLLM"}},
			broken: {baseUrl: "http://127.0.0.1:${NOWHERE}"}, none: {baseUrl: "no url"}, bare: {apiKey: "x"},
			sglang: {apiKey: "${NOWHERE}"},
			openrouter: {baseUrl: "https://eu.openrouter.ai/api/v1", apiKey: "paid-for"},
		}},
	}`)
	var got []string
	for _, a := range openclaw.Addresses(r, "http://127.0.0.1:1234") {
		got = append(got, fmt.Sprintf("%s = %s root %s host %q hosted %v key %q", strings.Join(a.Providers, "+"), a.URL, a.Root(), a.Host, a.Hosted, a.Key.Reveal()))
	}
	want := []string{
		`anthropic = https://api.anthropic.com root https://api.anthropic.com host "api.anthropic.com" hosted true key ""`,
		`box = http://192.168.1.8:1234/v1 root http://192.168.1.8:1234 host "192.168.1.8" hosted false key "from-dotenv"`,
		`lite = http://127.0.0.1:4000/litellm/v1 root http://127.0.0.1:4000/litellm host "" hosted false key ""`,
		// The key of a hosted one is left out.
		`openrouter = https://eu.openrouter.ai/api/v1 root https://eu.openrouter.ai host "eu.openrouter.ai" hosted true key ""`,
		`sglang = http://127.0.0.1:30000 root http://127.0.0.1:30000 host "" hosted false key ""`,
		`vLLM+zeta = http://gpu-box:8000/v1 root http://gpu-box:8000 host "gpu-box" hosted false key "from-the-environment"`,
	}
	if !slices.Equal(got, want) {
		t.Errorf("got\n%s\nwant\n%s", strings.Join(got, "\n"), strings.Join(want, "\n"))
	}
}

func TestTheKeyThatATextStandsFor(t *testing.T) {
	t.Parallel()
	p := newPlace(t)
	p.vars["MY_KEY"] = "of-the-variable"
	for text, want := range map[string]string{
		"'plain'": "plain", "' spaced '": "spaced", "'${MY_KEY}'": "of-the-variable", "'a-${MY_KEY}'": "a-of-the-variable",
		"'$${MY_KEY}'": "${MY_KEY}", "'${NOWHERE_AT_ALL}'": "", "'MY_KEY'": "of-the-variable", "'NOWHERE_AT_ALL'": "",
		"'secretref-env:MY_KEY'": "of-the-variable", "'secretref-managed'": "", "'oauth:chatgpt'": "", "''": "", "7": "",
		"{source:'env',provider:'default',id:'MY_KEY'}":    "of-the-variable",
		"{source:'env',provider:'default',id:'${MY_KEY}'}": "", "{source:'file',provider:'default',id:'MY_KEY'}": "",
		"{source:'exec',provider:'default',id:'MY_KEY'}": "", "{source:'store',provider:'default',id:'MY_KEY'}": "", "{id:'MY_KEY'}": "",
	} {
		r := p.config("{models:{providers:{a:{baseUrl:'http://127.0.0.1:1',apiKey:" + text + "}}}}")
		if got := r.Providers["a"].Key.Reveal(); got != want {
			t.Errorf("%s: got %q, want %q", text, got, want)
		}
	}
}

func TestAddressesAreBounded(t *testing.T) {
	t.Parallel()
	var b strings.Builder
	for i := range 500 {
		fmt.Fprintf(&b, "p%d:{baseUrl:'http://127.0.0.1:%d'},", i, 20000+i)
	}
	r := newPlace(t).config("{models:{providers:{" + b.String() + "}}}")
	if n := len(openclaw.Addresses(r, "")); n != 31 {
		t.Errorf("%d addresses, want 31", n)
	}
}
