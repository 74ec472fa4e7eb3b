//go:build e2e

package e2e

import (
	"fmt"
	"io/fs"
	"path"
	"slices"
	"strings"
	"testing"
	"time"
)

// aRecipe is one of "pilotlight config apply", with what its chain must be.
type aRecipe struct {
	name  string
	flags []string
	wrong func(chain []string) bool
}

// localRef is the loaded model, which every recipe must fill in for the local one.
const localRef = "lmstudio/" + localKey

func isLocal(ref string) bool { return strings.HasPrefix(ref, "lmstudio/") }

var recipes = []aRecipe{
	{"local-only", nil, func(c []string) bool { return !slices.Equal(c, []string{localRef}) }},
	{"hosted-first", nil, func(c []string) bool { return len(c) < 2 || isLocal(c[0]) || c[1] != localRef }},
	{"local-first", nil, func(c []string) bool {
		return len(c) < 2 || c[0] != localRef || !slices.ContainsFunc(c[1:], func(ref string) bool { return !isLocal(ref) })
	}},
	{"regional", nil, func(c []string) bool { return c[0] != "openrouter/minimax/minimax-m2.1" }},
	{"openai-compatible", []string{"--url", "http://192.168.1.20:8000/v1", "--local", "qwen3-coder-30b"}, func(c []string) bool {
		return !strings.HasSuffix(c[0], "/qwen3-coder-30b")
	}},
}

// gone are the comments that belong to what a recipe takes out.
var gone = map[string][]string{"02-local-with-net.json5 local-only": {"// costs money"}}

// ownConfigs are the configs of testdata.
func ownConfigs(t *testing.T) []string {
	t.Helper()
	list, err := fs.Glob(written, "testdata/configs/*.json5")
	if err != nil || len(list) != 10 {
		t.Fatalf("%d configs: %v", len(list), err)
	}
	for n := range list {
		list[n] = path.Base(list[n])
	}
	return list
}

// cook applies every recipe to one config, and has each taken back, to the byte.
func cook(t *testing.T, version string, n int, config string) {
	sc := scene{name: "config recipes " + strings.TrimSuffix(config, ".json5"), version: version}
	// With every second one Pilotlight asks the installed OpenClaw as well, and
	// so knows its version.
	o := settle(t, sc, n%2 == 1)
	before := o.fill("configs/" + config)
	o.write(before)
	o.start()
	if err := o.validates(); err != nil {
		t.Fatalf("the config is not valid before anything was done: %v", err)
	}
	was, err := o.chain()
	if err != nil {
		t.Fatalf("the config cannot be read before anything was done: %v", err)
	}
	for _, r := range recipes {
		began := time.Now()
		if err := o.cookOne(r, config, before, was); err != nil {
			t.Errorf("%s: %v\n%s", r.name, err, o.text())
			return
		}
		o.ok(began, "%-17s  %s", r.name, o.note)
	}
}

func (o *owner) cookOne(r aRecipe, config, before string, was []string) error {
	saved := o.edits(append([]string{"apply", r.name}, r.flags...)...)
	after := o.text()
	if lost := missing(before, after); !slices.Equal(lost, gone[config+" "+r.name]) {
		return fmt.Errorf("comments are gone: %q", lost)
	}
	if err := o.validates(); err != nil {
		return err
	}
	chain, err := o.chain()
	if err != nil {
		return err
	}
	if r.wrong(chain) {
		return fmt.Errorf("OpenClaw goes by %q; before it went by %q", chain, was)
	}
	if o.text() != after {
		return fmt.Errorf("OpenClaw wrote the file over, from\n%s", after)
	}
	o.note = fmt.Sprintf("valid, %d comments, %s", len(comments(after)), strings.Join(chain, " > "))
	if saved.ID == 0 {
		o.note += ", as it was"
		return nil
	}
	all := o.history()
	i := slices.IndexFunc(all, func(x revision) bool { return x.ID == saved.ID })
	if i < 0 || i+1 >= len(all) {
		return fmt.Errorf("the state before %d is not in the history", saved.ID)
	}
	o.edits("restore", fmt.Sprint(all[i+1].ID))
	if o.text() != before {
		return fmt.Errorf("the restored file is another than it was:\n%s", o.text())
	}
	return nil
}
