package main

import (
	"cmp"
	"fmt"
	"strconv"
	"time"

	"pilotlight/backend"
	"pilotlight/backend/rule/fit"
	"pilotlight/backend/rule/say"
)

type loadCmd struct {
	Model   string `arg:"" help:"The model's key, or a part of it that fits one model."`
	Context int    `name:"context" help:"Context length, in tokens."`
	Server  string `name:"server" help:"The server's id."`
}

// Run loads a model once and waits for the end.
func (c loadCmd) Run(e *env) error {
	var length *int
	if c.Context > 0 {
		length = &c.Context
	}
	row, err := e.client().Load(e.ctx, c.Server, c.Model, length)
	return e.showRow(row, err)
}

type unloadCmd struct {
	Instance string `arg:"" help:"The instance's id, as pilotlight status shows it."`
	Force    bool   `name:"force" help:"Even while it is answering someone, which cuts the answer off."`
	Server   string `name:"server" help:"The server's id."`
}

// Run unloads an instance; it refuses while the instance is known to be busy.
func (c unloadCmd) Run(e *env) error {
	row, err := e.client().Unload(e.ctx, c.Server, c.Instance, c.Force)
	return e.showRow(row, err)
}

type checkCmd struct {
	Instance string `arg:"" help:"The instance's id."`
	Server   string `name:"server" help:"The server's id."`
}

// Run asks an instance whether it still answers.
func (c checkCmd) Run(e *env) error {
	if err := e.client().Check(e.ctx, c.Server, c.Instance); err != nil {
		return err
	}
	return e.show(map[string]bool{"ok": true}, func() { e.line("%s answers.", c.Instance) })
}

func (e *env) showRow(row backend.Load, err error) error {
	if err != nil {
		return err
	}
	return e.show(row, func() {
		e.line("%s: %s%s", row.InstanceID, say.What(row), took(row))
		if row.Detail != "" {
			e.line("  %s", row.Detail)
		}
	})
}

func took(row backend.Load) string {
	if row.DurationSeconds == nil {
		return ""
	}
	return fmt.Sprintf(" (%s)", say.Span(time.Duration(*row.DurationSeconds*float64(time.Second))))
}

type loadsCmd struct {
	Since string `name:"since" help:"Only what is newer than this, as 24h, 7d or 2026-01-31."`
	Limit int    `name:"limit" default:"50" help:"At most so many rows."`
	Model string `name:"model" help:"Only this model."`
}

// Run prints the history of loads and unloads.
func (c loadsCmd) Run(e *env) error {
	q := backend.LoadQuery{Limit: c.Limit, Model: c.Model}
	if c.Limit < 1 {
		return &backend.Error{Code: backend.CodeInvalid, Message: "--limit must be 1 or more.", Hint: "Leave it out for 50."}
	}
	if err := e.since(c.Since, &q.Since); err != nil {
		return err
	}
	page, err := e.client().Loads(e.ctx, q)
	if err != nil {
		return err
	}
	return e.show(page, func() {
		if len(page.Items) == 0 {
			e.line("Nothing was loaded or unloaded in that time.")
			return
		}
		rows := [][]string{{"WHEN", "MODEL", "WHAT", "CONTEXT", "SIZE", "MEMORY"}}
		names := e.serverNames()
		for _, l := range page.Items {
			row := historyRow(l)
			if len(names) > 1 {
				row = append(row, cmp.Or(names[l.Server].name, l.Server))
			}
			rows = append(rows, row)
		}
		if len(names) > 1 {
			rows[0] = append(rows[0], "SERVER")
		}
		e.table(rows)
	})
}

func historyRow(l backend.Load) []string {
	name := l.InstanceID
	if name == "" {
		name = l.Model
	}
	row := []string{l.At.Local().Format("2006-01-02 15:04:05"), name, say.What(l) + took(l), "", "", memory(l)}
	if l.ContextActual != nil {
		row[3] = say.Tokens(*l.ContextActual)
	}
	if l.ContextRequested != nil && l.ContextActual != nil && *l.ContextRequested != *l.ContextActual {
		row[3] += " (asked " + say.Tokens(*l.ContextRequested) + ")"
	}
	if l.SizeBytes != nil {
		row[4] = fit.GB(*l.SizeBytes)
	}
	return row
}

// memory is what a load took, and what was reckoned; "" where neither is known.
func memory(l backend.Load) string {
	switch {
	case l.MeasuredBytes != nil && l.EstimatedBytes != nil:
		return fit.RAM(*l.MeasuredBytes) + " (reckoned " + fit.RAM(*l.EstimatedBytes) + ")"
	case l.MeasuredBytes != nil:
		return fit.RAM(*l.MeasuredBytes)
	case l.EstimatedBytes != nil:
		return "reckoned " + fit.RAM(*l.EstimatedBytes)
	}
	return ""
}

// since reads the flag of that name; "" restricts nothing.
func (e *env) since(flag string, to **backend.Time) error {
	if flag == "" {
		return nil
	}
	since, err := parseSince(flag, e.now())
	if err != nil {
		return err
	}
	*to = &since
	return nil
}

// number writes an id.
func number(id int64) string { return strconv.FormatInt(id, 10) }

// parseSince reads a length of time back from now, in Go's form or in days, or
// a date.
func parseSince(s string, now time.Time) (backend.Time, error) {
	if n := len(s) - 1; n > 0 && s[n] == 'd' {
		if days, err := strconv.ParseFloat(s[:n], 64); err == nil && days > 0 {
			return backend.At(now.Add(-time.Duration(days * 24 * float64(time.Hour)))), nil
		}
	}
	if d, err := time.ParseDuration(s); err == nil && d > 0 {
		return backend.At(now.Add(-d)), nil
	}
	if t, err := time.ParseInLocation("2006-01-02", s, time.Local); err == nil {
		return backend.At(t), nil
	}
	if t, err := backend.ParseTime(s); err == nil {
		return t, nil
	}
	return backend.Time{}, &backend.Error{
		Code: backend.CodeInvalid, Message: fmt.Sprintf("%q is no time.", s), Hint: "Write it as 24h, 7d or 2026-01-31.",
	}
}
