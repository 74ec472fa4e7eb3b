package openclawtest

import (
	"errors"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"time"
)

// OpenClaw is a running fake. All methods may be called from any goroutine; the
// turns of one session come one after the other.
type OpenClaw struct {
	opts Options
	era  era
	host string

	logMu   sync.Mutex
	lastLog string // the file that was last written to
	lastAt  time.Time

	mu       sync.Mutex
	rng      *rand.Rand
	sessions map[string]*session // by key
	agents   map[string]*database
	backoff  map[string]*preload // of LM Studio's models, by key
	gateway  *gateway
	closed   bool
}

// TB is the part of testing.TB that Start needs. It is named here so that the
// demo, which uses this package too, does not carry the testing package.
type TB interface {
	Helper()
	Cleanup(func())
	Fatalf(format string, args ...any)
}

// New makes the state folder and writes the config. Call Close when done.
func New(o Options) (*OpenClaw, error) {
	if o.StateDir == "" {
		return nil, errors.New("an OpenClaw without a state folder")
	}
	o = o.withDefaults()
	for _, ref := range append([]string{o.Primary}, o.Fallbacks...) {
		if !strings.Contains(ref, "/") {
			return nil, fmt.Errorf("%q is no provider/model", ref)
		}
	}
	c := &OpenClaw{
		opts: o, era: eraOf(o.Version), host: "mac.local",
		rng:      rand.New(rand.NewPCG(o.Seed, 20260906)),
		sessions: map[string]*session{}, agents: map[string]*database{}, backoff: map[string]*preload{},
	}
	if err := os.MkdirAll(o.StateDir, 0o700); err != nil {
		return nil, fmt.Errorf("make state folder: %w", err)
	}
	if !o.NoConfig {
		if err := c.WriteConfig(); err != nil {
			return nil, err
		}
	}
	return c, nil
}

// Start is New for tests: it fails the test instead of returning an error, and
// closes the fake when the test ends.
func Start(t TB, o Options) *OpenClaw {
	t.Helper()
	c, err := New(o)
	if err != nil {
		t.Fatalf("start fake OpenClaw: %v", err)
	}
	t.Cleanup(func() { _ = c.Close() })
	return c
}

// Close ends the gateway and lets go of the databases. The files stay.
func (c *OpenClaw) Close() error {
	err := c.StopGateway()
	c.mu.Lock()
	defer c.mu.Unlock()
	c.closed = true
	for _, d := range c.agents {
		if cerr := d.close(); err == nil {
			err = cerr
		}
	}
	c.agents = map[string]*database{}
	return err
}

// Version is the version that is played.
func (c *OpenClaw) Version() string { return c.opts.Version }

// StateDir is where sessions and databases are.
func (c *OpenClaw) StateDir() string { return c.opts.StateDir }

// ConfigPath is the config file.
func (c *OpenClaw) ConfigPath() string { return filepath.Join(c.opts.StateDir, "openclaw.json") }

// LogPath is the file that a line of now goes to.
func (c *OpenClaw) LogPath() string { return c.logFile(c.opts.Now()) }

// session is a conversation as far as its files need it.
type session struct {
	key, id, agent string
	started        time.Time
	begun          bool     // its transcript has a header
	flushed        bool     // its transcript has a file
	entry          object   // its row of the index, 2026.2 and 2026.3; guarded by the fake's mu
	parent         any      // id of the last entry; nil before the first
	snapshot       string   // the model of the last model-snapshot, a ref
	override       string   // the model that a person or OpenClaw itself chose, a ref
	overrideBy     string   // "user" or "auto"
	seq            int      // of the database
	traj           int      // rows of the trajectory
	notice         []string // the fallback that a chat was told of: selected, active, reason
}

// session finds or begins the session of a key: "agent:<id>:<rest>".
func (c *OpenClaw) session(key string, at time.Time) *session {
	c.mu.Lock()
	defer c.mu.Unlock()
	s := c.sessions[key]
	if s == nil {
		agent := "main"
		if parts := strings.Split(key, ":"); len(parts) > 2 && parts[0] == "agent" {
			agent = parts[1]
		}
		s = &session{key: key, id: c.uuid(), agent: agent, started: at}
		c.sessions[key] = s
	}
	return s
}

// uuid makes an id; the caller holds mu.
func (c *OpenClaw) uuid() string {
	h := c.hex(32)
	return h[:8] + "-" + h[8:12] + "-4" + h[13:16] + "-a" + h[17:20] + "-" + h[20:]
}

// hex makes n hexadecimal digits; the caller holds mu.
func (c *OpenClaw) hex(n int) string {
	const digits = "0123456789abcdef"
	b := make([]byte, n)
	for i := range b {
		b[i] = digits[c.rng.IntN(16)]
	}
	return string(b)
}

func (c *OpenClaw) newUUID() string {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.uuid()
}

func (c *OpenClaw) newHex(n int) string {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.hex(n)
}

// candidate splits a ref and finds its protocol.
func (c *OpenClaw) candidate(ref string) candidate {
	for of, alias := range c.opts.Aliases {
		if strings.EqualFold(alias, ref) {
			ref = of
		}
	}
	provider, model, _ := strings.Cut(ref, "/")
	api := anthropicAPI
	if provider == "lmstudio" {
		api = c.opts.API
	}
	return candidate{provider: provider, model: model, api: api}
}
