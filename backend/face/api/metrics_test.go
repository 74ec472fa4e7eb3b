package api_test

import (
	"strings"
	"testing"
	"time"

	"pilotlight/backend"
)

func TestMetrics(t *testing.T) {
	at := backend.At(newClock().now())
	st := &backend.Status{
		StartedAt: backend.At(newClock().now().Add(-90 * time.Second)),
		Servers: []backend.Server{
			{ID: "lmstudio", State: backend.ServerUp, ListedAt: &at, Models: []backend.Model{
				{Key: "m", Instances: []backend.Instance{{ID: "m", ContextLength: ptr(32768)}, {ID: "m:2", ContextLength: ptr(4096)}}},
			}},
			{ID: "other", State: backend.ServerDown, ListedAt: &at, Models: []backend.Model{{Instances: []backend.Instance{{ID: "gone"}}}}},
		},
		Keep:    backend.Keep{Server: "lmstudio", Model: "m", InstanceID: "m", State: backend.KeepWarm},
		Machine: &backend.Sample{Memory: &backend.Memory{TotalBytes: 64e9, UsedBytes: 16e9, AvailableBytes: ptr(int64(40e9))}},
	}
	r := start(t, &fakeAgent{status: func() *backend.Status { return st }})
	got := r.overSocket(t, "GET", "/metrics", "")
	if got.StatusCode != 200 || !strings.HasPrefix(got.Header.Get("Content-Type"), "text/plain") {
		t.Fatalf("status %d, Content-Type %q", got.StatusCode, got.Header.Get("Content-Type"))
	}
	for _, line := range []string{
		`pilotlight_build_info{version="1.2.3"} 1`,
		`pilotlight_uptime_seconds 90`,
		`pilotlight_server_up{server="lmstudio"} 1`,
		`pilotlight_server_up{server="other"} 0`,
		`pilotlight_instances_loaded{server="lmstudio"} 2`,
		`pilotlight_keep_state{state="warm"} 1`,
		`pilotlight_keep_state{state="off"} 0`,
		`pilotlight_kept_context_length_tokens 32768`,
		`pilotlight_machine_memory_total_bytes 6.4e+10`,
		`pilotlight_machine_memory_used_bytes 1.6e+10`,
		`pilotlight_machine_memory_available_bytes 4e+10`,
	} {
		if !strings.Contains("\n"+got.body, "\n"+line+"\n") {
			t.Errorf("no line %q", line)
		}
	}
	if strings.Contains(got.body, `instances_loaded{server="other"}`) {
		t.Error("a server that is down has a count of instances")
	}
	// What is not known has no sample.
	st = &backend.Status{StartedAt: at}
	got = r.overSocket(t, "GET", "/metrics", "")
	for _, name := range []string{"memory", "context_length", "server_up", "instances"} {
		if strings.Contains(got.body, "\npilotlight_machine_"+name) || strings.Contains(got.body, "\npilotlight_"+name) {
			t.Errorf("there is a sample for %s:\n%s", name, got.body)
		}
	}
}
