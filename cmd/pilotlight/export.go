package main

import "pilotlight/backend"

type exportCmd struct {
	What   string `arg:"" enum:"loads,fallbacks,samples,uses" help:"loads, fallbacks, samples or uses."`
	Format string `name:"format" enum:"csv,jsonl" default:"jsonl" help:"csv or jsonl; jsonl has every field."`
	Since  string `name:"since" help:"Only what is newer than this, as 24h, 7d or 2026-01-31."`
	Every  string `name:"every" enum:"raw,minute,hour," default:"" help:"Of samples: raw, minute or hour; as finely as they are kept when left out."`
}

// Run writes a whole history to the standard output, newest first.
func (c exportCmd) Run(e *env) error {
	var since *backend.Time
	if err := e.since(c.Since, &since); err != nil {
		return err
	}
	client := e.client()
	defer client.Close()
	switch c.What {
	case "loads":
		return client.ExportLoads(e.ctx, e.out, c.Format, backend.LoadQuery{Since: since})
	case "uses":
		return client.ExportUses(e.ctx, e.out, c.Format, since)
	case "samples":
		return client.ExportSamples(e.ctx, e.out, c.Format, backend.SampleRowQuery{Since: since, Resolution: backend.Resolution(c.Every)})
	}
	return client.ExportFallbacks(e.ctx, e.out, c.Format, backend.FallbackQuery{Since: since})
}
