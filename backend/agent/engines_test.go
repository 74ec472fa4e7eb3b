package agent_test

import (
	"context"
	"slices"
	"strings"
	"testing"
	"time"

	"pilotlight/backend"
	"pilotlight/backend/source/openai/openaitest"
)

func TestKeepOnOllama(t *testing.T) {
	t.Parallel()
	o := openaitest.Start(t, openaitest.Options{Engine: openaitest.Ollama, Models: []openaitest.Model{{ID: "qwen3:8b"}, {ID: "llama3:8b"}}})
	h := startHouse(t, entry("ollama", o.BaseURL(), ""))
	s := h.untilServer("ollama", "its list", isUp)
	if s.Engine != backend.EngineOllama || s.Name != "Ollama" || len(s.Models) != 2 {
		t.Errorf("it is %+v", s)
	}
	ctx := context.Background()
	if _, err := h.api.SetKeep(ctx, backend.Target{Server: "ollama", Model: "qwen3:8b", Policy: backend.Always}); err != nil {
		t.Fatal(err)
	}
	h.untilKeep(backend.KeepWarm, "")
	if !o.KeptForever("qwen3:8b") {
		t.Error("it was loaded with an end")
	}
	o.Unload("qwen3:8b")
	h.until("it to come back", func(*backend.Status) bool { return backAgain(h) })
	h.untilKeep(backend.KeepWarm, "")

	// It is down and comes back within the watch period of a server of this machine.
	must(t, o.Kill())
	h.untilServer("ollama", "it down", func(s backend.Server) bool { return s.State == backend.ServerDown })
	must(t, o.Restart())
	h.untilServer("ollama", "it back", isUp)
	h.untilKeep(backend.KeepWarm, "")
}

// On Ollama a model is kept by its keep_alive, which every request of somebody
// else's shortens again.
func TestKeptOnOllamaForGood(t *testing.T) {
	t.Parallel()
	there := openaitest.Start(t, openaitest.Options{Engine: openaitest.Ollama, Models: []openaitest.Model{{ID: "qwen3", MaxContext: 32768}, {ID: "other"}}})
	h := startHouse(t, entry("ollama", there.BaseURL(), ""))
	h.untilServer("ollama", "an Ollama", func(s backend.Server) bool { return isUp(s) && s.Engine == backend.EngineOllama })
	if _, err := h.api.SetKeep(context.Background(), backend.Target{Server: "ollama", Model: "qwen3"}); err != nil {
		t.Fatal(err)
	}
	h.untilKeep(backend.KeepWarm, "")
	if !there.KeptForever("qwen3") {
		t.Fatal("it was loaded with an end")
	}
	there.Load("qwen3", time.Minute) // as a request of OpenClaw's does
	h.until("its end to be taken away", func(*backend.Status) bool { return there.KeptForever("qwen3") })
	if got := there.Loaded(); !slices.Equal(got, []string{"qwen3"}) {
		t.Errorf("loaded %q", got)
	}
	if st := h.untilKeep(backend.KeepWarm, ""); st.Keep.Server != "ollama" || h.instances() != 0 {
		t.Errorf("kept on %q, %d instances here", st.Keep.Server, h.instances())
	}
}

// backAgain says whether the history ends with a load of ours after a loss.
func backAgain(h *house) bool {
	story := h.story()
	n := len(story)
	return n >= 3 && story[n-1] == "qwen3:8b loaded keep_warm" && story[0] == "qwen3:8b loaded keep_warm"
}

func TestKeepIsRefusedWhereItHasNoMeaning(t *testing.T) {
	t.Parallel()
	for _, engine := range []openaitest.Engine{openaitest.VLLM, openaitest.LlamaCpp, openaitest.LiteLLM} {
		t.Run(string(engine), func(t *testing.T) {
			t.Parallel()
			s := openaitest.Start(t, openaitest.Options{Engine: engine})
			h := startHouse(t, entry("box", s.BaseURL(), ""))
			srv := h.untilServer("box", "its list", isUp)
			if srv.Engine != backend.Engine(engine) {
				t.Errorf("it is taken for %q", srv.Engine)
			}
			_, err := h.api.SetKeep(context.Background(), backend.Target{Server: "box", Model: "tiny"})
			wantCode(t, err, backend.CodeRefused)
			_, err = h.api.Load(context.Background(), "box", "tiny", nil)
			wantCode(t, err, backend.CodeUnsupported)
			// What is always in memory is told as there, not as loaded again and again.
			if got := len(h.story()); got > 1 {
				t.Errorf("the history tells %v", h.story())
			}
		})
	}
}

// What a gateway has in memory only requests keep warm, and they are made only of
// the server and for the model that a person named for just that.
func TestKeptByRequestsBehindAGateway(t *testing.T) {
	t.Parallel()
	s := openaitest.Start(t, openaitest.Options{Engine: openaitest.LiteLLM})
	h := startHouse(t, entry("box", s.BaseURL(), ""))
	h.untilServer("box", "its list", isUp)
	asked := func() (n int) {
		for _, r := range s.Requests() {
			if strings.HasSuffix(r.Path, "/chat/completions") {
				n++
			}
		}
		return n
	}
	ctx := context.Background()
	if _, err := h.api.SetKeep(ctx, backend.Target{Server: "box", Model: "tiny"}); backend.CodeOf(err) != backend.CodeRefused || asked() != 0 {
		t.Fatalf("without consent: %v, %d requests", err, asked())
	}
	if _, err := h.api.SetKeep(ctx, backend.Target{Server: "box", Model: "tiny", Ask: true}); err != nil {
		t.Fatal(err)
	}
	st := h.untilKeep(backend.KeepWarm, "kept_by_requests")
	if !st.Keep.Ask || st.Keep.InstanceID != "" || asked() != 1 {
		t.Errorf("kept %+v, %d requests", st.Keep, asked())
	}
	if _, err := h.api.Release(ctx); err != nil {
		t.Fatal(err)
	}
	h.untilKeep(backend.KeepOff, "")
}
