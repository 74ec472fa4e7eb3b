package config_test

import (
	"strings"
	"testing"

	"pilotlight/backend"
)

const brokenConfig = `{
  // mine
  models: { providers: { lmstudio: {
    baseUrl: 'http://127.0.0.1:1234/v1',
    apiKey: 'sk-lm-Zk41pWq9:8fJ2nVb7Lr5XcTgYh3Ds', // from the keychain
    models: [{ id: "claude-opus-4-5-20250929" }]
  } }
  hooks: { token: "hunter 2, really" },
  gateway: { mode: 'local' },
}
`

// mended closes what is open in brokenConfig.
func mended(text string) string {
	return strings.Replace(text, "  } }\n  hooks", "  } } },\n  hooks", 1)
}

func TestABrokenTextIsMendedWithItsSecrets(t *testing.T) {
	t.Parallel()
	b := lay(t, brokenConfig)
	d := b.open()
	doc := d.Doc()
	if doc.Editable || !doc.Mendable {
		t.Fatalf("editable %v, mendable %v", doc.Editable, doc.Mendable)
	}
	for _, secret := range []string{"Zk41pWq9", "hunter 2"} {
		if strings.Contains(doc.Text, secret) {
			t.Errorf("%s is shown: %s", secret, doc.Text)
		}
	}
	if strings.Contains(doc.Text, "claude-opus-4-5-20250929") {
		t.Fatal("nothing was hidden for its looks, so that it is not checked here")
	}
	c, err := d.Replace(mended(doc.Text))
	if err != nil {
		t.Fatal(err)
	}
	if _, err := b.src.Write(t.Context(), c, d.Hash()); err != nil {
		t.Fatal(err)
	}
	if got := b.text(); got != mended(brokenConfig) {
		t.Errorf("%s", got)
	}
}

func TestAMendShowsNoSecret(t *testing.T) {
	t.Parallel()
	d := lay(t, brokenConfig).open()
	text := d.Doc().Text
	marks := placeholders(text)
	if len(marks) != 3 {
		t.Fatalf("%d placeholders: %s", len(marks), text)
	}
	for name, moved := range map[string]string{
		"a key into another place":  strings.Replace(mended(text), "http://127.0.0.1:1234/v1", marks[0], 1),
		"a token into a comment":    strings.Replace(mended(text), "// mine", "// "+marks[2], 1),
		"a guess into another key":  strings.Replace(mended(text), "mode: 'local'", "mode: '"+marks[1]+"'", 1),
		"a guess behind no name":    strings.Replace(mended(text), "// mine", "x: [\n'"+marks[1]+"'],", 1),
		"one of another text":       strings.Replace(mended(text), marks[0], "__PILOTLIGHT_SECRET_0123456789abcdef__", 1),
		"still broken":              text,
		"a key under another quote": strings.Replace(mended(text), "'"+marks[0]+"'", marks[0], 1),
	} {
		if _, err := d.Replace(moved); err == nil {
			t.Errorf("%s: it was taken", name)
		} else if e := backend.AsError(err); e.Hint == "" || e.Code == backend.CodeInternal {
			t.Errorf("%s: %+v", name, e)
		}
	}
}

func TestASecretWithoutItsEndIsNotPutBack(t *testing.T) {
	t.Parallel()
	d := lay(t, "{\n  hooks: { token: \"hunter2, },\n  gateway: { mode: 'local' },\n}\n").open()
	text := d.Doc().Text
	if strings.Contains(text, "hunter2") {
		t.Fatal(text)
	}
	marks := placeholders(text)
	_, err := d.Replace(strings.Replace(text, marks[0], marks[0]+"\" },", 1))
	wantCode(t, err, backend.CodeRefused, "no longer in the file")
	c, err := d.Replace(strings.Replace(text, marks[0], "hunter2\" },", 1))
	if err != nil || strings.Contains(c.Text(), "hunter2") {
		t.Errorf("%v", err)
	}
}

func TestALockedBrokenFileIsNotMended(t *testing.T) {
	t.Parallel()
	d := lay(t, brokenConfig, "OPENCLAW_NIX_MODE", "1").open()
	if doc := d.Doc(); doc.Mendable {
		t.Error("it says that it can be mended")
	}
	_, err := d.Replace("{}")
	wantCode(t, err, backend.CodeRefused, "OPENCLAW_NIX_MODE")
}

func placeholders(text string) (marks []string) {
	const head, size = "__PILOTLIGHT_SECRET_", 38
	for at := strings.Index(text, head); at >= 0; at = strings.Index(text, head) {
		marks = append(marks, text[at:at+size])
		text = text[at+size:]
	}
	return marks
}
