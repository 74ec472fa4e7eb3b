//go:build e2e

package e2e

import (
	"strings"
	"testing"
)

// TestConfig edits the config of the real OpenClaw with Pilotlight's command line,
// while the agent runs, and has OpenClaw judge every result.
func TestConfig(t *testing.T) {
	for _, version := range []string{"2026.9.6", "2026.3.13", "2026.2.9"} {
		for n, config := range ownConfigs(t) {
			name := strings.TrimSuffix(config, ".json5")
			play(t, version, "config recipes "+name, func(t *testing.T) { cook(t, version, n, config) })
		}
		if version == "2026.2.9" {
			continue // its gateway says nothing that Pilotlight goes by, and undoes nothing
		}
		play(t, version, "config live", func(t *testing.T) { live(t, version) })
		play(t, version, "config stopped", func(t *testing.T) { stopped(t, version) })
		play(t, version, "config race", func(t *testing.T) { race(t, version) })
		if version == "2026.9.6" { // the older ones undo nothing
			play(t, version, "config undone", func(t *testing.T) { undone(t, version) })
		}
	}
}

func play(t *testing.T, version, name string, scene func(*testing.T)) {
	t.Run(version+"/"+name, func(t *testing.T) {
		t.Parallel()
		scene(t)
	})
}
