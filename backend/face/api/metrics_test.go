package api_test

import (
	"os/exec"
	"strings"
	"testing"
	"time"

	"pilotlight/backend"
)

// everything is a status in which all is known.
func everything() *backend.Status {
	at := backend.At(newClock().now())
	normal := "normal"
	return &backend.Status{
		StartedAt: backend.At(newClock().now().Add(-90 * time.Second)),
		Servers: []backend.Server{
			{ID: "lmstudio", State: backend.ServerUp, ListedAt: &at, LatencySeconds: ptr(0.004), Models: []backend.Model{
				{Key: "m", Instances: []backend.Instance{{ID: "m", ContextLength: ptr(32768)}, {ID: "m:2", ContextLength: ptr(4096)}}},
			}},
			{ID: "other", State: backend.ServerDown, ListedAt: &at, Models: []backend.Model{{Instances: []backend.Instance{{ID: "gone"}}}}},
		},
		Keep: backend.Keep{Server: "lmstudio", Model: "m", InstanceID: "m", State: backend.KeepWarm},
		Machine: &backend.Sample{
			CPU: &backend.CPU{Utilization: 0.25},
			Memory: &backend.Memory{
				TotalBytes: 64e9, UsedBytes: 16e9, AvailableBytes: ptr(int64(40e9)), WiredBytes: ptr(int64(9e9)),
				CompressedBytes: ptr(int64(1e9)), CachedBytes: ptr(int64(2e9)), SwapUsedBytes: ptr(int64(0)), Pressure: &normal,
			},
			GPUs: []backend.GPU{
				{Name: "Apple M3 Ultra", Vendor: "apple", Utilization: ptr(0.5), MemoryUsedBytes: ptr(int64(30e9)), MemoryLimitBytes: ptr(int64(48e9))},
				{Name: `A "quoted\` + "\nname", Vendor: "nvidia", PowerWatts: ptr(71.5), TemperatureCelsius: ptr(60.0), MemoryTotalBytes: ptr(int64(24e9))},
			},
			Processes: []backend.Process{{PID: 1, Role: "worker", MemoryBytes: 5e9}, {PID: 2, Role: "worker", MemoryBytes: 2e9}},
		},
		OpenClaw:       &backend.OpenClaw{Found: true, ConfigValid: true, Gateway: "down"},
		FallbacksToday: ptr(3),
		Peers:          []backend.Peer{{ID: "1", Name: "box", State: backend.PeerDown}, {ID: "2", Name: "new", State: backend.PeerUnknown}},
	}
}

func counted() backend.Counts {
	return backend.Counts{
		Loads:       map[backend.LoadKind]int{{Event: backend.Loaded, Cause: backend.CauseKeepWarm}: 2, {Event: backend.Unloaded, Cause: backend.CauseTTL}: 1},
		LoadTime:    map[string]backend.Duration{"m": {Count: 2, Seconds: 83.5}},
		Fallbacks:   map[backend.FallbackKind]int{{Outcome: backend.FellBack, Cause: backend.FellServerOff}: 4},
		LostSeconds: 74, Dropped: 1,
	}
}

func TestMetrics(t *testing.T) {
	st := everything()
	r := start(t, &fakeAgent{status: func() *backend.Status { return st }, counts: counted()})
	got := r.overSocket(t, "GET", "/metrics", "")
	if got.StatusCode != 200 || !strings.HasPrefix(got.Header.Get("Content-Type"), "text/plain; version=0.0.4") {
		t.Fatalf("status %d, Content-Type %q", got.StatusCode, got.Header.Get("Content-Type"))
	}
	for _, line := range []string{
		`pilotlight_build_info{version="1.2.3"} 1`,
		`pilotlight_uptime_seconds 90`,
		`pilotlight_server_up{server="lmstudio"} 1`,
		`pilotlight_server_up{server="other"} 0`,
		`pilotlight_peer_up{peer="1",name="box"} 0`,
		`pilotlight_server_latency_seconds{server="lmstudio"} 0.004`,
		`pilotlight_instances_loaded{server="lmstudio"} 2`,
		`pilotlight_instance_context_length_tokens{server="lmstudio",model="m",instance="m:2"} 4096`,
		`pilotlight_keep_state{state="warm"} 1`,
		`pilotlight_keep_state{state="off"} 0`,
		`pilotlight_kept_context_length_tokens 32768`,
		`pilotlight_loads_total{event="loaded",cause="keep_warm"} 2`,
		`pilotlight_load_duration_seconds_total{model="m"} 83.5`,
		`pilotlight_fallbacks_total{outcome="fell_back",cause="server_off"} 4`,
		`pilotlight_fallback_lost_seconds_total 74`,
		`pilotlight_fallbacks_today 3`,
		`pilotlight_openclaw_gateway_up 0`,
		`pilotlight_machine_memory_total_bytes 6.4e+10`,
		`pilotlight_machine_memory_used_bytes 1.6e+10`,
		`pilotlight_machine_memory_available_bytes 4e+10`,
		`pilotlight_machine_swap_used_bytes 0`,
		`pilotlight_machine_memory_pressure{level="normal"} 1`,
		`pilotlight_machine_memory_pressure{level="critical"} 0`,
		`pilotlight_gpu_memory_limit_bytes{gpu="0",name="Apple M3 Ultra",vendor="apple"} 4.8e+10`,
		`pilotlight_gpu_power_watts{gpu="1",name="A \"quoted\\\nname",vendor="nvidia"} 71.5`,
		`pilotlight_processes_memory_bytes{role="worker"} 7e+09`,
	} {
		if !strings.Contains("\n"+got.body, "\n"+line+"\n") {
			t.Errorf("no line %q", line)
		}
	}
	if strings.Contains(got.body, `instances_loaded{server="other"}`) {
		t.Error("a server that is down has a count of instances")
	}
	promtool(t, got.body)
}

// What is not known has no sample.
func TestMetricsOfNothing(t *testing.T) {
	st := &backend.Status{StartedAt: backend.At(newClock().now())}
	r := start(t, &fakeAgent{status: func() *backend.Status { return st }})
	got := r.overSocket(t, "GET", "/metrics", "")
	for _, name := range []string{"machine_", "gpu_", "kept_context", "server_", "instance", "openclaw_", "fallbacks_t", "loads_total"} {
		if strings.Contains(got.body, "pilotlight_"+name) {
			t.Errorf("there is a sample for %s:\n%s", name, got.body)
		}
	}
	promtool(t, got.body)
}

// promtool asks Prometheus' own checker where it is installed.
func promtool(t *testing.T, text string) {
	t.Helper()
	path, err := exec.LookPath("promtool")
	if err != nil {
		t.Log("promtool is not here: the text was not checked by it")
		return
	}
	cmd := exec.Command(path, "check", "metrics")
	cmd.Stdin = strings.NewReader(text)
	if out, err := cmd.CombinedOutput(); err != nil || len(out) > 0 {
		t.Errorf("promtool check metrics: %v\n%s", err, out)
	}
}
