package api_test

import (
	"context"
	"encoding/json"
	"reflect"
	"strings"
	"testing"
	"time"

	"pilotlight/backend"
)

func TestStatus(t *testing.T) {
	st := &backend.Status{
		Version: "1.2.3", Listen: "http://127.0.0.1:7456",
		Servers:      []backend.Server{{ID: "a", Models: []backend.Model{{Key: "m"}}}, {ID: "b"}},
		Machine:      &backend.Sample{},
		OpenClaw:     &backend.OpenClaw{},
		LastFallback: &backend.Fallback{},
	}
	r := start(t, &fakeAgent{status: func() *backend.Status { return st }})
	got := r.overSocket(t, "GET", "/api/status", "")
	if v := wantJSON[backend.Status](t, got); v.Version != "1.2.3" || len(v.Servers) != 2 || v.Servers[0].Models[0].Key != "m" {
		t.Errorf("got %+v", v)
	}
	for _, name := range []string{"servers", "models", "instances", "notices", "gpus", "processes", "issues", "fallbacks", "chain", "attempts", "evidence"} {
		if !strings.Contains(got.body, `"`+name+`":[`) {
			t.Errorf("%s is not a list in %s", name, got.body)
		}
	}
	if st.Servers[1].Models != nil || st.Notices != nil || st.Machine.GPUs != nil || st.OpenClaw.Chain != nil || st.LastFallback.Attempts != nil {
		t.Error("the agent's snapshot was changed")
	}
	if head := r.overSocket(t, "HEAD", "/api/status", ""); head.StatusCode != 200 || head.body != "" || head.ContentLength != int64(len(got.body)) {
		t.Errorf("HEAD: %d, %d bytes, body %q", head.StatusCode, head.ContentLength, head.body)
	}
}

func TestStatusFollowsTheSnapshot(t *testing.T) {
	version := "one"
	r := start(t, &fakeAgent{status: func() *backend.Status { return &backend.Status{Version: version} }})
	for _, version = range []string{"one", "two"} {
		if v := wantJSON[backend.Status](t, r.overSocket(t, "GET", "/api/status", "")); v.Version != version {
			t.Errorf("version = %s, want %s", v.Version, version)
		}
	}
}

func TestModels(t *testing.T) {
	r := start(t, &fakeAgent{status: func() *backend.Status {
		return &backend.Status{Servers: []backend.Server{
			{ID: "a", Models: []backend.Model{{Key: "x"}, {Key: "y"}}}, {ID: "b"}, {ID: "c", Models: []backend.Model{{Key: "x"}}},
		}}
	}})
	got := r.overSocket(t, "GET", "/api/models", "")
	page := wantJSON[backend.Page[backend.ServerModel]](t, got)
	var names []string
	for _, m := range page.Items {
		names = append(names, m.Server+"/"+m.Key)
	}
	if want := []string{"a/x", "a/y", "c/x"}; !reflect.DeepEqual(names, want) {
		t.Errorf("got %v, want %v", names, want)
	}
	if strings.Contains(got.body, "null") && strings.Contains(got.body, `"instances":null`) || strings.Contains(got.body, "next") {
		t.Errorf("body = %s", got.body)
	}
	if got := start(t, &fakeAgent{}).overSocket(t, "GET", "/api/models", ""); got.body != `{"items":[]}`+"\n" {
		t.Errorf("without servers: %q", got.body)
	}
}

func TestActions(t *testing.T) {
	var got []any
	keep := backend.Keep{Model: "m", State: backend.KeepWarm, Policy: backend.Always}
	load := backend.Load{ID: 5, Model: "m", Event: backend.Loaded}
	answerKeep := func(args ...any) (backend.Keep, error) { got = args; return keep, nil }
	r := start(t, &fakeAgent{
		status:  func() *backend.Status { return &backend.Status{Keep: keep} },
		setKeep: func(_ context.Context, t backend.Target) (backend.Keep, error) { return answerKeep("set", t) },
		release: func(context.Context) (backend.Keep, error) { return answerKeep("release") },
		pause:   func(_ context.Context, d time.Duration) (backend.Keep, error) { return answerKeep("pause", d) },
		resume:  func(context.Context) (backend.Keep, error) { return answerKeep("resume") },
		replace: func(context.Context) (backend.Keep, error) { return answerKeep("replace") },
		load: func(_ context.Context, server, model string, n *int) (backend.Load, error) {
			got = []any{"load", server, model, n}
			return load, nil
		},
		unload: func(_ context.Context, server, id string, force bool) (backend.Load, error) {
			got = []any{"unload", server, id, force}
			return load, nil
		},
		check: func(_ context.Context, server, id string) error { got = []any{"check", server, id}; return nil },
	})
	const (
		keepText  = `"state":"warm"`
		loadText  = `"id":5`
		checkText = `{"ok":true}`
	)
	for _, c := range []struct {
		method, path, body string
		want               []any
		answer             string
	}{
		{"GET", "/api/keep", "", nil, keepText},
		{"PUT", "/api/keep", `{"model":"m"}`, []any{"set", backend.Target{Model: "m"}}, keepText},
		{"PUT", "/api/keep", `{"server":"s","model":"m","context_length":8192,"policy":"always"}`,
			[]any{"set", backend.Target{Server: "s", Model: "m", ContextLength: ptr(8192), Policy: backend.Always}}, keepText},
		{"DELETE", "/api/keep", "", []any{"release"}, keepText},
		{"POST", "/api/keep/pause", "", []any{"pause", time.Duration(0)}, keepText},
		{"POST", "/api/keep/pause", "{}", []any{"pause", time.Duration(0)}, keepText},
		{"POST", "/api/keep/pause", `{"seconds":90.5}`, []any{"pause", 90500 * time.Millisecond}, keepText},
		{"POST", "/api/keep/pause", `{"seconds":1e-12}`, []any{"pause", time.Millisecond}, keepText},
		{"POST", "/api/keep/resume", "", []any{"resume"}, keepText},
		{"POST", "/api/keep/replace", "", []any{"replace"}, keepText},
		{"POST", "/api/models/load", `{"model":"m"}`, []any{"load", "", "m", (*int)(nil)}, loadText},
		{"POST", "/api/models/load", `{"server":"s","model":"a/b","context_length":4096}`, []any{"load", "s", "a/b", ptr(4096)}, loadText},
		{"POST", "/api/models/unload", `{"instance_id":"a/b:2"}`, []any{"unload", "", "a/b:2", false}, loadText},
		{"POST", "/api/models/unload", `{"server":"s","instance_id":"i","force":true}`, []any{"unload", "s", "i", true}, loadText},
		{"POST", "/api/models/check", `{"server":"s","instance_id":"i"}`, []any{"check", "s", "i"}, checkText},
	} {
		t.Run(c.method+" "+c.path+" "+c.body, func(t *testing.T) {
			got = nil
			a := r.do(t, c.method, c.path, c.body, asJSON, bearer)
			wantJSON[json.RawMessage](t, a)
			if !reflect.DeepEqual(got, c.want) {
				t.Errorf("the agent was asked for %v, want %v", got, c.want)
			}
			if !strings.Contains(a.body, c.answer) {
				t.Errorf("body = %s, want %s in it", a.body, c.answer)
			}
		})
	}
}

func TestLoads(t *testing.T) {
	var asked backend.LoadQuery
	answer := backend.Page[backend.Load]{}
	r := start(t, &fakeAgent{loads: func(_ context.Context, q backend.LoadQuery) (backend.Page[backend.Load], error) {
		asked = q
		return answer, nil
	}})
	if got := r.overSocket(t, "GET", "/api/loads", ""); got.body != `{"items":[]}`+"\n" || !reflect.DeepEqual(asked, backend.LoadQuery{}) {
		t.Errorf("body %q, asked %+v", got.body, asked)
	}
	answer = backend.Page[backend.Load]{Items: []backend.Load{{ID: 9}}, Next: "9"}
	got := r.overSocket(t, "GET", "/api/loads?since=2026-11-01T00:00:00Z&until=2026-11-02T01:00:00.5%2B01:00&limit=10&before=77"+
		"&server=s&model=a%2Fb&event=unloaded&cause=ttl", "")
	if page := wantJSON[backend.Page[backend.Load]](t, got); page.Next != "9" || page.Items[0].ID != 9 {
		t.Errorf("page = %+v", page)
	}
	since, until := time.Date(2026, 11, 1, 0, 0, 0, 0, time.UTC), time.Date(2026, 11, 2, 0, 0, 0, 5e8, time.UTC)
	want := backend.LoadQuery{Since: ptr(backend.At(since)), Until: ptr(backend.At(until)), Limit: 10, Before: 77,
		Server: "s", Model: "a/b", Event: backend.Unloaded, Cause: backend.CauseTTL}
	if !reflect.DeepEqual(asked, want) {
		t.Errorf("asked %+v, want %+v", asked, want)
	}
}
