package openclaw

import (
	"context"
	"encoding/json"
	"errors"
	"io"
	"net"
	"net/http"
	"strconv"
	"syscall"
	"time"

	"pilotlight/backend/wire"
)

// gatewayWait is how long a gateway may take to say that it lives.
const gatewayWait = time.Second

// Gateway asks whether OpenClaw's gateway answers at a port of this machine:
// "up"; "down" when nothing listens; "unknown" when something else answers, or
// nothing in time. It needs no sign-in on the loopback (seen on 2026.9.6; a version
// that answers otherwise is "unknown").
func Gateway(ctx context.Context, port int) string {
	ctx, cancel := context.WithTimeout(ctx, gatewayWait)
	defer cancel()
	url := "http://" + net.JoinHostPort("127.0.0.1", strconv.Itoa(port)) + "/healthz"
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, url, nil)
	if err != nil {
		return "unknown"
	}
	// A client of its own: no proxy stands before the loopback, a redirect leads
	// away from the gateway, and a connection that is kept would hold a port.
	client := http.Client{
		Transport:     wire.Once(gatewayWait),
		CheckRedirect: wire.Stay,
	}
	res, err := client.Do(req)
	if errors.Is(err, syscall.ECONNREFUSED) {
		return "down"
	}
	if err != nil {
		return "unknown"
	}
	defer res.Body.Close()
	body, err := io.ReadAll(io.LimitReader(res.Body, 4<<10))
	var health struct {
		OK     bool
		Status string
	}
	if err != nil || json.Unmarshal(body, &health) != nil || !health.OK || health.Status != "live" {
		return "unknown"
	}
	return "up"
}
