package api

import (
	"net/http"
	"slices"
	"time"

	"pilotlight/backend"
)

// What bounds the labels that come from outside.
const (
	maxServers   = 32
	maxInstances = 64
	maxGPUs      = 32
)

// metrics answers Prometheus. Nothing is sampled between scrapes: the status is
// read when it is asked for, the counters are the hub's. What is not known has no
// sample, rather than a 0. The text is written here, because Prometheus' own
// client brings protobuf: 2.4 MB more of resident program, a tenth of what the
// whole agent takes.
type metrics struct {
	agent   Agent
	version string
	now     func() time.Time
}

func newMetrics(agent Agent, version string, now func() time.Time) *metrics {
	return &metrics{agent, version, now}
}

func (m *metrics) ServeHTTP(w http.ResponseWriter, _ *http.Request) {
	x := new(exposition)
	m.write(x)
	w.Header().Set("Cache-Control", "no-store")
	w.Header().Set("Content-Type", "text/plain; version=0.0.4; charset=utf-8")
	_, _ = w.Write(x.buf.Bytes()) // a failed write means that the client left
}

func (m *metrics) write(x *exposition) {
	st := m.agent.Status()
	x.gauge("pilotlight_build_info", "Which Pilotlight runs here; always 1.", 1, label{"version", m.version})
	x.gauge("pilotlight_uptime_seconds", "How long the agent has been running.", m.now().Sub(st.StartedAt.Time).Seconds())
	writeServers(x, st.Servers[:min(len(st.Servers), maxServers)])
	writeKeep(x, st)
	writePeers(x, st.Peers[:min(len(st.Peers), maxServers)])
	writeOpenClaw(x, st)
	writeCounts(x, m.agent.Counts())
	if st.Machine != nil {
		writeMachine(x, st.Machine)
	}
	writeCost(x, st)
}

// writePeers says which other machines are reached. What goes on there, each tells at
// a /metrics of its own.
func writePeers(x *exposition, peers []backend.Peer) {
	for _, p := range peers {
		if p.State != backend.PeerUnknown {
			x.gauge("pilotlight_peer_up", "Whether another machine's Pilotlight answers.", oneIf(p.State == backend.PeerUp),
				label{"peer", p.ID}, label{"name", p.Name})
		}
	}
}

func writeServers(x *exposition, servers []backend.Server) {
	for _, s := range servers {
		x.gauge("pilotlight_server_info", "Which model servers are watched; always 1.", 1,
			label{"server", s.ID}, label{"name", s.Name}, label{"engine", string(s.Engine)})
	}
	for _, s := range servers {
		x.gauge("pilotlight_server_up", "Whether the model server answers.", oneIf(s.State == backend.ServerUp), label{"server", s.ID})
	}
	for _, s := range servers {
		if s.LatencySeconds != nil {
			x.gauge("pilotlight_server_latency_seconds", "How long the server took to list its models.", *s.LatencySeconds, label{"server", s.ID})
		}
	}
	listed := slices.DeleteFunc(slices.Clone(servers), func(s backend.Server) bool {
		return s.ListedAt == nil || s.State != backend.ServerUp
	})
	for _, s := range listed {
		n := 0
		eachInstance(s, func(backend.Model, backend.Instance) { n++ })
		x.gauge("pilotlight_instances_loaded", "How many instances of models the server has in memory.", float64(n), label{"server", s.ID})
	}
	for _, s := range listed {
		n := 0
		eachInstance(s, func(m backend.Model, i backend.Instance) {
			if n++; n <= maxInstances && i.ContextLength != nil {
				x.gauge("pilotlight_instance_context_length_tokens", "The context length that an instance was loaded with.", float64(*i.ContextLength),
					label{"server", s.ID}, label{"model", m.Key}, label{"instance", i.ID})
			}
		})
	}
}

func eachInstance(s backend.Server, f func(backend.Model, backend.Instance)) {
	for _, m := range s.Models {
		for _, i := range m.Instances {
			f(m, i)
		}
	}
}

func writeKeep(x *exposition, st *backend.Status) {
	for _, state := range []backend.KeepState{backend.KeepOff, backend.KeepWarm, backend.KeepLoading, backend.KeepWaiting, backend.KeepPaused, backend.KeepBlocked} {
		x.gauge("pilotlight_keep_state", "How the model that is kept loaded stands: 1 for the state that it is in.", oneIf(st.Keep.State == state), label{"state", string(state)})
	}
	if n := keptContext(st); n != nil {
		x.gauge("pilotlight_kept_context_length_tokens", "The context length that the kept instance really got.", float64(*n))
	}
}

// keptContext is the context length that the kept instance really got.
func keptContext(st *backend.Status) (length *int) {
	for _, s := range st.Servers {
		eachInstance(s, func(_ backend.Model, i backend.Instance) {
			if s.ID == st.Keep.Server && st.Keep.InstanceID != "" && i.ID == st.Keep.InstanceID {
				length = i.ContextLength
			}
		})
	}
	return length
}

func writeOpenClaw(x *exposition, st *backend.Status) {
	o := st.OpenClaw
	if o == nil || !o.Found {
		return
	}
	x.gauge("pilotlight_openclaw_config_valid", "Whether OpenClaw would take its config as it is.", oneIf(o.ConfigValid))
	if o.Gateway == "up" || o.Gateway == "down" {
		x.gauge("pilotlight_openclaw_gateway_up", "Whether OpenClaw's gateway answers.", oneIf(o.Gateway == "up"))
	}
	if st.FallbacksToday != nil {
		x.gauge("pilotlight_fallbacks_today", "Runs of this machine's calendar day that the first model did not answer.", float64(*st.FallbacksToday))
	}
}

func oneIf(b bool) float64 {
	if b {
		return 1
	}
	return 0
}
