package lmstudiotest

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"mime"
	"net/http"
	"regexp"
	"strings"
)

// maxBody is the longest request body that is read, in bytes.
const maxBody = 8 << 20

// route answers one request; its body was read before.
type route func(w http.ResponseWriter, r *http.Request, body []byte)

// handlerPublic is the HTTP server that a person can switch off.
func (s *Server) handlerPublic() http.Handler {
	routes := s.routes()
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, ok := s.enter(w, r, false)
		if !ok {
			return
		}
		if isGet(r, "/lmstudio-greeting") {
			writeJSON(w, http.StatusOK, greeting)
			return
		}
		if s.websocket(w, r, false) {
			return
		}
		if err := s.authorize(r); err != nil {
			writeJSON(w, http.StatusUnauthorized, err.body())
			return
		}
		if do := s.find(routes, r); do != nil {
			do(w, r, body)
			return
		}
		s.unexpected(w, r)
	})
}

// handlerInternal is the app's own port: it greets, tells the version and
// speaks the WebSocket protocol, whether the HTTP server is on or off.
func (s *Server) handlerInternal() http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if _, ok := s.enter(w, r, true); !ok {
			return
		}
		switch {
		case isGet(r, "/lmstudio-greeting"):
			writeJSON(w, http.StatusOK, greeting)
		case isGet(r, "/lms-status"):
			writeJSON(w, http.StatusOK, map[string]string{"package": "lmstudio", "version": s.opts.Version})
		case s.websocket(w, r, true):
		default:
			http.Error(w, fmt.Sprintf("Cannot %s %s", r.Method, r.URL.Path), http.StatusNotFound)
		}
	})
}

var greeting = map[string]bool{"lmstudio": true}

func isGet(r *http.Request, path string) bool {
	return r.Method == http.MethodGet && r.URL.Path == path
}

// enter notes the request, reads its body and plays the fault. The body is read
// whole because only then is a client that hangs up noticed.
func (s *Server) enter(w http.ResponseWriter, r *http.Request, internal bool) ([]byte, bool) {
	s.requests.add(Request{Kind: KindHTTP, Method: r.Method, Path: r.URL.Path, Internal: internal, At: s.opts.Now()})
	body, err := io.ReadAll(http.MaxBytesReader(w, r.Body, maxBody))
	if err != nil {
		writeJSON(w, http.StatusRequestEntityTooLarge, stringError("request entity too large"))
		return nil, false
	}
	return body, !s.spoil(w, r)
}

// routes are the routes of the version played, by "METHOD /path".
func (s *Server) routes() map[string]route {
	routes := map[string]route{
		"GET /v1/models":                s.listOpenAI,
		"POST /v1/chat/completions":     s.chatCompletions,
		"POST /v1/completions":          s.completions,
		"POST /v1/embeddings":           s.embeddings,
		"GET /api/v0/models":            s.listV0,
		"POST /api/v0/chat/completions": s.chatCompletions,
		"POST /api/v0/completions":      s.completions,
		"POST /api/v0/embeddings":       s.embeddings,
	}
	if s.version.atLeast(0, 3, 29) {
		routes["POST /v1/responses"] = s.responses
	}
	if s.version.atLeast(0, 4, 0) {
		routes["GET /api/v1/models"] = s.listV1
		routes["POST /api/v1/models/load"] = s.loadV1
		routes["POST /api/v1/models/unload"] = s.unloadV1
		routes["POST /api/v1/chat"] = s.chatV1
	}
	if s.version.atLeast(0, 4, 1) {
		routes["POST /v1/messages"] = s.messages
	}
	return routes
}

func (s *Server) find(routes map[string]route, r *http.Request) route {
	if do := routes[r.Method+" "+r.URL.Path]; do != nil {
		return do
	}
	if id, ok := strings.CutPrefix(r.URL.Path, "/api/v0/models/"); ok && r.Method == http.MethodGet {
		return func(w http.ResponseWriter, r *http.Request, _ []byte) { s.showV0(w, r, id) }
	}
	return nil
}

// unexpected is the answer to unknown routes: 200, except under /api/v1 since
// 0.4.0 (lmstudio-bug-tracker #1680, #1879).
func (s *Server) unexpected(w http.ResponseWriter, r *http.Request) {
	status := http.StatusOK
	if strings.HasPrefix(r.URL.Path, "/api/v1/") && s.version.atLeast(0, 4, 0) {
		status = http.StatusNotFound
	}
	writeJSON(w, status, stringError(fmt.Sprintf("Unexpected endpoint or method. (%s %s)", r.Method, r.URL.Path)))
}

// tokenShape is what an API token looks like (lmstudio-js, lmstudioAPIToken.ts).
var tokenShape = regexp.MustCompile(`^sk-lm-([A-Za-z0-9]{8}):([A-Za-z0-9]{20})$`)

// demanded is the token that is asked for, "" for none. Versions before 0.4.0
// know no tokens.
func (s *Server) demanded() string {
	s.mu.Lock()
	defer s.mu.Unlock()
	if !s.version.atLeast(0, 4, 0) {
		return ""
	}
	return s.token
}

func (s *Server) authorize(r *http.Request) *objectError {
	want := s.demanded()
	if want == "" {
		return nil
	}
	got, bearer := strings.CutPrefix(r.Header.Get("Authorization"), "Bearer ")
	if key := r.Header.Get("x-api-key"); !bearer && key != "" && r.URL.Path == "/v1/messages" {
		got, bearer = key, true
	}
	e := &objectError{Type: "invalid_request", Code: "invalid_api_key"}
	switch {
	case got == want:
		return nil
	case !bearer:
		e.Message = "An LM Studio API token is required to make requests to this server, but none was provided using the Authorization header using the 'Bearer' scheme (i.e., 'Authorization: Bearer $LM_API_TOKEN'). Learn more at: https://lmstudio.ai/docs/developer/core/authentication."
	case !tokenShape.MatchString(got):
		e.Message = "Malformed LM Studio API token provided: " + mask(got)
	default:
		e.Message = "Invalid LM Studio API token provided: " + mask(got)
	}
	return e
}

// mask keeps the first ten characters, as LM Studio does.
func mask(token string) string {
	kept := min(len(token), 10)
	return token[:kept] + strings.Repeat("*", len(token)-kept)
}

// stringError is the form of errors that is only a text.
func stringError(text string) map[string]string { return map[string]string{"error": text} }

// objectError is the other form.
type objectError struct {
	Message string `json:"message"`
	Type    string `json:"type,omitempty"`
	Code    any    `json:"code,omitempty"`
	Param   string `json:"param,omitempty"`
}

func (e objectError) body() map[string]objectError { return map[string]objectError{"error": e} }

func writeJSON(w http.ResponseWriter, status int, v any) {
	var text bytes.Buffer
	encoder := json.NewEncoder(&text)
	encoder.SetEscapeHTML(false)
	if err := encoder.Encode(v); err != nil {
		panic("lmstudiotest: " + err.Error())
	}
	w.Header().Set("Content-Type", "application/json; charset=utf-8")
	w.WriteHeader(status)
	_, _ = w.Write(bytes.TrimSpace(text.Bytes()))
}

// readObject reads a JSON object, or answers why it is none.
func readObject(w http.ResponseWriter, r *http.Request, body []byte) (map[string]json.RawMessage, bool) {
	if kind, _, _ := mime.ParseMediaType(r.Header.Get("Content-Type")); strings.HasPrefix(kind, "multipart/") {
		writeJSON(w, http.StatusUnsupportedMediaType, stringError("Unsupported content type: "+kind))
		return nil, false
	}
	var object map[string]json.RawMessage
	if err := json.Unmarshal(body, &object); err != nil || object == nil {
		writeJSON(w, http.StatusBadRequest, stringError(fmt.Sprintf("Received request for %s with invalid JSON", r.URL.Path)))
		return nil, false
	}
	return object, true
}
