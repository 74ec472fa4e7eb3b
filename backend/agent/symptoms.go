package agent

import (
	"cmp"
	"context"
	"runtime"
	"time"

	"pilotlight/backend"
	"pilotlight/backend/rule/doctor"
	"pilotlight/backend/rule/fit"
	"pilotlight/backend/source/openclaw"
)

const (
	// weekDays is how far back the doctor reads the history, and weekFallbacks
	// and weekLoads how many rows of it at most.
	weekDays      = 7
	weekFallbacks = 100
	weekLoads     = 300
)

// symptoms gathers what the doctor goes by and needs nobody to be asked for: what
// was observed, what OpenClaw's config says and what the history tells. hash is
// that config's.
func (a *Agent) symptoms(ctx context.Context) (f doctor.Facts, hash string, err error) {
	f = doctor.Facts{Now: a.cfg.Now(), OS: runtime.GOOS, Unified: a.cfg.Unified, Status: a.Status()}
	if hash, err = a.configSymptoms(ctx, &f); err != nil {
		return f, hash, err
	}
	if err = a.pastSymptoms(ctx, &f); err != nil {
		return f, hash, err
	}
	f.Fits, err = inLoop(ctx, a, func() (map[doctor.Held]doctor.Fitted, error) { return a.chainFits(f.Status), nil })
	return f, hash, err
}

// configSymptoms reads OpenClaw's config, and what became of our last edit of it.
func (a *Agent) configSymptoms(ctx context.Context, f *doctor.Facts) (hash string, err error) {
	if a.cfg.OpenClaw == nil {
		return "", nil
	}
	doc, err := a.Desk.Config(ctx)
	if err != nil || !doc.Exists {
		return "", err
	}
	f.Config, f.Issues, f.Version = doc.Form, doc.Issues, doc.Version
	if r := a.latest.Load(); r != nil {
		f.Safety, f.Version, f.Quiet = r.Safety, cmp.Or(f.Version, r.OpenClaw.Version), &r.Quiet
		f.Preload = preloads(r.Providers)
	}
	f.Edit, err = a.lastOfOurs(ctx, doc.Path)
	return doc.Hash, err
}

// preloads are the providers whose config says whether OpenClaw loads a model itself.
func preloads(all map[string]openclaw.Provider) map[string]bool {
	set := map[string]bool{}
	for id, p := range all {
		if p.Preload != nil {
			set[id] = *p.Preload
		}
	}
	return set
}

// pastSymptoms reads the history of the last week.
func (a *Agent) pastSymptoms(ctx context.Context, f *doctor.Facts) error {
	db, since := a.rec.store, backend.At(f.Now.AddDate(0, 0, -weekDays))
	fell, err := db.Fallbacks(ctx, backend.FallbackQuery{Since: &since, Limit: weekFallbacks})
	if err != nil {
		return err
	}
	loads, err := db.Loads(ctx, backend.LoadQuery{Since: &since, Limit: weekLoads})
	if err != nil {
		return err
	}
	f.Fallbacks, f.Loads = fell.Items, loads.Items
	if f.Patterns, err = a.patterns(ctx); err != nil {
		return err
	}
	f.Cold = map[doctor.Held]doctor.Cold{}
	for _, h := range heldBy(f.Status) {
		median, p95, n, err := db.LoadSeconds(ctx, h.Server, h.Model)
		if err != nil {
			return err
		}
		if n > 0 && median != nil && p95 != nil {
			f.Cold[h] = doctor.Cold{Median: seconds(*median), P95: seconds(*p95), N: n}
		}
	}
	return nil
}

func seconds(s float64) time.Duration { return time.Duration(s * float64(time.Second)) }

// heldBy are the models of OpenClaw's chain that a server of ours has.
func heldBy(st *backend.Status) []doctor.Held {
	var all []doctor.Held
	if st.OpenClaw == nil {
		return nil
	}
	for _, h := range st.OpenClaw.Chain {
		if h.Server != "" && h.Key != "" {
			all = append(all, doctor.Held{Server: h.Server, Model: h.Key})
		}
	}
	return all
}

// chainFits reckons what the models of the chain take on this machine. It runs in
// the loop.
func (a *Agent) chainFits(st *backend.Status) map[doctor.Held]doctor.Fitted {
	fits := map[doctor.Held]doctor.Fitted{}
	if st.OpenClaw == nil {
		return fits
	}
	for _, hop := range st.OpenClaw.Chain {
		w, ok := a.find(hop.Server)
		if !ok || hop.Server == "" || !w.fits() {
			continue
		}
		srv := w.server()
		for _, m := range srv.Models {
			if m.Key == hop.Key {
				fits[doctor.Held{Server: srv.ID, Model: m.Key}] = a.fitted(w, srv, m, doctor.ContextAsked(hop, st.OpenClaw.Version, m.MaxContextLength))
			}
		}
	}
	return fits
}

func (a *Agent) fitted(w *watched, srv backend.Server, m backend.Model, window *int) (f doctor.Fitted) {
	if window != nil {
		f.AtConfig = a.fit(w, srv, m, window)
	}
	if loaded := greatestContext(m); loaded != nil {
		f.AtLoaded = a.fit(w, srv, m, loaded)
	}
	ask := a.ask(w, srv, m, nil)
	if longest := longestOf(m, ask.Shape); longest != nil {
		f.FitsUpTo = fit.LongestFitting(fit.Curve(ask, *longest, nil))
	}
	return f
}

// greatestContext is the longest context that a model is loaded with, nil where
// it is not loaded or the server does not tell.
func greatestContext(m backend.Model) (n *int) {
	for _, i := range m.Instances {
		if i.ContextLength != nil && (n == nil || *i.ContextLength > *n) {
			n = i.ContextLength
		}
	}
	return n
}
