package api_test

import (
	"context"
	"encoding/json"
	"errors"
	"reflect"
	"strings"
	"testing"
	"time"

	"pilotlight/backend"
	"pilotlight/backend/face/api"
	"pilotlight/backend/face/client"
)

// dial gives the Go client of a server, which must understand all that the
// server says.
func (r *rig) dial(t *testing.T) *client.Client {
	t.Helper()
	c := client.New(r.socket)
	t.Cleanup(c.Close)
	return c
}

func TestClientActions(t *testing.T) {
	var got []any
	keep := backend.Keep{Server: "s", Model: "m", State: backend.KeepWarm, Policy: backend.Always}
	load := backend.Load{ID: 5, Model: "m", Event: backend.Loaded, Cause: backend.CauseUser}
	page := backend.Page[backend.Load]{Items: []backend.Load{load}, Next: "5"}
	answer := func(args ...any) (backend.Keep, error) { got = args; return keep, nil }
	c := start(t, &fakeAgent{
		status: func() *backend.Status {
			return &backend.Status{Version: "v", Keep: keep, Servers: []backend.Server{{ID: "s", Models: []backend.Model{{Key: "m"}}}}}
		},
		setKeep: func(_ context.Context, t backend.Target) (backend.Keep, error) { return answer("set", t) },
		release: func(context.Context) (backend.Keep, error) { return answer("release") },
		pause:   func(_ context.Context, d time.Duration) (backend.Keep, error) { return answer("pause", d) },
		resume:  func(context.Context) (backend.Keep, error) { return answer("resume") },
		replace: func(context.Context) (backend.Keep, error) { return answer("replace") },
		load: func(_ context.Context, server, model string, n *int) (backend.Load, error) {
			got = []any{"load", server, model, n}
			return load, nil
		},
		unload: func(_ context.Context, server, id string, force bool) (backend.Load, error) {
			got = []any{"unload", server, id, force}
			return load, nil
		},
		check: func(_ context.Context, server, id string) error { got = []any{"check", server, id}; return nil },
		loads: func(_ context.Context, q backend.LoadQuery) (backend.Page[backend.Load], error) {
			got = []any{"loads", q}
			return page, nil
		},
	}).dial(t)
	target := backend.Target{Server: "s", Model: "m", ContextLength: ptr(8192), Policy: backend.Always}
	at := backend.At(newClock().now())
	query := backend.LoadQuery{Since: &at, Until: &at, Server: "s", Model: "a/b&c", Event: backend.Unloaded, Cause: backend.CauseTTL, Before: 7, Limit: 3}
	ctx := t.Context()
	for name, step := range map[string]struct {
		do     func() (any, error)
		asked  []any
		answer any
	}{
		"keep":         {func() (any, error) { return c.Keep(ctx) }, nil, keep},
		"set":          {func() (any, error) { return c.SetKeep(ctx, target) }, []any{"set", target}, keep},
		"release":      {func() (any, error) { return c.Release(ctx) }, []any{"release"}, keep},
		"pause":        {func() (any, error) { return c.Pause(ctx, 90*time.Second) }, []any{"pause", 90 * time.Second}, keep},
		"pause, open":  {func() (any, error) { return c.Pause(ctx, 0) }, []any{"pause", time.Duration(0)}, keep},
		"resume":       {func() (any, error) { return c.Resume(ctx) }, []any{"resume"}, keep},
		"replace":      {func() (any, error) { return c.Replace(ctx) }, []any{"replace"}, keep},
		"load":         {func() (any, error) { return c.Load(ctx, "s", "m", ptr(4096)) }, []any{"load", "s", "m", ptr(4096)}, load},
		"load, least":  {func() (any, error) { return c.Load(ctx, "", "m", nil) }, []any{"load", "", "m", (*int)(nil)}, load},
		"unload":       {func() (any, error) { return c.Unload(ctx, "s", "i", true) }, []any{"unload", "s", "i", true}, load},
		"check":        {func() (any, error) { return nil, c.Check(ctx, "s", "i") }, []any{"check", "s", "i"}, nil},
		"loads":        {func() (any, error) { return c.Loads(ctx, query) }, []any{"loads", query}, page},
		"loads, least": {func() (any, error) { return c.Loads(ctx, backend.LoadQuery{}) }, []any{"loads", backend.LoadQuery{}}, page},
	} {
		t.Run(name, func(t *testing.T) {
			got = nil
			answer, err := step.do()
			if err != nil {
				t.Fatal(err)
			}
			if !reflect.DeepEqual(got, step.asked) {
				t.Errorf("the agent was asked for %+v, want %+v", got, step.asked)
			}
			if !reflect.DeepEqual(zeroTimes(answer), zeroTimes(step.answer)) {
				t.Errorf("got %+v, want %+v", answer, step.answer)
			}
		})
	}
	if st, err := c.Status(ctx); err != nil || st.Version != "v" || st.Servers[0].Models[0].Key != "m" {
		t.Errorf("status = %+v, %v", st, err)
	}
	if models, err := c.Models(ctx); err != nil || len(models.Items) != 1 || models.Items[0].Server != "s" || models.Items[0].Key != "m" {
		t.Errorf("models = %+v, %v", models, err)
	}
	if link, err := c.Link(ctx); err != nil || !strings.Contains(link, "/open?code=") {
		t.Errorf("link = %q, %v", link, err)
	}
}

// zeroTimes compares by JSON: a zero time that was sent and read is equal, and
// not deeply so.
func zeroTimes(v any) string {
	b, _ := json.Marshal(v) // a test's own values
	return string(b)
}

func TestClientGetsTheAgentsErrors(t *testing.T) {
	want := &backend.Error{Code: backend.CodeBusy, Message: "It is answering someone.", Hint: "Wait, or use --force."}
	c := start(t, &fakeAgent{unload: func(context.Context, string, string, bool) (backend.Load, error) {
		return backend.Load{}, want
	}}).dial(t)
	_, err := c.Unload(t.Context(), "", "i", false)
	got, ok := errors.AsType[*backend.Error](err)
	if !ok || *got != *want {
		t.Errorf("got %#v", err)
	}
	_, err = c.SetKeep(t.Context(), backend.Target{})
	if backend.CodeOf(err) != backend.CodeInvalid || backend.AsError(err).Hint == "" {
		t.Errorf("got %#v", err)
	}
}

func TestClientEvents(t *testing.T) {
	h := newHub(backend.Event{ID: 5, Kind: backend.EventLoad, Data: backend.Load{ID: 1}})
	r := start(t, &fakeAgent{subscribe: h.subscribe}, func(c *api.Config) { c.Heartbeat = time.Millisecond })
	done := errors.New("enough")
	var kinds []string
	err := r.dial(t).Events(t.Context(), 4, func(kind string, id uint64, data json.RawMessage) error {
		kinds = append(kinds, kind)
		switch len(kinds) {
		case 1:
			if id != 0 || !strings.Contains(string(data), `"servers":[]`) {
				t.Errorf("first: %d %s", id, data)
			}
		case 2:
			if id != 5 || !strings.HasPrefix(string(data), `{"id":1`) {
				t.Errorf("second: %d %s", id, data)
			}
			go func() { h.events <- backend.Event{ID: 6, Kind: backend.EventKeep, Data: backend.Keep{Model: "m"}} }()
		case 3:
			return done
		}
		return nil
	})
	if !errors.Is(err, done) || !reflect.DeepEqual(kinds, []string{"state", "load", "keep"}) {
		t.Errorf("%v, %v", kinds, err)
	}
	if after := <-h.after; after != 4 {
		t.Errorf("resumed after %d", after)
	}
	<-h.closed
}
