package lmstudio

import (
	"context"
	"encoding/json"
	"io"
	"net/http"
	"slices"
	"time"

	"pilotlight/backend"
	"pilotlight/backend/wire"
)

const (
	// greetTimeout and aliveTimeout bound the questions that a failed look asks
	// besides; both are answered at once by an LM Studio that is well.
	greetTimeout = time.Second
	aliveTimeout = time.Second     // a machine that loads a large model answers late; a closed port refuses at once
	allTimeout   = 2 * time.Second // for all the ports together
)

// silent describes a server that takes connections and does not answer. It is
// not "down": a Mac that is short of memory hangs like this with its models
// still loaded.
func (c *Client) silent(ctx context.Context, err error) *backend.Error {
	ctx, cancel := context.WithTimeout(ctx, greetTimeout)
	defer cancel()
	if c.greets(ctx) {
		return &backend.Error{
			Code:    backend.CodeTimeout,
			Message: "LM Studio is there, but its list of models does not come.",
			Hint:    "It may be busy loading. If this goes on for minutes, restart LM Studio.",
			Err:     err,
		}
	}
	return &backend.Error{
		Code:    backend.CodeTimeout,
		Message: "The program at " + c.cfg.URL + " takes connections, but does not answer.",
		Hint:    "LM Studio may be stuck. If this goes on for minutes, quit it and open it again.",
		Err:     err,
	}
}

// greets asks the HTTP server's greeting, which needs no token even where the
// rest does (lmstudio-js, LMStudioClient.ts).
func (c *Client) greets(ctx context.Context) bool {
	var v struct {
		LMStudio wire.Bool `json:"lmstudio"`
	}
	return c.ask(ctx, c.cfg.URL+"/lmstudio-greeting", &v) && v.LMStudio.Yes()
}

// nobodyThere tells an app without its server from no app at all.
func (c *Client) nobodyThere(ctx context.Context, err error) backend.Observation {
	obs := backend.Observation{State: backend.ServerDown}
	switch {
	case !c.local:
		obs.Err = &backend.Error{
			Code:    backend.CodeNetwork,
			Message: "Nothing answers at " + c.cfg.URL + ".",
			Hint:    "Check that the other computer is on, and that in LM Studio there (Developer, Server Settings) \"Serve on Local Network\" is on.",
			Err:     err,
		}
	case len(c.cfg.InternalPorts) == 0:
		obs.Err = c.netError(err, "")
	case c.alive(ctx):
		obs.State = backend.ServerOff
		obs.Err = &backend.Error{
			Code:    backend.CodeServerOff,
			Message: "LM Studio is open, but its server is switched off or listens at another port than " + c.cfg.URL + ".",
			Hint:    "In LM Studio open Developer and switch Status to Running.",
			Err:     err,
		}
	default:
		obs.Err = &backend.Error{
			Code:    backend.CodeAppOff,
			Message: "LM Studio is not open.",
			Hint:    "Open LM Studio, then open Developer there and switch Status to Running.",
			Err:     err,
		}
	}
	return obs
}

// alive asks the internal API whether the app runs, and learns its version. The
// port that answered last is asked first.
func (c *Client) alive(ctx context.Context) bool {
	c.mu.Lock()
	last := c.seen.lifePort
	c.mu.Unlock()
	ports := c.cfg.InternalPorts
	if at := slices.Index(ports, last); at > 0 {
		ports = slices.Concat([]int{last}, ports[:at], ports[at+1:])
	}
	ctx, cancel := context.WithTimeout(ctx, allTimeout)
	defer cancel()
	for _, p := range ports {
		if ctx.Err() != nil {
			return false
		}
		if v, ok := c.status(ctx, p); ok {
			c.noteVersion(v)
			c.mu.Lock()
			c.seen.lifePort = p
			c.mu.Unlock()
			return true
		}
	}
	return false
}

// status asks one internal port. What another program answers there is told by
// the missing package name.
func (c *Client) status(ctx context.Context, port int) (version string, ok bool) {
	ctx, cancel := context.WithTimeout(ctx, aliveTimeout)
	defer cancel()
	var v struct {
		Package looseString `json:"package"`
		Version looseString `json:"version"`
	}
	if !c.ask(ctx, "http://"+onPort(c.host, port)+"/lms-status", &v) || v.Package == "" {
		return "", false
	}
	return v.Version.label(), true
}

// ask gets a small JSON object without showing the token, over a connection of
// its own: the answer is wanted from whoever takes connections now.
func (c *Client) ask(ctx context.Context, url string, v any) bool {
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, url, nil)
	if err != nil {
		return false
	}
	req.Close = true
	req.Header.Set("User-Agent", "Pilotlight")
	res, err := c.http.Do(req)
	if err != nil {
		return false
	}
	defer res.Body.Close()
	if res.StatusCode != http.StatusOK {
		return false
	}
	b, err := io.ReadAll(io.LimitReader(res.Body, 4<<10))
	return err == nil && json.Unmarshal(b, v) == nil
}
