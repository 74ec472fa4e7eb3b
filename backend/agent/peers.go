package agent

import (
	"context"
	"errors"
	"slices"
	"time"

	"pilotlight/backend"
	"pilotlight/backend/source/peer"
)

// How often other Pilotlights are looked at, in watch periods: 5 s while a page
// is open, 30 s else, and one that is away ever more rarely, down to 60 s.
const (
	peerPeriods = 6
	peerSlowest = 12
	mostPeers   = 20
)

// peers are the other Pilotlights that a person added. All but the file belongs
// to the loop.
type peers struct {
	file *peerFile
	list []*watchedPeer
	rows []backend.Peer // as the state shows them; never changed, only replaced
}

// watchedPeer is one of them and what is under way with it. Each is looked at
// beside the loop and beside the others, so that one that hangs delays nobody.
type watchedPeer struct {
	savedPeer
	client   *peer.Client
	row      backend.Peer
	looking  bool
	looked   time.Time // when the last look came in; zero for at once
	failures int       // looks in a row that failed
}

// startPeers picks up the peers that were added before.
func (a *Agent) startPeers() error {
	file, aside, err := openPeers(a.cfg.Home)
	if err != nil {
		return err
	}
	a.peers.file = file
	if aside != "" {
		a.notices.raise(a.cfg.Now(), backend.Notice{
			ID: "peers_lost", Level: backend.NoticeError, Code: "peers_lost",
			Text: "The list of other machines could not be read.", Hint: "Add them again. The file was kept as " + aside + ".",
		})
	}
	a.followPeers()
	return nil
}

// followPeers makes what is watched be what the file lists.
func (a *Agent) followPeers() {
	was := a.peers.list
	a.peers.list = nil
	for _, s := range a.peers.file.all() {
		i := slices.IndexFunc(was, func(p *watchedPeer) bool { return p.ID == s.ID })
		if i < 0 {
			p := &watchedPeer{savedPeer: s, client: peer.New(s.URL, s.Token, a.cfg.PeerPatience)}
			p.row = backend.Peer{ID: s.ID, Name: s.Name, URL: s.URL, State: backend.PeerUnknown}
			a.peers.list = append(a.peers.list, p)
			continue
		}
		p := was[i]
		if p.Token != s.Token {
			p.client.Close()
			p.client, p.failures, p.looked, p.looking = peer.New(s.URL, s.Token, a.cfg.PeerPatience), 0, time.Time{}, false
		}
		p.savedPeer, p.row.Name = s, s.Name
		a.peers.list = append(a.peers.list, p)
	}
	for _, p := range was {
		if !slices.Contains(a.peers.list, p) {
			p.client.Close()
			p.client = nil // what is still under way comes back to nobody
		}
	}
	a.showPeers()
}

func (a *Agent) showPeers() {
	rows := make([]backend.Peer, 0, len(a.peers.list))
	for _, p := range a.peers.list {
		rows = append(rows, p.row)
	}
	a.peers.rows = rows
}

// lookAtPeers starts a look at each whose time has come.
func (a *Agent) lookAtPeers(now time.Time) {
	watched := a.cast.watched()
	for _, p := range a.peers.list {
		if p.looking || a.untilPeer(p, watched, now) > 0 {
			continue
		}
		p.looking = true
		client := p.client
		a.beside(func(ctx context.Context) {
			r, err := client.Look(ctx, a.cfg.Now)
			a.post(func() { a.lookedAtPeer(p, client, r, err) })
		})
	}
}

// untilPeers is how long no peer needs to be looked at, at most limit.
func (a *Agent) untilPeers(limit time.Duration) time.Duration {
	now, watched := a.cfg.Now(), a.cast.watched()
	for _, p := range a.peers.list {
		if !p.looking {
			limit = min(limit, max(a.untilPeer(p, watched, now), 0))
		}
	}
	return limit
}

func (a *Agent) untilPeer(p *watchedPeer, watched bool, now time.Time) time.Duration {
	age := now.Sub(p.looked)
	if p.looked.IsZero() || age < 0 { // a clock that was set back
		return 0
	}
	period := a.cfg.Poll
	if !watched {
		period *= peerPeriods
	}
	if p.failures > 1 {
		period <<= min(p.failures-1, 4)
	}
	return min(period, peerSlowest*a.cfg.Poll) - age
}

// lookedAtPeer takes a look in. A peer that went, or whose token was changed
// meanwhile, has nothing to do with it any more.
func (a *Agent) lookedAtPeer(p *watchedPeer, by *peer.Client, r peer.Report, err error) {
	if p.client != by {
		by.Close()
		return
	}
	now := a.cfg.Now()
	p.looking, p.looked = false, now
	if a.life.Err() != nil {
		return // it was cut off by our own end
	}
	p.row = seenPeer(p.row, r, err, now)
	if p.failures++; err == nil {
		p.failures = 0
	}
	a.showPeers()
}

// seenPeer is the row after a look. What it told before stays, with its time.
func seenPeer(row backend.Peer, r peer.Report, err error, now time.Time) backend.Peer {
	was := row.State
	row.CheckedAt, row.Error, row.LatencySeconds = backend.AtPtr(now), nil, nil
	if err == nil {
		latency := r.Latency.Seconds()
		row.State, row.Rights, row.Version, row.Seen = backend.PeerUp, r.Rights, r.Version, r.View
		row.SeenAt, row.LatencySeconds = row.CheckedAt, &latency
	} else {
		e := *backend.AsError(err)
		e.Err = nil // the cause is for a log, and a snapshot goes everywhere
		row.State, row.Error = backend.PeerDown, &e
		if e.Code == backend.CodeNeedsToken {
			row.State, row.Rights = backend.PeerNeedsToken, ""
		}
	}
	if row.State != was || row.StateSince == nil {
		row.StateSince = row.CheckedAt
	}
	return row
}

// endPeers gives the connections back.
func (a *Agent) endPeers() {
	for _, p := range a.peers.list {
		p.client.Close()
	}
}

// settledPeers are peers without what changes at every look: times, latency, and
// figures of the machine by less than a page would draw.
func settledPeers(list []backend.Peer) []backend.Peer {
	list = slices.Clone(list)
	for i := range list {
		p := &list[i]
		p.CheckedAt, p.SeenAt, p.LatencySeconds = nil, nil, nil
		if p.Seen == nil {
			continue
		}
		v := *p.Seen
		v.Servers, v.Machine = settledServers(v.Servers), coarse(v.Machine)
		p.Seen = &v
	}
	return list
}

// coarse is a machine's memory and GPUs in hundredths.
func coarse(m *backend.Sample) *backend.Sample {
	if m == nil {
		return nil
	}
	c := &backend.Sample{}
	if mem := m.Memory; mem != nil {
		part := mem.TotalBytes/100 + 1
		c.Memory = &backend.Memory{TotalBytes: mem.TotalBytes, UsedBytes: mem.UsedBytes / part, Pressure: mem.Pressure}
	}
	for _, g := range m.GPUs {
		coarse := backend.GPU{ID: g.ID, Name: g.Name, MemoryTotalBytes: g.MemoryTotalBytes}
		if g.Utilization != nil {
			twentieth := float64(int(*g.Utilization * 20))
			coarse.Utilization = &twentieth
		}
		if g.MemoryUsedBytes != nil && g.MemoryTotalBytes != nil && *g.MemoryTotalBytes > 0 {
			hundredth := *g.MemoryUsedBytes * 100 / *g.MemoryTotalBytes
			coarse.MemoryUsedBytes = &hundredth
		}
		c.GPUs = append(c.GPUs, coarse)
	}
	return c
}

// peerNamed is the watched peer by id or name, for the loop.
func (a *Agent) peerNamed(ref string) (*watchedPeer, error) {
	i, err := find(a.peers.file.all(), ref)
	if err != nil {
		return nil, err
	}
	id := a.peers.file.all()[i].ID
	if i := slices.IndexFunc(a.peers.list, func(p *watchedPeer) bool { return p.ID == id }); i >= 0 {
		return a.peers.list[i], nil
	}
	return nil, errors.New("a peer is in the file and not watched")
}
