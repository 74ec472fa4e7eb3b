package agent

import (
	"context"
	"fmt"
	"net/url"
	"path/filepath"
	"runtime"
	"slices"

	"pilotlight/backend"
	"pilotlight/backend/rule/doctor"
)

// examined is what the doctor found, and the hash of OpenClaw's config that it
// rests on.
type examined struct {
	backend.Report
	hash string
}

// Doctor looks at everything and judges it.
func (a *Agent) Doctor(ctx context.Context, fresh bool) (backend.Report, error) {
	e, err := a.examine(ctx, fresh)
	return e.Report, err
}

// examine gathers the facts beside the loop and judges them.
func (a *Agent) examine(ctx context.Context, fresh bool) (examined, error) {
	facts, hash, err := a.symptoms(ctx)
	if err != nil {
		return examined{}, err
	}
	e := examined{Report: doctor.Summed(backend.At(facts.Now), doctor.Examine(facts)), hash: hash}
	a.post(func() { a.doctored = &backend.DoctorSummary{Fail: e.Fail, Warn: e.Warn, At: e.At} })
	return e, nil
}

// DoctorText is the newest report as Markdown, without anything private.
func (a *Agent) DoctorText(ctx context.Context) (string, error) {
	e, err := a.examine(ctx, false)
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
	for _, s := range st.Servers {
		p.Hosts = append(p.Hosts, hostOf(s.URL))
		for _, m := range s.Models {
			p.Keep = append(p.Keep, m.Key)
			for _, i := range m.Instances {
				p.Keep = append(p.Keep, i.ID)
			}
		}
	}
	if st.OpenClaw != nil {
		for _, hop := range st.OpenClaw.Chain {
			p.Hosts = append(p.Hosts, hostOf(hop.BaseURL))
			p.Keep = append(p.Keep, hop.Ref, hop.Model)
		}
	}
	return p
}

// hostOf is the machine of a URL, "" where it is none or the loopback's name: that
// one tells nothing.
func hostOf(raw string) string {
	u, err := url.Parse(raw)
	if err != nil || u.Hostname() == "localhost" {
		return ""
	}
	return u.Hostname()
}
