package lmstudio

import (
	"context"
	"errors"
	"net/url"
	"strconv"
	"time"

	"pilotlight/backend"
)

// startTime bounds the switching on of the HTTP server, in which LM Studio
// opens a port.
const startTime = 10 * time.Second

// startParameter is lmstudio-js's parameter of startHttpServer. Its cors is
// left out, so that the person's own setting stands.
type startParameter struct {
	Port int `json:"port,omitempty"`
}

// StartServer switches the HTTP server of a running LM Studio on, at the port
// where it is expected. It asks the app through the port that the app keeps for
// such questions (lmstudio-js, SystemNamespace), so it can never open an app
// that is closed: then it fails with CodeAppOff. That the server then answers
// is for the next look to say.
func (c *Client) StartServer(ctx context.Context) error {
	if c.base == nil || !c.local {
		return &backend.Error{
			Code: backend.CodeUnsupported, Message: "Pilotlight can switch on the server of an LM Studio on this machine only.",
			Hint: "On the other computer open Developer in LM Studio and switch Status to Running.",
		}
	}
	ctx, stop := c.bound(ctx)
	defer stop()
	ctx, cancel := context.WithTimeout(ctx, startTime)
	defer cancel()
	if !c.alive(ctx) && !c.alive(ctx) { //nolint:staticcheck // a person waits, so that it is asked once more
		return &backend.Error{
			Code: backend.CodeAppOff, Message: "LM Studio is not open.",
			Hint: "Open LM Studio, then open Developer there and switch Status to Running.",
		}
	}
	c.mu.Lock()
	internal := c.seen.lifePort
	c.mu.Unlock()
	cn, err := openConn(ctx, c.life, c.http, "http://"+onPort(c.host, internal)+nsSystem, newHello(c.cfg.Token), func(*conn) {})
	if err != nil {
		return cannotStart(err, "")
	}
	defer cn.close()
	_, err = cn.callFor(ctx, startTime, "startHttpServer", startParameter{Port: portOf(c.base)})
	if e, ok := errors.AsType[*wsError](err); ok {
		return cannotStart(err, c.said("LM Studio did not switch its server on", &e.apiError))
	}
	if errors.Is(err, errNoResult) {
		return &backend.Error{
			Code: backend.CodeTimeout, Message: "LM Studio has not said yet whether its server is on.", Hint: "Wait a moment: it may still come.", Err: err,
		}
	}
	if err != nil {
		return cannotStart(err, "")
	}
	return nil
}

func cannotStart(err error, message string) *backend.Error {
	if message == "" {
		message = "LM Studio is open, but did not let Pilotlight switch its server on."
	}
	return &backend.Error{
		Code: backend.CodeRefused, Message: message, Hint: "In LM Studio open Developer and switch Status to Running.", Err: err,
	}
}

// portOf is the port of a URL, 0 where it names none that can be asked for.
func portOf(u *url.URL) int {
	n, err := strconv.Atoi(u.Port())
	if err != nil || n < 1 || n > 65535 {
		return 0
	}
	return n
}
