package main

import (
	"cmp"
	"fmt"
	"strings"
	"time"

	"pilotlight/backend"
	"pilotlight/backend/rule/fit"
	"pilotlight/backend/rule/say"
)

type statusCmd struct{}

// Run prints what is loaded and what is kept.
func (statusCmd) Run(e *env) error {
	st, err := e.client().Status(e.ctx)
	if err != nil {
		return err
	}
	return e.show(st, func() { e.status(st) })
}

func (e *env) status(st *backend.Status) {
	now := e.now()
	if st.Demo {
		e.line("DEMO: this LM Studio is simulated.")
	}
	h := say.Of(st, now)
	e.line("%s", h.Title)
	if h.Sub != "" {
		e.line("  %s", h.Sub)
	}
	if h.Hint != "" {
		e.line("  %s", h.Hint)
	}
	for _, srv := range st.Servers {
		e.server(srv, now)
	}
	if st.Machine != nil && st.Machine.Memory != nil {
		m := st.Machine.Memory
		e.line("Memory: %s of %s used", fit.RAM(m.UsedBytes), fit.RAM(m.TotalBytes))
	}
	e.chain(st)
	for _, n := range st.Notices {
		e.line("! %s %s", n.Text, n.Hint)
	}
	e.line("Dashboard: %s (pilotlight open)", st.Listen)
}

var stateWords = map[backend.ServerState]string{
	backend.ServerUp: "up", backend.ServerOff: "server off", backend.ServerDown: "not running",
	backend.ServerNeedsToken: "needs a token", backend.ServerUnknown: "not known",
}

func (e *env) server(srv backend.Server, now time.Time) {
	version := srv.Version
	if version != "" {
		version = " " + version
	}
	state := stateWords[srv.State]
	if srv.Engine == backend.EngineHosted && srv.State == backend.ServerUnknown {
		state = "hosted, asked only while somebody looks"
	}
	e.line("%s%s at %s: %s", srv.Name, version, srv.URL, state)
	if len(srv.Providers) > 0 {
		e.line("  --server %s · in OpenClaw: %s", srv.ID, strings.Join(srv.Providers, ", "))
	}
	if srv.State != backend.ServerUp && srv.Error != nil {
		e.line("  %s %s", srv.Error.Message, srv.Error.Hint)
	}
	for _, m := range srv.Models {
		for _, i := range m.Instances {
			e.line("  %s · %s", i.ID, say.Instance(i, now))
		}
	}
}

// hopWords say how a model of OpenClaw's chain stands.
var hopWords = map[string]string{
	"warm": "warm", "loading": "loading", "not_loaded": "not loaded", "missing": "not downloaded", "server_off": "server off",
	"down": "not running", "needs_token": "needs a token", "hosted": "hosted", "elsewhere": "not watched", "unknown": "not known",
}

// chain prints OpenClaw's chain and the last fallback; nothing where there is no
// OpenClaw.
func (e *env) chain(st *backend.Status) {
	if o := st.OpenClaw; o != nil && o.Found {
		var hops []string
		for _, h := range o.Chain {
			hops = append(hops, fmt.Sprintf("%s (%s)", h.Ref, hopWords[h.State]))
		}
		if len(hops) > 0 {
			e.line("OpenClaw: %s", strings.Join(hops, " → "))
		}
		if o.LogError != nil {
			e.line("  %s %s", o.LogError.Message, o.LogError.Hint)
		}
	}
	if f := st.LastFallback; f != nil {
		e.line("Last fallback %s: %s", f.At.Local().Format("2006-01-02 15:04"), headline(st, *f))
		if f.Cause.Summary != "" {
			e.line("  because %s (pilotlight fallbacks show %d)", f.Cause.Summary, f.ID)
		}
	}
}

type modelsCmd struct{}

// Run prints every model of every server.
func (modelsCmd) Run(e *env) error {
	page, err := e.client().Models(e.ctx)
	if err != nil {
		return err
	}
	return e.show(page, func() {
		if len(page.Items) == 0 {
			e.line("No models are known yet. Is LM Studio's server on?")
			return
		}
		names := e.serverNames()
		rows := [][]string{{"MODEL", "SIZE", "QUANT", "CONTEXT", "FITS", "LOADED"}}
		for _, m := range page.Items {
			row := modelRow(m.Model)
			if s, ok := names[m.Server]; ok && !s.loaded && len(m.Instances) == 0 {
				row[5] = "–" // the server does not tell
			}
			if len(names) > 1 {
				row = append(row, cmp.Or(names[m.Server].name, m.Server))
			}
			rows = append(rows, row)
		}
		if len(names) > 1 {
			rows[0] = append(rows[0], "SERVER")
		}
		e.table(rows)
	})
}

// named is what the table of models says of a server.
type named struct {
	name   string
	loaded bool // it tells what is loaded
}

// serverNames are the servers by id; none where they cannot be asked for.
func (e *env) serverNames() map[string]named {
	st, err := e.client().Status(e.ctx)
	if err != nil {
		return nil
	}
	names := map[string]named{}
	for _, s := range st.Servers {
		names[s.ID] = named{s.Name, s.Tells == nil || s.Tells.Loaded}
	}
	return names
}

func modelRow(m backend.Model) []string {
	row := []string{m.Key, "", m.Quantization, "", "", "no"}
	if m.SizeBytes != nil {
		row[1] = fit.GB(*m.SizeBytes)
	}
	if m.MaxContextLength != nil {
		row[3] = say.Tokens(*m.MaxContextLength)
	}
	if m.Fit != nil && m.Fit.Verdict != backend.FitUnknown {
		row[4] = map[backend.Verdict]string{backend.Fits: "yes", backend.Tight: "tight", backend.TooBig: "too big"}[m.Fit.Verdict]
	}
	switch n := len(m.Instances); {
	case n == 1:
		row[5] = "yes"
		if c := m.Instances[0].ContextLength; c != nil {
			row[5] = "yes, " + say.Tokens(*c)
		}
	case n > 1:
		row[5] = fmt.Sprintf("%d times", n)
	}
	return row
}
