package agent

import (
	"reflect"
	"slices"
	"time"

	"pilotlight/backend"
)

// publish makes the present state visible: as the snapshot that Status hands
// out, and as events where it differs from the one before.
func (a *Agent) publish(now time.Time) {
	was := a.status.Load()
	servers := a.view(now, was)
	is := &backend.Status{
		Version: a.cfg.Version, Demo: a.cfg.Demo, Instance: a.instance, Host: a.host, StartedAt: backend.At(a.startedAt), Listen: a.listen,
		PollSeconds: a.cfg.Poll.Seconds(), Servers: servers, Keep: a.keepView,
		Machine: a.machine, Notices: slices.Clone(a.notices.list),
		OpenClaw: a.openClaw(servers), LastFallback: a.lastFallback, FallbackUnseen: a.unseen(), Peers: a.peers.rows,
		Update: a.update.row,
	}
	if t := a.today; t != nil {
		is.FallbacksToday, is.LostToday = &t.count, &t.lost
	}
	if is.Notices == nil {
		is.Notices = []backend.Notice{}
	}
	a.lookOut(is, now)
	is.Doctor = a.outlook.summary
	if was != nil && reflect.DeepEqual(was, is) {
		return
	}
	a.status.Store(is)
	if was == nil || !reflect.DeepEqual(was.Keep, is.Keep) {
		a.cast.publish(backend.EventKeep, is.Keep)
	}
	for _, n := range a.notices.news {
		a.cast.publish(backend.EventNotice, n)
	}
	a.notices.news = nil
	if a.cast.heard() && (was == nil || !sameToPeople(was, is)) {
		a.cast.publish(backend.EventState, is)
	}
}

// view is all servers as people see them, the main one first. Where nothing is new
// it is the very list of the state before: most turns are about one server or none.
func (a *Agent) view(now time.Time, was *backend.Status) []backend.Server {
	same := was != nil && len(was.Servers) == len(a.servers)
	for i, w := range a.servers {
		if w.shown == nil {
			a.show(w)
			a.notices.duplicates(now, *w.shown, w == a.main)
			same = false
		}
		same = same && was.Servers[i].ID == w.id
	}
	if same {
		return was.Servers
	}
	servers := make([]backend.Server, len(a.servers))
	for i, w := range a.servers {
		servers[i] = *w.shown
	}
	return servers
}

// show works out what people see of a server.
func (a *Agent) show(w *watched) {
	srv := w.server()
	if w.fits() {
		srv.Models = slices.Clone(srv.Models)
		for i := range srv.Models {
			if m := &srv.Models[i]; len(m.Instances) == 0 {
				m.Fit = a.fit(w, srv, *m, nil)
			}
		}
	}
	w.shown = &srv
}

// sameToPeople compares two states without what changes at every look; a page
// learns from the heartbeat that the agent lives.
func sameToPeople(a, b *backend.Status) bool { return reflect.DeepEqual(settled(a), settled(b)) }

func settled(s *backend.Status) backend.Status {
	c := *s
	c.Machine = nil
	c.Servers, c.Peers = settledServers(s.Servers), settledPeers(s.Peers)
	if c.Doctor != nil {
		c.Doctor = &backend.DoctorSummary{Fail: c.Doctor.Fail, Warn: c.Doctor.Warn}
	}
	return c
}

func settledServers(list []backend.Server) []backend.Server {
	list = slices.Clone(list)
	for i := range list {
		srv := &list[i]
		srv.CheckedAt, srv.ListedAt, srv.LatencySeconds = nil, nil, nil
	}
	return list
}
