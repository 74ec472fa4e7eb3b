package sim

import (
	"slices"
	"strings"
	"time"

	"pilotlight/backend"
	"pilotlight/backend/agent"
	"pilotlight/backend/source/openclaw"
)

// The names of the providers of the played config, beside the main server.
const (
	denName  = "den"
	gateName = "gate"
)

// mainID is the main server's.
const mainID = "lmstudio"

// furnish puts the servers up: the main one, and where a life has several another LM
// Studio on another machine or on this one, a server that only lists, a machine that
// nobody is at, and the service that OpenClaw falls back to at last.
func (w *world) furnish(far, beside bool) {
	put := func(s lmstudio) *lmstudio {
		s.world, s.slow = w, 20*time.Second
		w.servers = append(w.servers, &s)
		return &s
	}
	w.lm = put(lmstudio{name: "LM Studio", url: "http://127.0.0.1:1234", here: true, app: true, on: true, socket: true})
	w.lm.seen.id = mainID
	if !far {
		return
	}
	den := lmstudio{name: "LM Studio on den", url: "http://den:1234", app: true, on: true, socket: true}
	if beside {
		den.name, den.url, den.here = "the other LM Studio here", "http://127.0.0.1:1235", true
	}
	w.den = put(den)
	w.gate = put(lmstudio{name: "the gate", url: "http://gate:8000", plain: true, app: true, on: true})
	w.shed = put(lmstudio{name: "nobody's shed", url: "http://shed:1234", plain: true})
	put(lmstudio{name: "Anthropic", url: "https://api.anthropic.com", plain: true, cloud: true, app: true, on: true})
	w.claw.config = config{}
	w.namesAll(w.claw.config)
}

// namesAll is the config as it is meant to be.
func (w *world) namesAll(c config) { c[denName], c[gateName] = w.den.url+"/v1", w.gate.url+"/v1" }

// config is OpenClaw's, as far as it names servers: the URLs of its providers.
type config map[string]string

// rewrites is an edit of it.
func (w *world) rewrites(edit func(config)) {
	if w.den == nil {
		return
	}
	was := w.named()
	edit(w.claw.config)
	for _, s := range w.servers {
		if slices.Contains(was, s) != slices.Contains(w.named(), s) {
			s.changed()
			s.seen.namedAt = w.now
		}
	}
	w.check.stir()
	w.note("OpenClaw's config names %v", w.claw.config)
	if w.life != nil {
		w.life.hub.Reads(w.claw.reading(w))
	}
}

// halfWritten is a reading amid an edit, and one after it: it names nothing, and takes
// nothing away.
func (w *world) halfWritten() {
	l := w.life
	if l == nil {
		return
	}
	w.check.stir()
	w.after(3*time.Second, func() {
		if w.check.stir(); w.life == l {
			l.hub.Reads(w.claw.reading(w))
		}
	})
	r := w.claw.reading(w)
	r.Providers, r.Err = nil, &backend.Error{Code: backend.CodeInvalid, Message: "It is half written.", Hint: "It is played."}
	l.hub.Reads(r)
}

// elsewhere leads to the other server of this machine by a name that does not tell so.
const elsewhere = "beside:1235"

// at is the server that a URL leads to.
func (w *world) at(url string) *lmstudio {
	url = strings.Replace(url, elsewhere, "127.0.0.1:1235", 1)
	for _, s := range w.servers {
		if strings.HasPrefix(url, s.url) {
			return s
		}
	}
	return nil
}

// provider is the server of one of the config's providers, nil where it has none.
func (w *world) provider(name string) *lmstudio {
	if url := w.claw.config[name]; url != "" {
		return w.at(url)
	}
	return nil
}

// named are the servers that are to be watched: the main one, and those of the config.
func (w *world) named() []*lmstudio {
	list := []*lmstudio{w.lm}
	for _, s := range w.servers[1:] {
		if s.cloud || s == w.provider(denName) || s == w.provider(gateName) {
			list = append(list, s)
		}
	}
	return list
}

// providers is the config as Pilotlight reads it.
func (c config) providers() map[string]openclaw.Provider {
	all := map[string]openclaw.Provider{}
	for name, url := range c {
		all[name] = openclaw.Provider{BaseURL: url, API: "openai-completions"}
	}
	return all
}

// sourceTo is how a life speaks with a server of the config.
func (w *world) sourceTo(l *life) func(agent.ServerSpec) agent.Source {
	return func(spec agent.ServerSpec) agent.Source {
		s := &source{w: w, l: l, lm: w.at(spec.Root), id: spec.ID}
		w.check.calls(s)
		if spec.Engine == backend.EngineLMStudio {
			return s
		}
		return plain{s}
	}
}

// sourceToMain is how it speaks with the main one.
func (w *world) sourceToMain(l *life) *source { return &source{w: w, l: l, lm: w.lm, id: mainID} }

// leaves: Pilotlight speaks with a server in this way no more.
func (w *world) leaves(s *source) {
	if s.lm.seen.by == s {
		s.lm.seen.id, s.lm.seen.by = "", nil
		s.lm.changed()
	}
}

// of is the server that Pilotlight knows by an id now, nil for none.
func (w *world) of(id string) *lmstudio {
	i := slices.IndexFunc(w.servers, func(s *lmstudio) bool { return s.seen.id == id })
	if id == "" || i < 0 {
		return nil
	}
	return w.servers[i]
}

// id is how a person names the server to Pilotlight.
func (s *lmstudio) id() string {
	if s == s.lm {
		return ""
	}
	if s.seen.id != "" {
		return s.seen.id
	}
	return "none"
}
