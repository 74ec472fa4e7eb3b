package doctor_test

import (
	"io/fs"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"pilotlight/backend"
	"pilotlight/backend/rule/doctor"
)

func (d draw) list() []string {
	return rapid.SliceOfN(rapid.SampledFrom([]string{"", "exec", "group:web", "*", "web_*", "[", "\\", "browser", "Write", "🔥", "%s"}), 0, 4).Draw(d.T, "list")
}

func (d draw) rule() backend.ToolRule {
	return backend.ToolRule{Profile: pick(d, "", "full", "coding", "messaging", "Minimal", "%d"), Allow: d.list(), Also: d.list(), Deny: d.list()}
}

// fences adds what the groups safety and machine go by.
func (d draw) fences(f *doctor.Facts) {
	r := d.rule()
	s := backend.ConfigSafety{
		ToolsProfile: r.Profile, ToolsAllow: r.Allow, ToolsAlso: r.Also, ToolsDeny: r.Deny, ToolsBy: map[string]backend.ToolRule{d.word(): d.rule(), d.word(): d.rule()},
		ExecMode: pick(d, "", "deny", "ask", "full", "%v"), WebSearch: maybe(d, d.coin()), WebFetch: maybe(d, d.coin()), Browser: maybe(d, d.coin()),
		SandboxMode: pick(d, "", "off", "all", "non-main", "%s"), Compaction: pick(d, "", "safeguard", "%s"), CompactionOn: maybe(d, d.coin()),
		OwnRules: d.list(), ClearTextKeys: d.list(), GatewayBind: pick(d, "", "lan", "loopback", "custom", "auto", "%s"), GatewayHost: pick(d, "", "::1", "localhost", "9.9.9.9", "%s"),
		GatewayAuth: pick(d, "", "none", "token", "trusted-proxy"), GatewayKey: d.coin(),
	}
	f.Safety, f.OS, f.Unified = maybe(d, s), pick(d, "", "darwin", "linux"), d.coin()
	for range rapid.IntRange(0, 5).Draw(d.T, "files") {
		f.Files = append(f.Files, backend.FileAccess{
			Path: pick(d, state, state+"/openclaw.json", state+"/agents", "/", "", "/tmp/%s", strings.Repeat("é/", 4000)),
			Mode: pick(d, 0, fs.ModeDir) | fs.FileMode(rapid.IntRange(0, 0o777).Draw(d.T, "mode")), Mine: d.coin(),
		})
	}
	for range rapid.IntRange(0, 3).Draw(d.T, "listening") {
		f.Listening = append(f.Listening, backend.Listening{Server: d.word(), All: d.coin(), Token: maybe(d, d.coin())})
	}
	f.Disk = maybe(d, backend.DiskSpace{Path: pick(d, "", "/", "%s"), FreeBytes: d.bytes(), TotalBytes: d.bytes()})
	f.Sleep = maybe(d, backend.SleepRule{IdleMinutes: maybe(d, pick(d, 0, -3, 0.01, 15, 1e300)), OnBattery: d.coin(), Held: pick(d, "", "caffeinate", "%s")})
	sample := backend.Sample{Memory: maybe(d, backend.Memory{
		TotalBytes: d.bytes(), UsedBytes: d.bytes(), PhysicalBytes: maybe(d, d.bytes()), SwapUsedBytes: maybe(d, d.bytes()),
		Pressure: maybe(d, pick(d, backend.PressureNormal, backend.PressureWarning, backend.PressureCritical, "", "%s")),
	})}
	for range rapid.IntRange(0, 4).Draw(d.T, "gpus") {
		sample.GPUs = append(sample.GPUs, backend.GPU{MemoryTotalBytes: maybe(d, d.bytes()), MemoryLimitBytes: maybe(d, d.bytes())})
	}
	f.Status.Machine = maybe(d, sample)
}

// TestWhateverTheFencesTheReportIsSound: no panic, no number below nothing, no fix
// without a version whose keys are known, none for what belongs to somebody else.
func TestWhateverTheFencesTheReportIsSound(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(rt *rapid.T) {
		d := draw{rt}
		f := d.facts()
		d.fences(&f)
		checks := doctor.Examine(f)
		sound(rt, checks)
		for _, c := range checks {
			if c.Group != "safety" && c.Group != "machine" {
				continue
			}
			if strings.Contains(c.Detail, " -") || strings.Contains(c.Hint, "=-") {
				rt.Errorf("%s tells of less than nothing: %s (%s)", c.ID, c.Detail, c.Hint)
			}
			for _, fix := range append(c.Others, deref(c.Fix)...) {
				for _, e := range fix.Do.Edits {
					if strings.HasPrefix(e.Path, "tools.") && (f.Version == "" || f.Version == "latest" || f.Version == "9.9" || f.Version == "v2026.11.1") {
						rt.Errorf("%s: %s writes %s for OpenClaw %q", c.ID, fix.ID, e.Path, f.Version)
					}
				}
				for _, path := range fix.Do.Paths {
					mine := false
					for _, a := range f.Files {
						mine = mine || a.Path == path && a.Mine
					}
					if !mine {
						rt.Errorf("%s: %s changes %q", c.ID, fix.ID, path)
					}
				}
			}
		}
	})
}
