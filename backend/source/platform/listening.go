package platform

import (
	"encoding/binary"
	"encoding/hex"
	"io"
	"net/netip"
	"slices"
	"strconv"
	"strings"

	"pilotlight/backend"
)

// listening says what the addresses that are listened on at a port mean; nil where
// there is none.
func listening(server, source string, at []netip.Addr) *backend.Listening {
	if len(at) == 0 {
		return nil
	}
	all := slices.ContainsFunc(at, func(a netip.Addr) bool { return !a.Unmap().IsLoopback() })
	return &backend.Listening{Server: server, All: all, Source: source}
}

// maxTable bounds what is read of the kernel's table of connections, in bytes: it
// has a line of some 150 bytes for each, and those that listen come first.
const maxTable = 4 << 20

// listenState is TCP_LISTEN in the kernel's tables (net/tcp_states.h).
const listenState = "0A"

// tcpTable reads /proc/net/tcp or tcp6 (proc_net_tcp(5)) and gives the addresses
// that are listened on at a port.
func tcpTable(r io.Reader, port int) (found []netip.Addr) {
	b, err := io.ReadAll(io.LimitReader(r, maxTable))
	if err != nil {
		return nil
	}
	for line := range strings.Lines(string(b)) {
		f := strings.Fields(line)
		if len(f) < 4 || f[3] != listenState {
			continue
		}
		address, hexPort, ok := strings.Cut(f[1], ":")
		n, err := strconv.ParseUint(hexPort, 16, 16)
		if !ok || err != nil || int(n) != port {
			continue
		}
		if a, ok := kernelAddress(address); ok {
			found = append(found, a)
		}
	}
	return found
}

// kernelAddress reads an address as the kernel prints it: words of four bytes, each
// as a number of this machine.
func kernelAddress(s string) (netip.Addr, bool) {
	b, err := hex.DecodeString(s)
	if err != nil || len(b)%4 != 0 {
		return netip.Addr{}, false
	}
	for i := 0; i < len(b); i += 4 {
		binary.NativeEndian.PutUint32(b[i:], binary.BigEndian.Uint32(b[i:]))
	}
	return netip.AddrFromSlice(b)
}

// lsofAddresses reads what "lsof -F n" prints: a line for each socket, of which
// those with a name begin with n.
func lsofAddresses(text string, port int) (found []netip.Addr) {
	for line := range strings.Lines(text) {
		name, ok := strings.CutPrefix(strings.TrimSpace(line), "n")
		host, ok2 := strings.CutSuffix(name, ":"+strconv.Itoa(port))
		if !ok || !ok2 {
			continue
		}
		if host == "*" {
			found = append(found, netip.IPv6Unspecified())
		} else if a, err := netip.ParseAddr(strings.Trim(host, "[]")); err == nil {
			found = append(found, a.WithZone(""))
		}
	}
	return found
}
