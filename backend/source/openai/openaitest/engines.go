package openaitest

import (
	"fmt"
	"net/http"
	"strings"
)

// vllm is vLLM as its documents have it (entrypoints/openai/api_server.py and
// protocol.py of 0.11): the key is wanted below /v1 alone.
func (s *Server) vllm(w http.ResponseWriter, r *http.Request, path string) {
	if strings.HasPrefix(path, "/v1/") && !s.authorized(r) {
		answer(w, http.StatusUnauthorized, object{"error": "Unauthorized"})
		return
	}
	switch path {
	case "/health", "/ping":
		w.WriteHeader(http.StatusOK)
	case "/version":
		answer(w, http.StatusOK, object{"version": s.opts.Version})
	case "/v1/models":
		answer(w, http.StatusOK, object{"object": "list", "data": s.rows(s.vllmRow)})
	case "/metrics":
		s.vllmMetrics(w)
	case "/v1/chat/completions":
		s.chat(w, r)
	default:
		notFound(w)
	}
}

func (s *Server) vllmRow(m *model) object {
	now := s.opts.Now().Unix()
	return object{
		"id": m.ID, "object": "model", "created": now, "owned_by": "vllm", "root": "/models/" + m.ID, "parent": nil, "max_model_len": m.context,
		"permission": []object{{"id": "modelperm-1", "object": "model_permission", "created": now, "allow_sampling": true, "organization": "*", "group": nil}},
	}
}

// vllmMetrics is mostly histograms, of which a real page has hundreds of
// kilobytes.
func (s *Server) vllmMetrics(w http.ResponseWriter) {
	w.Header().Set("Content-Type", "text/plain; version=0.0.4; charset=utf-8")
	for i := range 2000 {
		_, _ = fmt.Fprintf(w, "vllm:time_to_first_token_seconds_bucket{engine=\"0\",le=\"%d\",model_name=\"x\"} %d.0\n", i, i)
	}
	s.each(func(m *model) {
		label := strings.NewReplacer(`\`, `\\`, `"`, `\"`).Replace(m.ID)
		_, _ = fmt.Fprintf(w, "vllm:num_requests_running{engine=\"0\",model_name=\"%s\"} %d.0\nvllm:num_requests_waiting{engine=\"0\",model_name=\"%s\"} 0.0\n", label, m.busy, label)
	})
}

// litellm is LiteLLM's proxy without a database, as recorded of 1.106.12.
func (s *Server) litellm(w http.ResponseWriter, r *http.Request, path string) {
	switch path {
	case "/health/liveliness", "/health/liveness":
		answer(w, http.StatusOK, "I'm alive!")
		return
	case "/health/readiness":
		ready := object{"status": "healthy", "db": "Not connected"}
		if s.opts.Version != "" { // older ones told it
			ready["litellm_version"] = s.opts.Version
		}
		answer(w, http.StatusOK, ready)
		return
	case "/":
		w.Header().Set("Content-Type", "text/html")
		_, _ = w.Write([]byte("<html><body>LiteLLM: Proxy Server (LLM Gateway)</body></html>"))
		return
	}
	switch {
	case s.authorized(r):
	case r.Header.Get("Authorization") == "": // as pip installs it, it lacks a package for this answer
		http.Error(w, "Internal Server Error", http.StatusInternalServerError)
		return
	default:
		answer(w, http.StatusBadRequest, said(400, "no_db_connection", "No connected db."))
		return
	}
	switch path {
	case "/v1/models", "/models":
		answer(w, http.StatusOK, object{"object": "list", "data": s.rows(func(m *model) object {
			return object{"id": m.ID, "object": "model", "created": 1677610602, "owned_by": "openai", "max_input_tokens": m.MaxContext}
		})})
	case "/model/info", "/v1/model/info":
		if s.opts.NoInfo {
			answer(w, http.StatusForbidden, said(403, "auth_error", "This key may not call this route."))
			return
		}
		answer(w, http.StatusOK, object{"data": s.rows(infoRow)})
	case "/health":
		answer(w, http.StatusOK, object{"healthy_endpoints": []string{}, "note": "this would have asked every model"})
	case "/v1/chat/completions":
		s.chat(w, r)
	default:
		notFound(w)
	}
}

func infoRow(m *model) object {
	mode := "chat"
	if m.Embedding {
		mode = "embedding"
	}
	behind := m.Behind
	if behind == "" {
		behind = "openai/" + m.ID
	}
	return object{
		"model_name":     m.ID,
		"litellm_params": object{"model": behind, "api_base": "http://10.0.0.7:8000/v1", "api_key": "sk-behind-secret", "use_in_pass_through": false},
		"model_info":     object{"id": "e889baacd17f", "db_model": false, "key": m.ID, "max_tokens": 4096, "max_input_tokens": m.MaxContext, "mode": mode},
	}
}

// gateway lists its models, or does not, and says nothing of itself. A hosted
// provider wants a key for everything.
func (s *Server) gateway(w http.ResponseWriter, r *http.Request, path string) {
	if s.opts.Engine == Hosted && r.Header.Get("Authorization") == "" || !s.authorized(r) {
		answer(w, http.StatusUnauthorized, said(401, "invalid_request_error", "Missing bearer or basic authentication in header"))
		return
	}
	switch {
	case path == "/v1/models" && !s.opts.NoList:
		answer(w, http.StatusOK, object{"object": "list", "data": s.rows(func(m *model) object {
			return object{"id": m.ID, "object": "model", "created": 1700000000, "owned_by": "someone"}
		})})
	case path == "/v1/chat/completions":
		s.chat(w, r)
	default:
		notFound(w)
	}
}
