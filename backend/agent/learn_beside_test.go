package agent

import (
	"testing"
	"time"

	"pilotlight/backend"
	"pilotlight/backend/rule/watch"
)

// What another server of this machine is loading takes more memory from moment to moment:
// what is in use before a load then is no ground to measure it from. Another machine's
// loads take nothing here.
func TestALoadIsNotMeasuredWhileAnotherServerOfThisMachineLoads(t *testing.T) {
	t.Parallel()
	size := int64(600_000_000)
	server := func(id string, local, loading bool) *watched {
		m := backend.Model{Key: "acme/hero-8b", Name: "Hero 8B", Type: backend.TypeLLM, SizeBytes: &size, Loading: loading}
		return &watched{id: id, lmstudio: true, local: local, state: watch.New(backend.Server{ID: id, Models: []backend.Model{m}}, nil)}
	}
	for _, c := range []struct {
		name           string
		local, loading bool
		want           bool
	}{{"idle", true, false, true}, {"loads here", true, true, false}, {"loads elsewhere", false, true, true}} {
		w := server("lmstudio", true, false)
		a := &Agent{cfg: Config{Now: time.Now, Unified: true}, servers: []*watched{w, server("other", c.local, c.loading)}}
		_, measure := a.expectLoad(w, backend.LoadRequest{Model: "acme/hero-8b"}, time.Now())
		if measure != c.want {
			t.Errorf("the other %s: measured %v, want %v", c.name, measure, c.want)
		}
	}
}
