//go:build e2e

package e2e

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"
)

const (
	aliasPath   = `agents.defaults.models["lmstudio/ibm/granite-4-h-1b"].alias`
	contextPath = `models.providers.lmstudio.models[0].contextWindow`
)

// live edits the config under a running gateway, which must say that it took each
// edit over, and Pilotlight must have heard it.
func live(t *testing.T, version string) {
	o := settle(t, scene{name: "config live", version: version}, false)
	o.write(o.fill("house.json5"))
	o.start()
	o.oc.gateway(t, o.home, o.port)
	good := o.text()
	for _, edit := range [][]string{
		{"set", aliasPath, "Cupboard"},
		{"set", "agents.defaults.model.primary", hosted},
		{"set", "agents.defaults.model.fallbacks", localRef},
		{"set", contextPath, "32768"},
		{"unset", aliasPath},
		{"apply", "local-first"},
	} {
		began, from := time.Now(), len(o.log())
		made := o.edits(edit...)
		o.logged(from, "config hot reload applied")
		said := o.verdict(made.ID, "accepted")
		o.ok(began, "%s: %s", strings.Join(edit, " "), said)
	}
	if lost := missing(good, o.text()); len(lost) > 0 {
		t.Errorf("comments are gone: %q", lost)
	}
	if chain, err := o.chain(); err != nil || !slices.Equal(chain, []string{localRef, hosted}) {
		t.Errorf("OpenClaw goes by %q: %v", chain, err)
	}
	o.refuses()
	o.rejects()
}

// refuses tries an edit with which OpenClaw would not start.
func (o *owner) refuses() {
	o.Helper()
	began, before := time.Now(), o.text()
	err := o.agent.ask(o.Context(), &change{}, "config", "set", "agents.defaults.model.quant", "4")
	if err == nil || !strings.Contains(err.Error(), "exit status 4") || !strings.Contains(err.Error(), "quant") {
		o.Errorf("an edit that OpenClaw does not take was not refused: %v", err)
	}
	if o.text() != before {
		o.Errorf("an edit that was refused was written:\n%s", o.text())
	}
	o.ok(began, "an unknown key: refused, nothing written")
}

// rejects makes an edit of a part that Pilotlight has no rules for, where it finds no
// openclaw command to ask either: the gateway does not take it, and Pilotlight
// says so. Restored it is taken again.
func (o *owner) rejects() {
	o.Helper()
	began, from := time.Now(), len(o.log())
	before := o.history()[0].ID
	good := o.text()
	made := o.edits("set", "logging.quant", "4")
	o.logged(from, "config reload skipped (invalid config)")
	said := o.verdict(made.ID, "rejected")
	o.ok(began, "an unknown key by force: %s", said)

	began, from = time.Now(), len(o.log())
	back := o.edits("restore", fmt.Sprint(before))
	if o.text() != good {
		o.Errorf("the restored file is another than it was:\n%s", o.text())
	}
	o.ok(began, "restored: %s", o.verdict(back.ID, "accepted", "unknown"))
	_ = from
}
