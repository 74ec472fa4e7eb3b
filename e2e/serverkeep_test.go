//go:build e2e

package e2e

import (
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"strings"
	"time"

	"pilotlight/backend/source/modelfile/modelfiletest"
)

// neverBefore is a year in which Ollama unloads nothing that is to stay: it keeps
// "for good" as a time in the year 2318 or so.
const neverBefore = 2200

// keeps has Pilotlight keep the model, which must not load it anew, and chats with
// it as a program does that says how long the model is to stay: upon which Ollama
// forgets that it was to stay for good.
func (s *serverScene) keeps() {
	s.Helper()
	if s.agent == nil {
		return
	}
	w, _ := s.status()
	before := len(s.rows(w.ID))
	var kept struct {
		State string `json:"state"`
	}
	if err := s.agent.ask(s.Context(), &kept, "keep", s.model, "--server", w.ID); err != nil {
		s.Fatal(err)
	}
	s.stays("kept")
	var reply struct {
		Message struct {
			Content string `json:"content"`
		} `json:"message"`
	}
	s.post("/api/chat", `{"model":"tiny","keep_alive":"125s","stream":false,"messages":[{"role":"user","content":"hello"}]}`, &reply)
	if strings.TrimSpace(reply.Message.Content) != modelfiletest.TinySentence {
		s.Fatalf("the model said %q", reply.Message.Content)
	}
	s.stays("kept again after a chat gave it an end")
	if rows := s.rows(w.ID); len(rows) != before {
		s.Errorf("to keep what is loaded loaded it anew: %q", rows)
	}
}

// stays waits until Ollama itself says that the model stays for good, with the
// context that it had.
func (s *serverScene) stays(when string) {
	s.Helper()
	type loaded struct {
		Name    string    `json:"name"`
		Expires time.Time `json:"expires_at"`
		Context int       `json:"context_length"`
	}
	var list struct {
		Models []loaded `json:"models"`
	}
	began := time.Now()
	err := until(s.Context(), 3*time.Minute, func() bool {
		list.Models = nil
		s.get("/api/ps", &list)
		return len(list.Models) == 1 && list.Models[0].Expires.Year() >= neverBefore
	})
	if err != nil || list.Models[0].Context != serverContext {
		s.Fatalf("%s: Ollama has loaded %+v, want %s for good with a context of %d", when, list.Models, s.model, serverContext)
	}
	report("ok", s.scene, fmt.Sprintf("%s: Ollama says it stays for good, after %.1f s", when, time.Since(began).Seconds()), 0)
}

func (s *serverScene) get(path string, into any) {
	s.Helper()
	res, err := http.Get(s.base() + path)
	s.read(res, err, into)
}

func (s *serverScene) post(path, body string, into any) {
	s.Helper()
	res, err := http.Post(s.base()+path, "application/json", strings.NewReader(body))
	s.read(res, err, into)
}

func (s *serverScene) read(res *http.Response, err error, into any) {
	s.Helper()
	if err != nil {
		s.Fatal(err)
	}
	defer res.Body.Close()
	text, err := io.ReadAll(io.LimitReader(res.Body, 1<<20))
	if err == nil {
		err = json.Unmarshal(text, into)
	}
	if err != nil {
		s.Fatalf("%s: %v\n%.500s", res.Request.URL.Path, err, text)
	}
}
