package client_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"reflect"
	"strings"
	"testing"
	"time"

	"pilotlight/backend"
)

// streaming sends text and keeps the stream open until the client leaves.
func streaming(text string) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		fmt.Fprint(w, text)
		_ = http.NewResponseController(w).Flush() // fails only when the client left
		<-r.Context().Done()
	}
}

func ending(text string) http.HandlerFunc {
	return func(w http.ResponseWriter, _ *http.Request) { fmt.Fprint(w, text) }
}

type seen struct {
	kind string
	id   uint64
	data string
}

func collect(into *[]seen) func(string, uint64, json.RawMessage) error {
	return func(kind string, id uint64, data json.RawMessage) error {
		*into = append(*into, seen{kind, id, string(data)})
		return nil
	}
}

func TestEventsAreRead(t *testing.T) {
	const text = "retry: 2000\n\n: a comment\n\nevent: state\ndata: {\"a\":1}\n\n" +
		": heartbeat\nevent: heartbeat\ndata: {}\n\n" +
		"event:load\r\nid:7\r\ndata:{}\r\n\r\n" +
		"event: notice\nid: 8\ndata: {\ndata: }\n\n" +
		"event: keep\nid: 9\n\n" + // without data it is no event
		"odd: 1\ndata: 1\n\n" +
		"event: cut\ndata: {}\n" // the stream ends inside of it
	var got []seen
	err := agent(t, ending(text)).Events(t.Context(), 0, collect(&got))
	wantError(t, err, backend.CodeNetwork)
	want := []seen{{"state", 0, `{"a":1}`}, {"load", 7, "{}"}, {"notice", 8, "{\n}"}, {"", 0, "1"}}
	if !reflect.DeepEqual(got, want) {
		t.Errorf("got %+v, want %+v", got, want)
	}
}

func TestEventsResume(t *testing.T) {
	var query string
	c := agent(t, func(_ http.ResponseWriter, r *http.Request) { query = r.URL.RawQuery })
	for after, want := range map[uint64]string{0: "", 7: "after=7"} {
		wantError(t, c.Events(t.Context(), after, nil), backend.CodeNetwork)
		if query != want {
			t.Errorf("query = %q, want %q", query, want)
		}
	}
}

func TestEventsEnd(t *testing.T) {
	const one = "event: state\ndata: {}\n\n"
	t.Run("by the callback", func(t *testing.T) {
		enough := errors.New("enough")
		err := agent(t, streaming(one)).Events(t.Context(), 0, func(string, uint64, json.RawMessage) error { return enough })
		if !errors.Is(err, enough) {
			t.Errorf("got %v", err)
		}
	})
	t.Run("by the caller", func(t *testing.T) {
		ctx, cancel := context.WithCancel(t.Context())
		err := agent(t, streaming(one)).Events(ctx, 0, func(string, uint64, json.RawMessage) error { cancel(); return nil })
		if !errors.Is(err, context.Canceled) {
			t.Errorf("got %v", err)
		}
	})
	t.Run("by silence", func(t *testing.T) {
		c := agent(t, streaming(one))
		c.SetSilence(20 * time.Millisecond)
		var got []seen
		wantError(t, c.Events(t.Context(), 0, collect(&got)), backend.CodeTimeout)
	})
	t.Run("by silence before the answer", func(t *testing.T) {
		c := agent(t, func(_ http.ResponseWriter, r *http.Request) { <-r.Context().Done() })
		c.SetSilence(20 * time.Millisecond)
		wantError(t, c.Events(t.Context(), 0, nil), backend.CodeTimeout)
	})
	t.Run("by the agent", func(t *testing.T) {
		c := agent(t, func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Content-Type", "application/problem+json")
			w.WriteHeader(http.StatusServiceUnavailable)
			fmt.Fprint(w, `{"code":"busy","detail":"Too many.","hint":"Close some."}`)
		})
		if e := wantError(t, c.Events(t.Context(), 0, nil), backend.CodeBusy); e.Hint != "Close some." {
			t.Errorf("got %+v", e)
		}
	})
	t.Run("by nonsense", func(t *testing.T) {
		wantError(t, agent(t, ending("id: x\n\n")).Events(t.Context(), 0, nil), backend.CodeProtocol)
	})
	t.Run("by a line without end", func(t *testing.T) {
		endless := func(w http.ResponseWriter, _ *http.Request) {
			for {
				if _, err := fmt.Fprint(w, strings.Repeat("x", 1<<20)); err != nil {
					return
				}
			}
		}
		wantError(t, agent(t, endless).Events(t.Context(), 0, nil), backend.CodeProtocol)
	})
	t.Run("by lines without end", func(t *testing.T) {
		endless := func(w http.ResponseWriter, _ *http.Request) {
			for {
				if _, err := fmt.Fprint(w, "data: "+strings.Repeat("x", 1<<20)+"\n"); err != nil {
					return
				}
			}
		}
		wantError(t, agent(t, endless).Events(t.Context(), 0, nil), backend.CodeProtocol)
	})
}
