package openaitest

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"strings"
	"time"
)

// usualKeep is how long Ollama keeps a model that a request loaded.
const usualKeep = 5 * time.Minute

// ollama is Ollama 0.33 (server/routes.go, server/sched.go, api/types.go). It knows
// no keys.
func (s *Server) ollama(w http.ResponseWriter, r *http.Request, path string) {
	switch path {
	case "/":
		w.Header().Set("Content-Type", "text/plain; charset=utf-8")
		_, _ = w.Write([]byte("Ollama is running"))
	case "/api/version":
		answer(w, http.StatusOK, object{"version": s.opts.Version})
	case "/api/tags":
		answer(w, http.StatusOK, object{"models": s.rows(s.tagsRow)})
	case "/api/ps":
		s.ps(w)
	case "/api/show":
		s.show(w, r)
	case "/api/generate":
		s.generate(w, r, false)
	case "/api/embed":
		s.generate(w, r, true)
	case "/v1/models":
		answer(w, http.StatusOK, object{"object": "list", "data": s.rows(func(m *model) object {
			return object{"id": tagged(m.ID), "object": "model", "created": 1700000000, "owned_by": "library"}
		})})
	case "/v1/chat/completions":
		s.ollamaChat(w, r)
	default:
		w.Header().Set("Content-Type", "text/plain")
		w.WriteHeader(http.StatusNotFound)
		_, _ = w.Write([]byte("404 page not found"))
	}
}

// ollamaChat answers with a model, which it loads for that where it must. It names
// no keep_alive, which sets the end back to the usual, even of a model that was
// loaded for good, and no context, which loads it anew where it has another
// (recorded of 0.17.4).
func (s *Server) ollamaChat(w http.ResponseWriter, r *http.Request) {
	body, _ := io.ReadAll(io.LimitReader(r.Body, 1<<20))
	var ask struct {
		Model string `json:"model"`
	}
	_ = json.Unmarshal(body, &ask)
	s.mu.Lock()
	if m := s.find(ask.Model); m != nil && !m.Cloud {
		s.place(m, usualKeep, 0)
	}
	s.mu.Unlock()
	r.Body = io.NopCloser(bytes.NewReader(body))
	s.chat(w, r)
}

func (s *Server) details(m *model) object {
	return object{
		"parent_model": "", "format": "gguf", "family": m.Family, "families": []string{m.Family},
		"parameter_size": fmt.Sprintf("%.1fB", float64(m.Parameters)/1e9), "quantization_level": m.Quantization,
	}
}

func digest(m *model) string { return fmt.Sprintf("%064x", len(m.ID)*7919+int(m.SizeBytes%1e6)) }

func (s *Server) tagsRow(m *model) object {
	row := object{
		"name": tagged(m.ID), "model": tagged(m.ID), "modified_at": "2026-10-01T10:00:00.123456789+02:00",
		"size": m.SizeBytes, "digest": digest(m) + m.ID, "details": s.details(m),
	}
	if m.Cloud {
		row["remote_model"], row["remote_host"], row["size"] = m.ID, "https://ollama.com:443", 381
	}
	return row
}

func (s *Server) ps(w http.ResponseWriter) {
	list := []object{}
	s.each(func(m *model) {
		if !m.loaded {
			return
		}
		expires := m.expires
		if expires.IsZero() {
			expires = s.opts.Now().Add(1<<63 - 1) // keep_alive -1, in 292 years
		}
		list = append(list, object{
			"name": tagged(m.ID), "model": tagged(m.ID), "size": m.SizeBytes + 1<<30, "size_vram": m.SizeBytes + 1<<30, "digest": digest(m) + m.ID,
			"details": s.details(m), "expires_at": expires.Format(time.RFC3339Nano), "context_length": m.context,
		})
	})
	answer(w, http.StatusOK, object{"models": list})
}

func (s *Server) show(w http.ResponseWriter, r *http.Request) {
	var ask struct {
		Model string `json:"model"`
	}
	read(r, &ask)
	s.mu.Lock()
	defer s.mu.Unlock()
	m := s.find(ask.Model)
	if m == nil {
		answer(w, http.StatusNotFound, object{"error": fmt.Sprintf("model '%s' not found", ask.Model)})
		return
	}
	answer(w, http.StatusOK, object{
		"license": strings.Repeat("Licence. ", 500), "template": "{{ .Prompt }}", "details": s.details(m),
		"model_info": object{"general.architecture": m.Family, m.Family + ".context_length": m.MaxContext, m.Family + ".block_count": 32},
	})
}

// generate loads or unloads a model: a request without a prompt.
func (s *Server) generate(w http.ResponseWriter, r *http.Request, embed bool) {
	var ask struct {
		Model     string          `json:"model"`
		Prompt    string          `json:"prompt"`
		KeepAlive json.RawMessage `json:"keep_alive"`
		Options   struct {
			NumCtx int `json:"num_ctx"`
		} `json:"options"`
	}
	read(r, &ask)
	keep, given := keepOf(ask.KeepAlive)
	s.mu.Lock()
	m := s.find(ask.Model)
	s.mu.Unlock()
	switch {
	case m == nil:
		answer(w, http.StatusNotFound, object{"error": fmt.Sprintf("model '%s' not found", ask.Model)})
		return
	case given && keep == 0 && ask.Prompt == "":
		s.Unload(m.ID)
		answer(w, http.StatusOK, object{"model": ask.Model, "created_at": s.opts.Now(), "response": "", "done": true, "done_reason": "unload"})
		return
	case m.Embedding && !embed:
		answer(w, http.StatusBadRequest, object{"error": fmt.Sprintf("%q does not support generate", ask.Model)})
		return
	}
	select {
	case <-time.After(s.opts.LoadTime):
	case <-r.Context().Done():
		return
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if m.failed {
		m.failed = false
		answer(w, http.StatusInternalServerError, object{"error": "model requires more system memory (273.2 GiB) than is available (121.0 GiB)"})
		return
	}
	if !given {
		keep = usualKeep
	}
	s.place(m, keep, ask.Options.NumCtx)
	answer(w, http.StatusOK, object{"model": ask.Model, "created_at": s.opts.Now(), "response": "", "done": true, "done_reason": "load"})
}

// place loads m for as long as keep says, below zero for good. One with another
// context than asked for is loaded anew (sched.go, needsReload). It is called with
// mu held.
func (s *Server) place(m *model, keep time.Duration, context int) {
	if context == 0 {
		context = m.Context
	}
	m.context, m.loaded = min(context, m.MaxContext), true
	m.expires = s.opts.Now().Add(keep)
	if keep < 0 {
		m.expires = time.Time{}
	}
}

// keepOf reads keep_alive: seconds, or a duration in words; below zero is for good.
func keepOf(raw json.RawMessage) (keep time.Duration, given bool) {
	var seconds float64
	var text string
	switch {
	case len(raw) == 0:
		return 0, false
	case json.Unmarshal(raw, &seconds) == nil:
		return time.Duration(seconds * float64(time.Second)), true
	case json.Unmarshal(raw, &text) == nil:
		d, err := time.ParseDuration(text)
		return d, err == nil
	}
	return 0, false
}
