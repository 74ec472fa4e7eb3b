package openai

import (
	"context"

	"pilotlight/backend"
)

// becomeVLLM notes that vLLM answers, and asks its version once.
func (c *Client) becomeVLLM(ctx context.Context, l listAnswer) backend.Observation {
	vctx, cancel := context.WithTimeout(ctx, c.patience()/2)
	defer cancel()
	version := ""
	if a, err := c.get(vctx, "/version", wordCap); err == nil {
		version, _ = isVLLM(a)
	}
	c.become(backend.EngineVLLM, version)
	obs, _ := c.lookVLLM(ctx, &l)
	return obs
}

// lookVLLM asks vLLM for its list: what is listed is in memory, adapters (LoRA)
// included. asked is an answer that is there already.
func (c *Client) lookVLLM(ctx context.Context, asked *listAnswer) (obs backend.Observation, fits bool) {
	if asked == nil {
		l, err := c.fetchList(ctx)
		if err != nil {
			return c.noAnswer(err), true
		}
		asked = &l
	}
	switch {
	case asked.ok() && len(asked.rows) > 0 && !asked.ownedBy("vllm"):
		return backend.Observation{}, false
	case asked.ok():
		obs = c.listed(asked.list, vllmModels(asked.list))
		obs.Detailed = true // there is no TTL that it could have
		return obs, true
	case unauthorized(asked.status) || asked.status >= 500:
		return c.refused(asked.answer, asked.err), true
	}
	return backend.Observation{}, false
}

func vllmModels(l list) []backend.Model {
	models := l.models()
	loaded := true
	for i := range models {
		// A list and a request go by the id that it is served as, not by root, the
		// name or the path of its files.
		models[i].Instances = []backend.Instance{{ID: models[i].Key, ContextLength: l.rows[i].context(), Explicit: &loaded}}
	}
	return models
}
