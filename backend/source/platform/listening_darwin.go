package platform

import (
	"context"
	"os/exec"
	"strconv"

	"pilotlight/backend"
)

// maxLsof bounds what lsof may print, in bytes.
const maxLsof = 64 << 10

// Listening tells on which addresses of this machine a server takes connections at
// a port; nil where no program of this user listens there. It runs lsof, so it is
// for when somebody asks.
func Listening(ctx context.Context, server string, port int) *backend.Listening {
	out := limited{max: maxLsof}
	cmd := exec.CommandContext(ctx, "/usr/sbin/lsof", "-nP", "-iTCP:"+strconv.Itoa(port), "-sTCP:LISTEN", "-Fn")
	cmd.Stdout, cmd.WaitDelay = &out, killWait
	_ = cmd.Run() // it fails too where nothing is found; what it printed counts
	return listening(server, "lsof", lsofAddresses(out.buf.String(), port))
}
