package lmstudio_test

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"pilotlight/backend"
)

func TestLoadOverAWebSocketThatFails(t *testing.T) {
	send := func(f heard, m string) string {
		return fmt.Sprintf(`{"type":"channelSend","channelId":%d,"message":%s}`, f.ChannelID, m)
	}
	fail := func(f heard, e string) string {
		return fmt.Sprintf(`{"type":"channelError","channelId":%d,"error":%s}`, f.ChannelID, e)
	}
	for name, tc := range map[string]struct {
		say  func(heard) []string
		code backend.Code
		rest bool // asked over REST afterwards
	}{
		"guardrail": {func(f heard) []string {
			return []string{send(f, `{"type":"progress","progress":0.1}`), fail(f, `{"title":"Failed","cause":"`+tooBig+`"}`)}
		}, backend.CodeGuardrail, false},
		"unknown model": {func(f heard) []string {
			return []string{fail(f, `{"title":"\u001b[33mx","displayData":{"code":"generic.pathNotFound"}}`)}
		}, backend.CodeModelMissing, false},
		"engine": {func(f heard) []string { return []string{fail(f, `{"title":"\u001b[31mSIGABRT\u001b[39m"}`)} }, backend.CodeLoadFailed, false},
		"closed early": {func(f heard) []string {
			return []string{fmt.Sprintf(`{"type":"channelClose","channelId":%d}`, f.ChannelID)}
		}, backend.CodeNetwork, false},
		"broken":          {func(heard) []string { return []string{"close"} }, backend.CodeNetwork, false},
		"unknown channel": {func(f heard) []string { return []string{fail(f, `{"title":"Unknown endpoint: loadModel"}`)} }, "", true},
		"other kind": {func(f heard) []string {
			return []string{fail(f, `{"title":"x","displayData":{"code":"generic.domainMismatch"}}`)}
		}, "", true},
		"other form": {func(heard) []string {
			return []string{`{"type":"communicationWarning","warning":"Received invalid creationParameter for channel, endpointName = loadModel,\n creationParameter = {}"}`}
		}, "", true},
	} {
		t.Run(name, func(t *testing.T) {
			s := &scripted{answer: func(ns string, f heard) []string {
				if f.Type == "channelCreate" {
					return tc.say(f)
				}
				return nil
			}}
			s.set("/api/v1/models/load", 200, `{"instance_id":"m","status":"loaded"}`)
			_, err := talk(t, s).Load(within(t, 10*time.Second), backend.LoadRequest{Model: "m"}, nil)
			wantCode(t, err, tc.code)
			if err != nil && strings.ContainsAny(err.Error(), "\x1b[") {
				t.Errorf("message %q", err.Error())
			}
			if asked := loads(s.requests()); (len(asked) > 0) != tc.rest {
				t.Errorf("asked over REST: %v", asked)
			}
		})
	}
}

func TestLoadOverAWebSocketSaysHowFarItIs(t *testing.T) {
	s := &scripted{answer: func(ns string, f heard) []string {
		if f.Type != "channelCreate" {
			return nil
		}
		if want := `{"loadConfigStack":{"layers":[{"layerName":"apiOverride","config":{"fields":[{"key":"llm.load.contextLength","value":65536}]}}]},"modelKey":"qwen/q"}`; string(f.Creation) != want {
			t.Errorf("sent %s", f.Creation)
		}
		var say []string
		for _, m := range []string{`{"type":"resolved","info":{}}`, `{"type":"progress","progress":7}`, `{"type":"news"}`, `{"type":"progress","progress":"x"}`, `{"type":"success","info":{"identifier":"qwen/q","contextLength":4096,"instanceReference":"r"}}`} {
			say = append(say, fmt.Sprintf(`{"type":"channelSend","channelId":%d,"message":%s,"ackId":1}`, f.ChannelID, m))
		}
		return append(say, fmt.Sprintf(`{"type":"channelClose","channelId":%d}`, f.ChannelID))
	}}
	c := talk(t, s)
	got, err := c.Load(t.Context(), backend.LoadRequest{Model: "qwen/q", ContextLength: ptr(65536)}, func(p float64) {
		if p < 0 || p > 1 {
			t.Errorf("progress %v", p)
		}
	})
	if err != nil || got.InstanceID != "qwen/q" || got.ContextLength == nil || *got.ContextLength != 4096 {
		t.Errorf("got %+v, %v", got, err)
	}
	if asked := loads(s.requests()); len(asked) != 0 {
		t.Errorf("asked over REST: %v", asked)
	}
}

// loads are the requests that are for a load.
func loads(requests []string) []string {
	return slices.DeleteFunc(requests, func(r string) bool { return r != "POST /api/v1/models/load" })
}

// Close ends what waits, and leaves no goroutine (TestMain looks).
func TestCloseEndsCallsThatWait(t *testing.T) {
	s := &scripted{}
	started := make(chan struct{}, 4)
	s.answer = func(ns string, f heard) []string {
		if f.Type == "channelCreate" {
			started <- struct{}{}
		}
		return nil
	}
	c := talk(t, s)
	done := make(chan error, 1)
	go func() {
		_, err := c.Load(context.Background(), backend.LoadRequest{Model: "m"}, nil)
		done <- err
	}()
	<-started
	if err := c.Close(); err != nil {
		t.Fatal(err)
	}
	wantCode(t, <-done, backend.CodeNetwork)
	if got := c.Look(t.Context(), still); got.Listed {
		t.Errorf("a closed client lists: %+v", got)
	}
	_, err := c.Processing(t.Context(), "m")
	wantCode(t, err, backend.CodeUnsupported)
}
