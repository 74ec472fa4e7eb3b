package agent

import (
	"context"
	"path/filepath"
	"slices"
	"time"

	"pilotlight/backend"
	"pilotlight/backend/source/openclaw"
	"pilotlight/backend/source/openclaw/journal"
)

const (
	// askGateway and askGatewayWatched are how often OpenClaw's gateway is asked
	// whether it is there.
	askGateway        = time.Minute
	askGatewayWatched = 15 * time.Second
	// gatewayUnknown is what the gateway is before it was asked.
	gatewayUnknown = "unknown"
)

// gateway is what is known of OpenClaw. It belongs to the loop, but for latest.
type gateway struct {
	reader  *openclaw.Reader // nil where no OpenClaw is looked for
	reading openclaw.Reading
	read    bool
	busy    bool      // a read is under way
	due     bool      // read at the next look, however long ago the last was
	at      time.Time // when the last read began
	state   string
	asked   time.Time
}

// places are where OpenClaw's records are by its newest config; asked for by
// the follower.
func (a *Agent) places() journal.Places {
	p := journal.Places{LogFile: a.cfg.OpenClawLog}
	r := a.latest.Load()
	if r == nil || !r.OpenClaw.Found {
		// The folder of day files is everybody's: what lies there is somebody
		// else's where this person has no OpenClaw.
		return p
	}
	p.LogPrefix, p.StateDir, p.Quiet = r.Paths.LogPrefix, r.Paths.StateDir, r.Quiet
	p.LogDir = filepath.Dir(r.Paths.LogNow(a.cfg.Now()))
	if p.LogFile == "" {
		p.LogFile = r.Paths.LogFile
	}
	return p
}

// readUnwatched is how many looks at the server lie between two at OpenClaw's
// config while nobody looks.
const readUnwatched = 3

// readOpenClaw looks at OpenClaw's config, and at its gateway when that is due.
// An unchanged config costs a few stats.
func (a *Agent) readOpenClaw(now time.Time) {
	g := &a.openclaw
	every := askGateway
	watched := a.cast.watched()
	if watched {
		every = askGatewayWatched
	}
	if g.reader == nil || g.busy || g.read && !watched && !g.due && a.main.looks%readUnwatched != 0 {
		return
	}
	g.busy, g.due = true, false
	ask, before := abs(now.Sub(g.asked)) >= every, g.reading.ReadAt
	a.beside(func(ctx context.Context) {
		r := g.reader.Read(a.cfg.Now())
		a.latest.Store(&r)
		// Variables and .env are no part of the hash, and may hold addresses.
		news := !r.ReadAt.Equal(before)
		open := a.recallIf(ctx, news)
		state := ""
		if ask && r.OpenClaw.Found {
			state = openclaw.Gateway(ctx, r.GatewayPort)
		}
		a.post(func() {
			// The same text may be there for the second time: what was edited in between
			// is gone then.
			if !g.read || news {
				a.configChanged(r)
			}
			g.busy, g.reading, g.read, g.at = false, r, true, now
			if news {
				a.serversChanged(r, open)
			}
			if ask {
				g.asked, g.state = a.cfg.Now(), state
			}
		})
	})
}

// configChanged has the new state of the config remembered, and what it means for
// an edit of ours found out.
func (a *Agent) configChanged(r openclaw.Reading) {
	a.cast.publish(backend.EventConfig, backend.ConfigNews{Path: r.Paths.Config, Hash: r.Hash})
	a.beside(func(ctx context.Context) {
		if err := a.Desk.Changed(ctx); err != nil {
			a.cfg.Log.Warn("the state of OpenClaw's config was not kept", "error", err)
		}
	})
}

// The notices about the config.
const (
	configLost     = "config_lost"
	configRejected = "config_rejected"
)

// judged tells that a gateway does not take the config, whoever wrote it, until it
// takes one, and that an edit is gone. What was lost is no news any more once something
// was edited here.
func (a *Agent) judged(r *backend.Revision) {
	if r == nil {
		return
	}
	if r.Author != backend.AuthorOutside && (r.Verdict == nil || !isOver(r.Verdict.Code)) {
		a.notices.drop(configLost)
	}
	if r.Verdict == nil {
		return
	}
	switch v := r.Verdict; v.Code {
	case backend.VerdictRejected:
		a.notices.raise(a.cfg.Now(), backend.Notice{
			ID: configRejected, Level: backend.NoticeWarn, Code: configRejected, Text: v.Text, Hint: v.Hint,
		})
	case backend.VerdictAccepted, backend.VerdictRestart:
		a.notices.drop(configRejected)
	case backend.VerdictUndone, backend.VerdictReplaced:
		a.notices.raise(a.cfg.Now(), backend.Notice{
			ID: configLost, Level: backend.NoticeWarn, Code: "config_" + string(v.Code), Text: v.Text, Hint: v.Hint,
		})
	}
}

// openClaw is what the status says of OpenClaw; nil before it was looked for.
func (a *Agent) openClaw(servers []backend.Server) *backend.OpenClaw {
	g := &a.openclaw
	if !g.read {
		return nil
	}
	o := g.reading.OpenClaw
	o.Chain = a.chain.of(g.reading, servers)
	o.Gateway = gatewayUnknown
	if g.state != "" {
		o.Gateway = g.state
	}
	if reader := a.journal.Load(); reader != nil {
		h := reader.Health()
		o.LogPath, o.LogReadable, o.LogError = h.Log, h.Err == nil, h.Err
	}
	return &o
}

// chain is OpenClaw's chain as last worked out, and from what.
type chain struct {
	hops    []backend.Hop
	servers []backend.Server
	readAt  time.Time
}

// of is the chain, worked out again where anything it rests on is new. Lists of
// servers are never changed after they were handed out, so one is known by where
// it lies.
func (c *chain) of(r openclaw.Reading, servers []backend.Server) []backend.Hop {
	same := c.hops != nil && len(c.servers) == len(servers) && (len(servers) == 0 || &c.servers[0] == &servers[0])
	if !same || !c.readAt.Equal(r.ReadAt) {
		*c = chain{openclaw.Chain(r, servers), servers, r.ReadAt}
	}
	return c.hops
}

// hop finds a model of the chain by its reference.
func hop(st *backend.Status, ref string) (backend.Hop, bool) {
	if st.OpenClaw == nil {
		return backend.Hop{}, false
	}
	i := slices.IndexFunc(st.OpenClaw.Chain, func(h backend.Hop) bool { return h.Ref == ref })
	if i < 0 {
		return backend.Hop{}, false
	}
	return st.OpenClaw.Chain[i], true
}
