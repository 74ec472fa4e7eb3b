package openai

import (
	"context"
	"net/http"
	"strings"
	"sync"
	"time"

	"pilotlight/backend"
	"pilotlight/backend/wire"
)

// Config says where a server is.
type Config struct {
	ID  string // the server's id in everything that Pilotlight tells
	URL string // OpenClaw's baseUrl, with or without /v1

	// Token is sent to the URL's own host alone, "" for none; never logged, never
	// in an error. A hosted provider never gets it.
	Token string

	// Hosted says that the server is somebody else's, over the internet: it is
	// asked whether it answers, and nothing more.
	Hosted bool

	// AskAllowed says that the person wants requests of one token to be made of a
	// gateway, where they may cost money.
	AskAllowed bool
}

// Client speaks with one server. Its methods may be called at the same time from
// several goroutines. Close ends it.
type Client struct {
	cfg  Config
	at   address
	good bool // the URL can be used
	http *http.Client
	wait time.Duration

	// life ends with Close and with it everything that still runs.
	life context.Context
	end  context.CancelFunc

	mu   sync.Mutex
	seen seen
}

// seen is what earlier answers taught; guarded by Client.mu. It is forgotten when
// the server was down or answers as another.
type seen struct {
	engine  backend.Engine // that answers, "" when it is not known
	last    backend.Engine // that answered last, kept over an outage
	probed  time.Time      // when it was last asked who it is
	version string
	models  string // the list's URL that worked
	told    bool   // the version was asked for

	long   remembered
	llama  llamaSeen
	ollama ollamaSeen
	lite   liteSeen
}

// New makes a client. It connects nowhere until it is asked something.
func New(cfg Config) *Client {
	cfg.Token = strings.TrimSpace(cfg.Token)
	c := &Client{cfg: cfg}
	c.at, c.good = parseAddress(cfg.URL)
	c.wait = patienceWith(c.at.local)
	c.life, c.end = context.WithCancel(context.Background())
	c.http = &http.Client{
		Transport:     wire.Toward(c.at.local || backend.Nearby(c.at.host), dialTimeout),
		CheckRedirect: wire.Stay,
	}
	return c
}

// ID is the server's id from the Config.
func (c *Client) ID() string { return c.cfg.ID }

// URL is where the server is, without /v1 and without a trailing slash.
func (c *Client) URL() string {
	if !c.good {
		return ""
	}
	return c.at.base
}

// Local says that the URL's host is this machine, by name or address.
func (c *Client) Local() bool { return c.at.local }

// Close ends every connection. Calls that still run return an error. Close may be
// called twice; it never fails.
func (c *Client) Close() error {
	c.end()
	c.http.CloseIdleConnections()
	return nil
}

// engine is what answered last, "" before the first answer and after an outage.
func (c *Client) engine() backend.Engine {
	if c.cfg.Hosted {
		return backend.EngineHosted
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.seen.engine
}

// forget drops what was learned of a server that is gone.
func (c *Client) forget() {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.seen = seen{last: c.seen.last}
}

// learn runs f on what is known of the server.
func (c *Client) learn(f func(*seen)) {
	c.mu.Lock()
	defer c.mu.Unlock()
	f(&c.seen)
}

// known is a copy of what is known of the server. What its maps hold is replaced
// and never changed.
func (c *Client) known() seen {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.seen
}
