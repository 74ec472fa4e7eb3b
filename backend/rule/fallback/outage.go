package fallback

import (
	"fmt"
	"time"

	"pilotlight/backend"
)

// stretch is a time in which a server was in one state, as Pilotlight saw it. A
// zero end is that it still is, as far as is known.
type stretch struct {
	id       int64
	state    backend.ServerState
	from, to time.Time
}

func (s stretch) end(now time.Time) time.Time {
	if s.to.IsZero() {
		return latest(now, s.from)
	}
	return s.to
}

// overlap is how much of a time lies in the stretch; a moment counts as one
// millisecond.
func (s stretch) overlap(from, to, now time.Time) time.Duration {
	a, b := latest(s.from, from), s.end(now)
	if to.Before(b) {
		b = to
	}
	if b.Before(a) {
		return 0
	}
	return max(b.Sub(a), time.Millisecond)
}

// stretches are the states of a server, oldest first.
func (c Context) stretches(server string) []stretch {
	var list []stretch
	for _, ch := range c.Changes {
		if ch.Server != server {
			continue
		}
		if n := len(list); n > 0 && list[n-1].to.IsZero() {
			list[n-1].to = ch.At.Time
		}
		s := stretch{id: ch.ID, state: ch.State, from: ch.At.Time}
		if ch.Until != nil {
			s.to = ch.Until.Time
		}
		list = append(list, s)
	}
	for _, s := range c.Servers {
		if s.ID != server || s.StateSince == nil {
			continue
		}
		if n := len(list); n == 0 || list[n-1].state != s.State && s.StateSince.After(list[n-1].from) {
			if n > 0 && list[n-1].to.IsZero() {
				list[n-1].to = s.StateSince.Time
			}
			list = append(list, stretch{state: s.State, from: s.StateSince.Time})
		}
	}
	return list
}

func isOff(s backend.ServerState) bool { return s == backend.ServerOff || s == backend.ServerDown }

// outage is a row of stretches without an answer. Its state is the one that it
// was in for most of the failed turn.
type outage struct {
	stretch
	whole bool // it covers the failed turn
	near  bool // it only lies within two looks of it
}

// outageOf finds the outage that bears on a failed turn.
func (i *incident) outageOf() (outage, bool) {
	if i.server == nil {
		return outage{}, false
	}
	best, found := outage{}, false
	var most time.Duration
	for _, s := range outages(i.c.stretches(i.server.ID), i.from, i.to, i.c.Now) {
		o := outage{stretch: s}
		got := s.overlap(i.from, i.to, i.c.Now)
		if got == 0 {
			if s.overlap(i.from.Add(-look), i.to.Add(look), i.c.Now) == 0 {
				continue
			}
			o.near = true
		}
		o.whole = !s.from.After(i.from) && !s.end(i.c.Now).Before(i.to)
		if !found || got > most {
			best, most, found = o, got, true
		}
	}
	return best, found
}

// outages joins what follows each other without an answer between.
func outages(list []stretch, from, to, now time.Time) []stretch {
	var out []stretch
	var most time.Duration
	for _, s := range list {
		if !isOff(s.state) {
			continue
		}
		n := len(out)
		if n == 0 || out[n-1].to.IsZero() || s.from.Sub(out[n-1].to) > time.Second {
			out, most = append(out, s), s.overlap(from, to, now)
			continue
		}
		out[n-1].to = s.to
		if got := s.overlap(from, to, now); got > most {
			out[n-1].state, out[n-1].id, most = s.state, s.id, got
		}
	}
	return out
}

// serverWasOff is the nearest evidence there is: nothing was there to answer. It
// yields only to a reply that a server must have given: Pilotlight looks every
// few seconds, and a server may come back between two looks.
func serverWasOff(i *incident) *backend.Cause {
	o, ok := i.outageOf()
	agree := i.said.kind == failedRefused || i.said.kind == failedSomewhere || i.said.kind == failedCut
	if !ok || i.said.kind.reply() || !i.bears(o, agree) {
		return nil
	}
	cause := &backend.Cause{Code: backend.FellServerOff, Confidence: backend.Likely, Summary: i.host() + "'s server " + i.span(o, "off")}
	if o.state == backend.ServerDown {
		cause.Code, cause.Summary = backend.FellAppOff, i.host()+" "+i.span(o, "not running")
		if !i.onThisMachine() {
			cause.Code, cause.Summary = backend.FellNetwork, i.host()+" "+i.span(o, "out of reach")
		}
	}
	if i.watched() && !o.near && (o.whole || agree) {
		cause.Confidence = backend.Certain
	}
	cause.Evidence = []backend.Evidence{i.outageRow(o)}
	return cause
}

// bears says whether an outage can be why: one that only lies near the failed
// turn needs the text to agree, and one that ended long before a time-out is
// not what was waited for.
func (i *incident) bears(o outage, agree bool) bool {
	if i.said.kind == failedTimeout || i.timeoutClaimed() && !agree {
		return !o.near && (o.whole || o.to.IsZero() || !o.to.Before(i.to.Add(-2*look)))
	}
	return !o.near || agree || i.said.kind == saysNothing
}

// span says from when to when something was so.
func (i *incident) span(o outage, what string) string {
	from := clock(o.from, i.f.At.Time)
	if o.to.IsZero() {
		if what == "not running" {
			return "has not been running since " + from
		}
		return fmt.Sprintf("has been %s since %s", what, from)
	}
	until := clock(o.to, i.f.At.Time)
	if from == until {
		return fmt.Sprintf("was %s at %s for %s", what, from, seconds(o.to.Sub(o.from).Seconds()))
	}
	return fmt.Sprintf("was %s from %s to %s", what, from, until)
}

func (i *incident) outageRow(o outage) backend.Evidence {
	word := "off"
	if o.state == backend.ServerDown {
		word = "nothing answered"
	}
	text := word + " since " + o.from.Local().Format("15:04:05")
	if !o.to.IsZero() {
		text = word + " " + o.from.Local().Format("15:04:05") + " – " + o.to.Local().Format("15:04:05")
	}
	return backend.Evidence{Kind: backend.EvidenceServer, Ref: refOf("server_changes", o.id), At: backend.At(o.from), Text: text}
}

func refOf(table string, id int64) string {
	if id == 0 {
		return ""
	}
	return fmt.Sprintf("%s/%d", table, id)
}

// serverWantedToken is a server that answers nobody without a token.
func serverWantedToken(i *incident) *backend.Cause {
	if i.server == nil || i.said.kind.reply() && i.said.kind != saysAuth {
		return nil
	}
	for _, s := range i.c.stretches(i.server.ID) {
		if s.state != backend.ServerNeedsToken || s.overlap(i.from, i.to, i.c.Now) == 0 {
			continue
		}
		cause := &backend.Cause{Code: backend.FellAuth, Confidence: backend.Likely, Summary: i.host() + " wanted an API token"}
		if i.said.kind == saysAuth {
			cause.Confidence = backend.Certain
			cause.Summary = i.host() + " wanted an API token that OpenClaw did not send"
		}
		cause.Evidence = []backend.Evidence{{
			Kind: backend.EvidenceServer, Ref: refOf("server_changes", s.id), At: backend.At(s.from),
			Text: "wanted an API token since " + s.from.Local().Format("15:04:05"),
		}}
		return cause
	}
	return nil
}
