//go:build e2e

package e2e

import "testing"

// TestConfig edits the config of the real OpenClaw with Pilotlight's command line,
// while the agent runs, and has OpenClaw judge every result.
func TestConfig(t *testing.T) {
	for _, version := range []string{"2026.9.6", "2026.3.13", "2026.2.9"} {
		for n, config := range ownConfigs(t) {
			play(t, version, "config recipes "+config, func(t *testing.T) { cook(t, version, n, config) })
		}
	}
}

func play(t *testing.T, version, name string, scene func(*testing.T)) {
	t.Run(version+"/"+name, func(t *testing.T) {
		t.Parallel()
		scene(t)
	})
}
