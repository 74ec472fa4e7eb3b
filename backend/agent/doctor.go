package agent

import (
	"context"
	"fmt"
	"net/url"
	"path/filepath"
	"runtime"
	"slices"
	"time"

	"pilotlight/backend"
	"pilotlight/backend/rule/doctor"
)

// examined is what the doctor found, and the hash of OpenClaw's config that it
// rests on.
type examined struct {
	backend.Report
	hash string
}

// Doctor looks at everything and judges it. What has to be asked for is asked
// anew where fresh is set, hosted services too.
func (a *Agent) Doctor(ctx context.Context, fresh bool) (backend.Report, error) {
	how := reuse
	if fresh {
		how = all
	}
	e, err := a.examine(ctx, how)
	return e.Report, err
}

// examine gathers the facts beside the loop and judges them.
func (a *Agent) examine(ctx context.Context, how depth) (examined, error) {
	a.catchUp(ctx)
	a.seeWhoIsBusy(ctx)
	facts, hash, err := a.symptoms(ctx)
	if err != nil {
		return examined{}, err
	}
	a.probe(&facts, hash, how)
	e := examined{Report: doctor.Summed(backend.At(facts.Now), doctor.Examine(facts)), hash: hash}
	a.post(func() { a.doctorLooked(e.Report) })
	return e, nil
}

const (
	// firstLookLimit is how long the doctor waits for the first look after a
	// start: before it nothing is known.
	firstLookLimit = 2 * time.Second
	lookEvery      = 20 * time.Millisecond
)

// until asks again and again whether something is so, and says whether it was
// before ctx ended.
func until(ctx context.Context, so func() bool) bool {
	for !so() {
		select {
		case <-ctx.Done():
			return false
		case <-time.After(lookEvery):
		}
	}
	return true
}

// catchUp waits for the first look after a start, and for the next one where
// OpenClaw's config has changed since the last.
func (a *Agent) catchUp(ctx context.Context) {
	waiting, cancel := context.WithTimeout(ctx, firstLookLimit)
	defer cancel()
	if !until(waiting, a.hasLooked) {
		return
	}
	if a.openclaw.reader == nil { // it never changes
		return
	}
	now := a.openclaw.reader.Read(a.cfg.Now()).ReadAt
	known, err := inLoop(ctx, a, func() (time.Time, error) { return a.openclaw.reading.ReadAt, nil })
	if err == nil && !known.Equal(now) {
		a.lookAgain(ctx)
	}
}

func (a *Agent) hasLooked() bool {
	st := a.Status() // the first of its servers is the main one
	return len(st.Servers) > 0 && st.Servers[0].CheckedAt != nil && (a.cfg.OpenClaw == nil || st.OpenClaw != nil)
}

// busyLimit is how long servers may take to say what their instances are doing.
const busyLimit = time.Second

// seeWhoIsBusy asks what the instances of a model that is in memory more than once
// are doing: only an idle one may be proposed for unloading. While nobody looks
// nobody asks.
func (a *Agent) seeWhoIsBusy(ctx context.Context) {
	ctx, cancel := context.WithTimeout(ctx, busyLimit)
	defer cancel()
	asked := false
	until(ctx, func() bool {
		some, err := inLoop(ctx, a, func() (some bool, err error) {
			for _, w := range a.servers {
				if ids := unclear(w.server()); !asked && w.lmstudio && !w.asking && len(ids) > 0 {
					a.askBusy(w, ids, func(string, backend.Processing, error) {})
				}
				some = some || w.asking
			}
			asked = true
			return some, nil
		})
		return !some || err != nil
	})
}

// unclear are the instances of models with several of which nobody knows whether
// they are answering someone.
func unclear(srv backend.Server) (ids []string) {
	for _, m := range srv.Models {
		for _, i := range m.Instances {
			if len(m.Instances) > 1 && i.Busy == nil && m.Type != backend.TypeEmbedding {
				ids = append(ids, i.ID)
			}
		}
	}
	return ids
}

// DoctorText is the newest report as Markdown, without anything private.
func (a *Agent) DoctorText(ctx context.Context) (string, error) {
	e, err := a.examine(ctx, reuse)
	if err != nil {
		return "", err
	}
	st := a.Status()
	about := fmt.Sprintf("Pilotlight %s on %s/%s", st.Version, runtime.GOOS, runtime.GOARCH)
	if oc := st.OpenClaw; oc != nil && oc.Version != "" {
		about += ", OpenClaw " + oc.Version
	}
	return doctor.Markdown(about+".", e.Report, a.private(st)), nil
}

// private is what the report must not tell.
func (a *Agent) private(st *backend.Status) doctor.Private {
	p := doctor.Private{Hosts: []string{}}
	if env := a.cfg.OpenClaw; env != nil {
		p.Homes, p.Users, p.Hosts = []string{env.Home}, []string{filepath.Base(env.Home)}, slices.Clone(env.Hosts)
	}
	for _, other := range st.Peers {
		p.Hosts = append(p.Hosts, urlHost(other.URL), other.Name)
	}
	for _, s := range st.Servers {
		p.Hosts = append(p.Hosts, urlHost(s.URL), s.Host)
		for _, m := range s.Models {
			p.Keep = append(p.Keep, m.Key)
			for _, i := range m.Instances {
				p.Keep = append(p.Keep, i.ID)
			}
		}
	}
	if st.OpenClaw != nil {
		for _, hop := range st.OpenClaw.Chain {
			p.Hosts = append(p.Hosts, urlHost(hop.BaseURL))
			p.Keep = append(p.Keep, hop.Ref, hop.Model)
		}
	}
	return p
}

// urlHost is the machine of a URL, "" where it is none or the loopback's name: that
// one tells nothing.
func urlHost(raw string) string {
	u, err := url.Parse(raw)
	if err != nil || u.Hostname() == "localhost" {
		return ""
	}
	return u.Hostname()
}
