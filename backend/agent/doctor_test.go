package agent_test

import (
	"context"
	"net"
	"net/http"
	"strings"
	"testing"
	"time"

	"pilotlight/backend"
)

// startSurgery is an office whose OpenClaw asks the simulated LM Studio; each edit
// is a text of its config and what takes its place.
func startSurgery(t *testing.T, edits ...string) *office {
	t.Helper()
	o := startOffice(t)
	edits = append([]string{"http://127.0.0.1:1234", o.fake.URL()}, edits...)
	o.put(t, strings.NewReplacer(edits...).Replace(handWritten))
	o.until("the chain leads to LM Studio", func(st *backend.Status) bool {
		return st.OpenClaw != nil && len(st.OpenClaw.Chain) > 0 && st.OpenClaw.Chain[0].Server == "lmstudio"
	})
	return o
}

func (o *office) report(fresh bool) backend.Report {
	o.Helper()
	r, err := o.api.Doctor(context.Background(), fresh)
	if err != nil {
		o.Fatalf("doctor: %v", err)
	}
	return r
}

func (o *office) finding(id string) backend.Check {
	o.Helper()
	for _, c := range o.report(false).Items {
		if c.ID == id {
			return c
		}
	}
	o.Fatalf("there is no check %s", id)
	return backend.Check{}
}

// untilFound waits for a check to end so.
func (o *office) untilFound(id string, want backend.Finding) backend.Check {
	o.Helper()
	deadline := time.Now().Add(patient)
	for {
		c := o.finding(id)
		if c.Verdict == want {
			return c
		}
		if time.Now().After(deadline) {
			o.Fatalf("%s is %s: %s", id, c.Verdict, c.Detail)
		}
		time.Sleep(50 * time.Millisecond)
	}
}

func (o *office) mend(check, fix string, dry bool) backend.Mended {
	o.Helper()
	done, err := o.api.Mend(context.Background(), check, fix, dry)
	if err != nil {
		o.Fatalf("mend %s %s: %v", check, fix, err)
	}
	return done
}

func TestTheDoctorSwitchesTheServerOn(t *testing.T) {
	t.Parallel()
	o := startSurgery(t)
	if c := o.untilFound("lmstudio_server", backend.FindingOK); c.Fix != nil {
		t.Errorf("a fix for what is fine: %+v", c.Fix)
	}
	if err := o.fake.StopServer(); err != nil {
		t.Fatal(err)
	}
	o.until("a server that is off", func(st *backend.Status) bool { return st.Servers[0].State == backend.ServerOff })
	o.until("a number on the rail", func(st *backend.Status) bool { return st.Doctor != nil && st.Doctor.Fail > 0 })
	c := o.untilFound("lmstudio_server", backend.FindingFail)
	if c.Fix == nil || c.Fix.Does == "" {
		t.Fatalf("no way to mend %+v", c)
	}
	if told := o.mend(c.ID, c.Fix.ID, true); !told.Dry || told.Text != c.Fix.Does {
		t.Errorf("a preview says %+v", told)
	}
	if c := o.finding("lmstudio_server"); c.Verdict != backend.FindingFail {
		t.Errorf("after the preview it is %s: %s", c.Verdict, c.Detail)
	}
	done := o.mend(c.ID, "", false)
	if done.Dry || done.Text == "" || done.Check == nil || done.Check.Verdict != backend.FindingOK {
		t.Errorf("mended %+v, %+v", done, done.Check)
	}
}

func TestAFixThatNoLongerApplies(t *testing.T) {
	t.Parallel()
	o := startSurgery(t)
	o.untilFound("lmstudio_server", backend.FindingOK)
	_, err := o.api.Mend(context.Background(), "lmstudio_server", "start_server", false)
	wantCode(t, err, backend.CodeRefused)
	_, err = o.api.Mend(context.Background(), "no/such check", "", false)
	wantCode(t, err, backend.CodeNotFound)
}

// Where OpenClaw believes in more context than was loaded, one number in its
// config changes, and nothing beside it.
func TestTheDoctorLowersTheContext(t *testing.T) {
	t.Parallel()
	o := startSurgery(t)
	loaded := 16384
	if _, err := o.api.Load(context.Background(), "", hero, &loaded); err != nil {
		t.Fatal(err)
	}
	c := o.untilFound("context_window", backend.FindingWarn)
	before := o.text()
	told := o.mend(c.ID, "lower_context", true)
	if !strings.Contains(told.Diff, "+          { id: 'acme/hero-8b', name: 'Hero 8B', contextWindow: 16384") || o.text() != before {
		t.Errorf("the preview is\n%s\nand the file\n%s", told.Diff, o.text())
	}
	done := o.mend(c.ID, "lower_context", false)
	want := strings.Replace(before, "name: 'Hero 8B', contextWindow: 32768", "name: 'Hero 8B', contextWindow: 16384", 1)
	if got := o.text(); got != want {
		t.Errorf("the file is\n%s", got)
	}
	if done.Diff != told.Diff || done.Check == nil || done.Check.Verdict != backend.FindingOK {
		t.Errorf("mended %+v, %+v", done, done.Check)
	}
	_, err := o.api.Mend(context.Background(), c.ID, "lower_context", false)
	wantCode(t, err, backend.CodeRefused)
}

// What the buttons elsewhere do, the doctor does: loads, keeps, goes on, unloads.
func TestTheDoctorMendsWhatIsLoaded(t *testing.T) {
	t.Parallel()
	o := startSurgery(t)
	o.untilFound("model_loaded", backend.FindingFail)
	if done := o.mend("model_loaded", "load", false); done.Text == "" || o.instances() != 1 {
		t.Errorf("mended %+v, and %d instances are there", done, o.instances())
	}
	o.untilFound("model_loaded", backend.FindingOK)
	o.untilFound("model_kept", backend.FindingWarn)
	o.mend("model_kept", "keep", false)
	o.untilKeep(backend.KeepWarm, "")
	o.untilFound("model_kept", backend.FindingOK)

	if _, err := o.api.Pause(context.Background(), 0); err != nil {
		t.Fatal(err)
	}
	o.untilFound("model_kept", backend.FindingWarn)
	o.mend("model_kept", "resume", false)
	o.untilKeep(backend.KeepWarm, "")

	o.fake.LoadExplicit(hero, 4096)
	o.until("two of them", func(st *backend.Status) bool { return len(inMemory(st)) == 2 })
	c := o.untilFound("duplicates", backend.FindingWarn)
	if c.Fix == nil {
		t.Fatalf("no way to mend %+v", c)
	}
	done := o.mend(c.ID, "", false)
	if o.instances() != 1 || done.Check == nil || done.Check.Verdict != backend.FindingOK {
		t.Errorf("mended %+v, %+v, and %d instances are there", done, done.Check, o.instances())
	}
}

// An edit of ours that OpenClaw put an older file in the place of is put back.
func TestTheDoctorRestoresAnEdit(t *testing.T) {
	t.Parallel()
	o := startSurgery(t)
	before := o.text()
	saved := o.change(backend.ConfigChange{Wishes: []backend.ConfigWish{{Primary: ref("lmstudio/acme/second-4b")}}})
	edited := o.text()
	o.untilVerdict(saved.Revision.ID, backend.VerdictUnknown, backend.VerdictAccepted)
	o.put(t, before)
	c := o.untilFound("config_edit", backend.FindingWarn)
	told := o.mend(c.ID, "restore", true)
	if told.Diff == "" || o.text() != before {
		t.Errorf("the preview is %+v, and the file\n%s", told, o.text())
	}
	done := o.mend(c.ID, "restore", false)
	if o.text() != edited || done.Diff != told.Diff {
		t.Errorf("mended %+v, and the file is\n%s", done, o.text())
	}
}

// elsewhere is a provider of the chain's, in the place of the hosted fallback.
func elsewhere(url string) []string {
	return []string{
		"'anthropic/claude-opus-4-6'", "'studio/big'", "providers: {",
		"providers: { studio: { baseUrl: '" + url + "/v1', api: 'openai-completions', models: [{ id: 'big', name: 'Big' }] },",
	}
}

// A host that never answers is a finding, and holds nothing up.
func TestAProviderThatNeverAnswers(t *testing.T) {
	t.Parallel()
	silent, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { silent.Close() })
	o := startSurgery(t, elsewhere("http://"+silent.Addr().String())...)
	reached := o.hub.Reached(context.Background())
	r, asked := reached["studio"]
	if !asked || r.Error == nil || r.Error.Code != backend.CodeTimeout || r.Status != 0 {
		t.Errorf("of the silent one %+v", r)
	}
	if r := reached["lmstudio"]; r.Status != http.StatusOK || !r.Lists || len(r.Models) == 0 {
		t.Errorf("of LM Studio %+v", r)
	}
}

func TestAProviderThatRefuses(t *testing.T) {
	t.Parallel()
	o := startSurgery(t, elsewhere("http://127.0.0.1:1")...) // tcpmux, which nobody runs
	if r := o.hub.Reached(context.Background())["studio"]; r.Error == nil || r.Error.Code != backend.CodeNetwork || r.Error.Hint == "" {
		t.Errorf("of a closed port %+v", r)
	}
}

// Hosted services are asked only when a person wants it, and what was asked a
// moment ago is not asked again.
func TestServersAreAskedOnceInAWhile(t *testing.T) {
	t.Parallel()
	o := startSurgery(t)
	const list = "GET /v1/models"
	o.hub.Reached(context.Background())
	once := o.fake.Count(list)
	for range 3 {
		if _, ok := o.hub.Reached(context.Background())["anthropic"]; ok {
			t.Error("a hosted service was asked")
		}
	}
	if got := o.fake.Count(list); once == 0 || got != once {
		t.Errorf("LM Studio was asked %d times, and then %d", once, got-once)
	}
	o.put(t, o.text()+"\n") // another config may name other servers
	o.hub.Reached(context.Background())
	if got := o.fake.Count(list); got != once+1 {
		t.Errorf("after a change of the config it was asked %d times more, want 1", got-once)
	}
}

func TestTheReportTellsNothingPrivate(t *testing.T) {
	t.Parallel()
	o := startSurgery(t, "anthropic/claude-opus-4-6", "studio/big")
	text, err := o.api.DoctorText(context.Background())
	if err != nil {
		t.Fatal(err)
	}
	for _, secret := range []string{o.path, "lm-secret-key"} {
		if strings.Contains(text, secret) {
			t.Errorf("%q is in\n%s", secret, text)
		}
	}
	if !strings.Contains(text, "~/.openclaw/openclaw.json") || !strings.Contains(text, hero) {
		t.Errorf("the report is\n%s", text)
	}
}
