package peer

import (
	"encoding/json"
	"slices"

	"pilotlight/backend"
)

// How much of a peer's state is kept: it is with us all the time, for each peer.
const (
	mostServers   = 32
	mostKept      = 64 // models of a server
	mostInstances = 32
	mostGPUs      = 32
)

// read takes a status apart, part by part: one that cannot be read is unknown
// and costs no other. It is false where this is no status of a Pilotlight's.
func (c *Client) read(body []byte) (Report, bool) {
	var parts map[string]json.RawMessage
	if json.Unmarshal(body, &parts) != nil {
		return Report{}, false
	}
	version, servers := part[string](parts["version"]), part[[]json.RawMessage](parts["servers"])
	if version == nil || servers == nil || part[backend.Time](parts["started_at"]) == nil {
		return Report{}, false
	}
	view := &backend.PeerView{
		Servers: []backend.Server{},
		Keep:    keepOf(part[backend.Keep](parts["keep"])),
		Machine: machineOf(part[backend.Sample](parts["machine"])), LastFallback: fallbackOf(part[backend.Fallback](parts["last_fallback"])),
		FallbacksToday: part[int](parts["fallbacks_today"]),
	}
	if demo := part[bool](parts["demo"]); demo != nil {
		view.Demo = *demo
	}
	for _, raw := range (*servers)[:min(len(*servers), mostServers)] {
		if s := part[backend.Server](raw); s != nil {
			view.Servers = append(view.Servers, serverOf(*s, view.Keep))
		}
	}
	r := Report{Version: *version, View: view, Instance: orEmpty(part[string](parts["instance"])), Host: orEmpty(part[string](parts["host"]))}
	c.clean.all(&r)
	return r, true
}

// part reads one part; nil where it is missing, null or something else.
func part[T any](raw json.RawMessage) *T {
	var v *T
	if len(raw) == 0 || json.Unmarshal(raw, &v) != nil {
		return nil
	}
	return v
}

func orEmpty(s *string) string {
	if s == nil {
		return ""
	}
	return *s
}

// keepOf is nil for a state that this version has no words for.
func keepOf(k *backend.Keep) *backend.Keep {
	if k == nil {
		return nil
	}
	switch k.State {
	case backend.KeepOff, backend.KeepWarm, backend.KeepLoading, backend.KeepWaiting, backend.KeepPaused, backend.KeepBlocked:
	default:
		return nil
	}
	k.Progress = share(k.Progress)
	return k
}

// serverOf keeps of a server's models those that a glance needs.
func serverOf(s backend.Server, k *backend.Keep) backend.Server {
	switch s.State {
	case backend.ServerUp, backend.ServerOff, backend.ServerDown, backend.ServerNeedsToken:
	default:
		s.State = backend.ServerUnknown
	}
	models := []backend.Model{}
	for _, m := range s.Models {
		kept := k != nil && k.State != backend.KeepOff && k.Model == m.Key && (k.Server == "" || k.Server == s.ID)
		if len(models) == mostKept || len(m.Instances) == 0 && !m.Loading && !kept {
			continue
		}
		m.Instances = slices.Clone(m.Instances[:min(len(m.Instances), mostInstances)])
		if m.Instances == nil {
			m.Instances = []backend.Instance{}
		}
		m.Fit = nil
		models = append(models, m)
	}
	s.Models = models
	return s
}

// machineOf drops the processes, which are the other machine's own business.
func machineOf(m *backend.Sample) *backend.Sample {
	if m == nil {
		return nil
	}
	m.Processes = []backend.Process{}
	m.GPUs = append([]backend.GPU{}, m.GPUs[:min(len(m.GPUs), mostGPUs)]...)
	for i := range m.GPUs {
		m.GPUs[i].Utilization = share(m.GPUs[i].Utilization)
	}
	if mem := m.Memory; mem != nil && (mem.TotalBytes <= 0 || mem.UsedBytes < 0 || mem.UsedBytes > mem.TotalBytes) {
		m.Memory = nil
	}
	return m
}

// fallbackOf keeps what a sentence needs.
func fallbackOf(f *backend.Fallback) *backend.Fallback {
	if f == nil || f.Requested == "" {
		return nil
	}
	switch f.Outcome {
	case backend.FellBack, backend.Exhausted, backend.Stopped, backend.ErrorAsReply:
	default:
		return nil
	}
	return &backend.Fallback{
		ID: f.ID, At: f.At, EndedAt: f.EndedAt, Source: f.Source, Requested: f.Requested, Answered: f.Answered,
		Outcome: f.Outcome, Reason: f.Reason, LostSeconds: f.LostSeconds, Attempts: []backend.Attempt{},
		Cause: backend.Cause{Code: f.Cause.Code, Summary: f.Cause.Summary, Confidence: f.Cause.Confidence, Evidence: []backend.Evidence{}},
	}
}

// share is a figure from 0 to 1, nil for any other.
func share(p *float64) *float64 {
	if p == nil || *p < 0 || *p > 1 {
		return nil
	}
	return p
}
