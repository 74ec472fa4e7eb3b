//go:build e2e

package e2e

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"os"
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
	o := settle(t, scene{name: "config live", version: version}, true)
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
		{"apply", "local-first", "--hosted", hosted}, // its fake is on this machine
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
	o.refuses("agents.defaults.model.quant") // a rule of Pilotlight's
	o.refuses("logging.quant")               // OpenClaw's own check
	if err := os.Remove(o.command()); err != nil {
		t.Fatal(err)
	}
	o.rejects()
	o.rejectsOthers()
}

// refuses tries an edit with which OpenClaw would not start.
func (o *owner) refuses(path string) {
	o.Helper()
	began, before := time.Now(), o.text()
	err := o.agent.ask(o.Context(), &change{}, "config", "set", path, "4")
	if err == nil || !strings.Contains(err.Error(), "exit status 4") || !strings.Contains(err.Error(), "quant") {
		o.Errorf("an edit that OpenClaw does not take was not refused: %v", err)
	}
	if o.text() != before {
		o.Errorf("an edit that was refused was written:\n%s", o.text())
	}
	o.ok(began, "set %s 4: refused, nothing written", path)
}

// rejects makes an edit of a part that Pilotlight has no rules for, now that it finds no
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

	began = time.Now()
	back := o.edits("restore", fmt.Sprint(before))
	if o.text() != good {
		o.Errorf("the restored file is another than it was:\n%s", o.text())
	}
	// The gateway has this one already and may say nothing. 2026.9 keeps a copy that tells.
	want := []string{"accepted"}
	if o.oc.version == "2026.3.13" {
		want = append(want, "unknown")
	}
	o.ok(began, "restored: %s", o.verdict(back.ID, want...))
}

// rejectsOthers is the same by somebody else's editor.
func (o *owner) rejectsOthers() {
	o.Helper()
	began, good := time.Now(), o.text()
	from := len(o.log())
	o.write(strings.Replace(good, `"logging": {`, `"logging": { "quant": 4,`, 1))
	o.logged(from, "config reload skipped (invalid config)")
	said := o.verdict(o.outside(), "rejected")
	o.noticed("config_rejected")
	o.ok(began, "an unknown key in an editor: %s", said)

	began = time.Now()
	o.write(strings.Replace(good, `"Opus" }`, `"Big" }`, 1))
	said = o.verdict(o.outside(), "accepted")
	o.ok(began, "mended there: %s", said)
}

// outside waits until Pilotlight knows the state that the file is in now, which somebody
// else wrote, and returns its number.
func (o *owner) outside() int64 {
	o.Helper()
	sum := sha256.Sum256([]byte(o.text()))
	want := hex.EncodeToString(sum[:])
	var newest revision
	err := until(o.Context(), 30*time.Second, func() bool {
		newest = o.history()[0]
		return newest.Hash == want && newest.Author == "outside"
	})
	if err != nil {
		o.Fatalf("Pilotlight does not know the new state; the newest is %+v", newest)
	}
	return newest.ID
}
