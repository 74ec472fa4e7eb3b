package lmstudiotest_test

import (
	"context"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/coder/websocket"

	"pilotlight/backend/source/lmstudio/lmstudiotest"
)

// Every state that the demo promises must be seen from outside in one round.
func TestStoryShowsEveryState(t *testing.T) {
	t.Parallel()
	s := start(t, lmstudiotest.Options{Models: lmstudiotest.DemoModels(), MemoryBytes: 400e9})
	hero := lmstudiotest.DemoModels()[0].Key
	ctx, cancel := context.WithCancel(t.Context())
	var mu sync.Mutex
	var said []string
	var told sync.WaitGroup
	told.Go(func() {
		lmstudiotest.Story(ctx, s, lmstudiotest.Audience{Say: func(sentence string) {
			mu.Lock()
			defer mu.Unlock()
			said = append(said, sentence)
		}}, 100*time.Millisecond)
	})
	seen := make(map[string]bool)
	eventually(t, "a whole round", func() bool {
		look(ctx, s, hero, seen)
		mu.Lock()
		defer mu.Unlock()
		return strings.Count(strings.Join(said, "\n"), "A chat program asks") >= 2
	})
	cancel()
	told.Wait()
	for _, state := range []string{
		"with a TTL", "without a TTL", "nothing loaded", "two instances", "another JIT model", "other context", "server off", "app off", "token", "no memory",
	} {
		if !seen[state] {
			t.Errorf("never seen: %s", state)
		}
	}
	for _, sentence := range said {
		if sentence == "" || !strings.HasSuffix(sentence, ".") || strings.Contains(sentence, "%!") {
			t.Errorf("not a plain sentence: %q", sentence)
		}
	}
}

func look(ctx context.Context, s *lmstudiotest.Server, hero string, seen map[string]bool) {
	heroes := 0
	all := s.Instances()
	for _, i := range all {
		if i.Key != hero {
			seen["another JIT model"] = seen["another JIT model"] || i.JIT
			continue
		}
		heroes++
		seen["with a TTL"] = seen["with a TTL"] || i.TTL > 0
		seen["without a TTL"] = seen["without a TTL"] || i.TTL == 0
		seen["other context"] = seen["other context"] || i.Context == 8192
	}
	seen["two instances"] = seen["two instances"] || heroes == 2
	seen["nothing loaded"] = seen["nothing loaded"] || len(all) == 0
	list, listErr := try(ctx, "GET", s.URL()+"/api/v1/models", "")
	_, appErr := try(ctx, "GET", s.InternalURL()+"/lms-status", "")
	seen["token"] = seen["token"] || list.status == 401
	seen["server off"] = seen["server off"] || (listErr != nil && appErr == nil)
	seen["app off"] = seen["app off"] || (listErr != nil && appErr != nil)
	seen["no memory"] = seen["no memory"] || guardrail(ctx, s, hero)
}

// guardrail reports whether a load would be refused; false when nobody answers.
func guardrail(ctx context.Context, s *lmstudiotest.Server, key string) bool {
	conn, _, err := websocket.Dial(ctx, s.InternalURL()+"/llm", &websocket.DialOptions{HTTPClient: client}) //nolint:bodyclose // Dial closes it
	if err != nil {
		return false
	}
	defer func() { _ = conn.CloseNow() }()
	var text []byte
	for _, frame := range []string{
		`{"authVersion":1,"clientIdentifier":"someone","clientPasskey":"secret"}`,
		`{"type":"rpcCall","endpoint":"estimateModelUsage","callId":1,"parameter":{"modelKey":"` + key + `","loadConfigStack":{"layers":[]}}}`,
	} {
		if conn.Write(ctx, websocket.MessageText, []byte(frame)) != nil {
			return false
		}
		if _, text, err = conn.Read(ctx); err != nil {
			return false
		}
	}
	return strings.Contains(string(text), `"passesGuardrails":false`)
}

func TestStoryWithoutModelsWaits(t *testing.T) {
	s := start(t, lmstudiotest.Options{Models: []lmstudiotest.Model{}})
	ctx, cancel := context.WithTimeout(t.Context(), 50*time.Millisecond)
	defer cancel()
	lmstudiotest.Story(ctx, s, lmstudiotest.Audience{Say: func(sentence string) { t.Errorf("said %q", sentence) }}, time.Millisecond)
}

func TestDo(t *testing.T) {
	s := start(t, lmstudiotest.Options{LoadTime: time.Hour})
	steps := []struct {
		action lmstudiotest.Action
		id     string // of the instance that comes of it
		loaded string // what is in memory after it
	}{
		{lmstudiotest.Action{Do: "load_explicit", Key: qwen, Context: 5000}, qwen, qwen},
		{lmstudiotest.Action{Do: "load_explicit", Key: qwen}, qwen + ":2", qwen + " " + qwen + ":2"},
		{lmstudiotest.Action{Do: "eject", ID: qwen}, "", qwen + ":2"},
		{lmstudiotest.Action{Do: "set_busy", ID: qwen + ":2", Busy: true}, "", qwen + ":2"},
		{lmstudiotest.Action{Do: "use", ID: qwen + ":2"}, "", qwen + ":2"},
		{lmstudiotest.Action{Do: "crash", ID: qwen + ":2"}, "", ""},
		{lmstudiotest.Action{Do: "jit", Key: gemma, TTLSeconds: 5}, gemma, gemma},
		{lmstudiotest.Action{Do: "stop_server"}, "", gemma},
		{lmstudiotest.Action{Do: "start_server"}, "", gemma},
		{lmstudiotest.Action{Do: "quit_app"}, "", ""},
		{lmstudiotest.Action{Do: "start_app"}, "", ""},
		{lmstudiotest.Action{Do: "set_load_time"}, "", ""},
		{lmstudiotest.Action{Do: "set_answer_time", Seconds: 0.001}, "", ""},
		{lmstudiotest.Action{Do: "override_context", Context: 4096}, "", ""},
		{lmstudiotest.Action{Do: "load_explicit", Key: gemma, Context: 9000}, gemma, gemma},
		{lmstudiotest.Action{Do: "fault", Fault: lmstudiotest.FaultHTML, Prefix: "/v1/"}, "", gemma},
	}
	for _, step := range steps {
		id, err := s.Do(step.action)
		if err != nil || id != step.id {
			t.Fatalf("%+v: %q, %v; want %q", step.action, id, err, step.id)
		}
		wantIDs(t, s, step.loaded)
	}
	if got := s.Instances()[0].Context; got != 4096 {
		t.Errorf("context = %d, want the override", got)
	}
	get(t, s.URL()+"/v1/models").has(t, 200, "<html>")
	for _, bad := range []lmstudiotest.Action{
		{Do: "dance"}, {Do: "eject", ID: "nothing"}, {Do: "jit", Key: "nothing"}, {Do: "fault", Fault: "nothing"},
	} {
		if _, err := s.Do(bad); err == nil {
			t.Errorf("%+v was done", bad)
		}
	}
	if s.Count("GET /v1/models") != 1 || len(s.Requests()) != 1 || s.Requests()[0].Path != "/v1/models" {
		t.Errorf("requests = %+v", s.Requests())
	}
	s.ResetRequests()
	if s.Count("") != 0 || len(s.Requests()) != 0 {
		t.Error("requests were not forgotten")
	}
}
