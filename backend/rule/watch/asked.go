package watch

import (
	"slices"
	"time"

	"pilotlight/backend"
)

// Asked is a load that Pilotlight asked a server for and that no list explains yet: what
// must be remembered of it, so that one which Pilotlight does not live to see the end of
// is neither asked for again nor told as somebody else's.
type Asked struct {
	Server   string            `json:"server"`
	Address  string            `json:"address,omitempty"` // where that is; "" for the main one
	Model    string            `json:"model"`
	Context  *int              `json:"context,omitempty"`
	Cause    backend.LoadCause `json:"cause"`
	Started  time.Time         `json:"started"`
	Ended    time.Time         `json:"ended,omitzero"`
	Instance string            `json:"instance,omitempty"`
	Took     time.Duration     `json:"took,omitempty"`
	Lost     bool              `json:"lost,omitempty"` // it ended without a clear answer
}

// Asked are the loads that we asked for and no list explained.
func (s State) Asked() []Asked {
	var list []Asked
	for _, p := range s.loads {
		list = append(list, Asked{
			Server: s.server.ID, Model: p.model, Context: p.context, Cause: p.cause, Started: p.started,
			Ended: p.ended, Instance: p.instance, Took: p.took, Lost: p.lost,
		})
	}
	return list
}

// Remembering takes in what was asked of this server before Pilotlight was away: an
// answer that was waited for is lost.
func (s State) Remembering(asked []Asked, now time.Time) State {
	s = s.clone()
	for _, a := range asked {
		if a.Server != s.server.ID || a.Over(now) {
			continue
		}
		p := pending{
			model: a.Model, context: a.Context, cause: a.Cause, started: a.Started,
			ended: a.Ended, instance: a.Instance, took: a.Took, lost: a.Lost,
		}
		if p.ended.IsZero() {
			p.ended, p.lost = now, true
		}
		s.loads = append(s.loads, p)
	}
	return s
}

// Untold are those that no row of the history tells of yet: a Pilotlight that is killed
// may have written the row, and not that there is nothing left to remember.
func Untold(asked []Asked, rows []backend.Load) []Asked {
	return slices.DeleteFunc(slices.Clone(asked), func(a Asked) bool {
		return slices.ContainsFunc(rows, func(l backend.Load) bool {
			return l.Event == backend.Loaded && l.Server == a.Server && l.Model == a.Model && l.Cause == a.Cause && !l.At.Before(backend.At(a.Started).Time)
		})
	})
}

// Over says whether a load is too long ago to explain anything.
func (a Asked) Over(now time.Time) bool { return now.Sub(a.Started) > lostClaimFor }

// Lost is when the answer to the newest load of a model was lost that may still run;
// zero where there is none.
func (s State) Lost(model string) (at time.Time) {
	for _, p := range s.loads {
		if p.model == model && p.lost && p.ended.After(at) {
			at = p.ended
		}
	}
	return at
}
