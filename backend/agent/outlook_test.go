package agent

import (
	"testing"
	"time"

	"pilotlight/backend"
)

// What only a whole look can find stands until the config changes; what is
// observed is judged anew when it changes, and not before.
func TestTheOutlookFollowsWhatIsObserved(t *testing.T) {
	t.Parallel()
	now := time.Date(2026, 11, 30, 10, 0, 0, 0, time.UTC)
	server := backend.Server{ID: "lmstudio", Kind: backend.KindLMStudio, Name: "LM Studio", State: backend.ServerUp}
	state := func(s backend.ServerState) *backend.Status {
		srv := server
		srv.State, srv.CheckedAt = s, backend.AtPtr(now)
		return &backend.Status{Servers: []backend.Server{srv}, OpenClaw: &backend.OpenClaw{Found: true, ConfigValid: true}}
	}
	a := &Agent{}
	a.openclaw.reading.Hash = "one"
	a.lookOut(state(backend.ServerUp), now)
	first := a.outlook.summary
	if first == nil || !first.At.Equal(now) {
		t.Fatalf("at first %+v", first)
	}
	a.lookOut(state(backend.ServerUp), now.Add(time.Minute))
	if a.outlook.summary != first {
		t.Error("nothing has changed, and it was judged again")
	}

	a.doctorLooked(backend.Report{At: backend.At(now), Fail: 1, Items: []backend.Check{
		{ID: "max_tokens", Verdict: backend.FindingFail}, {ID: "no_such_check", Verdict: backend.FindingFail},
	}})
	a.lookOut(state(backend.ServerDown), now.Add(2*time.Minute))
	with := a.outlook.summary
	if with.Fail != first.Fail+1 && with.Fail != first.Fail+2 || !with.At.Equal(now.Add(2*time.Minute)) {
		t.Errorf("with a failure of the config %+v, before %+v", with, first)
	}
	a.openclaw.reading.Hash = "two"
	a.lookOut(state(backend.ServerDown), now.Add(3*time.Minute))
	if got := a.outlook.summary; got.Fail != with.Fail-1 {
		t.Errorf("with another config %+v, before %+v", got, with)
	}
}

func TestHostsOfURLs(t *testing.T) {
	t.Parallel()
	for raw, want := range map[string]string{
		"http://studio-2.local:1234/v1": "studio-2.local", "http://localhost:1": "", "http://[fd7a::1]:80": "fd7a::1", "": "", "%": "",
	} {
		if got := urlHost(raw); got != want {
			t.Errorf("of %q got %q, want %q", raw, got, want)
		}
	}
}
