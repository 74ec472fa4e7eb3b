package doctor_test

import (
	"errors"
	"strings"
	"testing"

	"pilotlight/backend"
	"pilotlight/backend/rule/doctor"
)

func ptr[T any](v T) *T { return &v }

var errBroken = errors.New("it broke")

// healthyLinux is a machine with everything in place.
func healthyLinux() backend.Platform {
	return backend.Platform{
		OS: "linux", Arch: "amd64", Version: "v1",
		State:   backend.StateFolder{Path: "/home/p/.local/state/pilotlight", Exists: true, Mode: 0o700},
		Socket:  backend.AgentSocket{Path: "/home/p/agent.sock", Max: 103, Exists: true, Version: "v1"},
		Port:    backend.DashboardPort{Addr: "127.0.0.1:7456", Ours: true},
		Window:  backend.WindowProgram{Path: "/usr/bin/pilotlight-window", Version: "v1"},
		Login:   backend.LoginItem{Path: "/home/p/x.desktop", Enabled: true, Program: "/usr/bin/pilotlight"},
		Desktop: &backend.Desktop{Display: ":0", TrayHost: true, Icon: ptr(true), Notices: true},
		Memory:  backend.MemoryProbe{Memory: &backend.Memory{TotalBytes: 512e9, UsedBytes: 402e9, Source: "gopsutil"}},
		GPU:     backend.GPUProbe{Source: "nvml", Card: true},
		Server:  backend.ServerProbe{URL: "http://127.0.0.1:1234", Folder: "/home/p/.lmstudio"},
	}
}

func healthyMac() backend.Platform {
	p := healthyLinux()
	p.OS, p.Arch, p.Desktop = "darwin", "arm64", nil
	p.GPU.Source = "ioreg"
	p.Sysctls = []backend.Sysctl{{Name: "hw.memsize", Value: ptr(uint64(512e9))}, {Name: "iogpu.wired_limit_mb", Value: ptr(uint64(0))}}
	return p
}

func TestNothingToMendOnAGoodMachine(t *testing.T) {
	for name, p := range map[string]backend.Platform{"linux": healthyLinux(), "mac": healthyMac()} {
		checks := doctor.Platform(p)
		for _, c := range checks {
			if c.Verdict != backend.FindingOK && c.Verdict != backend.FindingSkip {
				t.Errorf("%s: %s is %s: %s", name, c.ID, c.Verdict, c.Detail)
			}
		}
		if doctor.Failed(checks) {
			t.Errorf("%s: failed", name)
		}
	}
}

// TestEachTrouble breaks one thing at a time and looks at its check.
func TestEachTrouble(t *testing.T) {
	for _, tc := range []struct {
		name   string
		mac    bool
		breaks func(*backend.Platform)
		id     string
		want   backend.Finding
		says   string // in detail or hint
	}{
		{"folder read-only", false, func(p *backend.Platform) { p.State.Err = errBroken }, "state_folder", backend.FindingFail, "it broke"},
		{"folder open", false, func(p *backend.Platform) { p.State.Mode = 0o755 }, "state_folder", backend.FindingWarn, "0755"},
		{"token open", false, func(p *backend.Platform) { p.State.Open = []string{"token"} }, "state_folder", backend.FindingFail, "chmod 600 token"},
		{"folder new", false, func(p *backend.Platform) { p.State = backend.StateFolder{Path: "/p"} }, "state_folder", backend.FindingOK, "first start"},
		{"path too long", false, func(p *backend.Platform) { p.Socket.Path = "/" + strings.Repeat("x", 103) }, "socket_path", backend.FindingFail, "104"},
		{"path just fits", false, func(p *backend.Platform) { p.Socket.Path = strings.Repeat("x", 103) }, "socket_path", backend.FindingOK, "103"},
		{"no agent", false, func(p *backend.Platform) { p.Socket.Version, p.Socket.Exists = "", false }, "agent", backend.FindingWarn, "pilotlight agent"},
		{"dead socket", false, func(p *backend.Platform) { p.Socket.Version, p.Socket.Err = "", errBroken }, "agent", backend.FindingWarn, "it broke"},
		{"old agent", false, func(p *backend.Platform) { p.Socket.Version = "v0" }, "agent", backend.FindingWarn, "v0"},
		{"port taken", false, func(p *backend.Platform) { p.Port.Ours, p.Port.Err = false, errBroken }, "port", backend.FindingFail, "PILOTLIGHT_LISTEN"},
		{"port free", false, func(p *backend.Platform) { p.Port.Ours = false }, "port", backend.FindingOK, "free"},
		{"no window", false, func(p *backend.Platform) { p.Window = backend.WindowProgram{} }, "window", backend.FindingWarn, "make install"},
		{"no window on a Mac", true, func(p *backend.Platform) { p.Window = backend.WindowProgram{} }, "window", backend.FindingWarn, "Pilotlight.app"},
		{"window broken", false, func(p *backend.Platform) { p.Window.Err = errBroken }, "window", backend.FindingFail, "libwebkit2gtk-4.1-0"},
		{"window broken on a Mac", true, func(p *backend.Platform) { p.Window.Err = errBroken }, "window", backend.FindingFail, "Install Pilotlight.app again"},
		{"window of another version", false, func(p *backend.Platform) { p.Window.Version = "v2" }, "window", backend.FindingWarn, "v2"},
		{"no display", false, func(p *backend.Platform) { p.Desktop.Display = "" }, "display", backend.FindingWarn, "DISPLAY"},
		{"display on a Mac", true, func(*backend.Platform) {}, "display", backend.FindingSkip, "Linux"},
		{"no bus", false, func(p *backend.Platform) { p.Desktop = &backend.Desktop{BusErr: errBroken} }, "session_bus", backend.FindingWarn, "it broke"},
		{"no bus, no panel", false, func(p *backend.Platform) { p.Desktop = &backend.Desktop{BusErr: errBroken} }, "tray_host", backend.FindingSkip, "session bus"},
		{"no bus, no notices", false, func(p *backend.Platform) { p.Desktop = &backend.Desktop{BusErr: errBroken} }, "notifications", backend.FindingSkip, "session bus"},
		{"no panel", false, func(p *backend.Platform) { p.Desktop.TrayHost = false }, "tray_host", backend.FindingWarn, "AppIndicator"},
		{"no icon", false, func(p *backend.Platform) { p.Desktop.Icon = ptr(false) }, "status_item", backend.FindingWarn, "--no-tray"},
		{"icon not known", false, func(p *backend.Platform) { p.Desktop.Icon = nil }, "status_item", backend.FindingSkip, ""},
		{"icon on a Mac", true, func(*backend.Platform) {}, "status_item", backend.FindingSkip, "System Settings"},
		{"no notices", false, func(p *backend.Platform) { p.Desktop.Notices = false }, "notifications", backend.FindingWarn, "org.freedesktop.Notifications"},
		{"not at login", false, func(p *backend.Platform) { p.Login.Enabled = false }, "login_item", backend.FindingOK, "login on"},
		{"foreign login item", false, func(p *backend.Platform) { p.Login.Enabled, p.Login.Foreign = false, true }, "login_item", backend.FindingWarn, "not made by Pilotlight"},
		{"login starts nothing", false, func(p *backend.Platform) { p.Login.Missing = true }, "login_item", backend.FindingWarn, "not there"},
		{"login unreadable", false, func(p *backend.Platform) { p.Login.Err = errBroken }, "login_item", backend.FindingWarn, "it broke"},
		{"no memory", false, func(p *backend.Platform) { p.Memory = backend.MemoryProbe{Err: errBroken} }, "memory", backend.FindingFail, "it broke"},
		{"no memsize", true, func(p *backend.Platform) { p.Sysctls[0] = backend.Sysctl{Name: "hw.memsize", Err: errBroken} }, "sysctl_memsize", backend.FindingFail, "it broke"},
		{"no GPU limit", true, func(p *backend.Platform) {
			p.Sysctls[1] = backend.Sysctl{Name: "iogpu.wired_limit_mb", Err: errBroken}
		}, "sysctl_gpu_limit", backend.FindingWarn, "it broke"},
		{"GPU limit set", true, func(p *backend.Platform) { p.Sysctls[1].Value = ptr(uint64(450000)) }, "sysctl_gpu_limit", backend.FindingOK, "450000"},
		{"Intel Mac", true, func(p *backend.Platform) { p.Sysctls = p.Sysctls[:1] }, "sysctl_gpu_limit", backend.FindingSkip, "Apple silicon"},
		{"no GPU", false, func(p *backend.Platform) { p.GPU = backend.GPUProbe{Err: errBroken} }, "gpu", backend.FindingSkip, ""},
		{"GPU without driver", false, func(p *backend.Platform) { p.GPU = backend.GPUProbe{Card: true, Err: errBroken} }, "gpu", backend.FindingWarn, "driver"},
		{"GPU unreadable on a Mac", true, func(p *backend.Platform) { p.GPU = backend.GPUProbe{Err: errBroken} }, "gpu", backend.FindingWarn, "it broke"},
		{"no LM Studio", false, func(p *backend.Platform) { p.Server.Folder = "" }, "lmstudio", backend.FindingWarn, "http://127.0.0.1:1234"},
		{"bad address", false, func(p *backend.Platform) { p.Server.Err = errBroken }, "lmstudio", backend.FindingFail, "it broke"},
	} {
		t.Run(tc.name, func(t *testing.T) {
			p := healthyLinux()
			if tc.mac {
				p = healthyMac()
			}
			tc.breaks(&p)
			checks := doctor.Platform(p)
			c := checkNamed(t, checks, tc.id)
			if c.Verdict != tc.want {
				t.Errorf("%s is %s (%s), want %s", c.ID, c.Verdict, c.Detail, tc.want)
			}
			if !strings.Contains(c.Detail+" "+c.Hint, tc.says) {
				t.Errorf("%q, %q does not say %q", c.Detail, c.Hint, tc.says)
			}
			if got, want := doctor.Failed(checks), tc.want == backend.FindingFail; got != want {
				t.Errorf("failed = %v, want %v", got, want)
			}
		})
	}
}

// TestEveryCheckIsWhole: ids are unique and the same on every system, every
// check says something, and what is wrong comes with what to do.
func TestEveryCheckIsWhole(t *testing.T) {
	broken := backend.Platform{OS: "linux", Desktop: &backend.Desktop{}, Memory: backend.MemoryProbe{Err: errBroken}}
	var ids []string
	for i, p := range []backend.Platform{healthyLinux(), healthyMac(), broken, {}} {
		seen := map[string]bool{}
		var these []string
		for _, c := range doctor.Platform(p) {
			if seen[c.ID] || c.ID == "" || c.Title == "" || c.Group == "" || c.Detail == "" {
				t.Errorf("check %+v is incomplete or twice there", c)
			}
			if bad := c.Verdict == backend.FindingWarn || c.Verdict == backend.FindingFail; bad != (c.Hint != "") {
				t.Errorf("%s is %s with hint %q", c.ID, c.Verdict, c.Hint)
			}
			seen[c.ID], these = true, append(these, c.ID)
		}
		if i == 0 {
			ids = these
		} else if strings.Join(these, " ") != strings.Join(ids, " ") {
			t.Errorf("checks = %v, want %v", these, ids)
		}
	}
}

func checkNamed(t *testing.T, checks []backend.Check, id string) backend.Check {
	t.Helper()
	for _, c := range checks {
		if c.ID == id {
			return c
		}
	}
	t.Fatalf("no check %s", id)
	return backend.Check{}
}
