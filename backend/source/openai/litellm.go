package openai

import (
	"context"
	"encoding/json"
	"net/http"

	"pilotlight/backend"
)

// liteSeen is what is known of a LiteLLM.
type liteSeen struct {
	noInfo bool // the key is not allowed to ask for more than the list
}

// lookLite asks LiteLLM for what its config says of its models, or for the bare
// list where the key is not allowed to. /health is never asked: it makes a request
// of every model behind.
func (c *Client) lookLite(ctx context.Context, now clock) (obs backend.Observation, fits bool) {
	c.askLiteVersion(ctx)
	if !c.known().lite.noInfo {
		a, err := c.getSoon(ctx, "/model/info", listCap)
		if err != nil {
			return c.noAnswer(err), true
		}
		if models, more, ok := parseInfo(a.body); ok && a.status == http.StatusOK && !a.cut {
			obs = c.listed(list{more: more, rows: make([]row, len(models))}, models)
			c.remember(obs, c.at.base+"/model/info", now)
			return obs, true
		}
		if a.status == http.StatusBadGateway || a.status == http.StatusServiceUnavailable || a.status == http.StatusGatewayTimeout {
			return c.refused(a, a.broken), true // what stands before it says so, and would again
		}
	}
	l, err := c.fetchList(ctx)
	switch {
	case err != nil:
		return c.noAnswer(err), true
	case l.ok() && (l.ownedBy("llamacpp") || l.ownedBy("vllm")):
		return backend.Observation{}, false
	case l.ok():
		c.learn(func(s *seen) { s.lite.noInfo = true })
		obs = c.listed(l.list, l.models())
		c.remember(obs, c.listURL(), now)
		return obs, true
	case c.liteWantsKey(l):
		return backend.Observation{State: backend.ServerNeedsToken, Err: c.needsToken()}, true
	case l.status >= 400:
		return c.refused(l.answer, l.err), !withoutListStatus(l.status)
	}
	return backend.Observation{}, false
}

// liteWantsKey says that the key is missing or wrong. LiteLLM says so by 401, but
// one without a database says of a wrong key that it has none, and as pip installs
// it falls over a missing one (recorded of 1.106.12).
func (c *Client) liteWantsKey(l listAnswer) bool {
	return unauthorized(l.status) || l.said != nil && has(l.said.text, "no connected db") ||
		c.cfg.Token == "" && l.status == http.StatusInternalServerError && string(l.body) == "Internal Server Error"
}

// askLiteVersion asks the version once. No key is needed; versions of late 2026 do
// not tell it any more, which leaves it unknown.
func (c *Client) askLiteVersion(ctx context.Context) {
	if c.known().told {
		return
	}
	c.learn(func(s *seen) { s.told = true })
	a, err := c.getSoon(ctx, "/health/readiness", answerCap)
	var v struct {
		Version looseString `json:"litellm_version"`
	}
	if err == nil && object(a.body, &v) && v.Version != "" {
		c.learn(func(s *seen) { s.version = v.Version.label() })
	}
}

// infoRow is a row of GET /model/info (LiteLLM, docs/proxy/model_management). Of
// litellm_params only the model is kept: keys and addresses stand beside it.
type infoRow struct {
	Name   looseString `json:"model_name"`
	Params infoParams  `json:"litellm_params"`
	Info   infoFacts   `json:"model_info"`
}

type infoParams struct{ model looseString }

// UnmarshalJSON never fails.
func (p *infoParams) UnmarshalJSON(b []byte) error {
	*p = infoParams{}
	var v struct {
		Model looseString `json:"model"`
	}
	if object(b, &v) {
		p.model = v.Model
	}
	return nil
}

type infoFacts struct {
	mode         looseString
	input, total looseNumber
}

// UnmarshalJSON never fails.
func (f *infoFacts) UnmarshalJSON(b []byte) error {
	*f = infoFacts{}
	var v struct {
		Mode  looseString `json:"mode"`
		Input looseNumber `json:"max_input_tokens"`
		Total looseNumber `json:"max_tokens"`
	}
	if object(b, &v) {
		*f = infoFacts{v.Mode, v.Input, v.Total}
	}
	return nil
}

// parseInfo reads what LiteLLM says of its models. One name may stand for several
// deployments: it is one model. ok is false for anything else.
func parseInfo(b []byte) (models []backend.Model, more int, ok bool) {
	var v struct {
		Data []json.RawMessage `json:"data"`
	}
	if !object(b, &v) || v.Data == nil {
		return nil, 0, false
	}
	seen := map[string]struct{}{}
	for _, raw := range v.Data {
		var r infoRow
		if !object(raw, &r) || r.Name.id() == "" {
			continue
		}
		if _, twice := seen[string(r.Name)]; twice {
			continue
		}
		if len(models) >= maxModels {
			more++
			continue
		}
		seen[string(r.Name)] = struct{}{}
		models = append(models, r.asModel())
	}
	return models, more, true
}

func (r infoRow) asModel() backend.Model {
	m := backend.Model{Key: string(r.Name), Name: r.Name.label(), Type: typeOf(r.Info.mode, string(r.Name)), MaxContextLength: r.Info.input.Integer(maxContext)}
	if m.MaxContextLength == nil {
		m.MaxContextLength = r.Info.total.Integer(maxContext)
	}
	if behind := r.Params.model.label(); behind != "" && behind != m.Name {
		m.Name += " (" + behind + ")"
	}
	return m
}
