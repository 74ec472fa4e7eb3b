package api

import (
	"fmt"
	"io"
	"net/http"
	"time"

	vm "github.com/VictoriaMetrics/metrics"

	"pilotlight/backend"
)

// maxServers bounds the one label that comes from outside.
const maxServers = 32

// metrics answers Prometheus. Nothing is counted between scrapes: the status
// is read when it is asked for. What is not known has no sample, rather than a
// 0. VictoriaMetrics' writer is used instead of Prometheus' own client because
// that one brings protobuf: 2.4 MB more of resident program, a tenth of what
// the whole agent takes.
type metrics struct {
	agent   Agent
	version string
	now     func() time.Time
}

func newMetrics(agent Agent, version string, now func() time.Time) *metrics {
	return &metrics{agent, version, now}
}

func (m *metrics) ServeHTTP(w http.ResponseWriter, _ *http.Request) {
	w.Header().Set("Cache-Control", "no-store")
	w.Header().Set("Content-Type", "text/plain; version=0.0.4; charset=utf-8")
	m.write(w)
	vm.WriteProcessMetrics(w)
}

func (m *metrics) write(w io.Writer) {
	gauge := func(name string, v float64) { vm.WriteGaugeFloat64(w, "pilotlight_"+name, v) }
	st := m.agent.Status()
	gauge(fmt.Sprintf("build_info{version=%q}", m.version), 1)
	gauge("uptime_seconds", m.now().Sub(st.StartedAt.Time).Seconds())
	for _, state := range []backend.KeepState{backend.KeepOff, backend.KeepWarm, backend.KeepLoading, backend.KeepWaiting, backend.KeepPaused, backend.KeepBlocked} {
		gauge(fmt.Sprintf("keep_state{state=%q}", state), oneIf(st.Keep.State == state))
	}
	for _, server := range st.Servers[:min(len(st.Servers), maxServers)] {
		gauge(fmt.Sprintf("server_up{server=%q}", server.ID), oneIf(server.State == backend.ServerUp))
		if server.ListedAt != nil && server.State == backend.ServerUp {
			gauge(fmt.Sprintf("instances_loaded{server=%q}", server.ID), float64(loaded(server)))
		}
	}
	if n := keptContext(st); n != nil {
		gauge("kept_context_length_tokens", float64(*n))
	}
	if st.Machine != nil && st.Machine.Memory != nil {
		mem := st.Machine.Memory
		gauge("machine_memory_total_bytes", float64(mem.TotalBytes))
		gauge("machine_memory_used_bytes", float64(mem.UsedBytes))
		if mem.AvailableBytes != nil {
			gauge("machine_memory_available_bytes", float64(*mem.AvailableBytes))
		}
	}
}

func oneIf(b bool) float64 {
	if b {
		return 1
	}
	return 0
}

func loaded(server backend.Server) int {
	n := 0
	for _, m := range server.Models {
		n += len(m.Instances)
	}
	return n
}

// keptContext is the context length that the kept instance really got.
func keptContext(st *backend.Status) *int {
	if st.Keep.InstanceID == "" {
		return nil
	}
	for _, server := range st.Servers {
		if server.ID != st.Keep.Server {
			continue
		}
		for _, m := range server.Models {
			for _, i := range m.Instances {
				if i.ID == st.Keep.InstanceID {
					return i.ContextLength
				}
			}
		}
	}
	return nil
}
