package lmstudiotest

import (
	"encoding/json"
	"fmt"
	"math"
	"net/http"
	"strings"
	"time"
)

// The shapes of GET /api/v1/models (LM Studio docs, REST v1 list; field order
// as captured from 0.4.25).
type (
	v1Model struct {
		Type            string        `json:"type"`
		Publisher       string        `json:"publisher"`
		Key             string        `json:"key"`
		DisplayName     string        `json:"display_name"`
		Architecture    *string       `json:"architecture,omitempty"`
		Quantization    *v1Quant      `json:"quantization"`
		SizeBytes       int64         `json:"size_bytes"`
		ParamsString    *string       `json:"params_string"`
		LoadedInstances []v1Instance  `json:"loaded_instances"`
		MaxContext      int           `json:"max_context_length"`
		Format          string        `json:"format"`
		Capabilities    *v1Capability `json:"capabilities,omitempty"`
		Description     *optionalText `json:"description,omitempty"`
		Variants        []string      `json:"variants,omitempty"`
		SelectedVariant string        `json:"selected_variant,omitempty"`
	}
	v1Quant struct {
		Name          *string  `json:"name"`
		BitsPerWeight *float64 `json:"bits_per_weight"`
	}
	v1Capability struct {
		Vision  bool `json:"vision"`
		ToolUse bool `json:"trained_for_tool_use"`
	}
	v1Instance struct {
		ID           string   `json:"id"`
		Config       v1Config `json:"config"`
		RemainingTTL *int64   `json:"remaining_ttl_seconds,omitempty"`
	}
	v1Config struct {
		Context         int           `json:"context_length"`
		EvalBatch       *int          `json:"eval_batch_size,omitempty"`
		Parallel        *int          `json:"parallel,omitempty"`
		FlashAttention  *bool         `json:"flash_attention,omitempty"`
		NumExperts      *int          `json:"num_experts,omitempty"`
		OffloadKV       *bool         `json:"offload_kv_cache_to_gpu,omitempty"`
		ReasoningBudget *optionalText `json:"reasoning_budget_message,omitempty"`
	}
	// optionalText tells null and "" from left out.
	optionalText struct{ text *string }
)

func (t optionalText) MarshalJSON() ([]byte, error) { return json.Marshal(t.text) }

func (s *Server) listV1(w http.ResponseWriter, _ *http.Request, _ []byte) {
	s.lock()
	models := make([]v1Model, 0, len(s.models))
	for _, m := range s.models {
		models = append(models, s.v1Model(m))
	}
	s.mu.Unlock()
	writeJSON(w, http.StatusOK, map[string]any{"models": models})
}

func (s *Server) v1Model(m *Model) v1Model {
	row := v1Model{
		Type: m.Type, Publisher: m.Publisher, Key: m.Key, DisplayName: m.Name,
		SizeBytes: m.SizeBytes, ParamsString: textOrNull(m.Params),
		LoadedInstances: []v1Instance{}, MaxContext: m.MaxContext, Format: m.Format,
	}
	if m.Quantization != "" || m.Bits > 0 {
		row.Quantization = &v1Quant{Name: textOrNull(m.Quantization)}
		if m.Bits > 0 {
			bits := math.Round(m.Bits)
			row.Quantization.BitsPerWeight = &bits
		}
	}
	if m.Type == LLM {
		row.Architecture = textOrNull(m.Arch)
		row.Capabilities = &v1Capability{Vision: m.Vision, ToolUse: m.ToolUse}
		row.Description = &optionalText{}
		if m.Quantization != "" {
			row.SelectedVariant = m.Key + "@" + strings.ToLower(m.Quantization)
			row.Variants = []string{row.SelectedVariant}
		}
	}
	for _, i := range s.instances {
		if i.model == m {
			row.LoadedInstances = append(row.LoadedInstances, s.v1Instance(i))
		}
	}
	return row
}

func textOrNull(s string) *string {
	if s == "" {
		return nil
	}
	return &s
}

func (s *Server) v1Instance(i *instance) v1Instance {
	row := v1Instance{ID: i.id, Config: v1ConfigOf(i)}
	if s.opts.RemainingTTL && i.ttl > 0 {
		left := i.ttl
		if !i.busy() {
			left -= s.opts.Now().Sub(i.idleSince())
		}
		seconds := int64(left / time.Second)
		row.RemainingTTL = &seconds
	}
	return row
}

func v1ConfigOf(i *instance) v1Config {
	c := v1Config{Context: i.context}
	if i.model.Type == Embedding {
		return c
	}
	c.Parallel = or(i.config.Parallel, 4)
	if i.model.Format == MLX {
		empty := ""
		c.ReasoningBudget = &optionalText{&empty}
		return c
	}
	c.EvalBatch = or(i.config.EvalBatch, 512)
	c.FlashAttention = or(i.config.FlashAttention, true)
	c.OffloadKV = or(i.config.OffloadKV, true)
	c.NumExperts = i.config.NumExperts
	return c
}

func or[T any](given *T, fallback T) *T {
	if given != nil {
		return given
	}
	return &fallback
}

// loadKeys are all that POST /api/v1/models/load takes. parallel is missing in
// the documents but was seen to be taken.
var loadKeys = []string{
	"model", "context_length", "eval_batch_size", "flash_attention", "num_experts",
	"offload_kv_cache_to_gpu", "echo_load_config", "parallel",
}

// loadV1 loads a model and answers when it is loaded, however long that takes.
// A client that hangs up meanwhile does not stop the load.
func (s *Server) loadV1(w http.ResponseWriter, r *http.Request, body []byte) {
	object, ok := readObject(w, r, body)
	if !ok {
		return
	}
	q := strictBody{object: object}
	q.allow(loadKeys...)
	key := q.text("model")
	c := loadConfig{
		Context: q.number("context_length"), EvalBatch: q.number("eval_batch_size"),
		NumExperts: q.number("num_experts"), Parallel: q.number("parallel"),
		FlashAttention: q.flag("flash_attention"), OffloadKV: q.flag("offload_kv_cache_to_gpu"),
	}
	echo := q.flag("echo_load_config")
	if q.err != nil {
		writeJSON(w, http.StatusBadRequest, q.err.body())
		return
	}
	s.lock()
	m := s.byKey(key)
	s.mu.Unlock()
	if m == nil {
		writeJSON(w, http.StatusNotFound, modelNotFound(fmt.Sprintf("Invalid model identifier %q", key)).body())
		return
	}
	l := s.beginLoad(loadOrder{model: m, config: c})
	i, err := s.finish(r.Context(), l)
	if r.Context().Err() != nil {
		return
	}
	if err != nil {
		writeJSON(w, http.StatusInternalServerError, objectError{Type: "model_load_failed", Message: loadErrorText(m, err)}.body())
		return
	}
	answer := v1Loaded{Type: m.Type, InstanceID: i.id, Seconds: l.took.Seconds(), Status: "loaded"}
	if echo != nil && *echo {
		// The worse habit: the echo repeats the request, only the list tells
		// what the instance really got.
		config := v1ConfigOf(i)
		if c.Context != nil {
			config.Context = min(*c.Context, m.MaxContext)
		}
		answer.Config = &config
	}
	writeJSON(w, http.StatusOK, answer)
}

type v1Loaded struct {
	Type       string    `json:"type"`
	InstanceID string    `json:"instance_id"`
	Seconds    float64   `json:"load_time_seconds"`
	Status     string    `json:"status"`
	Config     *v1Config `json:"load_config,omitempty"`
}

func modelNotFound(text string) objectError {
	return objectError{Message: text, Type: "invalid_request", Code: "model_not_found"}
}

// unloadV1 takes an instance's id, and nothing else will do.
func (s *Server) unloadV1(w http.ResponseWriter, r *http.Request, body []byte) {
	object, ok := readObject(w, r, body)
	if !ok {
		return
	}
	q := strictBody{object: object}
	q.allow("instance_id")
	id := q.text("instance_id")
	if q.err != nil {
		writeJSON(w, http.StatusBadRequest, q.err.body())
		return
	}
	if err := s.with(id, func(i *instance) { s.remove(i) }); err != nil {
		writeJSON(w, http.StatusNotFound, modelNotFound(fmt.Sprintf("Cannot find a loaded model with instance id %q", id)).body())
		return
	}
	writeJSON(w, http.StatusOK, map[string]string{"instance_id": id})
}
