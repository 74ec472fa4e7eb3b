package fallback

import (
	"fmt"
	"strings"
	"time"

	"pilotlight/backend"
)

// providerSaid takes the provider's own words: only a server that was there can
// have said them.
func providerSaid(i *incident) *backend.Cause {
	if !i.said.kind.reply() {
		return nil
	}
	cause := i.worded(i.said)
	cause.Evidence = append([]backend.Evidence{i.textRow()}, cause.Evidence...)
	return cause
}

// worded is the cause that a reply names.
func (i *incident) worded(r reading) *backend.Cause {
	certain := func(code backend.CauseCode, format string, args ...any) *backend.Cause {
		return &backend.Cause{Code: code, Confidence: backend.Certain, Summary: fmt.Sprintf(format, args...)}
	}
	switch r.kind {
	case saysContext:
		return i.tooSmall(r)
	case saysMemory:
		return i.outOfMemory(r)
	case saysCrashed:
		return certain(backend.FellCrashed, "%s's engine crashed", i.name())
	case saysUnloaded:
		c := certain(backend.FellNotLoaded, "%s was unloaded while it was answering", i.name())
		c.Evidence = i.lastUnload()
		return c
	case saysNotLoaded:
		return i.notLoaded()
	case saysLoading:
		return certain(backend.FellLoading, "%s was still being loaded", i.name())
	case saysLoadFailed:
		return certain(backend.FellNotLoaded, "%s could not load %s: %s", i.host(), i.name(), afterColon(r.text))
	case saysSeveral, saysMissing:
		return i.missing(r)
	case saysAuth:
		return certain(backend.FellAuth, "%s refused OpenClaw's key or token", i.host())
	case saysBill:
		return certain(backend.FellRateLimited, "%s wants its bill paid: the credit or quota is used up", i.host())
	case saysBusy:
		return certain(backend.FellRateLimited, "%s was overloaded", i.host())
	case saysLimit:
		return certain(backend.FellRateLimited, "%s's rate limit was reached", i.host())
	}
	status := ""
	if r.status >= 500 {
		status = fmt.Sprintf(" (%d)", r.status)
	}
	return certain(backend.FellProviderError, "%s failed by itself%s", i.host(), status)
}

// tooSmall words a prompt that did not fit.
func (i *incident) tooSmall(r reading) *backend.Cause {
	have := r.have
	if have == 0 {
		for _, l := range i.inMemory(i.to).instances {
			if l.ContextActual != nil {
				have = *l.ContextActual
			}
		}
	}
	cause := &backend.Cause{Code: backend.FellContext, Confidence: backend.Certain}
	switch {
	case have > 0 && r.need > 0:
		cause.Summary = fmt.Sprintf("%s was loaded with %s context and the prompt needed %s tokens", i.name(), tokensWord(have), thousands(r.need))
		if !i.local() {
			cause.Summary = fmt.Sprintf("%s takes %s tokens and the prompt needed %s", i.name(), thousands(have), thousands(r.need))
		}
	case have > 0:
		cause.Summary = fmt.Sprintf("the prompt did not fit into %s's context of %s tokens", i.name(), thousands(have))
	default:
		cause.Summary = fmt.Sprintf("the prompt did not fit into %s's context", i.name())
	}
	return cause
}

// notLoaded words that nothing was loaded, with what became of the model.
func (i *incident) notLoaded() *backend.Cause {
	cause := &backend.Cause{Code: backend.FellNotLoaded, Confidence: backend.Certain, Summary: "no model was loaded in " + i.host()}
	if i.server == nil {
		return cause
	}
	cause.Summary = fmt.Sprintf("%s was not loaded in %s", i.name(), i.host())
	for n := len(i.c.Loads) - 1; n >= 0; n-- {
		l := i.c.Loads[n]
		if i.mine(l) && !l.At.After(i.to) {
			if l.Event == backend.Unloaded {
				cause.Summary = fmt.Sprintf("%s was unloaded at %s: %s", i.name(), clock(l.At.Time, i.f.At.Time), unloadWord(l))
				cause.Evidence = i.lastUnload()
			}
			break
		}
	}
	return cause
}

// missing words a model that the server does not know. OpenClaw and LM Studio
// say the same of one that is only not loaded: the server's own list decides.
func (i *incident) missing(r reading) *backend.Cause {
	cause := &backend.Cause{Code: backend.FellMissing, Confidence: backend.Certain}
	cause.Summary = fmt.Sprintf("%s has no model named %s", i.host(), short(i.key))
	listed := i.listed()
	if r.kind == saysSeveral {
		cause.Confidence = backend.Likely
		cause.Summary = fmt.Sprintf("several models were loaded in %s and none is named %s", i.host(), short(i.key))
	}
	if listed != nil && len(listed.Instances) == 0 && i.mentionsLoading(r) {
		cause = i.notLoaded()
		cause.Confidence = backend.Likely
	} else if listed != nil {
		cause.Confidence = backend.Likely
		cause.Summary = fmt.Sprintf("%s said that it has no model named %s, though it lists it now", i.host(), short(i.key))
	}
	return cause
}

// mentionsLoading says whether a missing model may be one that is not loaded.
func (i *incident) mentionsLoading(r reading) bool {
	return r.kind == saysSeveral || strings.Contains(strings.ToLower(r.text), "load")
}

// listed is the model in its server's list as it is now, nil if it is not there.
func (i *incident) listed() *backend.Model {
	if i.server == nil {
		return nil
	}
	for n := range i.server.Models {
		if i.server.Models[n].Key == i.key {
			return &i.server.Models[n]
		}
	}
	return nil
}

// afterColon is what an error text says at its end.
func afterColon(s string) string {
	if n := strings.LastIndex(s, "Error: "); n >= 0 {
		s = s[n+len("Error: "):]
	}
	return clip(strings.TrimSpace(s), 120)
}

// connectionFailed is a request that no server answered, where Pilotlight did
// not see the server itself. A refused connection to LM Studio means that its
// server was off or the app was not running, and nothing tells which but how it
// stands now: without that the server is likelier, since the app stays open.
func connectionFailed(i *incident) *backend.Cause {
	cause := &backend.Cause{Code: backend.FellNetwork, Confidence: backend.Likely}
	switch i.said.kind {
	case failedRefused, failedSomewhere:
		if i.local() && i.onThisMachine() {
			i.refusedLocally(cause)
			break
		}
		cause.Summary = i.host() + " could not be reached"
		if i.said.kind == failedRefused {
			cause.Confidence = backend.Certain
			cause.Summary = i.host() + " refused the connection"
		}
	case failedName:
		cause.Confidence = backend.Certain
		cause.Summary = "the name of " + i.host() + "'s server could not be looked up"
	case failedRoute:
		cause.Confidence = backend.Certain
		cause.Summary = "there was no way through the network to " + i.host()
	case failedTLS:
		cause.Confidence = backend.Certain
		cause.Summary = "no secure connection to " + i.host() + " could be made"
	case failedConnect:
		if i.local() && i.onThisMachine() {
			return nil // a machine reaches itself: it was the answer that did not come
		}
		cause.Summary = i.host() + " could not be reached in time"
	case failedCut:
		cause.Summary = "the connection to " + i.host() + " broke off"
	default:
		return nil
	}
	cause.Evidence = []backend.Evidence{i.textRow()}
	return cause
}

// stillThat is how long after a fallback a server may first have been seen off and
// still be the reason: what began later says nothing of it.
const stillThat = 30 * time.Minute

func (i *incident) refusedLocally(cause *backend.Cause) {
	cause.Code = backend.FellServerOff
	cause.Summary = i.host() + " took no connection: its server was off, or it was not running"
	if i.server == nil || i.server.StateSince == nil || i.server.StateSince.Sub(i.f.At.Time) > stillThat {
		return
	}
	since := clock(i.server.StateSince.Time, i.f.At.Time)
	switch i.server.State {
	case backend.ServerOff:
		cause.Summary = fmt.Sprintf("%s took no connection; its server has been off since %s at the latest", i.host(), since)
	case backend.ServerDown:
		cause.Code = backend.FellAppOff
		cause.Summary = fmt.Sprintf("%s took no connection; it has not been running since %s at the latest", i.host(), since)
	}
}

// timedOutSomewhere is a time-out of a model that Pilotlight does not watch, or
// of which it does not know whether it was loaded.
func timedOutSomewhere(i *incident) *backend.Cause {
	if !i.timedOut() {
		return nil
	}
	cause := &backend.Cause{Code: backend.FellTimeoutBusy, Confidence: backend.Likely}
	cause.Summary = fmt.Sprintf("%s gave no answer in %s", i.name(), seconds(i.waited()))
	if cold, ok := i.c.Cold[i.key]; ok && i.local() && cold.Median != nil && *cold.Median >= i.waited()*0.8 && i.waited() > 0 {
		cause.Code = backend.FellTimeoutCold
		cause.Summary = fmt.Sprintf("%s gave no answer in %s, and loading it takes %s", i.name(), seconds(i.waited()), seconds(*cold.Median))
	}
	if i.said.text != "" {
		cause.Evidence = []backend.Evidence{i.textRow()}
	}
	return cause
}

// openClawClaims is the last resort: what OpenClaw made of it. It calls a refused
// connection a time-out and a failed load "format", so none of it is certain.
func openClawClaims(i *incident) *backend.Cause {
	claim := reading{kind: claimed(i.at.Reason), claim: true}
	if claim.kind == saysNothing && i.at.Status != nil {
		claim.kind, claim.status = byStatus(*i.at.Status), *i.at.Status
	}
	if claim.kind == saysNothing {
		return nil
	}
	if claim.kind == failedTimeout {
		return &backend.Cause{
			Code: backend.FellTimeoutBusy, Confidence: backend.Likely,
			Summary: fmt.Sprintf("%s gave no answer in %s, says OpenClaw", i.name(), seconds(i.waited())),
		}
	}
	cause := i.worded(claim)
	cause.Confidence = backend.Likely
	if i.at.Decision == backend.AttemptSkipped {
		cause.Summary = fmt.Sprintf("OpenClaw passed %s over, since %s lately", i.name(), cause.Summary)
	}
	return cause
}

// claimed is what one of OpenClaw's reasons means. "format" and "unknown" mean
// nothing: they stand for whatever it did not understand.
func claimed(reason string) kind {
	switch reason {
	case "rate_limit":
		return saysLimit
	case "billing":
		return saysBill
	case "overloaded":
		return saysBusy
	case "auth", "auth_permanent", "session_expired":
		return saysAuth
	case "model_not_found":
		return saysMissing
	case "server_error":
		return saysBroken
	case "context_overflow":
		return saysContext
	case "timeout":
		return failedTimeout
	}
	return saysNothing
}

// timeoutClaimed says whether OpenClaw calls it a time-out.
func (i *incident) timeoutClaimed() bool {
	return strings.Contains(i.at.Reason, "timeout") || i.at.Status != nil && *i.at.Status == 408
}
