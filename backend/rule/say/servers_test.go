package say_test

import (
	"testing"

	"pilotlight/backend"
	"pilotlight/backend/rule/say"
)

// several is status with an LM Studio on another machine, which is kept on, and
// servers that can load nothing.
func several(k backend.Keep, elsewhere backend.ServerState) *backend.Status {
	st := status(k, backend.ServerUp)
	st.Keep.Server = "box"
	st.Servers[0].ID = "lmstudio"
	can := &backend.Tells{Loaded: true, Load: true, WarmBy: backend.WarmByLoad}
	m := backend.Model{Key: "m", Name: "MiniMax there", Instances: []backend.Instance{{ID: "m", SeenLoadedAt: *at(-3e9)}}}
	st.Servers = append(st.Servers,
		backend.Server{ID: "box", Name: "LM Studio on box", State: elsewhere, Tells: can, Models: []backend.Model{m}},
		backend.Server{ID: "vllm", Name: "vLLM", State: backend.ServerDown, Tells: &backend.Tells{Loaded: true}},
		backend.Server{ID: "anthropic", Name: "Anthropic", State: backend.ServerDown, Engine: backend.EngineHosted},
	)
	return st
}

func TestHeadlineOfSeveralServers(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		st   *backend.Status
		want say.Headline
	}{
		"warm elsewhere": {
			several(backend.Keep{State: backend.KeepWarm, InstanceID: "m"}, backend.ServerUp),
			say.Headline{Flame: say.Lit, Title: "MiniMax there is warm", Sub: "on LM Studio on box · loaded 3 s ago"},
		},
		"that one is down": {
			several(backend.Keep{State: backend.KeepWaiting}, backend.ServerDown),
			say.Headline{Flame: say.Marked, Title: "LM Studio on box is not running"},
		},
		"only others are down": {
			several(backend.Keep{State: backend.KeepWaiting}, backend.ServerUp),
			say.Headline{Flame: say.Half, Title: "Waiting to load MiniMax there"},
		},
		"nothing kept": {
			several(backend.Keep{State: backend.KeepOff}, backend.ServerUp),
			say.Headline{Flame: say.Outline, Title: "Nothing is kept loaded", Sub: "In memory: MiniMax M2.1, MiniMax there on LM Studio on box"},
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			if got := say.Of(c.st, now); got != c.want {
				t.Errorf("got  %+v\nwant %+v", got, c.want)
			}
		})
	}
}
