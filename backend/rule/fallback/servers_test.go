package fallback_test

import (
	"testing"

	"pilotlight/backend"
	"pilotlight/backend/rule/fallback"
)

// What a server cannot be told to do is not offered, however well it would help.
func TestARemedyIsOneThatTheServerCanDo(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		tells  *backend.Tells
		action bool
	}{
		"not known":      {nil, true},
		"LM Studio":      {&backend.Tells{Loaded: true, Load: true, Unload: true}, true},
		"vLLM":           {&backend.Tells{Loaded: true, WarmBy: backend.WarmAlways}, false},
		"a mute gateway": {&backend.Tells{WarmBy: backend.WarmByRequest}, false},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := failing(noModels).present()
			for i := range s.c.Servers {
				s.c.Servers[i].Tells = c.tells
			}
			cause := fallback.Explain(s.f, s.c)
			if cause.Remedy == nil || cause.Remedy.Text == "" {
				t.Fatalf("no remedy for %+v", cause)
			}
			if got := cause.Remedy.Action != ""; got != c.action {
				t.Errorf("offers %q", cause.Remedy.Action)
			}
		})
	}
}

// A hosted provider is looked at only while a page is open: that it could be
// reached, or not, some time ago explains nothing.
func TestAHostedServerExplainsNothing(t *testing.T) {
	t.Parallel()
	without := failing("Request timed out.").hosted()
	with := failing("Request timed out.").hosted()
	since := clockTime("09:00:00")
	with.c.Servers = append(with.c.Servers, backend.Server{
		ID: "anthropic", Name: "Anthropic", Engine: backend.EngineHosted, Kind: backend.KindOpenAI, State: backend.ServerDown, StateSince: &since,
	})
	for i := range with.c.Chain {
		if with.c.Chain[i].Ref == hosted.String() {
			with.c.Chain[i].Server = "anthropic"
		}
	}
	a, b := fallback.Explain(without.f, without.c), fallback.Explain(with.f, with.c)
	if a.Code != b.Code || a.Summary != b.Summary || a.Confidence != b.Confidence {
		t.Errorf("explained as %s %s (%s), and with its server as %s %s (%s)", a.Code, a.Confidence, a.Summary, b.Code, b.Confidence, b.Summary)
	}
}
