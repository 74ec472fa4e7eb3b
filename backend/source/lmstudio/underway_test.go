package lmstudio_test

import (
	"net/http"
	"strings"
	"testing"
	"time"

	"pilotlight/backend"
	"pilotlight/backend/source/lmstudio"
	"pilotlight/backend/source/lmstudio/lmstudiotest"
)

// Somebody's request has LM Studio load a model, of which the list of REST v1 says
// nothing: a second copy must not be asked for, neither amid that nor right after it, nor
// another model beside it.
func TestLoadBesideARequestThatLoads(t *testing.T) {
	for name, alone := range map[string]bool{"over the WebSocket": false, "over REST": true} {
		t.Run(name, func(t *testing.T) {
			s, c := play(t, lmstudiotest.Options{LoadTime: time.Second}, func(c *lmstudio.Config) { c.NoWebSocket = alone })
			answered := make(chan error, 1)
			go func() { answered <- s.Chat(small) }()
			for end := time.Now().Add(10 * time.Second); len(s.Loading()) == 0; time.Sleep(5 * time.Millisecond) {
				if time.Now().After(end) {
					t.Fatal("the request loads nothing")
				}
			}
			s.SetLoadTime(0)
			_, err := c.Load(t.Context(), backend.LoadRequest{Model: gemma}, nil)
			wantCode(t, err, backend.CodeBusy)
			if e := backend.AsError(err); !strings.Contains(e.Message, "is loading "+small+" right now") || e.Hint == "" {
				t.Errorf("another model amid it: %+v", e)
			}
			_, err = c.Load(t.Context(), backend.LoadRequest{Model: small}, nil)
			wantCode(t, err, backend.CodeBusy)
			if e := backend.AsError(err); !strings.Contains(e.Message, "is loading "+small+" already") || e.Hint == "" {
				t.Errorf("amid it: %+v", e)
			}
			if err := <-answered; err != nil {
				t.Fatal(err)
			}
			_, err = c.Load(t.Context(), backend.LoadRequest{Model: small}, nil)
			wantCode(t, err, backend.CodeBusy)
			if _, err := c.Load(t.Context(), backend.LoadRequest{Model: gemma}, nil); err != nil {
				t.Errorf("another model after it: %v", err)
			}
			if got := s.Instances(); len(got) != 2 || got[0].ID != small || got[1].ID != gemma {
				t.Errorf("in memory: %+v", got)
			}
		})
	}
}

// What a list of loads that are under way does not say holds up no load: a server
// without REST v0, one that fails, one that does not answer in time.
func TestLoadWhereNothingTellsOfLoads(t *testing.T) {
	for name, answer := range map[string]func(http.ResponseWriter){
		"no such route": func(w http.ResponseWriter) {
			_, _ = w.Write([]byte(`{"error":"Unexpected endpoint or method. (GET /api/v0/models)"}`))
		},
		"failing":      func(w http.ResponseWriter) { w.WriteHeader(http.StatusInternalServerError) },
		"no list":      func(w http.ResponseWriter) { _, _ = w.Write([]byte(`<html>`)) },
		"another's":    func(w http.ResponseWriter) { _, _ = w.Write([]byte(`{"data":[{"id":"m2","state":"loaded"}]}`)) },
		"another word": func(w http.ResponseWriter) { _, _ = w.Write([]byte(`{"data":[{"id":"m","state":"resting"}]}`)) },
		"cut off":      func(http.ResponseWriter) { panic(http.ErrAbortHandler) },
	} {
		t.Run(name, func(t *testing.T) {
			c := serve(t, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
				if r.Method == http.MethodGet {
					answer(w)
					return
				}
				_, _ = w.Write([]byte(`{"type":"llm","instance_id":"m","status":"loaded"}`))
			}))
			got, err := c.Load(t.Context(), backend.LoadRequest{Model: "m"}, nil)
			if err != nil || got.InstanceID != "m" {
				t.Errorf("got %+v, %v", got, err)
			}
		})
	}
}

// A further instance that is on its way is no model of its own.
func TestLookReadsALoadOfV0(t *testing.T) {
	h := &canned{}
	h.set("/api/v0/models", 200, `{"data":[{"id":"a:2","state":"loading"},{"id":"a","state":"loaded"},{"id":"b:2","state":"loading"}]}`)
	got := serve(t, h).Look(t.Context(), still)
	if len(got.Models) != 2 || got.Models[0].Key != "a" || !got.Models[0].Loading || len(got.Models[0].Instances) != 1 ||
		got.Models[1].Key != "b:2" || !got.Models[1].Loading || len(got.Models[1].Instances) != 0 {
		t.Errorf("got %+v", got.Models)
	}
}
