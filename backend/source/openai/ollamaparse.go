package openai

import (
	"encoding/json"
	"strings"
	"time"

	"pilotlight/backend"
)

// ollamaRow is a row of GET /api/tags and of GET /api/ps (Ollama, api/types.go,
// ListModelResponse and ProcessModelResponse).
type ollamaRow struct {
	Name    looseString   `json:"name"`
	Model   looseString   `json:"model"`
	Remote  looseString   `json:"remote_host"` // a model that runs at ollama.com
	Size    looseNumber   `json:"size"`        // on disk in tags, in memory in ps
	Digest  looseString   `json:"digest"`
	Details ollamaDetails `json:"details"`
	Expires looseString   `json:"expires_at"`
	Context looseNumber   `json:"context_length"` // since 0.10
	Can     looseStrings  `json:"capabilities"`   // since 0.2x in tags
}

type ollamaDetails struct {
	format, family, parameters, quantization looseString
	context                                  looseNumber
}

// UnmarshalJSON never fails.
func (d *ollamaDetails) UnmarshalJSON(b []byte) error {
	*d = ollamaDetails{}
	var v struct {
		Format       looseString `json:"format"`
		Family       looseString `json:"family"`
		Parameters   looseString `json:"parameter_size"`
		Quantization looseString `json:"quantization_level"`
		Context      looseNumber `json:"context_length"` // in the newest versions
	}
	if object(b, &v) {
		if v.Quantization == "unknown" { // its word for a file that does not tell
			v.Quantization = ""
		}
		*d = ollamaDetails{v.Format, v.Family, v.Parameters, v.Quantization, v.Context}
	}
	return nil
}

// looseStrings are the strings of an array.
type looseStrings []looseString

// UnmarshalJSON never fails.
func (l *looseStrings) UnmarshalJSON(b []byte) error {
	*l = nil
	var all []looseString
	if json.Unmarshal(b, &all) == nil && len(all) <= 64 {
		*l = all
	}
	return nil
}

func (l looseStrings) has(what string) bool {
	for _, s := range l {
		if string(s) == what {
			return true
		}
	}
	return false
}

// parseOllama reads either list. more counts the rows that were not kept; ok is
// false for what is no such list.
func parseOllama(b []byte) (rows []ollamaRow, more int, ok bool) {
	var v struct {
		Models json.RawMessage `json:"models"`
	}
	if !object(b, &v) || v.Models == nil {
		return nil, 0, false
	}
	if string(v.Models) == "null" {
		return nil, 0, true
	}
	var raw []json.RawMessage
	if json.Unmarshal(v.Models, &raw) != nil {
		return nil, 0, false
	}
	for _, r := range raw {
		var row ollamaRow
		if !object(r, &row) || row.key() == "" {
			continue
		}
		if len(rows) >= maxModels {
			more++
			continue
		}
		rows = append(rows, row)
	}
	return rows, more, true
}

// key is what requests take.
func (r ollamaRow) key() string { return firstOf(r.Name.id(), r.Model.id()) }

// cloud says that the model runs elsewhere: it has no weights here, and cannot be
// loaded.
func (r ollamaRow) cloud() bool { return r.Remote != "" || cloudName(r.key()) }

// cloudName tells Ollama's hosted models by their tag: cloud, or 120b-cloud.
func cloudName(key string) bool {
	_, tag, _ := strings.Cut(key, ":")
	return tag == "cloud" || strings.HasSuffix(tag, "-cloud")
}

// model is a row of tags in domain terms, without instances.
func (r ollamaRow) model() backend.Model {
	m := backend.Model{
		Key: r.key(), Name: looseString(r.key()).label(), Type: typeByName(r.key()),
		Format: r.Details.format.label(), Quantization: r.Details.quantization.label(),
		Parameters: r.Details.parameters.label(), Architecture: r.Details.family.label(),
		SizeBytes: r.Size.Bytes(), MaxContextLength: r.Details.context.Integer(maxContext),
	}
	if len(r.Can) > 0 {
		m.Type = backend.TypeLLM
		if r.Can.has("embedding") && !r.Can.has("completion") {
			m.Type = backend.TypeEmbedding
		}
	}
	if has(m.Architecture, "bert") {
		m.Type = backend.TypeEmbedding
	}
	if r.cloud() {
		m.Format, m.SizeBytes = "cloud", nil // the size is that of a note saying where it runs
	}
	return m
}

// forever is from when on an expiry means that there is none: keep_alive -1 is
// kept as the longest time that Go knows, which ends in the year 2318 (Ollama,
// api/types.go, Duration).
const forever = 10 * 365 * 24 * time.Hour

// instance is a row of ps in domain terms.
func (r ollamaRow) instance(now time.Time) backend.Instance {
	i := backend.Instance{ID: r.key(), ContextLength: r.Context.Integer(maxContext)}
	at, err := time.Parse(time.RFC3339Nano, string(r.Expires))
	switch {
	case err != nil || at.Year() < 2000:
		// Not told, or not set yet.
	case at.Sub(now) > forever:
		stays := true
		i.Explicit = &stays
	default:
		stays := false
		i.Explicit, i.ExpiresAt = &stays, backend.AtPtr(at)
	}
	return i
}

// parseShow finds the longest context in an answer of POST /api/show: the member
// of model_info whose name ends in .context_length, "llama.context_length" for
// one (Ollama, docs/api.md). nil where it is not told.
func parseShow(b []byte) (context *int, ok bool) {
	var v struct {
		Info map[string]json.RawMessage `json:"model_info"`
	}
	if !object(b, &v) {
		return nil, false
	}
	for name, raw := range v.Info {
		if !strings.HasSuffix(name, ".context_length") {
			continue
		}
		var n looseNumber
		_ = n.UnmarshalJSON(raw)
		if got := n.Integer(maxContext); got != nil && (context == nil || *got > *context) {
			context = got
		}
	}
	return context, true
}

// CanonicalKey is the name that an engine lists a model under when it is asked for
// by model: Ollama's "llama3" is its "llama3:latest".
func CanonicalKey(e backend.Engine, model string) string {
	if e != backend.EngineOllama || model == "" {
		return model
	}
	last := model[strings.LastIndexByte(model, '/')+1:]
	if strings.Contains(last, ":") {
		return model
	}
	return model + ":latest"
}
