package backend

import (
	"net/netip"
	"strings"
)

// tailnet is the range that Tailscale gives out: shared address space, RFC 6598.
var tailnet = netip.MustParsePrefix("100.64.0.0/10")

// Nearby says whether a host, without its port, is on a network of the person's
// own: a model server on it is their machine and not a hosted service, and what is
// said to it is nothing for a proxy.
func Nearby(host string) bool {
	host = strings.ToLower(strings.TrimSuffix(strings.Trim(host, "[]"), "."))
	if a, err := netip.ParseAddr(host); err == nil {
		a = a.Unmap().WithZone("")
		return a.IsLoopback() || a.IsPrivate() || a.IsLinkLocalUnicast() || tailnet.Contains(a)
	}
	if !strings.Contains(host, ".") {
		return true
	}
	for _, tail := range []string{".local", ".localhost", ".lan", ".home", ".internal", ".home.arpa", ".ts.net"} {
		if strings.HasSuffix(host, tail) {
			return true
		}
	}
	return false
}

// Loopback says whether a host, without its port, can only be this machine.
func Loopback(host string) bool {
	if strings.EqualFold(host, "localhost") {
		return true
	}
	a, err := netip.ParseAddr(host)
	return err == nil && a.Unmap().IsLoopback()
}
