package lmstudio

import "pilotlight/backend"

// What LM Studio tells: its list tells what is loaded with which context; whether
// an instance is busy and when it will expire, only the WebSocket does.
var (
	tellsAll = backend.Tells{
		Loaded: true, Context: true, Busy: true, Expiry: true, Load: true, Unload: true, WarmBy: backend.WarmByLoad,
	}
	tellsREST = backend.Tells{
		Loaded: true, Context: true, Load: true, Unload: true, WarmBy: backend.WarmByLoad,
		Note: "Over HTTP alone LM Studio tells neither what is busy nor when an idle model goes.",
	}
)

// tells is what this server tells, as far as it was asked to.
func (c *Client) tells() *backend.Tells {
	if c.cfg.NoWebSocket {
		return &tellsREST
	}
	return &tellsAll
}
