package lmstudiotest

import (
	"bytes"
	"encoding/json"
	"fmt"
	"os"
	"strings"
)

// call answers a remote procedure call; a nil result is a void one.
func (c *wsConn) call(endpoint string, parameter json.RawMessage) (any, *wsError) {
	switch c.space {
	case "llm", "embedding":
		return c.callModel(endpoint, parameter)
	case "system":
		return c.callSystem(endpoint, parameter)
	}
	return nil, unknownEndpoint(endpoint)
}

func unknownEndpoint(endpoint string) *wsError {
	return &wsError{Title: fmt.Sprintf("Unknown endpoint: %.100s", endpoint)}
}

// void refuses a parameter where there must be none; LM Studio minds an empty
// object too.
func void(parameter json.RawMessage) *wsError {
	if parameter == nil {
		return nil
	}
	return &wsError{Title: "Received invalid parameters: expected undefined, received object"}
}

func badParameter(err error) *wsError {
	return &wsError{Title: "Received invalid parameters", Cause: err.Error()}
}

func (c *wsConn) callSystem(endpoint string, parameter json.RawMessage) (any, *wsError) {
	if endpoint == "startHttpServer" {
		return nil, c.startServer(parameter)
	}
	if err := void(parameter); err != nil {
		return nil, err
	}
	switch endpoint {
	case "version":
		return map[string]any{"version": c.s.opts.Version, "build": 1}, nil
	case "info":
		return map[string]any{"pid": os.Getpid(), "isDaemon": false, "version": c.s.opts.Version}, nil
	case "listDownloadedModels":
		c.s.lock()
		defer c.s.mu.Unlock()
		list := make([]wsModel, 0, len(c.s.models))
		for _, m := range c.s.models {
			list = append(list, wsModelOf(m))
		}
		return list, nil
	}
	return nil, unknownEndpoint(endpoint)
}

// startServer switches the HTTP server on (lmstudio-js,
// systemBackendInterface). The schema is closed; the fake has one port only.
func (c *wsConn) startServer(parameter json.RawMessage) *wsError {
	var p struct {
		Port *int  `json:"port"`
		CORS *bool `json:"cors"`
	}
	dec := json.NewDecoder(bytes.NewReader(parameter))
	dec.DisallowUnknownFields()
	if err := dec.Decode(&p); err != nil {
		return badParameter(err)
	}
	if own := portOf(c.s.public.address()); p.Port != nil && *p.Port != own {
		return &wsError{Title: "Failed to start the server", Cause: fmt.Sprintf("port %d is not the one to play, %d", *p.Port, own)}
	}
	if err := c.s.StartServer(); err != nil {
		return &wsError{Title: "Failed to start the server", Cause: err.Error()}
	}
	return nil
}

func (c *wsConn) callModel(endpoint string, parameter json.RawMessage) (any, *wsError) {
	modern := c.s.version.atLeast(0, 3, 27)
	switch {
	case endpoint == "listLoaded":
		return c.listLoaded(parameter)
	case endpoint == "getModelInfo":
		return c.withInstance(parameter, func(i *instance) any { return wsInstanceOf(i) })
	case endpoint == "getLoadConfig":
		return c.withInstance(parameter, func(i *instance) any { return c.loadConfigOf(i) })
	case endpoint == "getInstanceProcessingState" && modern:
		return c.withInstance(parameter, processing)
	case endpoint == "estimateModelUsage" && modern:
		return c.estimate(parameter)
	case endpoint == "unloadModel":
		return nil, c.unload(parameter)
	}
	return nil, unknownEndpoint(endpoint)
}

func (c *wsConn) listLoaded(parameter json.RawMessage) (any, *wsError) {
	if err := void(parameter); err != nil {
		return nil, err
	}
	c.s.lock()
	defer c.s.mu.Unlock()
	list := []wsInstance{}
	for _, i := range c.s.instances {
		if i.model.Type == c.space {
			list = append(list, wsInstanceOf(i))
		}
	}
	return list, nil
}

// specifier names an instance, in one of two ways. An empty query is any.
type specifier struct {
	Type  string `json:"type"`
	Query struct {
		Identifier string `json:"identifier"`
		Path       string `json:"path"`
	} `json:"query"`
	Reference string `json:"instanceReference"`
}

func (c *wsConn) match(q specifier) (*instance, *wsError) {
	for _, i := range c.s.instances {
		if i.model.Type != c.space {
			continue
		}
		switch q.Type {
		case "instanceReference":
			if i.reference == q.Reference {
				return i, nil
			}
		case "query":
			if (q.Query.Identifier == "" || q.Query.Identifier == i.id) &&
				(q.Query.Path == "" || q.Query.Path == i.model.Key) {
				return i, nil
			}
		}
	}
	switch q.Type {
	case "instanceReference":
		return nil, &wsError{Title: "The specific model instance is unloaded.", Display: map[string]any{"code": "generic.specificModelUnloaded"}}
	case "query":
		query := map[string]any{}
		if q.Query.Identifier != "" {
			query["identifier"] = q.Query.Identifier
		}
		ids := c.loadedIDs()
		return nil, &wsError{
			Title:   "No model found that fits the query.",
			Display: map[string]any{"code": "generic.noModelMatchingQuery", "query": query, "loadedModelsSample": ids, "totalLoadedModels": len(ids)},
		}
	}
	return nil, &wsError{Title: "Received invalid parameters: unknown type of specifier"}
}

func (c *wsConn) loadedIDs() []string {
	ids := []string{}
	for _, i := range c.s.instances {
		if i.model.Type == c.space {
			ids = append(ids, i.id)
		}
	}
	return ids
}

// withInstance answers about one instance: void when there is none, unless the
// caller wants that to be an error.
func (c *wsConn) withInstance(parameter json.RawMessage, show func(*instance) any) (any, *wsError) {
	var p struct {
		Specifier       specifier `json:"specifier"`
		ThrowIfNotFound *bool     `json:"throwIfNotFound"`
	}
	if err := json.Unmarshal(parameter, &p); err != nil {
		return nil, badParameter(err)
	}
	c.s.lock()
	defer c.s.mu.Unlock()
	i, err := c.match(p.Specifier)
	if err != nil {
		if p.ThrowIfNotFound != nil && !*p.ThrowIfNotFound && err.Display != nil {
			return nil, nil
		}
		return nil, err
	}
	return show(i), nil
}

// processing is what an instance does now; queued counts the current request.
// A crashed engine looks idle.
func processing(i *instance) any {
	status, queued := "idle", 0
	if !i.crashed && i.busy() {
		status, queued = "generating", i.running+i.waiting
		if i.model.Type == Embedding {
			status = "computingEmbedding"
		}
		if i.held {
			queued++
		}
	}
	return map[string]any{"status": status, "queued": queued}
}

func (c *wsConn) estimate(parameter json.RawMessage) (any, *wsError) {
	var p struct {
		ModelKey string      `json:"modelKey"`
		Stack    configStack `json:"loadConfigStack"`
	}
	if err := json.Unmarshal(parameter, &p); err != nil {
		return nil, badParameter(err)
	}
	c.s.lock()
	defer c.s.mu.Unlock()
	m, err := c.modelFor(p.ModelKey)
	if err != nil {
		return nil, err
	}
	weights, kv := m.need(c.s.contextFor(m, p.Stack.config().Context))
	confidence := "high"
	if m.KVBytesPerToken == 0 {
		confidence = "low"
	}
	return map[string]any{
		"memory": map[string]any{
			"confidence":     confidence,
			"modelVramBytes": weights, "contextVramBytes": kv, "totalVramBytes": weights + kv,
			"modelBytes": weights, "contextBytes": kv, "totalBytes": weights + kv,
		},
		"passesGuardrails": c.s.memory == 0 || weights+kv <= c.s.memory,
	}, nil
}

func (c *wsConn) unload(parameter json.RawMessage) *wsError {
	var p struct {
		Identifier string `json:"identifier"`
	}
	if err := json.Unmarshal(parameter, &p); err != nil {
		return badParameter(err)
	}
	c.s.lock()
	defer c.s.mu.Unlock()
	i := c.s.byID(p.Identifier)
	if i == nil || i.model.Type != c.space {
		ids := c.loadedIDs()
		return &wsError{
			Title: fmt.Sprintf("Cannot find a model with the identifier %q.", p.Identifier),
			Display: map[string]any{
				"code": "generic.identifierNotFound", "identifier": p.Identifier, "loadedModelsSample": ids, "totalLoadedModels": len(ids),
			},
		}
	}
	c.s.remove(i)
	return nil
}

// modelFor finds a downloaded model of this namespace. Called with the lock.
func (c *wsConn) modelFor(key string) (*Model, *wsError) {
	if m := c.s.byKey(key); m != nil && m.Type == c.space {
		return m, nil
	}
	sample := []string{}
	for _, m := range c.s.models {
		sample = append(sample, m.Key)
	}
	return nil, &wsError{
		Title:   fmt.Sprintf("Cannot find a model with key %q.", strings.TrimSpace(key)),
		Display: map[string]any{"code": "generic.pathNotFound", "path": key, "availablePathsSample": sample, "totalModels": len(sample)},
	}
}
