package openai

import (
	"bytes"
	"encoding/json"
	"fmt"
	"net/http"
	"path"
	"strings"

	"pilotlight/backend"
	"pilotlight/backend/wire"
)

// props is GET /props of llama.cpp's server (tools/server/server-context.cpp,
// get_res_props). Its template, its settings and its prompt are not kept.
type props struct {
	Settings   llamaSettings `json:"default_generation_settings"`
	Slots      looseNumber   `json:"total_slots"`
	Alias      looseString   `json:"model_alias"` // since autumn 2025
	Path       looseString   `json:"model_path"`
	Ftype      looseString   `json:"model_ftype"`
	BuildInfo  looseString   `json:"build_info"`
	Marker     looseString   `json:"media_marker"` // at random for every start (server-common.cpp)
	Sleeping   wire.Bool     `json:"is_sleeping"`  // since December 2025: it can sleep
	HasSlots   wire.Bool     `json:"endpoint_slots"`
	HasMetrics wire.Bool     `json:"endpoint_metrics"`
	Role       looseString   `json:"role"` // router, where it was started without a model
}

// llamaSettings is what of the generation settings is needed: n_ctx is a slot's.
type llamaSettings struct {
	there   bool
	context looseNumber
}

// UnmarshalJSON never fails.
func (s *llamaSettings) UnmarshalJSON(b []byte) error {
	*s = llamaSettings{}
	var v struct {
		Context looseNumber `json:"n_ctx"`
	}
	if object(b, &v) {
		s.there, s.context = true, v.Context
	}
	return nil
}

// parseProps reads the properties; false for what is not llama.cpp's.
func parseProps(b []byte) (props, bool) {
	var p props
	if !object(b, &p) {
		return props{}, false
	}
	return p, p.Role == "router" || p.Settings.there && (p.Slots.OK || p.Path != "" || p.BuildInfo != "")
}

// version is the build, "" for one that was built without knowing its own.
func (p props) version() string {
	if v := p.BuildInfo.label(); !strings.HasPrefix(v, "b0-") {
		return v
	}
	return ""
}

// llamaMeta is what llama.cpp adds to a row of its list (get_res_model_info). It
// is null while the model is being loaded.
type llamaMeta struct {
	context, trained, params, size looseNumber
	ftype                          looseString
}

// UnmarshalJSON never fails.
func (m *llamaMeta) UnmarshalJSON(b []byte) error {
	*m = llamaMeta{}
	var v struct {
		Context looseNumber `json:"n_ctx"`
		Trained looseNumber `json:"n_ctx_train"`
		Params  looseNumber `json:"n_params"`
		Size    looseNumber `json:"size"`
		Ftype   looseString `json:"ftype"`
	}
	if object(b, &v) {
		*m = llamaMeta{v.Context, v.Trained, v.Params, v.Size, v.Ftype}
	}
	return nil
}

// routerStatus is how a router's model is: unloaded, loading, loaded, sleeping,
// downloading. The command line beside it is dropped: a key may stand in it.
type routerStatus struct {
	value  looseString
	failed bool
}

// UnmarshalJSON never fails.
func (s *routerStatus) UnmarshalJSON(b []byte) error {
	*s = routerStatus{}
	var v struct {
		Value  looseString `json:"value"`
		Failed wire.Bool   `json:"failed"`
	}
	if object(b, &v) {
		s.value, s.failed = v.Value, v.Failed.Yes()
	}
	return nil
}

// llamaModel is a row in domain terms, without instances.
func llamaModel(r row, ftype looseString) backend.Model {
	m := backend.Model{
		Key: string(r.ID), Name: fileName(r.ID.label()), Type: typeByName(string(r.ID)), Format: "gguf",
		Quantization: firstOf(r.Meta.ftype.label(), ftype.label()),
		SizeBytes:    r.Meta.size.Bytes(), MaxContextLength: r.Meta.trained.Integer(maxContext),
		Parameters: paramsText(r.Meta.params),
	}
	if size, n := m.SizeBytes, r.Meta.params.Bytes(); size != nil && n != nil {
		if bits := float64(*size) * 8 / float64(*n); bits > 0.5 && bits < 40 {
			m.BitsPerWeight = &bits
		}
	}
	return m
}

// fileName is the id without the folders of a path, which it is by default.
func fileName(id string) string {
	if !strings.HasSuffix(strings.ToLower(id), ".gguf") {
		return id
	}
	return path.Base(strings.ReplaceAll(id, `\`, "/"))
}

// paramsText writes a number of parameters as model names do.
func paramsText(n looseNumber) string {
	v := n.Bytes()
	switch {
	case v == nil:
		return ""
	case *v >= 1e9:
		return fmt.Sprintf("%.1fB", float64(*v)/1e9)
	case *v >= 1e6:
		return fmt.Sprintf("%.0fM", float64(*v)/1e6)
	}
	return fmt.Sprintf("%d", *v)
}

// llamaLoading says that llama.cpp answers and is still loading its model: until
// it has, every address answers like this (server-http.cpp).
func llamaLoading(a answer) bool {
	said := saidIn(a.body)
	return a.status == http.StatusServiceUnavailable && said != nil && has(said.text, "loading model")
}

// parseSlots counts the slots of GET /slots that are answering someone. What they
// hold besides, prompts in older versions, is dropped. ok is false for anything
// else.
func parseSlots(b []byte) (busy int, ok bool) {
	dec := json.NewDecoder(bytes.NewReader(b))
	if tok, err := dec.Token(); err != nil || tok != json.Delim('[') {
		return 0, false
	}
	for told := 0; dec.More(); told++ {
		var v struct {
			Processing wire.Bool   `json:"is_processing"` // since October 2024
			State      looseNumber `json:"state"`         // before: 0 is idle
		}
		if err := dec.Decode(&v); err != nil || v.Processing.Value == nil && !v.State.OK {
			return 0, false
		}
		if v.Processing.Yes() || v.Processing.Value == nil && v.State.Value != 0 {
			busy++
		}
	}
	_, err := dec.Token()
	return busy, err == nil
}
