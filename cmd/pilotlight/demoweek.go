package main

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"time"

	"pilotlight/backend"
	"pilotlight/backend/source/lmstudio/lmstudiotest"
	"pilotlight/backend/source/openclaw/openclawtest"
	"pilotlight/store"
)

// demoServer is the id of the demo's LM Studio.
const demoServer = "lmstudio"

// demoWeek is what a Pilotlight would have seen of the simulated LM Studio in the
// week before: a timeline is empty on the first day, and shows nothing of what it is for.
type demoWeek struct {
	now     time.Time
	rng     *rand.Rand // the same week every time
	loads   []backend.Load
	servers []backend.ServerChange
	stays   []demoStay // what was in memory when
	uses    []backend.Use
	turns   []openclawtest.Turn // those that another model had to answer
}

// demoStay is an instance in memory.
type demoStay struct {
	model       lmstudiotest.Model
	context     int
	from, until time.Time // until is zero while it is still there
}

// newDemoWeek tells it: models[0] is kept loaded, the others come and go.
func newDemoWeek(now time.Time, models []lmstudiotest.Model) *demoWeek {
	w := &demoWeek{now: now, rng: rand.New(rand.NewPCG(11, 12))} //nolint:gosec // nothing secret
	hero, coder, big := models[0], models[1], models[2]
	w.server(w.ago(demoPastWeek), backend.ServerUp, "", "")
	w.load(w.ago(demoPastWeek-time.Minute), hero, backend.CauseKeepWarm)
	w.switchedOff(131*time.Hour, 14*time.Minute, hero)
	w.ejected(92*time.Hour, hero)
	w.visit(78*time.Hour, 3*time.Hour, big, backend.CauseUser)
	w.crashed(52*time.Hour, hero)
	w.visit(29*time.Hour, 100*time.Minute, coder, backend.CauseOpenClaw)
	w.switchedOff(10*time.Hour, 12*time.Minute, hero)
	w.visit(4*time.Hour, 75*time.Minute, coder, backend.CauseOpenClaw)
	w.ejected(48*time.Minute, hero)
	w.closed(9*time.Minute, 6*time.Minute, hero)
	w.use(hero)
	return w
}

// demoPastWeek is how far back it goes.
const demoPastWeek = 7 * 24 * time.Hour

func (w *demoWeek) ago(d time.Duration) time.Time { return w.now.Add(-d) }

func (w *demoWeek) server(at time.Time, s backend.ServerState, code backend.Code, detail string) {
	w.servers = append(w.servers, backend.ServerChange{At: backend.At(at), Server: demoServer, State: s, Code: code, Detail: detail})
}

func (w *demoWeek) load(at time.Time, m lmstudiotest.Model, cause backend.LoadCause) {
	length, size := min(demoContext, m.MaxContext), m.SizeBytes
	took := demoLoadTime.Seconds() * (0.9 + 0.2*w.rng.Float64())
	w.loads = append(w.loads, backend.Load{
		At: backend.At(at), Server: demoServer, Model: m.Key, InstanceID: m.Key, Event: backend.Loaded, Cause: cause,
		ContextRequested: &length, ContextActual: &length, DurationSeconds: &took, SizeBytes: &size,
	})
	w.stays = append(w.stays, demoStay{model: m, context: length, from: at})
}

func (w *demoWeek) unload(at time.Time, m lmstudiotest.Model, cause backend.LoadCause, detail string) {
	w.loads = append(w.loads, backend.Load{
		At: backend.At(at), Server: demoServer, Model: m.Key, InstanceID: m.Key, Event: backend.Unloaded, Cause: cause, Detail: detail,
	})
	for i := range w.stays {
		if s := &w.stays[i]; s.model.Key == m.Key && s.until.IsZero() {
			s.until = at
		}
	}
}

// turn is a question that the model could not answer.
func (w *demoWeek) turn(at time.Time, f openclawtest.Failure) {
	w.turns = append(w.turns, openclawtest.Turn{
		At: at, Failures: []openclawtest.Failure{f}, Via: openclawtest.ViaChat, Took: time.Duration(20+w.rng.IntN(40)) * time.Second,
	})
}

func (w *demoWeek) switchedOff(before, lasts time.Duration, hero lmstudiotest.Model) {
	at, back := w.ago(before), w.ago(before-lasts)
	w.server(at, backend.ServerOff, backend.CodeServerOff, "LM Studio runs, but its server is switched off.")
	w.turn(at.Add(lasts/3), openclawtest.ServerOff)
	w.server(back, backend.ServerUp, "", "")
	w.unload(back, hero, backend.CauseServerStopped, "LM Studio's server was switched off, and came back with nothing loaded.")
	w.load(back.Add(time.Minute), hero, backend.CauseKeepWarm)
}

// ejected is by a person, who is left in peace for half an hour.
func (w *demoWeek) ejected(before time.Duration, hero lmstudiotest.Model) {
	const peace = 30 * time.Minute
	at := w.ago(before)
	w.unload(at, hero, backend.CauseExternal, "LM Studio kept running and nothing else explains it: most likely somebody ejected it there.")
	w.turn(at.Add(peace/2), openclawtest.NotLoaded)
	w.load(at.Add(peace+time.Minute), hero, backend.CauseKeepWarm)
}

func (w *demoWeek) crashed(before time.Duration, hero lmstudiotest.Model) {
	at := w.ago(before)
	w.turn(at, openclawtest.Crashed)
	w.unload(at.Add(20*time.Second), hero, backend.CauseCrashed, "OpenClaw's request failed because its engine had died.")
	w.load(at.Add(2*time.Minute), hero, backend.CauseKeepWarm)
}

// used: an instance answered until a time, and was idle from then on.
func (w *demoWeek) used(m lmstudiotest.Model, from, last, until time.Time) {
	usedUntil := backend.At(last)
	w.uses = append(w.uses, backend.Use{
		Server: demoServer, Model: m.Key, InstanceID: m.Key, From: backend.At(from), UsedUntil: &usedUntil, Until: backend.At(until),
	})
}

// visit is another model, for as long as it is used and its idle time then.
func (w *demoWeek) visit(before, lasts time.Duration, m lmstudiotest.Model, cause backend.LoadCause) {
	const ttl = time.Hour
	at, end := w.ago(before), w.ago(before-lasts)
	w.load(at, m, cause)
	w.used(m, at, end.Add(-ttl), end)
	w.unload(end, m, backend.CauseTTL, fmt.Sprintf("Its idle time (TTL %s) ran out.", ttl))
}

// closed is LM Studio, shortly before the demo begins with it open again.
func (w *demoWeek) closed(before, lasts time.Duration, hero lmstudiotest.Model) {
	w.server(w.ago(before), backend.ServerDown, backend.CodeAppOff, "LM Studio is not open.")
	w.unload(w.ago(before), hero, backend.CauseServerStopped, "LM Studio stopped or restarted; its models went with it.")
	w.server(w.ago(before-lasts), backend.ServerUp, "", "")
}

// use is when the kept model answers: in heaps by day, now and then by night.
func (w *demoWeek) use(hero lmstudiotest.Model) {
	for _, s := range w.stays {
		if s.model.Key != hero.Key {
			continue
		}
		for at := s.from.Add(time.Minute); at.Before(s.until); {
			busy := min(time.Duration(1+w.rng.IntN(9))*time.Minute, s.until.Sub(at))
			idle := time.Duration(4+w.rng.IntN(30)) * time.Minute
			if h := at.Hour(); h < 7 {
				idle *= 6
			}
			until := at.Add(min(busy+idle, s.until.Sub(at)))
			w.used(hero, at, at.Add(busy), until)
			at = until
		}
	}
}

// instances is what was in memory at a time, and whether it answered.
func (w *demoWeek) instances(at time.Time) (list []lmstudiotest.Instance) {
	for _, s := range w.stays {
		if s.from.After(at) || !s.until.IsZero() && !s.until.After(at) {
			continue
		}
		i := lmstudiotest.Instance{ID: s.model.Key, Key: s.model.Key, Context: s.context}
		for _, u := range w.uses {
			i.Busy = i.Busy || u.InstanceID == i.ID && !at.Before(u.From.Time) && at.Before(u.UsedUntil.Time)
		}
		list = append(list, i)
	}
	return list
}

// write puts it where the agent finds it, as an agent would have.
func (w *demoWeek) write(ctx context.Context, path string, machine demoMachine) (err error) {
	db, _, err := store.Open(ctx, path, func() time.Time { return w.now })
	if err != nil {
		return fmt.Errorf("make the demo's history: %w", err)
	}
	defer func() { err = errors.Join(err, db.Close()) }()
	if _, err := db.AddLoads(ctx, w.loads); err != nil {
		return err
	}
	for _, c := range w.servers {
		if _, err := db.AddServerChange(ctx, c); err != nil {
			return err
		}
	}
	db.AddUses(w.uses)
	for at := w.ago(demoPastWeek); at.Before(w.now); at = at.Add(time.Minute) {
		sample := machine.at(at, w.instances(at))
		if due := db.AddSample(sample.At, sample.Readings()); due && at.Minute() == 0 {
			if err := db.Flush(ctx); err != nil {
				return err
			}
		}
	}
	return db.Flush(ctx)
}
