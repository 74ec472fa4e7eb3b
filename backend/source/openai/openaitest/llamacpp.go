package openaitest

import (
	"fmt"
	"net/http"
	"time"
)

// llama is llama.cpp's server with one model, as recorded in September 2026.
func (s *Server) llama(w http.ResponseWriter, r *http.Request, path string) {
	s.mu.Lock()
	loading, sleeping := s.loading, s.sleeping
	s.mu.Unlock()
	switch {
	case loading:
		answer(w, http.StatusServiceUnavailable, said(503, "unavailable_error", "Loading model"))
		return
	case path == "/health" || path == "/v1/health":
		answer(w, http.StatusOK, object{"status": "ok"})
		return
	case path == "/":
		w.Header().Set("Content-Type", "text/plain")
		w.WriteHeader(http.StatusUnsupportedMediaType)
		_, _ = w.Write([]byte("Error: gzip is not supported by this browser"))
		return
	case !s.authorized(r):
		answer(w, http.StatusUnauthorized, said(401, "authentication_error", "Invalid API Key"))
		return
	}
	switch path {
	case "/v1/models", "/models":
		answer(w, http.StatusOK, object{"models": s.rows(dummyRow), "object": "list", "data": s.rows(s.llamaRow)})
	case "/props":
		answer(w, http.StatusOK, s.props(sleeping))
	case "/slots":
		s.SetSleeping(false) // the question wakes it
		if s.opts.NoSlots {
			answer(w, http.StatusNotImplemented, said(501, "not_supported_error", "This server does not support slots endpoint. Start it with `--slots`"))
			return
		}
		answer(w, http.StatusOK, s.slots())
	case "/metrics":
		s.llamaMetrics(w)
	case "/v1/chat/completions":
		s.SetSleeping(false)
		s.chat(w, r)
	default:
		answer(w, http.StatusNotFound, said(404, "not_found_error", "File Not Found"))
	}
}

// dummyRow is what it lists besides for clients of Ollama's.
func dummyRow(m *model) object {
	return object{"name": m.ID, "model": m.ID, "modified_at": "", "size": "", "digest": "", "type": "model", "details": object{"format": "gguf"}}
}

func (s *Server) llamaRow(m *model) object {
	return object{
		"id": m.ID, "aliases": []string{m.ID}, "object": "model", "created": s.opts.Now().Unix(), "owned_by": "llamacpp",
		"meta": object{
			"vocab_type": 1, "n_vocab": 128256, "n_ctx": m.context, "n_ctx_train": m.MaxContext, "n_embd": 4096,
			"n_params": m.Parameters, "size": m.SizeBytes, "ftype": m.Quantization,
		},
	}
}

func (s *Server) props(sleeping bool) object {
	p := object{}
	s.each(func(m *model) {
		p = object{
			"default_generation_settings": object{"params": object{"seed": 1, "temperature": 0.8}, "n_ctx": m.context},
			"total_slots":                 2, "model_alias": m.ID, "model_ftype": m.Quantization, "model_path": "/models/" + m.ID + ".gguf",
			"media_marker":   fmt.Sprintf("<__media_%032d__>", s.starts),
			"endpoint_slots": !s.opts.NoSlots, "endpoint_metrics": s.opts.Metrics,
			"chat_template": "{%- for message in messages -%}…{%- endfor -%}", "build_info": s.opts.Version, "is_sleeping": sleeping,
		}
	})
	return p
}

func (s *Server) slots() []object {
	list := []object{}
	s.each(func(m *model) {
		for i := range 2 {
			list = append(list, object{"id": i, "n_ctx": m.context, "is_processing": i < m.busy, "params": object{"seed": 1}, "prompt": "a secret"})
		}
	})
	return list
}

func (s *Server) llamaMetrics(w http.ResponseWriter) {
	if !s.opts.Metrics {
		answer(w, http.StatusNotImplemented, said(501, "not_supported_error", "This server does not support metrics endpoint. Start it with `--metrics`"))
		return
	}
	w.Header().Set("Content-Type", "text/plain; version=0.0.4")
	s.each(func(m *model) {
		_, _ = fmt.Fprintf(w, "# HELP llamacpp:requests_processing Number of requests processing.\n# TYPE llamacpp:requests_processing gauge\n"+
			"llamacpp:requests_processing %d\nllamacpp:requests_deferred %d\n", min(m.busy, 2), max(m.busy-2, 0))
	})
}

// router is llama.cpp's server started without a model (tools/server/README.md,
// "Using multiple models").
func (s *Server) router(w http.ResponseWriter, r *http.Request, path string) {
	if path == "/health" {
		answer(w, http.StatusOK, object{"status": "ok"})
		return
	}
	if !s.authorized(r) {
		answer(w, http.StatusUnauthorized, said(401, "authentication_error", "Invalid API Key"))
		return
	}
	switch path {
	case "/v1/models", "/models":
		answer(w, http.StatusOK, object{"object": "list", "data": s.rows(s.routerRow)})
	case "/props":
		answer(w, http.StatusOK, object{"role": "router", "max_instances": 4, "build_info": s.opts.Version})
	case "/models/load", "/models/unload":
		s.routerMove(w, r, path == "/models/load")
	case "/v1/chat/completions":
		s.chat(w, r)
	default:
		answer(w, http.StatusNotFound, said(404, "not_found_error", "File Not Found"))
	}
}

func (s *Server) routerRow(m *model) object {
	status := object{"value": "unloaded"}
	row := object{"id": m.ID, "object": "model", "owned_by": "llamacpp", "created": s.opts.Now().Unix(), "path": "/models/" + m.ID, "status": status}
	args := []string{"llama-server", "--api-key", "router-secret", "-c", fmt.Sprint(m.context)}
	switch {
	case m.loaded:
		row = s.llamaRow(m)
		row["status"] = object{"value": "loaded", "args": args}
	case !m.coming.IsZero():
		status["value"], status["args"] = "loading", args
	case m.failed:
		status["args"], status["failed"], status["exit_code"] = args, true, 1
	}
	return row
}

func (s *Server) routerMove(w http.ResponseWriter, r *http.Request, load bool) {
	var ask struct {
		Model string `json:"model"`
	}
	read(r, &ask)
	s.mu.Lock()
	defer s.mu.Unlock()
	m := s.find(ask.Model)
	switch {
	case m == nil:
		answer(w, http.StatusNotFound, said(404, "not_found_error", "model not found"))
		return
	case load && m.loaded:
		answer(w, http.StatusBadRequest, said(400, "invalid_request_error", "model is already loaded"))
		return
	case !load && !m.loaded:
		answer(w, http.StatusBadRequest, said(400, "invalid_request_error", "model is not running"))
		return
	case load:
		m.coming = s.opts.Now().Add(s.opts.LoadTime + time.Millisecond)
	default:
		m.loaded = false
	}
	answer(w, http.StatusOK, object{"success": true})
}
