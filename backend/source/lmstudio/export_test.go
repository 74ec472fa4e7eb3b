package lmstudio

import (
	"io"
	"time"

	"pilotlight/backend"
)

// SetClock makes the waiting between diallings follow a test's clock.
func SetClock(c *Client, now func() time.Time) { c.ws.clock = now }

// ReadList reads an answer of the v1 or the v0 list.
func ReadList(r io.Reader, api backend.API, now func() time.Time) (models []backend.Model, found, whole, failed bool, err error) {
	d := dialectV1
	if api == backend.APIv0 {
		d = dialectV0
	}
	l, err := readList(r, d, now)
	return l.models, l.found, l.whole, l.apiErr != nil, err
}
