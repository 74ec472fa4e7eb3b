package openai

import (
	"context"
	"maps"
	"net/http"
	"slices"
	"time"

	"pilotlight/backend"
)

const (
	// tagsEvery is how old Ollama's list of downloads may be: it reads a file for
	// every model to answer. What is loaded is asked at every look.
	tagsEvery = 30 * time.Second

	// showsALook is how many models are asked in one look for their longest context.
	showsALook = 2
)

// ollamaSeen is what is known of an Ollama. Its slices and maps are replaced,
// never changed.
type ollamaSeen struct {
	rows     []ollamaRow // the downloads
	more     int         // that were not kept
	at       time.Time   // when they were read
	contexts map[string]*int
}

// lookOllama asks what is loaded, and what is downloaded where that is old.
func (c *Client) lookOllama(ctx context.Context, now clock) (obs backend.Observation, fits bool) {
	a, err := c.getSoon(ctx, "/api/ps", listCap)
	if err != nil {
		return c.noAnswer(err), true
	}
	loaded, _, ok := parseOllama(a.body)
	switch {
	case unauthorized(a.status) || a.status >= 500:
		return c.refused(a, a.broken), true
	case a.status != http.StatusOK || !ok:
		return backend.Observation{}, false
	}
	s := c.known()
	if !s.told {
		c.askOllamaVersion(ctx)
	}
	if age := now().Sub(s.ollama.at); age >= tagsEvery || age < 0 || !listsAll(s.ollama.rows, loaded) {
		if bad := c.readTags(ctx, now); bad != nil {
			return *bad, true
		}
	}
	c.askContexts(ctx, loaded)
	return c.ollamaObs(loaded, now()), true
}

func (c *Client) getSoon(ctx context.Context, path string, most int64) (answer, error) {
	ctx, cancel := context.WithTimeout(ctx, c.patience())
	defer cancel()
	return c.get(ctx, path, most)
}

func (c *Client) askOllamaVersion(ctx context.Context) {
	c.learn(func(s *seen) { s.told = true })
	if a, err := c.getSoon(ctx, "/api/version", wordCap); err == nil {
		if v, ok := isVLLM(a); ok && v != "0.0.0" { // the same words; that is a build that does not know its own
			c.learn(func(s *seen) { s.version = v })
		}
	}
}

// listsAll says whether all that is loaded is in the list of downloads.
func listsAll(rows, loaded []ollamaRow) bool {
	for _, l := range loaded {
		if !slices.ContainsFunc(rows, func(r ollamaRow) bool { return r.key() == l.key() }) {
			return false
		}
	}
	return true
}

// readTags reads the list of downloads. The observation is why it could not.
func (c *Client) readTags(ctx context.Context, now clock) *backend.Observation {
	a, err := c.getSoon(ctx, "/api/tags", listCap)
	if err != nil {
		obs := c.noAnswer(err)
		return &obs
	}
	rows, more, ok := parseOllama(a.body)
	if a.status != http.StatusOK || !ok || a.cut {
		obs := c.refused(a, a.broken)
		return &obs
	}
	c.learn(func(s *seen) {
		s.ollama.rows, s.ollama.more, s.ollama.at = rows, more, now()
		kept := map[string]*int{}
		for _, r := range rows {
			if n, known := s.ollama.contexts[r.digest()]; known {
				kept[r.digest()] = n
			}
		}
		s.ollama.contexts = kept
	})
	return nil
}

// digest is what a model's longest context is remembered by: a name may come to
// mean another model.
func (r ollamaRow) digest() string { return firstOf(r.Digest.id(), r.key()) }

// askContexts asks for the longest context of models that the list does not tell
// it of, a few in each look, those that are loaded first. Each is asked once.
func (c *Client) askContexts(ctx context.Context, loaded []ollamaRow) {
	s := c.known().ollama
	asked := 0
	for _, r := range slices.Concat(loaded, s.rows) {
		if asked >= showsALook || ctx.Err() != nil {
			return
		}
		if _, known := s.contexts[r.digest()]; known || r.cloud() || r.Details.context.OK || len(s.contexts) >= maxModels {
			continue
		}
		asked++
		pctx, cancel := context.WithTimeout(ctx, c.patience()/2)
		a, err := c.post(pctx, "/api/show", map[string]string{"model": r.key()})
		cancel()
		if err != nil {
			return
		}
		n, _ := parseShow(a.body)
		next := maps.Clone(s.contexts)
		if next == nil {
			next = map[string]*int{}
		}
		next[r.digest()] = n
		s.contexts = next
		c.learn(func(k *seen) { k.ollama.contexts = next })
	}
}

// ollamaObs puts what is downloaded and what is loaded together.
func (c *Client) ollamaObs(loaded []ollamaRow, now time.Time) backend.Observation {
	s := c.known().ollama
	// Every look asks when each will be unloaded, so no expiry is none.
	obs := backend.Observation{State: backend.ServerUp, Listed: true, Detailed: true}
	at := make(map[string]int, len(s.rows))
	add := func(r ollamaRow) int {
		i, there := at[r.key()]
		if !there {
			m := r.model()
			if m.MaxContextLength == nil {
				m.MaxContextLength = s.contexts[r.digest()]
			}
			i = len(obs.Models)
			at[r.key()] = i
			obs.Models = append(obs.Models, m)
		}
		return i
	}
	for _, r := range s.rows {
		add(r)
	}
	for _, r := range loaded {
		_, listed := at[r.key()]
		m := &obs.Models[add(r)]
		if !listed {
			m.SizeBytes = nil // what ps tells is its size in memory
		}
		if len(m.Instances) == 0 {
			m.Instances = []backend.Instance{r.instance(now)}
		}
	}
	if s.more > 0 {
		obs.Err = tooMany(s.more + len(s.rows))
	}
	return obs
}
