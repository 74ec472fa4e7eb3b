package openaitest

import (
	"encoding/json"
	"io"
	"net/http"
	"strings"
)

// serve answers one request: faults first, then the key, then the engine.
func (s *Server) serve(w http.ResponseWriter, r *http.Request) {
	s.note(r)
	s.mu.Lock()
	fault := s.fault
	s.settle()
	s.mu.Unlock()
	if s.opts.Engine == LlamaCpp || s.opts.Engine == Router {
		w.Header().Set("Server", "llama.cpp")
	}
	if fault.play(w, r) {
		return
	}
	path, under := strings.CutPrefix(r.URL.Path, s.opts.Prefix)
	if !under {
		notFound(w)
		return
	}
	switch s.opts.Engine {
	case LlamaCpp:
		s.llama(w, r, path)
	case Router:
		s.router(w, r, path)
	case VLLM:
		s.vllm(w, r, path)
	case Ollama:
		s.ollama(w, r, path)
	case LiteLLM:
		s.litellm(w, r, path)
	default:
		s.gateway(w, r, path)
	}
}

// authorized says whether the request has the key, where one is wanted.
func (s *Server) authorized(r *http.Request) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.token == "" || r.Header.Get("Authorization") == "Bearer "+s.token
}

// answer writes v as JSON.
func answer(w http.ResponseWriter, status int, v any) {
	b, err := json.Marshal(v)
	if err != nil {
		panic(err)
	}
	if w.Header().Get("Content-Type") == "" {
		w.Header().Set("Content-Type", "application/json")
	}
	w.WriteHeader(status)
	_, _ = w.Write(b)
}

func notFound(w http.ResponseWriter) {
	answer(w, http.StatusNotFound, object{"detail": "Not Found"}) // FastAPI's words
}

// object is a JSON object.
type object = map[string]any

// said is OpenAI's form of an error.
func said(status int, kind, message string) object {
	return object{"error": object{"message": message, "type": kind, "code": status}}
}

// read reads a request's body; what does not fit is left out.
func read(r *http.Request, v any) {
	b, _ := io.ReadAll(io.LimitReader(r.Body, 1<<20))
	_ = json.Unmarshal(b, v)
}

// each calls f for every model, with mu held.
func (s *Server) each(f func(*model)) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.settle()
	for _, m := range s.models {
		f(m)
	}
}

// rows are one object for every model.
func (s *Server) rows(row func(*model) object) []object {
	list := []object{}
	s.each(func(m *model) { list = append(list, row(m)) })
	return list
}

// chat answers a request for a reply with one token, from any engine.
func (s *Server) chat(w http.ResponseWriter, r *http.Request) {
	var ask struct {
		Model     string `json:"model"`
		MaxTokens int    `json:"max_tokens"`
	}
	read(r, &ask)
	s.mu.Lock()
	known := s.find(ask.Model) != nil
	s.mu.Unlock()
	if !known && s.opts.Engine != LlamaCpp { // which answers to any name
		answer(w, http.StatusNotFound, said(404, "NotFoundError", "The model `"+ask.Model+"` does not exist."))
		return
	}
	answer(w, http.StatusOK, object{
		"id": "chatcmpl-1", "object": "chat.completion", "created": s.opts.Now().Unix(), "model": ask.Model,
		"choices": []object{{"index": 0, "finish_reason": "length", "message": object{"role": "assistant", "content": "Yes"}}},
		"usage":   object{"prompt_tokens": 8, "completion_tokens": 1, "total_tokens": 9},
	})
}
