package agent_test

import (
	"context"
	"encoding/json"
	"slices"
	"testing"

	"pilotlight/backend"
	"pilotlight/backend/agent"
	"pilotlight/backend/source/lmstudio"
	"pilotlight/backend/source/openai"
)

// A hosted provider is a place that costs money and sees who asks: it is left in
// peace until somebody opens a page, and never gets the key.
func TestAHostedOneIsAskedOnlyWhileSomebodyLooks(t *testing.T) {
	t.Parallel()
	far, near := newGateway(t, "claude"), newGateway(t, "a/one")
	h := startHouse(t, entry("anthropic", "https://api.anthropic.com", "'sk-paid-for'")+entry("near", near.URL, ""), func(cfg *agent.Config, _ *lmstudio.Config) {
		cfg.NewSource = func(s agent.ServerSpec) agent.Source {
			if !s.Hosted {
				return newSource(s)
			}
			if !s.Token.IsZero() || s.URL != "https://api.anthropic.com" {
				t.Errorf("asked for a source with %+v", s)
			}
			return openai.New(openai.Config{ID: s.ID, URL: far.URL, Token: s.Token.Reveal(), Hosted: true})
		}
	})
	h.untilServers("lmstudio", "anthropic", "near")
	s := h.untilServer("near", "looks at the other", isUp)
	for range 3 {
		s = h.untilServer("near", "another look", func(now backend.Server) bool { return now.CheckedAt.After(s.CheckedAt.Time) })
	}
	if n := far.asked(); n != 0 {
		t.Fatalf("it was asked %d times while nobody looked", n)
	}
	ctx, stop := context.WithCancel(context.Background())
	defer stop()
	go func() {
		_ = h.api.Events(ctx, 0, func(string, uint64, json.RawMessage) error { return nil })
	}()
	hosted := h.untilServer("anthropic", "a look", func(s backend.Server) bool { return s.CheckedAt != nil })
	if hosted.State != backend.ServerUp || hosted.Engine != backend.EngineHosted || hosted.Name != "Anthropic" || hosted.Tells == nil || hosted.Tells.WarmBy != backend.WarmNever {
		t.Errorf("it is %+v", hosted)
	}
	if got := far.sent(); !slices.Equal(got, []string{""}) {
		t.Errorf("it was sent %q", got)
	}
	_, err := h.api.SetKeep(context.Background(), backend.Target{Server: "anthropic", Model: "claude"})
	wantCode(t, err, backend.CodeRefused)
	if got := h.changesOf("anthropic"); len(got) != 0 {
		t.Errorf("the history tells of it: %+v", got)
	}
}
