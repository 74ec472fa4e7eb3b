package main

import (
	"strings"

	"pilotlight/backend"
	"pilotlight/backend/rule/fit"
	"pilotlight/backend/rule/say"
)

type fitCmd struct {
	Model    string `arg:"" help:"The model's key, or a part of it that fits one model."`
	Context  int    `name:"context" help:"Context length, in tokens; the server's choice when left out."`
	Parallel int    `name:"parallel" help:"Requests at once."`
	KVCache  string `name:"kv-cache" enum:",f16,q8_0,q4_0" default:"" help:"What the cache is kept in: f16, q8_0 or q4_0."`
	Server   string `name:"server" help:"The server's id."`
}

// Run says whether a model would fit into memory. It loads nothing.
func (c fitCmd) Run(e *env) error {
	q := backend.FitQuery{Server: c.Server, Model: c.Model, KVCache: c.KVCache, Curve: true}
	for _, n := range []struct {
		given int
		to    **int
		flag  string
	}{{c.Context, &q.ContextLength, "--context"}, {c.Parallel, &q.Parallel, "--parallel"}} {
		if n.given < 0 {
			return &backend.Error{Code: backend.CodeInvalid, Message: n.flag + " must be 1 or more.", Hint: "Leave it out where it does not matter."}
		}
		if n.given > 0 {
			*n.to = &n.given
		}
	}
	w, err := e.client().Fit(e.ctx, q)
	if err != nil {
		return err
	}
	return e.show(w, func() { e.fit(w) })
}

// verdictWords say how a fit is judged.
var verdictWords = map[backend.Verdict]string{
	backend.Fits: "fits", backend.Tight: "is tight", backend.TooBig: "does not fit", backend.FitUnknown: "may fit or not: too little is known",
}

func (e *env) fit(w backend.WhatIf) {
	f := w.Fit
	if f == nil {
		e.line("Nothing is known of what %s takes.", w.Model)
		return
	}
	at := ""
	if f.ContextLength != nil {
		at = " with a context of " + say.Tokens(*f.ContextLength)
	}
	e.line("%s%s %s.", w.Model, at, verdictWords[f.Verdict])
	e.line("  takes %s%s", fit.RAM(f.TotalBytes), parts(f))
	e.line("    by %s", f.Basis)
	if f.LimitBytes != nil {
		e.line("  %s", against(f))
	}
	if f.SpillBytes != nil && *f.SpillBytes > 0 {
		e.line("  %s of it would run from RAM, slowly", fit.RAM(*f.SpillBytes))
	}
	if f.EvictableBytes != nil {
		e.line("  unloading %s would free %s", strings.Join(f.Evictable, ", "), fit.RAM(*f.EvictableBytes))
	}
	if n := w.FitsUpTo; n != nil && w.MaxContextLength != nil && *n < *w.MaxContextLength {
		e.line("  fits up to a context of %s", say.Tokens(*n))
	} else if n != nil {
		e.line("  fits with all of its context, %s", say.Tokens(*n))
	}
}

// parts says what a fit is made of, and how far off it may be.
func parts(f *backend.Fit) string {
	var of []string
	for _, p := range []struct {
		bytes *int64
		name  string
	}{{f.WeightsBytes, "weights"}, {f.KVBytes, "context"}, {f.OverheadBytes, "buffers"}} {
		if p.bytes != nil && *p.bytes > 0 {
			of = append(of, p.name+" "+fit.RAM(*p.bytes))
		}
	}
	text := ""
	if len(of) > 1 {
		text = ": " + strings.Join(of, ", ")
	}
	switch {
	case f.LowBytes == nil || f.HighBytes == nil || *f.LowBytes == *f.HighBytes:
		return text
	case *f.LowBytes == f.TotalBytes:
		return text + " (up to " + fit.RAM(*f.HighBytes) + ")"
	}
	return text + " (" + fit.RAM(*f.LowBytes) + " to " + fit.RAM(*f.HighBytes) + ")"
}

// against are the three numbers: in use, limit, after this load.
func against(f *backend.Fit) string {
	of := "memory"
	if f.LimitOf != nil && *f.LimitOf == backend.LimitGPU {
		of = "what the GPU may use"
	}
	if f.InUseBytes == nil || f.AfterBytes == nil {
		return "limit " + fit.RAM(*f.LimitBytes) + " of " + of + "; what is in use is not known"
	}
	return "in use " + fit.RAM(*f.InUseBytes) + ", limit " + fit.RAM(*f.LimitBytes) + " of " + of + ", after this load " + fit.RAM(*f.AfterBytes)
}
