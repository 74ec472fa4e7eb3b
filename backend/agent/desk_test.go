package agent_test

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"pilotlight/backend"
	"pilotlight/backend/agent"
	"pilotlight/backend/source/lmstudio"
	"pilotlight/backend/source/lmstudio/lmstudiotest"
	"pilotlight/backend/source/openclaw"
)

const handWritten = `{
  // the agent's brain
  agents: {
    defaults: {
      model: {
        primary: 'lmstudio/acme/hero-8b', // the big one
        fallbacks: ['anthropic/claude-opus-4-6'],
      },
      models: {
        'lmstudio/acme/hero-8b': { alias: 'Hero' },
        'anthropic/claude-opus-4-6': { alias: 'Opus' }, // costs money
      },
    },
  },
  models: {
    mode: 'merge',
    providers: {
      lmstudio: {
        baseUrl: 'http://127.0.0.1:1234/v1',
        apiKey: 'lm-secret-key', // do not tell
        api: 'openai-responses',
        models: [
          { id: 'acme/hero-8b', name: 'Hero 8B', contextWindow: 32768, maxTokens: 4096 },
          { id: 'acme/second-4b', name: 'Second 4B', contextWindow: 32768, maxTokens: 4096 },
        ],
      },
    },
  },
  gateway: { mode: 'local' },
  meta: { lastTouchedVersion: '2026.9.6' },
}
`

// office is a room in which OpenClaw has a config written by hand.
type office struct {
	*room
	path string
	hub  *agent.Agent
}

func startOffice(t *testing.T) *office {
	t.Helper()
	dir := t.TempDir()
	o := &office{path: filepath.Join(dir, ".openclaw", "openclaw.json")}
	if err := os.MkdirAll(filepath.Dir(o.path), 0o700); err != nil {
		t.Fatal(err)
	}
	o.put(t, handWritten)
	o.room = start(t, lmstudiotest.Options{}, func(cfg *agent.Config, _ *lmstudio.Config) {
		cfg.OpenClaw = &openclaw.Env{Getenv: func(string) string { return "" }, Home: dir, UID: os.Getuid(), SharedTmp: dir}
		cfg.Started = func(a *agent.Agent) { o.hub = a }
	})
	o.untilListed()
	return o
}

func (o *office) put(t *testing.T, text string) {
	t.Helper()
	if err := os.WriteFile(o.path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
}

func (o *office) text() string {
	o.Helper()
	b, err := os.ReadFile(o.path)
	if err != nil {
		o.Fatal(err)
	}
	return string(b)
}

func (o *office) doc() backend.ConfigDoc {
	o.Helper()
	doc, err := o.api.Config(context.Background())
	if err != nil {
		o.Fatal(err)
	}
	return doc
}

func (o *office) change(c backend.ConfigChange) backend.ConfigSaved {
	o.Helper()
	saved, err := o.api.ChangeConfig(context.Background(), o.doc().Hash, c, backend.AuthorPage, false)
	if err != nil {
		o.Fatalf("change: %v", err)
	}
	return saved
}

// untilVerdict waits for what became of a revision.
func (o *office) untilVerdict(id int64, want ...backend.VerdictCode) backend.Revision {
	o.Helper()
	deadline := time.Now().Add(patient)
	for {
		r, err := o.api.Revision(context.Background(), id)
		if err != nil {
			o.Fatal(err)
		}
		for _, w := range want {
			if r.Verdict != nil && r.Verdict.Code == w {
				return r
			}
		}
		if time.Now().After(deadline) {
			o.Fatalf("revision %d has the verdict %+v, want %v", id, r.Verdict, want)
		}
		time.Sleep(50 * time.Millisecond)
	}
}

func ref(s string) *string { return &s }

func TestAConfigIsEditedAndRestored(t *testing.T) {
	t.Parallel()
	o := startOffice(t)
	doc := o.doc()
	if !doc.Editable || doc.Form == nil || doc.Form.Primary != "lmstudio/acme/hero-8b" || strings.Contains(doc.Text, "lm-secret-key") {
		t.Fatalf("the document is %+v", doc)
	}
	saved := o.change(backend.ConfigChange{Wishes: []backend.ConfigWish{{Primary: ref("lmstudio/acme/second-4b")}}, Note: "try the small one"})
	got := o.text()
	if !strings.Contains(got, "primary: 'lmstudio/acme/second-4b', // the big one") || !strings.Contains(got, "lm-secret-key") {
		t.Errorf("the file is\n%s", got)
	}
	if !strings.Contains(got, "'lmstudio/acme/second-4b': {}") {
		t.Errorf("the new primary is not among the allowed models:\n%s", got)
	}
	if saved.Plan.Comments != 4 || saved.Plan.CommentsKept != 4 || saved.Plan.Diff == "" || saved.Revision == nil || saved.Doc.Form.Primary != "lmstudio/acme/second-4b" {
		t.Errorf("saved %+v", saved)
	}
	o.untilVerdict(saved.Revision.ID, backend.VerdictUnknown, backend.VerdictAccepted)
	o.until("the chain follows", func(st *backend.Status) bool {
		return st.OpenClaw != nil && st.OpenClaw.Primary == "lmstudio/acme/second-4b"
	})
	page, err := o.api.Revisions(context.Background(), 0, 0)
	if err != nil || len(page.Items) != 2 || page.Items[0].Author != backend.AuthorPage || page.Items[1].Author != backend.AuthorOutside {
		t.Fatalf("revisions %+v, %v", page.Items, err)
	}
	if page.Items[0].Note != "try the small one" || strings.Contains(page.Items[0].Diff, "lm-secret-key") {
		t.Errorf("revision %+v", page.Items[0])
	}
	if _, err := o.api.RestoreConfig(context.Background(), o.doc().Hash, page.Items[1].ID, backend.AuthorPage, false); err != nil {
		t.Fatalf("restore: %v", err)
	}
	if got := o.text(); got != handWritten {
		t.Errorf("restored to\n%s", got)
	}
}

func TestAConfigThatSomebodyElseWroteMeanwhile(t *testing.T) {
	t.Parallel()
	o := startOffice(t)
	hash := o.doc().Hash
	theirs := strings.Replace(handWritten, "alias: 'Opus'", "alias: 'Claude'", 1)
	o.put(t, theirs)
	change := backend.ConfigChange{Wishes: []backend.ConfigWish{{Primary: ref("lmstudio/acme/second-4b")}}}
	_, err := o.api.ChangeConfig(context.Background(), hash, change, backend.AuthorPage, false)
	wantCode(t, err, backend.CodeConflict)
	if got := o.text(); got != theirs {
		t.Errorf("the file is\n%s", got)
	}
	_, err = o.api.ChangeConfig(context.Background(), "", change, backend.AuthorPage, false)
	wantCode(t, err, backend.CodeInvalid) // it must say what it is for
}

func TestAConfigThatOpenClawWouldNotTake(t *testing.T) {
	t.Parallel()
	o := startOffice(t)
	_, err := o.api.ChangeConfig(context.Background(), o.doc().Hash, backend.ConfigChange{
		Edits: []backend.ConfigEdit{{Path: "agents.defaults.model.quant", Value: []byte(`"q4"`)}},
	}, backend.AuthorPage, false)
	bad, ok := errors.AsType[*backend.InvalidConfig](err)
	if !ok || len(bad.Issues) == 0 || bad.Issues[0].Path == "" {
		t.Fatalf("got %v", err)
	}
	if got := o.text(); got != handWritten {
		t.Errorf("it was written all the same:\n%s", got)
	}
}

func TestDraftsAreNeverWritten(t *testing.T) {
	t.Parallel()
	o := startOffice(t)
	ctx := context.Background()
	text := o.doc().Text
	plan, err := o.api.DraftConfig(ctx, backend.ConfigChange{Text: &text, Wishes: []backend.ConfigWish{{Fallbacks: &[]string{}}}})
	if err != nil || !plan.Valid || len(plan.Form.Fallbacks) != 0 || !strings.Contains(plan.Text, "fallbacks: []") {
		t.Errorf("plan %+v, %v", plan, err)
	}
	again, err := o.api.DraftConfig(ctx, backend.ConfigChange{Text: &plan.Text, Wishes: []backend.ConfigWish{{Primary: ref("anthropic/claude-opus-4-6")}}})
	if err != nil || again.Form.Primary != "anthropic/claude-opus-4-6" || len(again.Form.Fallbacks) != 0 {
		t.Errorf("a draft on a draft: %+v, %v", again, err)
	}
	broken := text + "\n}"
	plan, err = o.api.DraftConfig(ctx, backend.ConfigChange{Text: &broken})
	if err != nil || plan.Valid || len(plan.Issues) != 1 || plan.Issues[0].Line == 0 || plan.Form != nil {
		t.Errorf("a broken draft: %+v, %v", plan, err)
	}
	for name, c := range map[string]backend.ConfigChange{
		"two things in a wish": {Wishes: []backend.ConfigWish{{Primary: ref("a/b"), ModelsMode: ref("merge")}}},
		"nothing in a wish":    {Wishes: []backend.ConfigWish{{}}},
		"an agent that is not": {Wishes: []backend.ConfigWish{{Agent: &backend.AgentWish{ID: "nobody", Primary: "a/b"}}}},
	} {
		if _, err := o.api.DraftConfig(ctx, c); err == nil || backend.AsError(err).Hint == "" {
			t.Errorf("%s: %v", name, err)
		}
	}
	if got := o.text(); got != handWritten {
		t.Errorf("the file is\n%s", got)
	}
}

// OpenClaw undoes an edit while nobody looks: the person is told, and one click
// puts it back.
func TestAnEditThatOpenClawUndid(t *testing.T) {
	t.Parallel()
	o := startOffice(t)
	saved := o.change(backend.ConfigChange{Wishes: []backend.ConfigWish{{Primary: ref("lmstudio/acme/second-4b")}}})
	o.untilVerdict(saved.Revision.ID, backend.VerdictUnknown, backend.VerdictAccepted)
	ours := o.text()
	o.stop()
	if err := os.WriteFile(o.path+".clobbered.2026-11-24T10-00-00-000Z", []byte(ours), 0o600); err != nil {
		t.Fatal(err)
	}
	o.put(t, handWritten)
	o.run()
	o.until("the person is told", func(st *backend.Status) bool { return noted(st, "config_undone") })
	r := o.untilVerdict(saved.Revision.ID, backend.VerdictUndone)
	if _, err := o.api.RestoreConfig(context.Background(), o.doc().Hash, r.ID, backend.AuthorPage, false); err != nil {
		t.Fatal(err)
	}
	if got := o.text(); got != ours {
		t.Errorf("put back as\n%s", got)
	}
}

// OpenClaw undoes an edit while the gateway's word on it is still waited for: whoever
// finds out first, the person is told.
func TestAnEditThatOpenClawUndidAtOnce(t *testing.T) {
	t.Parallel()
	o := startOffice(t)
	saved := o.change(backend.ConfigChange{Wishes: []backend.ConfigWish{{Primary: ref("lmstudio/acme/second-4b")}}})
	if err := os.WriteFile(o.path+".clobbered.2026-11-24T10-00-00-000Z", []byte(o.text()), 0o600); err != nil {
		t.Fatal(err)
	}
	o.put(t, handWritten)
	o.untilVerdict(saved.Revision.ID, backend.VerdictUndone)
	o.until("the person is told", func(st *backend.Status) bool { return noted(st, "config_undone") })
}

// outside waits for the state of the file that somebody else has written.
func (o *office) outside(text string) backend.Revision {
	o.Helper()
	var found backend.Revision
	o.until("the new state is known", func(*backend.Status) bool {
		page, err := o.api.Revisions(context.Background(), 0, 1)
		if err != nil || len(page.Items) == 0 || page.Items[0].Bytes != int64(len(text)) {
			return false
		}
		found = page.Items[0]
		return true
	})
	return found
}

// The gateway does not take what somebody wrote in an editor, and OpenClaw undoes
// what somebody else wrote: the person is told of both.
func TestEditsOfSomebodyElseAreWatchedToo(t *testing.T) {
	t.Parallel()
	o := startOffice(t)
	o.outside(handWritten)
	log, err := os.OpenFile(filepath.Join(filepath.Dir(filepath.Dir(o.path)), "openclaw.log"), os.O_CREATE|os.O_WRONLY|os.O_APPEND, 0o600)
	if err != nil {
		t.Fatal(err)
	}
	defer log.Close()
	says := func(text string) {
		fmt.Fprintf(log, `{"0":"{\"subsystem\":\"gateway/reload\"}","1":%q,"time":%q}`+"\n", text, time.Now().Format(time.RFC3339Nano))
	}
	logging := fmt.Sprintf("logging: { file: %q },\n}\n", log.Name())
	good := strings.TrimSuffix(handWritten, "}\n") + logging
	o.put(t, good)
	o.outside(good)

	bad := strings.Replace(good, "logging: {", "logging: { quant: 4,", 1)
	o.put(t, bad)
	time.Sleep(10 * time.Millisecond)
	says(`config reload skipped (invalid config): logging: Unrecognized key: "quant"`)
	r := o.outside(bad)
	o.untilVerdict(r.ID, backend.VerdictRejected)
	o.until("the person is told that the gateway refuses", func(st *backend.Status) bool { return noted(st, "config_rejected") })

	o.put(t, good)
	time.Sleep(10 * time.Millisecond)
	says("config hot reload applied (logging)")
	o.untilVerdict(o.outside(good).ID, backend.VerdictAccepted)
	o.until("and that it is over", func(st *backend.Status) bool { return !noted(st, "config_rejected") })

	tidied := strings.Replace(good, "meta: { lastTouchedVersion: '2026.9.6' },", "", 1)
	o.put(t, tidied)
	r = o.outside(tidied)
	if err := os.WriteFile(o.path+".clobbered.2026-11-24T10-00-00-000Z", []byte(tidied), 0o600); err != nil {
		t.Fatal(err)
	}
	o.put(t, good)
	o.untilVerdict(r.ID, backend.VerdictUndone)
	o.until("the person is told that OpenClaw undid it", func(st *backend.Status) bool { return noted(st, "config_undone") })
}

func TestRecipesAreDiffsOfTheOwnConfig(t *testing.T) {
	t.Parallel()
	o := startOffice(t)
	ctx := context.Background()
	list, err := o.api.Recipes(ctx, backend.RecipeChoice{})
	if err != nil || len(list) < 5 {
		t.Fatalf("%d recipes, %v", len(list), err)
	}
	applied := 0
	for _, r := range list {
		if !r.Available {
			if r.WhyNot == "" {
				t.Errorf("%s does not say why it is not available", r.ID)
			}
			continue
		}
		saved, err := o.api.ApplyRecipe(ctx, "", r.ID, backend.RecipeChoice{}, backend.AuthorPage, true)
		if err != nil || !saved.Plan.Valid || saved.Plan.Diff != r.Diff || saved.Plan.CommentsKept != saved.Plan.Comments {
			t.Errorf("%s: %+v, %v", r.ID, saved.Plan, err)
		}
		applied++
	}
	if applied == 0 {
		t.Error("none is available")
	}
	_, err = o.api.ApplyRecipe(ctx, o.doc().Hash, "no-such", backend.RecipeChoice{}, backend.AuthorPage, false)
	wantCode(t, err, backend.CodeNotFound)
}

// The remedy for a load that outlasts OpenClaw's patience is one number in the
// config, and nothing beside it.
func TestTheTimeoutIsRaisedByTheButton(t *testing.T) {
	t.Parallel()
	o := startOffice(t)
	if err := agent.RaiseTimeout(o.hub, "lmstudio", 149.2); err != nil {
		t.Fatal(err)
	}
	got := o.text()
	if !strings.Contains(got, "timeoutSeconds: 150") || strings.Replace(got, "        timeoutSeconds: 150,\n", "", 1) != handWritten {
		t.Errorf("the file is\n%s", got)
	}
}
