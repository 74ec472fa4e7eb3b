package config_test

import (
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"pilotlight/backend"
	"pilotlight/backend/source/openclaw/config"
)

func TestAnEditChangesItsMemberAlone(t *testing.T) {
	t.Parallel()
	text := configs(t)["01-whatsapp-local.json5"]
	for _, c := range []struct {
		name  string
		edit  backend.ConfigEdit
		minus []string // lines that are gone
		plus  []string
	}{
		{"the first model", set("agents.defaults.model.primary", `"anthropic/claude-opus-4-6"`),
			[]string{`        primary: "lmstudio/minimax-m2.1-gs32", // never use the 2-bit build again`},
			[]string{`        primary: "anthropic/claude-opus-4-6", // never use the 2-bit build again`}},
		{"an alias", set(`agents.defaults.models["anthropic/claude-opus-4-6"].alias`, `"Big"`),
			[]string{`        "anthropic/claude-opus-4-6": { alias: "Opus" },`}, []string{`        "anthropic/claude-opus-4-6": { alias: "Big" },`}},
		{"a context", set("models.providers.lmstudio.models[0].contextWindow", "131072"),
			[]string{`            contextWindow: 196608, // what LM Studio shows`}, []string{`            contextWindow: 131072, // what LM Studio shows`}},
		{"one more model", set(`agents.defaults.models["openai/gpt-5.2"]`, `{}`), nil, []string{`        "openai/gpt-5.2": {},`}},
		{"a key away", unset("models.providers.lmstudio.models[0].reasoning"), []string{`            reasoning: false,`}, nil},
		{"nothing to remove", unset("models.providers.nobody"), nil, nil},
		{"the same again", set("models.mode", `"merge"`), nil, nil},
		{"another name", backend.ConfigEdit{Path: "models.providers.lmstudio", RenameTo: "studio"},
			[]string{`      lmstudio: {`}, []string{`      studio: {`}},
	} {
		d := lay(t, text).open()
		c1 := apply(t, d, c.edit)
		var minus, plus []string
		for line := range strings.Lines(c1.Diff()) {
			line = strings.TrimSuffix(line, "\n")
			switch {
			case strings.HasPrefix(line, "---"), strings.HasPrefix(line, "+++"):
			case strings.HasPrefix(line, "-"):
				minus = append(minus, line[1:])
			case strings.HasPrefix(line, "+"):
				plus = append(plus, line[1:])
			}
		}
		if strings.Join(minus, "\n") != strings.Join(c.minus, "\n") || strings.Join(plus, "\n") != strings.Join(c.plus, "\n") {
			t.Errorf("%s:\n%s", c.name, c1.Diff())
		}
		p := c1.Plan(nil, nil)
		if p.Comments != 10 || p.CommentsKept != 10 || !p.Valid || p.HashBefore != d.Hash() || p.HashAfter != c1.Hash() {
			t.Errorf("%s: plan %d %d %v", c.name, p.Comments, p.CommentsKept, p.Issues)
		}
		if c1.Same() != (c.minus == nil && c.plus == nil) {
			t.Errorf("%s: same is %v", c.name, c1.Same())
		}
	}
}

func TestEditsThatAreRefused(t *testing.T) {
	t.Parallel()
	meta := configs(t)["02-hosted-first.json5"]
	for _, c := range []struct {
		name, text string
		edit       backend.ConfigEdit
		code       backend.Code
		words      string
	}{
		{"meta", meta, set("meta.lastTouchedVersion", `"2027.1.1"`), backend.CodeRefused, "meta"},
		{"meta away", meta, unset("meta"), backend.CodeRefused, "meta"},
		{"the mode away", meta, unset("gateway.mode"), backend.CodeRefused, "gateway.mode"},
		{"the gateway away", meta, unset("gateway"), backend.CodeRefused, "gateway.mode"},
		{"half the file away", meta, unset("agents"), backend.CodeRefused, "shrink"},
		{"an include", meta, set(`["$include"]`, `"./x.json5"`), backend.CodeRefused, "$include"},
		{"no path", meta, set("agents..x", "1"), backend.CodeInvalid, "path"},
		{"a key of a text", meta, set("gateway.mode.x", "1"), backend.CodeInvalid, "gateway.mode.x"},
		{"an index far away", meta, set("agents.defaults.model.fallbacks[7]", `"x"`), backend.CodeInvalid, "fallbacks[7]"},
		{"a name that is taken", meta, backend.ConfigEdit{Path: `agents.defaults.models["anthropic/claude-sonnet-4-5"]`, RenameTo: "anthropic/claude-opus-4-6"}, backend.CodeInvalid, "new key"},
		{"no JSON", meta, set("agents.x", "{"), backend.CodeInvalid, "agents.x"},
		{"nothing said", meta, backend.ConfigEdit{Path: "agents.x"}, backend.CodeInvalid, "neither"},
	} {
		_, err := lay(t, c.text).open().Apply([]backend.ConfigEdit{c.edit})
		if err == nil {
			t.Errorf("%s: it was taken", c.name)
			continue
		}
		if e := backend.AsError(err); e.Code != c.code || e.Hint == "" || !strings.Contains(e.Message, c.words) {
			t.Errorf("%s: %s %q %q", c.name, e.Code, e.Message, e.Hint)
		}
	}
}

func TestWholeTextsThatAreRefused(t *testing.T) {
	t.Parallel()
	text := configs(t)["02-hosted-first.json5"]
	for name, broken := range map[string]string{
		"meta changed":    strings.Replace(text, "2026.3.13", "2026.9.6", 1),
		"meta commented":  strings.Replace(text, `"meta"`, `"x": 1, // "meta"`, 1),
		"no JSON5":        text + "}",
		"an empty text":   "",
		"an array":        "[" + strings.Repeat("1,", 500) + "]",
		"too long":        `{"x":"` + strings.Repeat("x", 9<<20) + `"}`,
		"too deep":        strings.Repeat("[", 10_000),
		"a NUL":           strings.Replace(text, "agents", "agen\x00ts", 1) + "\x00",
		"half of it gone": text[strings.Index(text, "\"gateway\""):][:0] + `{"gateway":{"mode":"local"},"meta":{"lastTouchedVersion":"2026.3.13"}}`,
	} {
		if _, err := lay(t, text).open().Replace(broken); err == nil {
			t.Errorf("%s: it was taken", name)
		} else if e := backend.AsError(err); e.Hint == "" || e.Code == backend.CodeInternal {
			t.Errorf("%s: %+v", name, e)
		}
	}
}

func TestBadFilesAreShownAndNotEdited(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		text, words  string
		line, column int
	}{
		"no JSON5":       {"{\n  gateway: { mode: \"local\" },\n  agents: }\n", "line 3, column 11", 3, 11},
		"empty":          {" \n", "empty", 1, 1},
		"NUL":            {"{\n a: \x00 }", "line 2, column 5", 2, 5},
		"10,000 levels":  {strings.Repeat(`{"a":`, 10_000) + "1" + strings.Repeat("}", 10_000), "not JSON5", 1, 5001},
		"a number":       {"42", "no object", 1, 1},
		"no UTF-8":       {"{ a: \"\xff\" }", "line 1", 1, 7},
		"conflict marks": {"{\n<<<<<<< HEAD\n a: 1\n}", "line 2, column 1", 2, 1},
	} {
		b := lay(t, c.text)
		d := b.open()
		doc := d.Doc()
		e := wantCode(t, d.Err(), backend.CodeRefused, c.words)
		if doc.Editable || doc.ReadOnly != e || len(doc.Issues) == 0 || doc.Issues[0].Line != c.line || doc.Issues[0].Column != c.column {
			t.Errorf("%s: issues %+v", name, doc.Issues)
		}
		if strings.Contains(doc.Caret, "\n") != (doc.Issues[0].Code == "json5") {
			t.Errorf("%s: caret %q", name, doc.Caret)
		}
		if _, err := d.Apply(nil); err == nil {
			t.Errorf("%s: it can be edited", name)
		}
		if _, err := d.Replace("{}"); err != nil || !doc.Mendable {
			t.Errorf("%s: it cannot be mended: %v", name, err)
		}
		if _, err := d.Replace(doc.Text); err == nil {
			t.Errorf("%s: it was taken as it is", name)
		}
	}
}

func TestLargeFilesAndFoldersAreNotRead(t *testing.T) {
	t.Parallel()
	b := lay(t, `{"x":"`+strings.Repeat("x", 50<<20)+`"}`)
	wantCode(t, b.open().Err(), backend.CodeTooLarge, "8 MiB")
	b = lay(t, "")
	if err := os.Mkdir(b.path, 0o700); err != nil {
		t.Fatal(err)
	}
	wantCode(t, b.open().Err(), backend.CodeRefused, "folder")
}

func TestManagedConfigsAreLeftAlone(t *testing.T) {
	t.Parallel()
	for _, name := range []string{"OPENCLAW_CONFIG_READONLY", "OPENCLAW_NIX_MODE"} {
		wantCode(t, lay(t, "{}", name, "1").open().Err(), backend.CodeRefused, name)
		if err := lay(t, "{}", name, "0").open().Err(); err != nil {
			t.Errorf("%s=0: %v", name, err)
		}
	}
}

func TestIncludesAreLeftAlone(t *testing.T) {
	t.Parallel()
	b := lay(t, `{
  gateway: { mode: "local" },
  agents: { $include: "./agents.json5", defaults: { timeoutSeconds: 600, list: [1] } },
  models: { providers: { a: { $include: ["./a.json5"] }, b: { models: [] } } },
}`)
	b.put(filepath.Join(b.dir, "agents.json5"), `{ defaults: { model: { primary: "a/x" }, list: [2] } } // theirs`)
	b.put(filepath.Join(b.dir, "a.json5"), `{ baseUrl: "http://127.0.0.1:1/v1", apiKey: "secret-of-a-file", models: [] }`)
	d := b.open()
	values, _ := json.Marshal(d.Values())
	if !strings.Contains(string(values), `"primary":"a/x"`) || strings.Contains(string(values), "secret-of-a-file") {
		t.Errorf("values %s", values)
	}
	for _, path := range []string{"agents.defaults.model.primary", "agents.defaults.model", "agents.x", "models.providers.a.baseUrl", "models.providers.a", "agents", "agents.defaults.list"} {
		_, err := d.Apply([]backend.ConfigEdit{set(path, `"x"`)})
		if e := backend.AsError(err); e == nil || e.Code != backend.CodeRefused || !strings.Contains(e.Message, "include") {
			t.Errorf("%s: %v", path, err)
		}
	}
	_, err := d.Apply([]backend.ConfigEdit{set("agents.defaults.model.primary", `"x"`)})
	wantCode(t, err, backend.CodeRefused, filepath.Join(b.dir, "agents.json5"))
	for _, path := range []string{"agents.defaults.timeoutSeconds", "models.providers.b.baseUrl"} {
		apply(t, d, set(path, "60"))
	}
}

func TestParseValue(t *testing.T) {
	t.Parallel()
	for in, want := range map[string]string{
		"lmstudio/x.y": `"lmstudio/x.y"`, "12": "12", "0x10": "16", "true": "true", "null": "null", `'a b'`: `"a b"`,
		"[ 'a', ]": `["a"]`, "{primary: 'x'}": `{"primary":"x"}`, "a b": `"a b"`, "": `""`,
		"{oops": "", "'oops": "", "Infinity": "",
	} {
		got, err := config.ParseValue(in)
		if want == "" {
			if err == nil {
				t.Errorf("%q is taken as %s", in, got)
			}
			continue
		}
		if err != nil || string(got) != want {
			t.Errorf("%q: %s %v, want %s", in, got, err, want)
		}
	}
}

func TestIssuesAreLocatedByEitherForm(t *testing.T) {
	t.Parallel()
	d := lay(t, configs(t)["01-whatsapp-local.json5"]).open()
	issues := []backend.ConfigIssue{
		{Path: `agents.defaults.models["lmstudio/minimax-m2.1-gs32"].alias`}, {Path: "agents.defaults.models.lmstudio/minimax-m2.1-gs32.alias"},
		{Path: "models.providers.lmstudio.models.0.contextWindow"}, {Path: "models.providers.lmstudio.models[0].quant"}, {Path: "nothing.like.it"},
	}
	d.Locate(issues)
	for i, want := range []int{23, 23, 44, 38, 0} {
		if issues[i].Line != want {
			t.Errorf("%s is at line %d, want %d", issues[i].Path, issues[i].Line, want)
		}
	}
}

func TestOldErrorsDoNotStandInTheWay(t *testing.T) {
	t.Parallel()
	d := lay(t, `{gateway:{mode:"local"}, future: 1}`).open()
	old := []backend.ConfigIssue{{Path: "future", Message: "unknown"}}
	c := apply(t, d, set("gateway.port", "1"))
	if p := c.Plan(old, old); !p.Valid || !p.Issues[0].Existing || p.Issues[0].Line != 1 {
		t.Errorf("plan %+v", p)
	}
	if p := c.Plan(append(old, backend.ConfigIssue{Path: "gateway.port", Message: "too low"}), old); p.Valid {
		t.Error("a new error is valid")
	}
}
