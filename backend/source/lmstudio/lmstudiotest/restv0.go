package lmstudiotest

import (
	"fmt"
	"net/http"
	"slices"
	"strings"
)

// v0Row is a row of GET /api/v0/models (LM Studio docs, REST v0). There are no
// sizes and no instances: a second instance is a row of its own.
type v0Row struct {
	ID            string   `json:"id"`
	Object        string   `json:"object"`
	Type          string   `json:"type"`
	Publisher     string   `json:"publisher"`
	Arch          string   `json:"arch"`
	Compatibility string   `json:"compatibility_type"`
	Quantization  string   `json:"quantization"`
	State         string   `json:"state"`
	MaxContext    int      `json:"max_context_length"`
	LoadedContext int      `json:"loaded_context_length,omitempty"`
	Capabilities  []string `json:"capabilities,omitempty"`
}

func (s *Server) listV0(w http.ResponseWriter, _ *http.Request, _ []byte) {
	writeJSON(w, http.StatusOK, map[string]any{"object": "list", "data": s.v0Rows()})
}

func (s *Server) showV0(w http.ResponseWriter, _ *http.Request, id string) {
	for _, row := range s.v0Rows() {
		if row.ID == id {
			writeJSON(w, http.StatusOK, row)
			return
		}
	}
	writeJSON(w, http.StatusNotFound, stringError(fmt.Sprintf("Model with identifier %q not found", id)))
}

func (s *Server) v0Rows() []v0Row {
	s.lock()
	defer s.mu.Unlock()
	rows := make([]v0Row, 0, len(s.models))
	for _, m := range s.models {
		if first := s.byID(m.Key); first == nil || first.model != m {
			rows = append(rows, s.v0Row(m, nil))
		}
		for _, i := range s.instances {
			if i.model == m {
				rows = append(rows, s.v0Row(m, i))
			}
		}
	}
	return rows
}

func (s *Server) v0Row(m *Model, i *instance) v0Row {
	row := v0Row{
		ID: m.Key, Object: "model", Type: "llm", Publisher: m.Publisher, Arch: m.Arch,
		Compatibility: m.Format, Quantization: m.Quantization, State: "not-loaded", MaxContext: m.MaxContext,
	}
	switch {
	case m.Type == Embedding:
		row.Type = "embeddings"
	case m.Vision:
		row.Type = "vlm"
	}
	if m.ToolUse && s.version.atLeast(0, 3, 16) {
		row.Capabilities = []string{"tool_use"}
	}
	if i == nil {
		if s.loading(m) {
			row.State = "loading"
		}
		return row
	}
	row.ID, row.State = i.id, "loaded"
	if s.version.atLeast(0, 3, 15) {
		row.LoadedContext = i.context
	}
	return row
}

// listOpenAI lists everything downloaded while requests load models, else only
// what is loaded.
func (s *Server) listOpenAI(w http.ResponseWriter, _ *http.Request, _ []byte) {
	type row struct {
		ID      string `json:"id"`
		Object  string `json:"object"`
		OwnedBy string `json:"owned_by"`
	}
	rows := []row{}
	s.lock()
	var ids []string
	for _, i := range s.instances {
		ids = append(ids, i.id)
	}
	if !s.opts.NoJIT {
		for _, m := range s.models {
			if !slices.ContainsFunc(ids, func(id string) bool { return strings.EqualFold(id, m.Key) }) {
				ids = append(ids, m.Key)
			}
		}
	}
	s.mu.Unlock()
	for _, id := range ids {
		rows = append(rows, row{ID: id, Object: "model", OwnedBy: "organization_owner"})
	}
	writeJSON(w, http.StatusOK, map[string]any{"data": rows, "object": "list"})
}
