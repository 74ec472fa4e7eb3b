// Package wire is what the clients of other people's servers have in common: how a
// connection is made, and what may be sent over it. It knows no server, and must
// never send anything itself.
package wire

import (
	"net"
	"net/http"
	"strings"
	"time"
)

// Transport is one for a server that is asked the same small thing for ever: one
// idle connection, small buffers, no compression. Connecting may take as long as
// dial. It goes past any proxy; whoever wants one sets it.
func Transport(dial time.Duration) *http.Transport {
	return &http.Transport{
		DialContext:            (&net.Dialer{Timeout: dial, KeepAlive: 30 * time.Second}).DialContext,
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

// Stay is for http.Client.CheckRedirect: a redirect would carry a token to wherever
// it points, so it is an answer like any other.
func Stay(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }

// HeaderSafe says whether s can be sent as a header's value as it is.
func HeaderSafe(s string) bool {
	return !strings.ContainsFunc(s, func(r rune) bool { return r <= ' ' || r >= 0x7f })
}
