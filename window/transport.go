package window

import (
	"context"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"time"
)

const (
	// agentHost is only a name: the socket is the address.
	agentHost    = "pilotlight"
	maxRedirects = 3
)

// transport speaks to the agent's socket and follows its redirects, because a
// web view follows none on its own scheme (wails.io, Guides: Assets Server).
type transport struct {
	quick   *http.Transport // for requests that the agent answers from what it knows
	patient *http.Transport // for those that wait for a model server
}

func newTransport(socket string) *transport {
	make := func(limit time.Duration) *http.Transport {
		return &http.Transport{
			DialContext: func(ctx context.Context, _, _ string) (net.Conn, error) {
				return new(net.Dialer).DialContext(ctx, "unix", socket)
			},
			DisableCompression:     true,
			MaxIdleConns:           8,
			IdleConnTimeout:        30 * time.Second,
			ResponseHeaderTimeout:  limit,
			MaxResponseHeaderBytes: 64 << 10,
		}
	}
	return &transport{quick: make(answerLimit), patient: make(0)}
}

// RoundTrip sends one request, and for one that only reads the further ones
// that redirects lead to.
func (t *transport) RoundTrip(r *http.Request) (*http.Response, error) {
	if r.Method != http.MethodGet && r.Method != http.MethodHead {
		return t.patient.RoundTrip(r)
	}
	for range maxRedirects {
		res, err := t.quick.RoundTrip(r)
		if err != nil || !isRedirect(res) {
			return res, err
		}
		to, err := inside(r.URL, res.Header.Get("Location"))
		_, _ = io.Copy(io.Discard, io.LimitReader(res.Body, 64<<10))
		_ = res.Body.Close()
		if err != nil {
			return nil, err
		}
		r = r.Clone(r.Context())
		r.URL = to
	}
	return nil, fmt.Errorf("more than %d redirects, the last to %s", maxRedirects, r.URL.Path)
}

func isRedirect(res *http.Response) bool {
	switch res.StatusCode {
	case http.StatusMovedPermanently, http.StatusFound, http.StatusSeeOther,
		http.StatusTemporaryRedirect, http.StatusPermanentRedirect:
		return res.Header.Get("Location") != ""
	}
	return false
}

// inside resolves a redirect and refuses one that leads away from the agent.
func inside(from *url.URL, location string) (*url.URL, error) {
	to, err := from.Parse(location)
	if err != nil {
		return nil, fmt.Errorf("a redirect to an address that is none: %w", err)
	}
	if to.Scheme != from.Scheme || to.Host != from.Host {
		return nil, fmt.Errorf("a redirect away from the agent, to %s", to.Host)
	}
	return to, nil
}
