//go:build e2e

package e2e

import (
	"bytes"
	"context"
	"embed"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"testing"
	"time"

	"pilotlight/backend/source/lmstudio/lmstudiotest"
)

// written has the configs as people wrote them, and what writes into them at the
// same time.
//
//go:embed testdata
var written embed.FS

// owner is a person whose OpenClaw's config Pilotlight edits, while the agent runs.
type owner struct {
	*testing.T
	scene  scene // for the report
	oc     openclaw
	home   string
	port   int // of the gateway
	fake   *lmstudiotest.Server
	hosted *hostedProvider
	agent  *pilotlight
	note   string // of the last edit, for the report
}

// asked says whether Pilotlight finds the openclaw command, and so has it check
// every edit.
type asked bool

// settle makes a home with an LM Studio that has a model loaded, and the agent.
func settle(t *testing.T, sc scene, cli asked) *owner {
	bin := setting(t, "PILOTLIGHT_E2E_BIN")
	if bin == "" {
		t.Skip("PILOTLIGHT_E2E_BIN is not set")
	}
	o := &owner{T: t, scene: sc, oc: installed(t, sc.version), home: homeFor(t, sc), hosted: startHosted(t), port: freePort(t)}
	o.fake = lmstudiotest.Start(t, lmstudiotest.Options{Models: lmstudiotest.SmallModels(), Home: filepath.Join(o.home, ".lmstudio")})
	loaded(o.fake)
	o.agent = &pilotlight{bin: bin, home: o.home, env: tokenVariable}
	if cli {
		if err := errors.Join(os.MkdirAll(filepath.Dir(o.command()), 0o700), os.Symlink(o.oc.main, o.command())); err != nil {
			t.Fatal(err)
		}
		path := []string{filepath.Dir(o.command()), o.oc.nodeBin, os.Getenv("PATH")}
		o.agent.env = append(o.agent.env[:1:1], "PATH="+strings.Join(path, string(os.PathListSeparator)))
	}
	return o
}

// command is where the openclaw command is installed for Pilotlight to find.
func (o *owner) command() string { return filepath.Join(o.home, "bin", "openclaw") }

// tokenVariable is what one of the configs refers to.
var tokenVariable = []string{"OPENCLAW_GATEWAY_TOKEN=e2e"}

// start starts the agent and waits until it knows what LM Studio has.
func (o *owner) start() {
	o.Helper()
	o.agent.start(o.T, o.fake.URL())
	if err := until(o.Context(), time.Minute, func() bool { return o.agent.serverState(o.Context()) == "up" }); err != nil {
		o.Fatalf("the agent does not see LM Studio: %v", err)
	}
}

// fill puts this home's addresses into a config of testdata.
func (o *owner) fill(name string) string {
	o.Helper()
	text, err := written.ReadFile("testdata/" + name)
	if err != nil {
		o.Fatal(err)
	}
	return strings.NewReplacer(
		"LMSTUDIO", strings.TrimPrefix(o.fake.URL(), "http://"), "ANTHROPIC", o.hosted.URL, "PORT", strconv.Itoa(o.port), "HOME", o.home,
	).Replace(string(text))
}

func (o *owner) path() string { return filepath.Join(o.home, ".openclaw", "openclaw.json") }

// write is the person's editor.
func (o *owner) write(text string) {
	o.Helper()
	if err := os.MkdirAll(filepath.Dir(o.path()), 0o700); err != nil {
		o.Fatal(err)
	}
	if err := os.WriteFile(o.path(), []byte(text), 0o600); err != nil {
		o.Fatal(err)
	}
}

func (o *owner) text() string {
	o.Helper()
	text, err := os.ReadFile(o.path())
	if err != nil {
		o.Fatal(err)
	}
	return string(text)
}

// clobbered are the copies that OpenClaw makes of an edit which it undoes.
func (o *owner) clobbered() []string {
	names, _ := filepath.Glob(o.path() + ".clobbered*")
	return names
}

// asks runs a command of OpenClaw's and reads the JSON that it prints, nil for none.
func (o *owner) asks(into any, args ...string) error {
	ctx, stop := context.WithTimeout(o.Context(), 3*time.Minute)
	defer stop()
	cmd := o.oc.command(ctx, o.home, args...)
	cmd.Env = append(cmd.Env, tokenVariable...)
	var out, errs bytes.Buffer
	cmd.Stdout, cmd.Stderr = &out, &errs
	if err := cmd.Run(); err != nil {
		return fmt.Errorf("openclaw %s: %w: %.1500s %.1500s", strings.Join(args, " "), err, &out, &errs)
	}
	if into == nil {
		return nil
	}
	// Some versions draw a box around a hint in front of it.
	text := out.String()
	if i := strings.Index("\n"+text, "\n{"); i >= 0 {
		text = text[i:]
	}
	if err := json.NewDecoder(strings.NewReader(text)).Decode(into); err != nil {
		return fmt.Errorf("openclaw %s printed no JSON: %w: %.1500s", strings.Join(args, " "), err, &out)
	}
	return nil
}

// validates has OpenClaw check the config as it is. 2026.2 has no command for it: there
// any other command refuses an invalid one.
func (o *owner) validates() error {
	if strings.HasPrefix(o.oc.version, "2026.2.") {
		return nil
	}
	var verdict struct {
		Valid bool
		Path  string
	}
	err := o.asks(&verdict, "config", "validate", "--json")
	if err == nil && (!verdict.Valid || verdict.Path == "") {
		err = fmt.Errorf("openclaw config validate says %+v", verdict)
	}
	return err
}

// chain is what OpenClaw itself says it will try, the first model before its
// fallbacks, without aliases.
func (o *owner) chain() ([]string, error) {
	var status struct {
		ResolvedDefault string
		Fallbacks       []string
		Aliases         map[string]string
	}
	if err := o.asks(&status, "models", "status", "--json"); err != nil {
		return nil, err
	}
	chain := append([]string{status.ResolvedDefault}, status.Fallbacks...)
	for n, ref := range chain {
		for alias, of := range status.Aliases {
			if strings.EqualFold(alias, ref) {
				chain[n] = of
			}
		}
	}
	return chain, nil
}

// change is what an edit prints.
type change struct {
	Saved bool `json:"saved"`
	Plan  struct {
		Valid        bool `json:"valid"`
		Comments     int  `json:"comments"`
		CommentsKept int  `json:"comments_kept"`
	} `json:"plan"`
	Revision *revision `json:"revision"`
}

// revision is the object of the contract, as far as it is looked at.
type revision struct {
	ID      int64  `json:"id"`
	Author  string `json:"author"`
	Hash    string `json:"hash"`
	Note    string `json:"note"`
	Verdict *struct {
		Code  string `json:"code"`
		Text  string `json:"text"`
		Found string `json:"found"`
	} `json:"verdict"`
}

// edits runs "pilotlight config …", which must save. It makes no revision only
// where there was nothing to change.
func (o *owner) edits(args ...string) (made revision) {
	o.Helper()
	before := o.text()
	var c change
	if err := o.agent.ask(o.Context(), &c, append([]string{"config"}, args...)...); err != nil {
		o.Fatal(err)
	}
	if same := o.text() == before; !c.Saved || !c.Plan.Valid || (c.Revision == nil) != same {
		o.Fatalf("pilotlight config %s: the file is the same: %v, and it says %+v", strings.Join(args, " "), same, c)
	}
	if c.Revision != nil {
		made = *c.Revision
	}
	return made
}

// history are the known states of the file, newest first.
func (o *owner) history() []revision {
	o.Helper()
	var list struct {
		Items []revision `json:"items"`
	}
	if err := o.agent.ask(o.Context(), &list, "config", "history", "--limit", "500"); err != nil {
		o.Fatal(err)
	}
	return list.Items
}

// verdict waits until Pilotlight says this of a revision, and returns its words.
func (o *owner) verdict(id int64, want ...string) string {
	o.Helper()
	var said string
	err := until(o.Context(), 30*time.Second, func() bool {
		for _, r := range o.history() {
			if r.ID == id && r.Verdict != nil {
				said = r.Verdict.Code + ": " + r.Verdict.Text
				for _, w := range want {
					if r.Verdict.Code == w {
						return true
					}
				}
			}
		}
		return false
	})
	if err != nil {
		o.Fatalf("Pilotlight says of the edit %q, want %q", said, want)
	}
	return said
}

// logged waits until OpenClaw's log says it, after so many bytes.
func (o *owner) logged(from int, what string) {
	o.Helper()
	if err := until(o.Context(), 30*time.Second, func() bool { return strings.Contains(o.log()[from:], what) }); err != nil {
		o.Fatalf("OpenClaw's log does not say %q; it says\n%.3000s", what, o.log()[from:])
	}
}

func (o *owner) log() string {
	text, _ := os.ReadFile(logPath(o.home))
	return string(text)
}

// ok prints what went well; what fails is printed by the test itself.
func (o *owner) ok(began time.Time, format string, args ...any) {
	printing.Lock()
	defer printing.Unlock()
	fmt.Printf("ok  %-32s %-9s  %s  (%.0f s)\n", o.scene.name, o.scene.version, fmt.Sprintf(format, args...), time.Since(began).Seconds())
}

// aComment is a text or a comment of JSON5; in a text there is no comment.
var aComment = regexp.MustCompile(`"(?:[^"\\]|\\.)*"|'(?:[^'\\]|\\.)*'|//[^\r\n]*|/\*(?s:.*?)\*/`)

// comments are those of a JSON5 text, in order.
func comments(text string) []string {
	var list []string
	for _, found := range aComment.FindAllString(text, -1) {
		if strings.HasPrefix(found, "/") {
			list = append(list, found)
		}
	}
	return list
}

// missing are the comments of a text that another one does not have in the same
// order.
func missing(before, after string) []string {
	var lost []string
	left := comments(after)
next:
	for _, c := range comments(before) {
		for n, have := range left {
			if have == c {
				left = left[n+1:]
				continue next
			}
		}
		lost = append(lost, c)
	}
	return lost
}
