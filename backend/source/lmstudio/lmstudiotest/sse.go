package lmstudiotest

import (
	"crypto/rand"
	"encoding/json"
	"fmt"
	"maps"
	"net/http"
	"strings"
)

// events writes server-sent events, each at once.
type events struct {
	w http.ResponseWriter
}

func newEvents(w http.ResponseWriter) events {
	w.Header().Set("Content-Type", "text/event-stream")
	w.Header().Set("Cache-Control", "no-cache")
	w.WriteHeader(http.StatusOK)
	e := events{w}
	e.flush()
	return e
}

func (e events) flush() { _ = http.NewResponseController(e.w).Flush() }

// data is an event without a name.
func (e events) data(v any) {
	text, _ := json.Marshal(v)
	fmt.Fprintf(e.w, "data: %s\n\n", text)
	e.flush()
}

// named is an event whose data repeats nothing of its name.
func (e events) named(name string, v any) {
	text, _ := json.Marshal(v)
	fmt.Fprintf(e.w, "event: %s\ndata: %s\n\n", name, text)
	e.flush()
}

// typed is an event whose data names its type too, as OpenAI's Responses and
// Anthropic's Messages do it.
func (e events) typed(name string, fields map[string]any) {
	fields = maps.Clone(fields)
	fields["type"] = name
	e.named(name, fields)
}

func (e events) comment(text string) {
	fmt.Fprintf(e.w, ": %s\n\n", text)
	e.flush()
}

// words cuts a text into what a model sends at a time.
func words(text string) []string { return strings.SplitAfter(text, " ") }

// randomID is an id as LM Studio makes them.
func randomID(prefix string) string { return prefix + strings.ToLower(rand.Text()) }
