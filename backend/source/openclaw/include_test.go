package openclaw_test

import (
	"fmt"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"

	"pilotlight/backend/source/openclaw"
)

func TestIncludesAreMerged(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		files     map[string]string
		primary   string
		fallbacks []string
	}{
		"a whole file": {map[string]string{"openclaw.json": `{$include:"a.json5"}`, "a.json5": `{agents:{defaults:{model:"a/b"}}}`}, "a/b", nil},
		"at a key":     {map[string]string{"openclaw.json": `{agents:{$include:"./sub/a.json5"}}`, "sub/a.json5": `{defaults:{$include:"b.json5"}}`, "sub/b.json5": `{model:"a/b"}`}, "a/b", nil},
		"siblings win": {map[string]string{"openclaw.json": `{$include:"a.json5",agents:{defaults:{model:{primary:"s/s"}}}}`, "a.json5": `{agents:{defaults:{model:{primary:"a/b",fallbacks:["c/d"]}}}}`}, "s/s", []string{"c/d"}},
		"the later wins": {map[string]string{"openclaw.json": `{$include:["a.json5","b.json5"]}`, "a.json5": `{agents:{defaults:{model:{primary:"a/a"}}}}`, "b.json5": `{agents:{defaults:{model:{primary:"b/b"}}}}`},
			"b/b", nil},
		"lists are added": {map[string]string{"openclaw.json": `{$include:["a.json5","b.json5"]}`, "a.json5": `{agents:{defaults:{model:{fallbacks:["a/a"]}}}}`, "b.json5": `{agents:{defaults:{model:{fallbacks:["b/b"]}}}}`},
			"", []string{"a/a", "b/b"}},
		"one file twice": {map[string]string{"openclaw.json": `{agents:{$include:"a.json5"},x:{$include:"a.json5"}}`, "a.json5": `{defaults:{model:"a/b"}}`}, "a/b", nil},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			p := newPlace(t)
			for f, text := range c.files {
				p.write(".openclaw/"+f, text)
			}
			r := p.read()
			if c.fallbacks == nil {
				c.fallbacks = []string{}
			}
			if r.Err != nil || r.OpenClaw.Primary != c.primary || !reflect.DeepEqual(r.OpenClaw.Fallbacks, c.fallbacks) {
				t.Errorf("got %s %v, error %v, want %s %v", r.OpenClaw.Primary, r.OpenClaw.Fallbacks, r.Err, c.primary, c.fallbacks)
			}
		})
	}
}

func TestBadIncludesMakeTheConfigInvalid(t *testing.T) {
	t.Parallel()
	outside := t.TempDir()
	if err := os.WriteFile(filepath.Join(outside, "o.json5"), []byte(`{agents:{defaults:{model:"o/o"}}}`), 0o600); err != nil {
		t.Fatal(err)
	}
	deep := map[string]string{"openclaw.json": `{$include:"0.json5"}`}
	for i := range 12 {
		deep[fmt.Sprintf("%d.json5", i)] = fmt.Sprintf(`{$include:"%d.json5"}`, i+1)
	}
	wide := map[string]string{"openclaw.json": `{$include:"0.json5"}`, "8.json5": "{}"}
	for i := range 8 {
		next := fmt.Sprintf(`"%d.json5"`, i+1)
		wide[fmt.Sprintf("%d.json5", i)] = "{$include:[" + strings.Repeat(next+",", 4) + "]}"
	}
	for name, c := range map[string]struct {
		files map[string]string
		says  string
	}{
		"missing":           {map[string]string{"openclaw.json": `{models:{$include:"no.json5"}}`}, "it is not there"},
		"outside by a path": {map[string]string{"openclaw.json": `{$include:"../x.json5"}`}, "outside"},
		"outside, absolute": {map[string]string{"openclaw.json": `{$include:"` + outside + `/o.json5"}`}, "outside"},
		"outside by a link": {map[string]string{"openclaw.json": `{$include:"link/o.json5"}`}, "outside"},
		"itself":            {map[string]string{"openclaw.json": `{$include:"a.json5"}`, "a.json5": `{x:{$include:"openclaw.json"}}`}, "itself"},
		"too deep":          {deep, "10 deep"},
		"too many":          {wide, "256"},
		"broken":            {map[string]string{"openclaw.json": `{$include:"a.json5"}`, "a.json5": `{`}, "a.json5, line 1"},
		"no name":           {map[string]string{"openclaw.json": `{$include:7}`}, "name"},
		"no name in a list": {map[string]string{"openclaw.json": `{$include:["a.json5",{}]}`, "a.json5": `{}`}, "name"},
		"no object":         {map[string]string{"openclaw.json": `{$include:"a.json5",x:1}`, "a.json5": `[]`}, "object"},
		"a folder":          {map[string]string{"openclaw.json": `{$include:"link"}`}, ""},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			p := newPlace(t)
			for f, text := range c.files {
				p.write(".openclaw/"+f, text)
			}
			if err := os.Symlink(outside, filepath.Join(p.home, ".openclaw", "link")); err != nil {
				t.Fatal(err)
			}
			r := p.read()
			if r.Err == nil || r.OpenClaw.ConfigValid || len(r.OpenClaw.Issues) != 1 {
				t.Fatalf("got error %v, issues %v", r.Err, r.OpenClaw.Issues)
			}
			if !strings.Contains(r.OpenClaw.Issues[0].Message, c.says) || !strings.HasSuffix(r.OpenClaw.Issues[0].Path, "$include") {
				t.Errorf("got %+v, want %q", r.OpenClaw.Issues[0], c.says)
			}
		})
	}
}

func TestAPersonMayAllowOtherFolders(t *testing.T) {
	t.Parallel()
	p := newPlace(t)
	p.write("shared/o.json5", `{agents:{defaults:{model:"o/o"}}}`)
	p.vars["OPENCLAW_INCLUDE_ROOTS"] = "/nowhere" + string(os.PathListSeparator) + "~/shared"
	if r := p.config(`{$include:"../shared/o.json5"}`); r.OpenClaw.Primary != "o/o" {
		t.Errorf("got %+v, error %v", r.OpenClaw, r.Err)
	}
}

func TestVariablesAreResolved(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		model, want string
		issue       bool
	}{
		"from the environment":   {"a/${FROM_ENV}", "a/env", false},
		"from the .env file":     {"a/${FROM_FILE}", "a/file", false},
		"from the config":        {"a/${FROM_CONFIG}", "a/config", false},
		"the environment first":  {"a/${BOTH}", "a/env", false},
		"several":                {"${FROM_ENV}/${FROM_FILE}", "env/file", false},
		"escaped":                {"a/$${FROM_ENV}", "a/${FROM_ENV}", false},
		"no capitals":            {"a/${from_env}", "a/${from_env}", false},
		"a default is not known": {"a/${FROM_ENV:-x}", "a/${FROM_ENV:-x}", false},
		"half":                   {"a/${FROM_ENV", "a/${FROM_ENV", false},
		"missing":                {"a/${NOWHERE}", "", true},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			p := newPlace(t)
			p.vars["FROM_ENV"], p.vars["BOTH"] = "env", "env"
			p.write(".openclaw/.env", "# keys\nexport FROM_FILE=\"file\" # mine\nBOTH=file\nbroken\n")
			r := p.config(`{env:{vars:{FROM_CONFIG:"config",BOTH:"config"}},agents:{defaults:{model:"` + c.model + `"}}}`)
			if r.OpenClaw.Primary != c.want || !r.OpenClaw.ConfigValid {
				t.Errorf("got %q, valid %v, want %q", r.OpenClaw.Primary, r.OpenClaw.ConfigValid, c.want)
			}
			if (len(r.OpenClaw.Issues) > 0) != c.issue {
				t.Errorf("got issues %v", r.OpenClaw.Issues)
			}
		})
	}
}

func TestAURLThatHangsOnAMissingVariableIsUnknown(t *testing.T) {
	t.Parallel()
	r := newPlace(t).config(`{agents:{defaults:{model:"lmstudio/a"}},models:{providers:{lmstudio:{baseUrl:"${LMS_URL}"}}}}`)
	hops := openclaw.Chain(r, nil)
	if len(hops) != 1 || hops[0].BaseURL != "" || hops[0].State != "unknown" || hops[0].Local {
		t.Errorf("got %+v", hops)
	}
	if len(r.OpenClaw.Issues) != 1 || r.OpenClaw.Issues[0].Path != "models.providers.lmstudio.baseUrl" {
		t.Errorf("got %+v", r.OpenClaw.Issues)
	}
}
