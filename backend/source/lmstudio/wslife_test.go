package lmstudio_test

import (
	"context"
	"net/http/httptest"
	"pilotlight/backend"
	"pilotlight/backend/source/lmstudio"
	"strings"
	"sync/atomic"
	"testing"
	"time"
)

// A server without a WebSocket is asked less and less, and again at once when
// it has been away.
func TestAServerWithoutAWebSocketIsLeftAlone(t *testing.T) {
	for name, s := range map[string]*scripted{
		"refuses":      {auth: `{"success":false,"error":"Invalid passkey ` + token + `"}`},
		"odd answer":   {auth: `[true]`},
		"odd success":  {auth: `{"success":"yes"}`},
		"breaks later": {answer: func(string, heard) []string { return []string{"close"} }},
	} {
		t.Run(name, func(t *testing.T) {
			if s.answer == nil {
				s.answer = func(string, heard) []string { return nil }
			}
			c, at := talk(t, s, withToken), newHand()
			lmstudio.SetClock(c, at.now)
			ask := func() int {
				_, err := c.Processing(t.Context(), "m")
				if err == nil {
					t.Fatal("no error")
				}
				if code := backend.CodeOf(err); code != backend.CodeUnsupported && code != backend.CodeNetwork {
					t.Fatalf("error %v", err)
				}
				return s.dialled()
			}
			if n := ask(); n != 1 {
				t.Fatalf("dialled %d times", n)
			}
			for range 5 {
				if n := ask(); n != 1 {
					t.Fatalf("dialled %d times in a row", n)
				}
			}
			at.advance(10 * time.Second)
			if n := ask(); n != 2 {
				t.Fatalf("dialled %d times after ten seconds", n)
			}
			ask()
			at.advance(10 * time.Second)
			if n := ask(); n != 2 {
				t.Fatalf("dialled %d times after ten more", n)
			}
			at.advance(10 * time.Minute)
			if n := ask(); n != 3 {
				t.Fatalf("dialled %d times after ten minutes", n)
			}
			s.set("/api/v1/models", 200, `{"models":[]}`)
			c.Look(t.Context(), at.now)
			if n := ask(); n != 4 {
				t.Fatalf("dialled %d times after the server came up", n)
			}
		})
	}
}

func TestNoWebSocketAtAll(t *testing.T) {
	h := &canned{}
	h.set("/api/v1/models", 200, `{"models":[]}`)
	s := httptest.NewServer(h)
	t.Cleanup(s.Close)
	for _, off := range []bool{true, false} {
		c := client(t, lmstudio.Config{ID: "lmstudio", URL: s.URL, NoWebSocket: off})
		last := c.Look(t.Context(), still)
		_, err := c.Detail(t.Context(), still, last)
		wantCode(t, err, backend.CodeUnsupported)
		_, err = c.Estimate(t.Context(), backend.LoadRequest{Model: "m"})
		wantCode(t, err, backend.CodeUnsupported)
		_, err = c.Processing(t.Context(), "m")
		wantCode(t, err, backend.CodeUnsupported)
	}
}

func TestAFrameOverTheCapEndsTheConnectionOnly(t *testing.T) {
	var big atomic.Bool
	s := &scripted{}
	s.answer = func(ns string, f heard) []string {
		if ns == "llm" && big.Load() {
			return []string{`{"type":"x","pad":"` + strings.Repeat("x", 2<<20) + `"}`}
		}
		return idle(f)
	}
	c, at := talk(t, s), newHand()
	lmstudio.SetClock(c, at.now)
	if _, err := c.Processing(t.Context(), "m"); err != nil {
		t.Fatal(err)
	}
	big.Store(true)
	if _, err := c.Processing(t.Context(), "m"); err == nil {
		t.Fatal("no error")
	}
	big.Store(false)
	for { // until the end of the connection has been noticed
		if _, err := c.Processing(t.Context(), "m"); backend.CodeOf(err) != backend.CodeNetwork {
			break
		}
	}
	s.set("/api/v1/models", 200, `{"models":[]}`)
	if got := c.Look(t.Context(), at.now); got.Reconnected {
		t.Error("told as a restart of the server")
	}
	at.advance(time.Minute)
	if _, err := c.Processing(t.Context(), "m"); err != nil {
		t.Errorf("afterwards: %v", err)
	}
}

// One impatient caller must not cost everybody the connection.
func TestGivingUpACallKeepsTheConnection(t *testing.T) {
	t.Parallel()
	s := &scripted{}
	s.answer = func(ns string, f heard) []string {
		if strings.Contains(string(f.Parameter), "slow") {
			return nil
		}
		return idle(f)
	}
	c := talk(t, s)
	if _, err := c.Processing(t.Context(), "m"); err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithTimeout(t.Context(), 30*time.Millisecond)
	defer cancel()
	_, err := c.Processing(ctx, "slow")
	wantCode(t, err, backend.CodeTimeout)
	_, err = c.Processing(t.Context(), "slow") // the client's own limit
	wantCode(t, err, backend.CodeTimeout)
	if _, err := c.Processing(t.Context(), "m"); err != nil {
		t.Error(err)
	}
	if s.dialled() != 1 {
		t.Errorf("dialled %d times", s.dialled())
	}
}

func TestABrokenConnectionIsToldOnce(t *testing.T) {
	s := &scripted{answer: func(ns string, f heard) []string {
		if f.Endpoint == "listLoaded" {
			return result(f, `[]`)
		}
		return idle(f)
	}}
	s.set("/api/v1/models", 200, `{"models":[]}`)
	c := talk(t, s)
	last := c.Look(t.Context(), still)
	if _, err := c.Detail(t.Context(), still, last); err != nil {
		t.Fatal(err)
	}
	lost := func(look func() backend.Observation) {
		t.Helper()
		for range 200 {
			if look().Reconnected {
				if look().Reconnected {
					t.Error("told twice")
				}
				return
			}
			time.Sleep(5 * time.Millisecond)
		}
		t.Error("not told")
	}
	s.cut()
	lost(func() backend.Observation { return c.Look(t.Context(), still) })
	if _, err := c.Detail(t.Context(), still, last); err != nil {
		t.Fatal(err)
	}
	s.cut()
	lost(func() backend.Observation {
		o, _ := c.Detail(t.Context(), still, last)
		return o
	})
}

// A server that does not know a question only warns, and only five times.
func TestAQuestionThatIsNotKnownIsAskedOnce(t *testing.T) {
	s := &scripted{answer: func(ns string, f heard) []string {
		switch {
		case f.Endpoint == "listLoaded":
			return result(f, `[]`)
		case f.Type == "channelCreate":
			return []string{`{"type":"communicationWarning","warning":"Received channelCreate for unknown endpoint, endpoint = loadModel"}`}
		case f.Endpoint == "estimateModelUsage":
			return []string{`{"type":"communicationWarning","warning":"Received rpcCall for unhandled endpoint, endpoint = estimateModelUsage"}`}
		}
		return nil
	}}
	s.set("/api/v1/models", 200, `{"models":[]}`)
	s.set("/api/v1/models/load", 200, `{"instance_id":"m","status":"loaded"}`)
	c := talk(t, s)
	for range 4 {
		_, err := c.Estimate(t.Context(), backend.LoadRequest{Model: "m"})
		wantCode(t, err, backend.CodeUnsupported)
		if _, err := c.Load(t.Context(), backend.LoadRequest{Model: "m"}, nil); err != nil {
			t.Error(err)
		}
	}
	if a, b := s.said("llm rpcCall estimateModelUsage"), s.said("llm channelCreate loadModel"); a != 1 || b != 1 {
		t.Errorf("asked %d and %d times", a, b)
	}
	if _, err := c.Detail(t.Context(), still, c.Look(t.Context(), still)); err != nil {
		t.Errorf("another question: %v", err)
	}
}
