package config_test

import (
	"encoding/json"
	"errors"
	"regexp"
	"strings"
	"testing"

	"pilotlight/backend"
)

// known are all the secrets in testdata/configs.
var known = []string{
	"f3b1c8e0a94d47c2b6a1", "abc-def-0123456789", "correct horse battery", "sk-or-v1-0123456789abcdef0123456789abcdef",
	"sk-team-aaaaaaaaaaaaaaaaaaaaaaaa", "sk-team-bbbbbbbbbbbbbbbbbbbbbbbb", "Ymx1ZTpoZWxsbw", "1234567890:AAAA", "blue", `"sk-local"`,
}

func noSecret(t *testing.T, what, text string) {
	t.Helper()
	for _, s := range known {
		if strings.Contains(text, s) {
			t.Errorf("%s has the secret %s", what, s)
		}
	}
}

func TestNoSecretLeaves(t *testing.T) {
	t.Parallel()
	seen := map[string]bool{}
	for name, text := range configs(t) {
		for _, s := range known {
			seen[s] = seen[s] || strings.Contains(strings.ReplaceAll(text, "'", `"`), s)
		}
		d := lay(t, text).open()
		doc, err := json.Marshal(d.Doc())
		if err != nil {
			t.Fatal(err)
		}
		noSecret(t, name+": the document", string(doc))
		values, _ := json.Marshal(d.Values())
		noSecret(t, name+": the values", string(values))
		c := apply(t, d, set("agents.defaults.model.primary", `"a/b"`), set("gateway.port", "18790"))
		plan, _ := json.Marshal(c.Plan(nil, nil))
		noSecret(t, name+": the plan", string(plan))
	}
	for _, s := range known {
		if !seen[s] {
			t.Errorf("%s is in no config: the test proves nothing of it", s)
		}
	}
}

func TestTextComesBackAsItWas(t *testing.T) {
	t.Parallel()
	for name, text := range configs(t) {
		d := lay(t, text).open()
		c, err := d.Replace(d.Text())
		if err != nil {
			t.Errorf("%s: %v", name, err)
		} else if !c.Same() || c.Hash() != d.Hash() || c.Diff() != "" {
			t.Errorf("%s came back changed:\n%s", name, c.Diff())
		}
	}
}

const withKeys = `{
  gateway: { mode: "local" },
  models: { providers: {
    a: { baseUrl: "https://u:hunter22@h/v1?key=topsecret", apiKey: 'it"s mine', models: [], "x-note": "open" },
    b: { apiKey: "${LM_KEY}", models: [] },
    c: { apiKey: { source: "env", provider: "default", id: "LM_KEY" }, headers: { q: "qqqqqqqq" }, models: [] },
  } },
  mcp: { servers: [{ env: { ANY: "envsecret" }, args: ["--token", "plain"] }] },
}
`

func TestWhatIsASecret(t *testing.T) {
	t.Parallel()
	text := lay(t, withKeys).open().Text()
	for _, s := range []string{"hunter22", "topsecret", "it\"s mine", "qqqqqqqq", "envsecret"} {
		if strings.Contains(text, s) {
			t.Errorf("%q is shown in %s", s, text)
		}
	}
	for _, s := range []string{`"${LM_KEY}"`, `source: "env", provider: "default", id: "LM_KEY"`, `"open"`, `"local"`, "@h/v1?key="} {
		if !strings.Contains(text, s) {
			t.Errorf("%q is hidden in %s", s, text)
		}
	}
}

var mark = regexp.MustCompile(`__PILOTLIGHT_SECRET_[0-9a-f]{16}__`)

func TestPlaceholders(t *testing.T) {
	t.Parallel()
	b := lay(t, withKeys)
	d := b.open()
	text := d.Text()
	own := regexp.MustCompile(`apiKey: '(` + mark.String() + `)'`).FindStringSubmatch(text)[1]
	for _, c := range []struct {
		name, from, to string
		want           string // in the result, or "" for a refusal
		code           backend.Code
	}{
		{"a key under a new name", "a: {", "alpha: {", `alpha: { baseUrl: "https://u:hunter22@h/v1?key=topsecret", apiKey: 'it"s mine'`, ""},
		{"a new key", own, "brand-new-key", `apiKey: 'brand-new-key'`, ""},
		{"an unknown placeholder", own, "__PILOTLIGHT_SECRET_0123456789abcdef__", "", backend.CodeRefused},
		{"a broken placeholder", own, "__PILOTLIGHT_SECRET_01__", "", backend.CodeRefused},
		{"a placeholder where it would be shown", `"open"`, "'" + own + "'", "", backend.CodeRefused},
		{"OpenClaw's own placeholder", own, "__OPENCLAW_REDACTED__", "", backend.CodeRefused},
	} {
		got, err := d.Replace(strings.Replace(text, c.from, c.to, 1))
		if c.want == "" {
			e, ok := errors.AsType[*backend.Error](err)
			if !ok || e.Code != c.code {
				t.Errorf("%s: error %v, want %s", c.name, err, c.code)
			}
			continue
		}
		if err != nil {
			t.Errorf("%s: %v", c.name, err)
			continue
		}
		if _, err := b.src.Write(t.Context(), got, d.Hash()); err != nil {
			t.Fatalf("%s: %v", c.name, err)
		}
		if !strings.Contains(b.text(), c.want) {
			t.Errorf("%s: %q is not in %s", c.name, c.want, b.text())
		}
		b.put(b.path, withKeys)
		d = b.open()
	}
}

func TestAValueOfAnEditMayBeAPlaceholder(t *testing.T) {
	t.Parallel()
	b := lay(t, withKeys)
	own := mark.FindString(b.open().Text())
	key := regexp.MustCompile(`apiKey: '(` + mark.String() + `)'`).FindStringSubmatch(b.open().Text())[1]
	b.save(set("models.providers.b.apiKey", `"`+key+`"`))
	if want := `b: { apiKey: "it\"s mine"`; !strings.Contains(b.text(), want) && !strings.Contains(b.text(), `b: { apiKey: 'it"s mine'`) {
		t.Errorf("%s is not in %s", want, b.text())
	}
	if _, err := b.open().Apply([]backend.ConfigEdit{set("models.providers.a.api", `"`+own+`"`)}); err == nil {
		t.Error("a secret may be moved to where it is shown")
	}
}

func TestAlreadyRedactedFilesCanBeMended(t *testing.T) {
	t.Parallel()
	b := lay(t, `{gateway:{mode:"local"},models:{providers:{a:{apiKey:"__OPENCLAW_REDACTED__"}}}}`)
	d := b.open()
	issues := d.Doc().Issues
	if len(issues) != 1 || issues[0].Code != "redacted" || issues[0].Path != "models.providers.a.apiKey" || issues[0].Line != 1 {
		t.Errorf("issues %+v", issues)
	}
	b.save(set("gateway.port", "1"))
	b.save(set("models.providers.a.apiKey", `"new-key-here"`))
	if strings.Contains(b.text(), "REDACTED") {
		t.Error(b.text())
	}
}

func TestABrokenTextHidesItsSecrets(t *testing.T) {
	t.Parallel()
	for name, text := range configs(t) {
		for _, cut := range []int{len(text) / 3, len(text) / 2, len(text) - 3} {
			for _, broken := range []string{text[:cut], text[:cut] + "}]:" + text[cut:], text + "}"} {
				d := lay(t, broken).open()
				doc, _ := json.Marshal(d.Doc())
				noSecret(t, name, string(doc))
				if d.Err() == nil && broken == text[:len(text)/3] {
					t.Errorf("%s, broken at %d, can be edited", name, cut)
				}
			}
		}
	}
}
