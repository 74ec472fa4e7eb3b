package lmstudio

import (
	"bytes"
	"encoding/json"
	"time"

	"pilotlight/backend"
)

// v1Row is a row of GET /api/v1/models (LM Studio docs, REST v1 list). Unknown
// members are ignored.
type v1Row struct {
	Type             looseString    `json:"type"`
	Key              needString     `json:"key"`
	DisplayName      looseString    `json:"display_name"`
	Architecture     looseString    `json:"architecture"`
	Quantization     quantization   `json:"quantization"`
	SizeBytes        looseNumber    `json:"size_bytes"`
	ParamsString     looseString    `json:"params_string"`
	LoadedInstances  looseInstances `json:"loaded_instances"`
	MaxContextLength looseNumber    `json:"max_context_length"`
	Format           looseString    `json:"format"`
}

func readV1Row(dec *json.Decoder, t *table) error {
	var r v1Row
	if err := t.decode(dec, &r); err != nil {
		return err
	}
	if r.LoadedInstances.unreadable || r.Key.unreadable {
		t.whole = false
	}
	key := r.Key.value.id()
	if key == "" {
		t.whole = t.whole && len(r.LoadedInstances.rows) == 0
		return nil
	}
	m := backend.Model{
		Key: key, Name: r.DisplayName.label(), Type: modelType(r.Type),
		Format: r.Format.label(), Quantization: r.Quantization.name.label(), BitsPerWeight: r.Quantization.bits.positive(),
		Parameters: r.ParamsString.label(), Architecture: r.Architecture.label(),
		SizeBytes: r.SizeBytes.Bytes(), MaxContextLength: r.MaxContextLength.Integer(maxContext),
	}
	if m.Name == "" {
		m.Name = looseString(key).label()
	}
	t.add(m)
	for _, i := range r.LoadedInstances.rows {
		t.addInstance(t.index[key], i.instance(t.clock))
	}
	return nil
}

func modelType(s looseString) backend.ModelType {
	switch s {
	case "embedding", "embeddings":
		return backend.TypeEmbedding
	default: // llm, and vlm as v0 says for models that see
		return backend.TypeLLM
	}
}

// quantization is {"name","bits_per_weight"} in v1, a bare name in v0.
type quantization struct {
	name looseString
	bits looseNumber
}

// UnmarshalJSON never fails.
func (q *quantization) UnmarshalJSON(b []byte) error {
	*q = quantization{}
	var v struct {
		Name looseString `json:"name"`
		Bits looseNumber `json:"bits_per_weight"`
	}
	if object(b, &v) {
		q.name, q.bits = v.Name, v.Bits
		return nil
	}
	return q.name.UnmarshalJSON(b)
}

// maxContext bounds context lengths, in tokens; above it the figure is a
// mistake.
const maxContext = 1 << 30

// instanceRow is one element of loaded_instances.
type instanceRow struct {
	ID               looseString    `json:"id"`
	Config           instanceConfig `json:"config"`
	RemainingSeconds looseNumber    `json:"remaining_ttl_seconds"`
}

type instanceConfig struct {
	context  looseNumber
	parallel looseNumber
}

// UnmarshalJSON never fails.
func (c *instanceConfig) UnmarshalJSON(b []byte) error {
	*c = instanceConfig{}
	var v struct {
		Context  looseNumber `json:"context_length"`
		Parallel looseNumber `json:"parallel"`
	}
	if object(b, &v) {
		c.context, c.parallel = v.Context, v.Parallel
	}
	return nil
}

func (r instanceRow) instance(c clock) backend.Instance {
	i := backend.Instance{
		ID:            r.ID.id(),
		ContextLength: r.Config.context.Integer(maxContext),
		Parallel:      r.Config.parallel.Integer(maxContext),
	}
	// Seen on 0.4.12 for a JIT load and in few other captures: present means
	// that the instance has a TTL, absent means nothing.
	if r.RemainingSeconds.OK {
		jit := false
		i.Explicit = &jit
		if left, ok := r.RemainingSeconds.span(time.Second); ok {
			i.ExpiresAt = backend.AtPtr(c().Add(left))
		}
	}
	return i
}

// looseInstances is loaded_instances. Absent or null is none. Anything else
// that cannot be read as instances with an id is marked: it must not pass for
// "not loaded".
type looseInstances struct {
	rows       []instanceRow
	unreadable bool
}

// UnmarshalJSON never fails.
func (l *looseInstances) UnmarshalJSON(b []byte) error {
	*l = looseInstances{}
	if string(b) == "null" || string(b) == "[]" {
		return nil
	}
	if len(b) == 0 || b[0] != '[' {
		l.unreadable = true
		return nil
	}
	dec := json.NewDecoder(bytes.NewReader(b))
	_, _ = dec.Token() // the bracket just seen
	for dec.More() {
		var r instanceRow
		if err := dec.Decode(&r); err != nil || r.ID.id() == "" || len(l.rows) >= maxInstances {
			l.unreadable = true
			return nil //nolint:nilerr // unreadable tells it
		}
		l.rows = append(l.rows, r)
	}
	return nil
}
