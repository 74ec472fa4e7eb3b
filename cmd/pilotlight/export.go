package main

import "pilotlight/backend"

type exportCmd struct {
	What   string `arg:"" enum:"loads,fallbacks" help:"loads or fallbacks."`
	Format string `name:"format" enum:"csv,jsonl" default:"jsonl" help:"csv or jsonl; jsonl has every field."`
	Since  string `name:"since" help:"Only what is newer than this, as 24h, 7d or 2026-01-31."`
}

// Run writes a whole history to the standard output, newest first.
func (c exportCmd) Run(e *env) error {
	var since *backend.Time
	if err := e.since(c.Since, &since); err != nil {
		return err
	}
	client := e.client()
	defer client.Close()
	if c.What == "loads" {
		return client.ExportLoads(e.ctx, e.out, c.Format, backend.LoadQuery{Since: since})
	}
	return client.ExportFallbacks(e.ctx, e.out, c.Format, backend.FallbackQuery{Since: since})
}
