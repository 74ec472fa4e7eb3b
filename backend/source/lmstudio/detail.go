package lmstudio

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"slices"
	"time"

	"pilotlight/backend"
	"pilotlight/backend/wire"
)

// loadedRow is an element of listLoaded's result (lmstudio-js,
// modelInstanceInfo). It does not tell whether the instance is busy.
type loadedRow struct {
	Identifier        looseString `json:"identifier"`
	InstanceReference looseString `json:"instanceReference"`
	TTLMs             looseNumber `json:"ttlMs"`
	LastUsedTime      looseNumber `json:"lastUsedTime"`
	ContextLength     looseNumber `json:"contextLength"`
	Parallel          looseNumber `json:"parallel"`
}

// Detail adds to the last observation what only the WebSocket tells of the
// loaded LLMs: TTL, last use, reference, context and parallel. Where the two do
// not show the same instances it looks again first. Instances of embedding
// models keep what the list said of them.
//
// last is not changed. Where looking again brought no list, that observation is
// returned with its error, because it is news. The error is CodeUnsupported where there is no
// WebSocket, or says why the list could not be read; last is then still the
// best there is.
func (c *Client) Detail(ctx context.Context, now func() time.Time, last backend.Observation) (backend.Observation, error) {
	rows, err := c.listLoaded(ctx)
	if err != nil {
		return backend.Observation{}, err
	}
	obs := last
	if !last.Listed || !sameLLMs(last.Models, rows) {
		if obs = c.Look(ctx, now); !obs.Listed {
			return obs, obs.Err
		}
		if !sameLLMs(obs.Models, rows) {
			// It changed between the two questions, so ask the first again.
			if rows, err = c.listLoaded(ctx); err != nil {
				return backend.Observation{}, err
			}
		}
	}
	obs.At = now()
	obs.Models = detailed(obs.Models, rows)
	obs.Detailed = sameLLMs(obs.Models, rows) && tellTTL(rows)
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.seen.version != "" {
		obs.Version = c.seen.version
	}
	if c.seen.lost {
		obs.Reconnected, c.seen.lost = true, false
	}
	return obs, nil
}

// listLoaded asks what the llm namespace has in memory, by instance id.
func (c *Client) listLoaded(ctx context.Context) (map[string]loadedRow, error) {
	raw, err := c.rpc(ctx, "listLoaded", nil)
	if err != nil {
		return nil, c.wsProblem(err, "")
	}
	dec := json.NewDecoder(bytes.NewReader(raw))
	if tok, err := dec.Token(); err != nil || tok != json.Delim('[') {
		return nil, notUnderstood("LM Studio's list of loaded models was not understood.")
	}
	rows := map[string]loadedRow{}
	for dec.More() {
		var r loadedRow
		if err := dec.Decode(&r); err != nil || len(rows) >= maxModels {
			return nil, notUnderstood("LM Studio's list of loaded models was not understood.")
		}
		if id := r.Identifier.id(); id != "" {
			rows[id] = r
		}
	}
	return rows, nil
}

// sameLLMs says whether the list shows exactly the instances of rows.
func sameLLMs(models []backend.Model, rows map[string]loadedRow) bool {
	n := 0
	for _, m := range models {
		if m.Type == backend.TypeEmbedding {
			continue
		}
		for _, i := range m.Instances {
			if _, ok := rows[i.ID]; !ok {
				return false
			}
			n++
		}
	}
	return n == len(rows)
}

// tellTTL says whether every row told its TTL, or that it has none.
func tellTTL(rows map[string]loadedRow) bool {
	for _, r := range rows {
		if _, ok := r.TTLMs.span(time.Millisecond); !ok && !r.TTLMs.null {
			return false
		}
	}
	return true
}

// detailed is a copy of models with what rows tell of their instances.
func detailed(models []backend.Model, rows map[string]loadedRow) []backend.Model {
	models = slices.Clone(models)
	for at := range models {
		if models[at].Type == backend.TypeEmbedding || len(models[at].Instances) == 0 {
			continue
		}
		of := slices.Clone(models[at].Instances)
		for j := range of {
			if r, ok := rows[of[j].ID]; ok {
				of[j] = r.addTo(of[j])
			}
		}
		models[at].Instances = of
	}
	return models
}

// addTo fills in what the row knows. "Time left" is TTL minus the time since
// the last use, as lms ps reckons it (lms, list.ts).
func (r loadedRow) addTo(i backend.Instance) backend.Instance {
	i.Reference = r.InstanceReference.id()
	if n := r.ContextLength.Integer(maxContext); n != nil {
		i.ContextLength = n
	}
	if n := r.Parallel.Integer(maxContext); n != nil {
		i.Parallel = n
	}
	used := r.LastUsedTime.unixMilli()
	i.LastUsedAt = backend.AtPtr(used)
	switch ttl, ok := r.TTLMs.span(time.Millisecond); {
	case ok:
		jit, sec := false, ttl.Seconds()
		i.Explicit, i.TTLSeconds = &jit, &sec
		if !used.IsZero() {
			i.ExpiresAt = backend.AtPtr(used.Add(ttl))
		}
	case r.TTLMs.null:
		explicit := true
		i.Explicit, i.TTLSeconds, i.ExpiresAt = &explicit, nil, nil
	}
	return i
}

// Processing asks what one loaded LLM is doing. LM Studio does not log this
// question. The error is CodeNotFound for an instance that is not loaded,
// CodeUnsupported where there is no WebSocket.
func (c *Client) Processing(ctx context.Context, instanceID string) (backend.Processing, error) {
	raw, err := c.rpc(ctx, "getInstanceProcessingState", map[string]any{
		"specifier": byID(instanceID), "throwIfNotFound": true,
	})
	if err != nil {
		return backend.Processing{}, c.wsProblem(err, instanceID)
	}
	if len(raw) == 0 || string(raw) == "null" {
		return backend.Processing{}, noInstance(instanceID)
	}
	var v struct {
		Status looseString `json:"status"`
		Queued looseNumber `json:"queued"`
	}
	if !object(raw, &v) || v.Status == "" {
		return backend.Processing{}, notUnderstood("LM Studio's word on what the model is doing was not understood.")
	}
	p := backend.Processing{}
	if n := v.Queued.Integer(1 << 20); n != nil {
		p.Queued = *n
	}
	p.Busy = v.Status != "idle" || p.Queued > 0
	return p, nil
}

// Estimate asks LM Studio for its own reckoning of what a load would take. The
// error is CodeModelMissing for a model it does not have, CodeUnsupported where
// there is no WebSocket or the version is too old.
func (c *Client) Estimate(ctx context.Context, r backend.LoadRequest) (backend.Estimate, error) {
	param := map[string]any{"modelKey": r.Model, "loadConfigStack": loadConfig(r.ContextLength)}
	var raw []byte
	var err error
	if c.isEmbedding(r.Model) {
		raw, err = c.once(ctx, nsEmbedding, "estimateModelUsage", param)
	} else {
		raw, err = c.rpc(ctx, "estimateModelUsage", param)
	}
	if e, ok := errors.AsType[*wsError](err); ok && !e.unknownRoute() && (e.code == "generic.pathNotFound" || e.instanceGone()) {
		e.code = "model_not_found"
		return backend.Estimate{}, c.loadError(r.Model, &e.apiError)
	}
	if err != nil {
		return backend.Estimate{}, c.wsProblem(err, r.Model)
	}
	var v struct {
		Memory json.RawMessage `json:"memory"`
		Passes wire.Bool       `json:"passesGuardrails"`
	}
	var m struct {
		Total   looseNumber `json:"totalBytes"`
		Model   looseNumber `json:"modelBytes"`
		Context looseNumber `json:"contextBytes"`
		Sure    looseString `json:"confidence"` // high, low
	}
	if !object(raw, &v) || !object(v.Memory, &m) || m.Total.Bytes() == nil {
		return backend.Estimate{}, notUnderstood("LM Studio's estimate was not understood.")
	}
	return backend.Estimate{
		TotalBytes: *m.Total.Bytes(), WeightsBytes: m.Model.Bytes(), KVBytes: m.Context.Bytes(),
		PassesGuardrails: v.Passes.Value, Unsure: m.Sure == "low",
	}, nil
}
