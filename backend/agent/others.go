package agent

import (
	"context"
	"slices"
	"time"

	"pilotlight/backend"
	"pilotlight/backend/rule/use"
	"pilotlight/backend/rule/watch"
	"pilotlight/backend/source/openclaw"
)

// others is what is known of the servers of OpenClaw's config beyond themselves.
type others struct {
	local int               // how many are on this machine
	round time.Time         // when the next round of looks is due
	ids   map[string]string // by address; kept, so that a server's id outlasts a restart
}

// recallIf reads what the history says of what is in memory, where servers may
// have come: one that was watched before may have rows that wait for the disk.
func (a *Agent) recallIf(ctx context.Context, news bool) recalled {
	if !news || a.cfg.NewSource == nil {
		return recalled{}
	}
	waiting := a.rec.unwritten() // first, or one could be written between the two
	open, err := recall(ctx, a.rec.store)
	if err != nil {
		a.cfg.Log.Warn("what was in memory is not known", "error", err) // it will be told anew
	}
	return open.after(waiting)
}

// serversChanged watches the servers that a new reading of OpenClaw's config names,
// and those no more that it does not. A config that cannot be read names nothing
// and takes nothing away: it may be half written.
func (a *Agent) serversChanged(r openclaw.Reading, open recalled) {
	if a.cfg.NewSource == nil || r.Err != nil && r.Err.Code != backend.CodeNotFound {
		return
	}
	var list []openclaw.Address
	if r.Err == nil {
		list = openclaw.Addresses(r, a.main.src.URL())
	}
	before := a.servers[1:]
	now := []*watched{a.main}
	for _, at := range list {
		i := slices.IndexFunc(before, func(w *watched) bool { return w.address == addressKey(at) })
		if i >= 0 {
			a.moved(before[i], at)
			now = append(now, before[i])
		}
	}
	for _, w := range before {
		if !slices.Contains(now, w) {
			a.forget(w)
		}
	}
	a.servers = now // so that an id that was given up is free
	for i, at := range list {
		if !slices.ContainsFunc(now, func(w *watched) bool { return w.address == addressKey(at) }) {
			w := a.watch(at, open, i)
			a.servers = append(a.servers, w)
		}
	}
	order := map[string]int{}
	for i, at := range list {
		order[addressKey(at)] = i
	}
	slices.SortStableFunc(a.servers[1:], func(x, y *watched) int { return order[x.address] - order[y.address] })
	a.others.local = 0
	for _, w := range a.servers[1:] {
		if w.local {
			a.others.local++
		}
	}
	a.nameServers()
	a.keepIDs()
}

// addressKey tells one address from another.
func addressKey(at openclaw.Address) string { return at.Host + "|" + at.Port }

// watch begins to watch a server. n spreads the first looks.
func (a *Agent) watch(at openclaw.Address, open recalled, n int) *watched {
	spec := ServerSpec{ID: a.idFor(at), URL: at.URL, Root: at.Root(), Token: at.Key, Hosted: at.Hosted}
	engine := backend.Engine("")
	if at.Hosted {
		engine = backend.EngineHosted
	}
	w := &watched{
		id: spec.ID, spec: spec, address: addressKey(at), local: at.Host == "", src: a.cfg.NewSource(spec),
		state: watch.New(backend.Server{
			ID: spec.ID, Kind: backend.KindOpenAI, Engine: engine, Name: at.Providers[0], URL: spec.Root, Host: at.Host, Providers: at.Providers,
		}, open.loads),
		uses: use.New(spec.ID, open.uses),
	}
	a.remember(w)
	if n > 0 && !at.Hosted {
		w.next = a.cfg.Now().Add(time.Duration(a.chance() * float64(a.cfg.Poll)))
	}
	a.cfg.Log.Info("server watched", "server", w.id, "url", spec.Root, "hosted", at.Hosted)
	return w
}

// moved takes in that a server that is watched may go by another URL, with another
// key, or for other providers.
func (a *Agent) moved(w *watched, at openclaw.Address) {
	if w.spec.URL != at.URL || w.spec.Token != at.Key {
		if w.spec.Root != at.Root() {
			w.spec.Engine = "" // behind another path there may be another program
		}
		w.spec.URL, w.spec.Root, w.spec.Token = at.URL, at.Root(), at.Key
		a.speakAnew(w)
	}
	if srv := w.server(); srv.URL != w.spec.Root || !slices.Equal(srv.Providers, at.Providers) {
		w.believe(w.state.Described(srv.Name, srv.Kind, w.spec.Root, at.Providers))
	}
}

// speakAnew makes a new source for a server, by what is known of it now, and looks
// at once.
func (a *Agent) speakAnew(w *watched) {
	old := w.src
	w.src = a.cfg.NewSource(w.spec)
	w.lmstudio = w.spec.Engine == backend.EngineLMStudio
	w.last, w.looking, w.asking, w.odd, w.plain, w.shapes = backend.Observation{}, false, false, 0, false, shapes{}
	w.estimate = estimate{}
	w.believe(w.state.Unread())
	w.lookNow()
	a.beside(func(context.Context) { _ = old.Close() }) // it never fails in a way that matters
}

// forget ends the watching of a server.
func (a *Agent) forget(w *watched) {
	w.gone = true
	a.asked = append(a.asked, w.asked()...)
	a.leave(w, notConfigured)
	a.notices.dropServer(w.id)
	a.cfg.Log.Info("server watched no more", "server", w.id)
	if a.measuring != nil && a.measuring.on == w {
		a.measuring = nil
	}
	src := w.src
	a.beside(func(context.Context) { _ = src.Close() })
}

// oddLooks is after how many looks in a row that made no sense a server that was
// an LM Studio is taken for something else.
const oddLooks = 3

// isAnother says whether a look shows that the server has to be spoken with in
// another way: it is an LM Studio, or not one any more. What was seen then is not
// believed; the next look tells.
func (a *Agent) isAnother(w *watched, o backend.Observation) bool {
	if w == a.main {
		return false
	}
	if !w.lmstudio {
		if o.Engine != backend.EngineLMStudio {
			return false
		}
		w.spec.Engine = backend.EngineLMStudio
		a.speakAnew(w)
		a.beside(func(ctx context.Context) { a.readLearned(ctx, w) })
		return true
	}
	if o.State != backend.ServerUnknown || o.Err == nil || o.Err.Code != backend.CodeProtocol {
		w.odd = 0
		return false
	}
	if w.odd++; w.odd < oddLooks {
		return false
	}
	w.spec.Engine = ""
	a.speakAnew(w)
	return true
}

// absent is the server of what is kept where it is not watched.
func (a *Agent) absent() backend.Server {
	id := a.keep.Target.Server
	srv := backend.Server{ID: id, Name: id, State: backend.ServerUnknown}
	if a.cfg.NewSource == nil || a.openclaw.read || a.openclaw.reader == nil {
		srv.Error = &backend.Error{
			Code: backend.CodeNotFound, Message: "The server " + id + " is not in OpenClaw's config any more.",
			Hint: "Put its provider back, or keep a model on another server.",
		}
	}
	return srv
}
