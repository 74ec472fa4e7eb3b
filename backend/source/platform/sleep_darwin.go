package platform

import (
	"context"
	"os/exec"

	"pilotlight/backend"
)

// maxPmset bounds what pmset may print, in bytes.
const maxPmset = 256 << 10

// Sleep asks pmset when this Mac goes to sleep by itself; nil where it does not
// tell. It runs a program three times, so it is for when somebody asks.
func Sleep(ctx context.Context, _ func(string) string) *backend.SleepRule {
	return pmsetRule(pmset(ctx, "custom"), pmset(ctx, "batt"), pmset(ctx, "assertions"))
}

// pmset is what "pmset -g" prints of one kind, "" where it does not run.
func pmset(ctx context.Context, kind string) string {
	out := limited{max: maxPmset}
	cmd := exec.CommandContext(ctx, "/usr/bin/pmset", "-g", kind)
	cmd.Stdout, cmd.WaitDelay = &out, killWait
	if cmd.Run() != nil {
		return ""
	}
	return out.buf.String()
}
