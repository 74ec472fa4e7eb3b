package lmstudio

import (
	"context"
	"net/http"
	"net/url"
	"strings"
	"sync"
	"time"

	"pilotlight/backend"
	"pilotlight/backend/wire"
)

// clock tells the time.
type clock func() time.Time

// Client speaks with one LM Studio. Its methods may be called at the same time
// from several goroutines. Close ends it.
type Client struct {
	cfg   Config
	base  *url.URL // nil when cfg.URL cannot be used
	host  string
	local bool
	http  *http.Client

	// life ends with Close and with it everything that outlasts a call.
	life context.Context
	end  context.CancelFunc

	mu   sync.Mutex
	seen seen

	ws sockets
}

// seen is what earlier answers taught; guarded by Client.mu.
type seen struct {
	api       backend.API // the list route last known to work, "" at first
	up        bool        // the last look brought a list
	v1Asked   time.Time   // when v1 was last tried on a server known for v0
	version   string
	lost      bool // a standing connection broke since the last observation
	lifePort  int  // the internal port that answered last, 0 for none
	embedding map[string]struct{}
	list      lastList
}

// New makes a client. It connects nowhere until it is asked something.
func New(cfg Config) *Client {
	cfg.URL = strings.TrimRight(cfg.URL, "/")
	cfg.Token = strings.TrimSpace(cfg.Token)
	c := &Client{cfg: cfg, ws: sockets{clock: time.Now, turn: make(chan struct{}, 1)}}
	if u, err := url.Parse(cfg.URL); err == nil && u.Hostname() != "" && u.User == nil && (u.Scheme == "http" || u.Scheme == "https") {
		c.base, c.host, c.local = u, u.Hostname(), backend.Loopback(u.Hostname())
	}
	c.life, c.end = context.WithCancel(context.Background())
	c.http = &http.Client{
		Transport:     wire.Toward(c.local || backend.Nearby(c.host), dialTimeout),
		CheckRedirect: wire.Stay,
	}
	return c
}

// ID is the server's id from the Config.
func (c *Client) ID() string { return c.cfg.ID }

// URL is where the server is, without a trailing slash.
func (c *Client) URL() string { return c.cfg.URL }

// Local says that the URL's host is this machine, by name or address.
func (c *Client) Local() bool { return c.local }

// Close ends every connection and waits for what reads from them. Calls that
// still run return an error. Close may be called twice; it never fails.
func (c *Client) Close() error {
	c.end()
	c.closeSockets()
	c.http.CloseIdleConnections()
	return nil
}

// learn notes a list that was read.
func (c *Client) learn(api backend.API, models []backend.Model) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.seen.api = api
	for _, m := range models {
		if m.Type != backend.TypeEmbedding {
			continue
		}
		if c.seen.embedding == nil {
			c.seen.embedding = map[string]struct{}{}
		}
		if len(c.seen.embedding) < maxModels {
			c.seen.embedding[m.Key] = struct{}{}
		}
	}
}

func (c *Client) api() backend.API {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.seen.api
}

// isEmbedding says whether a model is known to be for embeddings: the WebSocket
// API has a namespace of its own for these.
func (c *Client) isEmbedding(key string) bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	_, is := c.seen.embedding[key]
	return is
}

// noteVersion remembers the server's version. "0.4.25" does not replace
// "0.4.25+1": the two sources differ in whether they tell the build.
func (c *Client) noteVersion(v string) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if v != "" && !strings.HasPrefix(c.seen.version, v+"+") {
		c.seen.version = v
	}
}

// noteLost remembers for the next observation that a standing connection broke.
func (c *Client) noteLost() {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.seen.lost = true
}
