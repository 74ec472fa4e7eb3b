package platform

import (
	"context"
	"net/netip"
	"os"
	"path/filepath"

	"pilotlight/backend"
)

// Listening tells on which addresses of this machine a server takes connections at
// a port; nil where nothing listens there. It reads the kernel's tables.
func Listening(_ context.Context, server string, port int) *backend.Listening {
	return listeningIn("/proc", server, port)
}

func listeningIn(proc, server string, port int) *backend.Listening {
	var at []netip.Addr
	for _, table := range []string{"tcp", "tcp6"} {
		f, err := os.Open(filepath.Join(proc, "net", table))
		if err != nil {
			continue // a kernel without IPv6 has no second table
		}
		at = append(at, tcpTable(f, port)...)
		_ = f.Close()
	}
	return listening(server, "procfs", at)
}
