package keep

import (
	"time"

	"pilotlight/backend"
)

// byRequest keeps a model warm behind a server that neither loads nor tells what is
// loaded: by a request of one token now and then, because a person asked for just
// that. Warm means here that the last one was answered.
func (s State) byRequest(m backend.Model, f Facts, set Settings) verdict {
	s.Instance = "" // of what is behind it nobody knows the instances
	switch {
	case !s.Target.Ask:
		return verdict{s: s, state: backend.KeepBlocked, why: NeedsConsent(f.Server.Name)}
	case f.Busy:
		return verdict{s: s, state: s.standing(), why: s.heardOf()}
	}
	if every := s.every(set); s.RequestedAt.IsZero() || f.Now.Sub(s.RequestedAt) >= every || f.Now.Before(s.RequestedAt) {
		s.RequestedAt, s.RequestedOf = f.Now, m.Key
		return verdict{s: s, state: s.standing(), why: s.heardOf(), act: Action{Kind: Ping, Instance: m.Key}}
	}
	return verdict{s: s, state: s.standing(), why: s.heardOf(), next: s.RequestedAt.Add(s.every(set))}
}

// NeedsConsent is the answer to a keep that only requests would make true.
func NeedsConsent(server string) *backend.Error {
	return &backend.Error{
		Code:    backend.CodeRefused,
		Message: server + " decides itself what is in memory: only requests keep a model warm there, and they may cost money.",
		Hint:    "Ask for just that (pilotlight keep MODEL --ask): one request of one token every few minutes. Or keep the model on the server behind it.",
	}
}

// every is how long lies between two requests; after failures in a row longer each
// time, eight times as long at most.
func (s State) every(set Settings) time.Duration {
	return set.RequestEvery << min(s.Unanswered, 3)
}

func (s State) standing() backend.KeepState {
	switch {
	case s.Unanswered > 0:
		return backend.KeepWaiting
	case s.AnsweredAt.IsZero():
		return backend.KeepLoading // the first request is on its way
	}
	return backend.KeepWarm
}

// heardOf says how a person can know.
func (s State) heardOf() *backend.Error {
	switch {
	case s.Unanswered > 0:
		return s.LastError
	case s.AnsweredAt.IsZero():
		return nil
	}
	return &backend.Error{
		Code: "kept_by_requests", Message: "It answered the last request of one token. Whether it is in memory, the server does not tell.",
	}
}

// Answered takes in how a request for one token to a server's model ended, where such
// requests are what keeps that model warm; elsewhere it changes nothing. An answer to
// the keep before says nothing of the one that took its place meanwhile.
func (s State) Answered(server, model string, err error, now time.Time) State {
	if s.Target == nil || !s.Target.Ask || s.RequestedAt.IsZero() || s.Target.Server != server || s.RequestedOf != model {
		return s
	}
	if err == nil {
		s.AnsweredAt, s.Unanswered, s.LastError = now, 0, nil
		return s
	}
	s.Unanswered, s.LastError = s.Unanswered+1, backend.AsError(err)
	return s
}
