package main

import (
	"strings"
	"time"

	"pilotlight/backend"
	"pilotlight/backend/rule/fallback"
	"pilotlight/backend/rule/say"
)

type fallbacksCmd struct {
	List fallbacksListCmd `cmd:"" default:"withargs" help:"Which model answered instead, and why, newest first (the default)."`
	Show fallbackShowCmd  `cmd:"" help:"The story of one: what happened, the evidence, what to do."`
	Fix  fallbackFixCmd   `cmd:"" help:"Do what the story of one proposes."`
}

type fallbacksListCmd struct {
	Since   string `name:"since" help:"Only what is newer than this, as 24h, 7d or 2026-01-31."`
	Limit   int    `name:"limit" default:"50" help:"At most so many rows."`
	Model   string `name:"model" help:"Only where this model was asked for or answered, as provider/model."`
	Cause   string `name:"cause" help:"Only this cause, as server_off."`
	Outcome string `name:"outcome" help:"Only this outcome: fell_back, exhausted, stopped, error_as_reply."`
}

// Run prints the history of fallbacks.
func (c fallbacksListCmd) Run(e *env) error {
	q := backend.FallbackQuery{
		Limit: c.Limit, Model: c.Model, Cause: backend.CauseCode(c.Cause), Outcome: backend.Outcome(c.Outcome),
	}
	if c.Limit < 1 {
		return &backend.Error{Code: backend.CodeInvalid, Message: "--limit must be 1 or more.", Hint: "Leave it out for 50."}
	}
	if err := e.since(c.Since, &q.Since); err != nil {
		return err
	}
	client := e.client()
	defer client.Close()
	page, err := client.Fallbacks(e.ctx, q)
	if err != nil {
		return err
	}
	if e.json {
		return e.print(page)
	}
	if len(page.Items) == 0 {
		e.line("No fallback in that time.")
		return nil
	}
	st, err := client.Status(e.ctx)
	if err != nil {
		return err
	}
	rows := [][]string{{"ID", "WHEN", "WHAT", "BECAUSE", "SURE"}}
	for _, f := range page.Items {
		rows = append(rows, []string{
			number(f.ID), f.At.Local().Format("2006-01-02 15:04:05"), headline(st, f), f.Cause.Summary, string(f.Cause.Confidence),
		})
	}
	e.table(rows)
	return nil
}

// headline is a fallback in one line, with the names that people use.
func headline(st *backend.Status, f backend.Fallback) string {
	return fallback.Headline(f, func(ref string) string { return say.RefName(st, ref) })
}

type fallbackShowCmd struct {
	ID int64 `arg:"" help:"The number that pilotlight fallbacks shows."`
}

// Run tells the story of one fallback.
func (c fallbackShowCmd) Run(e *env) error {
	client := e.client()
	defer client.Close()
	story, err := client.Fallback(e.ctx, c.ID)
	if err != nil {
		return err
	}
	if e.json {
		return e.print(story)
	}
	st, err := client.Status(e.ctx)
	if err != nil {
		return err
	}
	e.line("%s", headline(st, story.Fallback))
	if story.Cause.Summary != "" {
		e.line("because %s (%s)", story.Cause.Summary, sure(story.Cause.Confidence))
	}
	e.steps(story.Steps)
	if len(story.Cause.Evidence) > 0 {
		e.line("\nEvidence")
		var rows [][]string
		for _, ev := range story.Cause.Evidence {
			rows = append(rows, []string{"  " + clock(ev.At), evidenceNames[ev.Kind], ev.Text, ev.Ref})
		}
		e.table(rows)
	}
	if r := story.Cause.Remedy; r != nil {
		e.line("\nWhat to do\n  %s", r.Text)
		if r.Action != "" {
			e.line("  pilotlight fallbacks fix %d   %s", story.ID, r.Label)
		}
	}
	return nil
}

func (e *env) steps(steps []backend.Step) {
	if len(steps) == 0 {
		return
	}
	e.line("\nWhat happened")
	for _, s := range steps {
		e.line("  %s  %s", clock(s.At), s.Text)
		if s.Note != "" {
			e.line("  %s  %s", strings.Repeat(" ", len(clock(s.At))), s.Note)
		}
	}
}

func clock(t backend.Time) string { return t.Local().Format(time.TimeOnly) }

func sure(c backend.Confidence) string {
	if c == backend.NotKnown {
		return "not known"
	}
	return string(c)
}

// evidenceNames say where a fact comes from.
var evidenceNames = map[backend.EvidenceKind]string{
	backend.EvidenceServer: "server", backend.EvidenceLoad: "loads", backend.EvidenceError: "error text",
	backend.EvidenceTranscript: "transcript", backend.EvidenceLog: "OpenClaw log", backend.EvidenceMemory: "memory",
	backend.EvidenceConfig: "config",
}

type fallbackFixCmd struct {
	ID int64 `arg:"" help:"The number that pilotlight fallbacks shows."`
}

// Run carries out a remedy and says what came of it.
func (c fallbackFixCmd) Run(e *env) error {
	client := e.client()
	defer client.Close()
	fixed, err := client.FixFallback(e.ctx, c.ID)
	if err != nil {
		return err
	}
	return e.show(fixed, func() { e.line("%s", fixed.Text) })
}
