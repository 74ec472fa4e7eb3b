// Package wire is what the clients of other people's servers have in common: how a
// connection is made, and what may be sent over it. It knows no server, and must
// never send anything itself.
package wire

import (
	"errors"
	"net"
	"net/http"
	"net/netip"
	"slices"
	"strings"
	"syscall"
	"time"
)

// Transport is one for a server that is asked the same small thing for ever: one
// idle connection, small buffers, no compression. Connecting may take as long as
// dial. It goes past any proxy; whoever wants one sets it.
func Transport(dial time.Duration) *http.Transport {
	return &http.Transport{
		DialContext:            (&net.Dialer{Timeout: dial, KeepAlive: 30 * time.Second, Control: notMetadata}).DialContext,
		TLSHandshakeTimeout:    dial,
		MaxIdleConns:           2,
		MaxIdleConnsPerHost:    1,
		IdleConnTimeout:        90 * time.Second,
		MaxResponseHeaderBytes: 32 << 10,
		ReadBufferSize:         4 << 10,
		WriteBufferSize:        4 << 10,
		DisableCompression:     true,
	}
}

// Toward is Transport for a server that is near, or through the environment's proxy for
// one that is not: HTTP_PROXY is not for this machine, nor for others of the person's own
// network, whose token it would see.
func Toward(near bool, dial time.Duration) *http.Transport {
	t := Transport(dial)
	if !near {
		t.Proxy = http.ProxyFromEnvironment
	}
	return t
}

// Once is Transport for a server that is asked a single time: no connection is kept.
func Once(dial time.Duration) *http.Transport {
	t := Transport(dial)
	t.DisableKeepAlives = true
	return t
}

// metadata are where clouds tell a machine its own passwords (AWS, Azure, Google and
// others; AWS ECS and EKS; Alibaba; Azure's host; as documented in 2026). No model
// server is there, and a config that names one of them, or a name that leads to one,
// is a trap.
var metadata = []netip.Addr{
	netip.MustParseAddr("169.254.169.254"), netip.MustParseAddr("169.254.170.2"), netip.MustParseAddr("169.254.170.23"),
	netip.MustParseAddr("100.100.100.200"), netip.MustParseAddr("168.63.129.16"),
	netip.MustParseAddr("fd00:ec2::254"), netip.MustParseAddr("fd00:ec2::23"), netip.MustParseAddr("fd20:ce::254"),
}

// ErrMetadata says that an address is one of those, so that nothing was asked there.
var ErrMetadata = errors.New("a cloud keeps this machine's own passwords there")

// notMetadata refuses a connection before it is made. It sees the address that a
// name led to, so that no name leads past it.
func notMetadata(_, address string, _ syscall.RawConn) error {
	at, err := netip.ParseAddrPort(address)
	if err == nil && slices.Contains(metadata, at.Addr().Unmap().WithZone("")) {
		return ErrMetadata
	}
	return nil
}

// Stay is for http.Client.CheckRedirect: a redirect would carry a token to wherever
// it points, so it is an answer like any other.
func Stay(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }

// HeaderSafe says whether s can be sent as a header's value as it is.
func HeaderSafe(s string) bool {
	return !strings.ContainsFunc(s, func(r rune) bool { return r <= ' ' || r >= 0x7f })
}
