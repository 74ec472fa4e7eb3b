//go:build e2e

package e2e

import (
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"
)

// remark is a comment that the person wrote into what OpenClaw had written.
const remark = "// ---- models: ask Ada first ----"

// bless makes a config that OpenClaw wrote and a gateway took, and that the person has
// commented on since. Then no gateway runs any more.
func (o *owner) bless() {
	o.Helper()
	o.write(o.fill("house.json5"))
	if err := o.asks(nil, "config", "set", "logging.level", "info"); err != nil {
		o.Fatal(err)
	}
	text := strings.Replace(o.text(), `"agents": {`, remark+"\n  "+`"agents": {`, 1)
	if !strings.Contains(text, `"meta"`) || !strings.Contains(text, remark) {
		o.Fatalf("OpenClaw wrote\n%s", text)
	}
	o.write(text)
	stop := o.oc.gateway(o.T, o.home, o.port)
	stop()
	if o.text() != text {
		o.Fatalf("the gateway wrote the file over:\n%s", o.text())
	}
}

// reads has OpenClaw read its config in the way that undoes edits.
func (o *owner) reads() {
	o.Helper()
	if err := o.asks(nil, "models", "list", "--json"); err != nil {
		o.Fatal(err)
	}
}

// stopped edits while no gateway runs, which OpenClaw must leave alone.
func stopped(t *testing.T, version string) {
	o := settle(t, scene{name: "config stopped", version: version}, true)
	o.bless()
	o.start()
	for _, edit := range [][]string{{"apply", "hosted-first", "--hosted", hosted}, {"set", "agents.defaults.model.fallbacks", "openai/gpt-5.2", localRef}} {
		began := time.Now()
		made := o.edits(edit...)
		after := o.text()
		o.reads()
		if o.text() != after {
			t.Fatalf("after %v OpenClaw wrote the file over:\n%s", edit, o.text())
		}
		if list := o.clobbered(); len(list) > 0 {
			t.Fatalf("after %v there is %v", edit, list)
		}
		if !strings.Contains(after, remark) {
			t.Errorf("after %v the comment is gone:\n%s", edit, after)
		}
		o.ok(began, "%s: stands after openclaw models list; %s", strings.Join(edit, " "), o.verdict(made.ID, "unknown"))
	}
	if chain, err := o.chain(); err != nil || !slices.Equal(chain, []string{hosted, "openai/gpt-5.2", localRef}) {
		t.Errorf("OpenClaw goes by %q: %v", chain, err)
	}
}

// undone is the proof that the scene before could have failed: an edit that drops
// meta is undone by 2026.9 where no gateway runs, and what was edited on top of it
// goes with it. Pilotlight tells, and restores.
func undone(t *testing.T, version string) {
	o := settle(t, scene{name: "config undone", version: version}, true)
	o.bless()
	o.start()
	blessed := o.text()
	began := time.Now()
	o.dropMeta()
	made := o.edits("set", "agents.defaults.model.fallbacks", "openai/gpt-5.2")
	edited := o.text()
	o.reads()
	if o.text() == edited || len(o.clobbered()) != 1 {
		t.Fatalf("OpenClaw has not undone the edit: %q\n%s", o.clobbered(), o.text())
	}
	said := o.verdict(made.ID, "undone")
	o.noticed("config_undone")
	o.ok(began, "an edit of ours on a file that lacks meta: %s", said)

	began = time.Now()
	o.edits("restore", fmt.Sprint(made.ID))
	stands := o.text()
	o.reads()
	if o.text() != stands || len(o.clobbered()) != 1 {
		t.Fatalf("OpenClaw has undone the restored edit too: %q\n%s", o.clobbered(), o.text())
	}
	if lost := missing(blessed, stands); len(lost) > 0 || !strings.Contains(stands, `"meta"`) {
		t.Errorf("the restored file lacks %q or meta:\n%s", lost, stands)
	}
	if chain, err := o.chain(); err != nil || !slices.Equal(chain, []string{localRef, "openai/gpt-5.2"}) {
		t.Errorf("OpenClaw goes by %q: %v", chain, err)
	}
	o.ok(began, "restored: stands after openclaw models list")

	began = time.Now()
	o.dropMeta()
	theirs := o.outside()
	o.reads()
	if len(o.clobbered()) != 2 {
		t.Fatalf("OpenClaw has not undone the person's own edit: %q\n%s", o.clobbered(), o.text())
	}
	said = o.verdict(theirs, "undone")
	o.noticed("config_undone")
	o.edits("restore", fmt.Sprint(theirs))
	stands = o.text()
	o.reads()
	if o.text() != stands || len(o.clobbered()) != 2 {
		t.Fatalf("OpenClaw has undone the restored edit too: %q\n%s", o.clobbered(), o.text())
	}
	o.ok(began, "an edit without meta in an editor: %s Restored it stands", said)
}

// dropMeta is a person who tidies up in an editor.
func (o *owner) dropMeta() {
	o.Helper()
	text := o.text()
	i := strings.Index(text, `"meta": {`)
	end := strings.Index(text[i:], "\n  }")
	if i < 0 || end < 0 {
		o.Fatalf("there is no meta in\n%s", text)
	}
	cut := strings.TrimRight(text[:i], " \n,") + text[i+end+len("\n  }"):]
	if strings.HasSuffix(strings.TrimSpace(text[:i]), "{") { // it was the first
		cut = text[:i] + strings.TrimLeft(text[i+end+len("\n  }"):], ", \n")
	}
	o.write(cut)
}

// noticed waits until Pilotlight has a notice of this code.
func (o *owner) noticed(code string) {
	o.Helper()
	var status struct {
		Notices []struct{ Code, Text string }
	}
	err := until(o.Context(), 20*time.Second, func() bool {
		return o.agent.ask(o.Context(), &status, "status") == nil &&
			slices.ContainsFunc(status.Notices, func(n struct{ Code, Text string }) bool { return n.Code == code })
	})
	if err != nil {
		o.Fatalf("no notice %s among %+v", code, status.Notices)
	}
}

// tidy checks that nothing of ours lies beside the config.
func (o *owner) tidy() {
	o.Helper()
	entries, err := os.ReadDir(filepath.Dir(o.path()))
	if err != nil {
		o.Fatal(err)
	}
	for _, e := range entries {
		if strings.Contains(e.Name(), "pilotlight") {
			o.Errorf("%s was left behind", e.Name())
		}
	}
}
