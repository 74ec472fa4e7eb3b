package fallback

import (
	"cmp"
	"fmt"
	"slices"
	"time"

	"pilotlight/backend"
)

// presence is what is known of a model in memory at a moment.
type presence struct {
	known     bool
	instances []backend.Load // its loaded rows
}

// inMemory replays the history up to a moment. Without a list of what was there
// when the run began, only a row about the model itself tells.
func (i *incident) inMemory(at time.Time) presence {
	p := presence{known: i.c.Present != nil}
	for _, l := range i.c.Present {
		if i.mine(l) {
			p.instances = append(p.instances, l)
		}
	}
	begin := i.f.At.Time
	for _, l := range i.c.Loads {
		if !i.mine(l) || l.At.After(at) || i.c.Present != nil && l.At.Before(begin) {
			continue
		}
		switch l.Event {
		case backend.Loaded:
			p.known = true
			p.instances = append(without(p.instances, l.InstanceID), l)
		case backend.Unloaded:
			p.known = true
			p.instances = without(p.instances, l.InstanceID)
		}
	}
	return p
}

func without(list []backend.Load, id string) []backend.Load {
	return slices.DeleteFunc(slices.Clone(list), func(l backend.Load) bool { return l.InstanceID == id })
}

// mine says whether a row is of the model and the server of the incident.
func (i *incident) mine(l backend.Load) bool {
	return i.server != nil && l.Server == i.server.ID && l.Model == i.key
}

// loadOf finds a load of the model that ran in the failed turn, and when it began.
func (i *incident) loadOf() (backend.Load, time.Time, bool) {
	for _, l := range i.c.Loads {
		if !i.mine(l) || l.Event == backend.Unloaded || l.DurationSeconds == nil {
			continue
		}
		took := min(max(*l.DurationSeconds, 0), maxSpan.Seconds())
		begin := l.At.Add(-time.Duration(took * float64(time.Second)))
		if begin.Before(i.to) && l.At.After(i.from) {
			return l, begin, true
		}
	}
	return backend.Load{}, time.Time{}, false
}

// loadingNow says whether the server says that the model is being loaded and
// the failed turn has only just ended.
func (i *incident) loadingNow() bool {
	if i.server == nil || i.c.Now.Sub(i.to) > 2*time.Minute {
		return false
	}
	return slices.ContainsFunc(i.server.Models, func(m backend.Model) bool { return m.Key == i.key && m.Loading })
}

func loadRow(l backend.Load, text string) backend.Evidence {
	return backend.Evidence{Kind: backend.EvidenceLoad, Ref: refOf("loads", l.ID), At: l.At, Text: clip(text, backend.MaxDetail)}
}

// instanceCrashed is an engine that died in the failed turn, as the load history
// says or the provider itself.
func instanceCrashed(i *incident) *backend.Cause {
	if i.said.kind.reply() && i.said.kind != saysCrashed && i.said.kind != saysUnloaded {
		return nil
	}
	for _, l := range i.c.Loads {
		if !i.mine(l) || l.Event != backend.Unloaded || l.Cause != backend.CauseCrashed ||
			l.At.Before(i.from.Add(-look)) || l.At.After(i.to.Add(2*time.Minute)) {
			continue
		}
		cause := &backend.Cause{Code: backend.FellCrashed, Confidence: backend.Likely}
		cause.Summary = fmt.Sprintf("%s's engine crashed at %s", i.name(), clock(l.At.Time, i.f.At.Time))
		if i.said.kind == saysCrashed || !l.At.Before(i.from) && !l.At.After(i.to.Add(look)) && i.watched() {
			cause.Confidence = backend.Certain
		}
		cause.Evidence = []backend.Evidence{loadRow(l, "its engine crashed: "+cmp.Or(l.Detail, "LM Studio dropped it"))}
		return cause
	}
	return nil
}

// loadRefused is a load that failed for lack of memory in the failed turn.
func loadRefused(i *incident) *backend.Cause {
	if i.said.kind.reply() && i.said.kind != saysMemory && i.said.kind != saysLoadFailed && i.said.kind != saysNotLoaded {
		return nil
	}
	for _, l := range i.c.Loads {
		if !i.mine(l) || l.Event != backend.LoadFailed || l.At.Before(i.from.Add(-look)) || l.At.After(i.to.Add(look)) {
			continue
		}
		why := read(l.Detail, "")
		if why.kind != saysMemory {
			continue
		}
		cause := i.outOfMemory(why)
		cause.Evidence = []backend.Evidence{loadRow(l, "loading it failed: "+l.Detail)}
		if !i.watched() && i.said.kind != saysMemory {
			cause.Confidence = backend.Likely
		}
		return cause
	}
	return nil
}

// outOfMemory words a refusal for lack of memory.
func (i *incident) outOfMemory(said reading) *backend.Cause {
	s := i.host() + " had too little memory to load " + i.name()
	if said.gb > 0 {
		s = fmt.Sprintf("%s would not load %s: it needs about %.0f GB of memory", i.host(), i.name(), said.gb)
	}
	return &backend.Cause{Code: backend.FellMemory, Confidence: backend.Certain, Summary: s}
}

// smallerInstance is a request that went to the smaller of two instances: LM
// Studio sends a model's name to its first one (OpenClaw issue 141357).
func smallerInstance(i *incident) *backend.Cause {
	if i.said.kind != saysContext {
		return nil
	}
	p := i.inMemory(i.to)
	var small, large *backend.Load
	for n := range p.instances {
		l := &p.instances[n]
		if l.ContextActual == nil {
			continue
		}
		if small == nil || *l.ContextActual < *small.ContextActual {
			small = l
		}
		if large == nil || *l.ContextActual > *large.ContextActual {
			large = l
		}
	}
	if small == nil || large == nil || *small.ContextActual >= *large.ContextActual ||
		i.said.need > 0 && i.said.need > *large.ContextActual || i.said.have >= *large.ContextActual {
		return nil
	}
	cause := &backend.Cause{Code: backend.FellDuplicate, Confidence: backend.Likely}
	if i.said.have == *small.ContextActual && i.watched() {
		cause.Confidence = backend.Certain
	}
	cause.Summary = fmt.Sprintf("the request went to %s's smaller instance with %s context, while one with %s was loaded",
		i.name(), tokensWord(*small.ContextActual), tokensWord(*large.ContextActual))
	for _, l := range []*backend.Load{small, large} {
		cause.Evidence = append(cause.Evidence, loadRow(*l, fmt.Sprintf("%s was loaded with %s tokens", l.InstanceID, thousands(*l.ContextActual))))
	}
	return cause
}

// timedOutLocally tells the time-outs of a model that Pilotlight watches apart:
// it was being loaded, or it was there and busy.
func timedOutLocally(i *incident) *backend.Cause {
	if i.server == nil || !i.timedOut() {
		return nil
	}
	if l, begin, ok := i.loadOf(); ok {
		return i.coldLoad(l, begin)
	}
	if i.loadingNow() {
		return &backend.Cause{
			Code: backend.FellTimeoutCold, Confidence: backend.Likely,
			Summary: fmt.Sprintf("%s was still being loaded when OpenClaw's %s were over", i.name(), seconds(i.waited())),
		}
	}
	p := i.inMemory(i.from)
	if !p.known {
		return nil
	}
	if len(p.instances) == 0 {
		cause := &backend.Cause{Code: backend.FellTimeoutCold, Confidence: backend.Likely}
		cause.Summary = fmt.Sprintf("%s was not loaded, and loading it took longer than the %s that OpenClaw waited", i.name(), seconds(i.waited()))
		cause.Evidence = i.lastUnload()
		return cause
	}
	if end := i.inMemory(i.to); len(end.instances) == 0 {
		cause := &backend.Cause{Code: backend.FellNotLoaded, Confidence: backend.Likely}
		cause.Summary = i.name() + " went out of memory while OpenClaw waited for it"
		cause.Evidence = i.lastUnload()
		return cause
	}
	cause := &backend.Cause{Code: backend.FellTimeoutBusy, Confidence: backend.Likely}
	cause.Summary = fmt.Sprintf("%s was loaded, but gave no answer in %s: it was busy or too slow", i.name(), seconds(i.waited()))
	if i.watched() && i.c.Present != nil {
		cause.Confidence = backend.Certain
	}
	cause.Evidence = []backend.Evidence{loadRow(p.instances[0], "was loaded all the while")}
	return cause
}

// timedOut says whether the failed turn ended in a real time-out, and not in
// what OpenClaw calls one.
func (i *incident) timedOut() bool {
	switch i.said.kind {
	case failedTimeout, failedConnect:
		return true
	case saysNothing: // a connection that was cut is none, though OpenClaw calls it one
		return i.timeoutClaimed() && (i.said.text == "" || vague(i.said.text))
	}
	return false
}

func (i *incident) coldLoad(l backend.Load, begin time.Time) *backend.Cause {
	took := *l.DurationSeconds
	cause := &backend.Cause{Code: backend.FellTimeoutCold, Confidence: backend.Likely}
	cause.Summary = fmt.Sprintf("loading %s took %s, longer than OpenClaw waited", i.name(), seconds(took))
	switch {
	case l.Event == backend.LoadFailed:
		cause.Summary = fmt.Sprintf("%s was being loaded, which failed after %s", i.name(), seconds(took))
	case l.At.Before(i.to.Add(-look)):
		cause.Summary = fmt.Sprintf("loading %s took %s of the %s that OpenClaw waited", i.name(), seconds(took), seconds(i.waited()))
	case begin.Before(i.from.Add(-look)):
		// It had begun before anybody asked.
		cause.Code = backend.FellLoading
		cause.Summary = fmt.Sprintf("%s was still being loaded, which took %s", i.name(), seconds(took))
		fallthrough
	default:
		if i.watched() {
			cause.Confidence = backend.Certain
		}
	}
	cause.Evidence = []backend.Evidence{loadRow(l, fmt.Sprintf("load from %s took %s", begin.Local().Format("15:04:05"), seconds(took)))}
	return cause
}

// lastUnload is the row that says when and why the model went, if it is known.
func (i *incident) lastUnload() []backend.Evidence {
	for n := len(i.c.Loads) - 1; n >= 0; n-- {
		l := i.c.Loads[n]
		if i.mine(l) && l.Event == backend.Unloaded && !l.At.After(i.to) {
			return []backend.Evidence{loadRow(l, fmt.Sprintf("unloaded at %s: %s", l.At.Local().Format("15:04:05"), unloadWord(l)))}
		}
	}
	return nil
}

// unloadWord says why a model went.
func unloadWord(l backend.Load) string {
	switch l.Cause {
	case backend.CauseTTL:
		return "its idle time (TTL) ran out"
	case backend.CauseEvicted:
		return "it made room for another model"
	case backend.CauseUser:
		return "by a person, through Pilotlight"
	case backend.CauseKeepWarm:
		return "by Pilotlight, to replace it"
	case backend.CauseExternal:
		return "by somebody outside Pilotlight"
	case backend.CauseCrashed:
		return "its engine crashed"
	case backend.CauseServerStopped:
		return "it went with the server"
	}
	return "nobody knows why"
}
