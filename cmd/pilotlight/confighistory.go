package main

import (
	"pilotlight/backend"
	"pilotlight/backend/face/api"
)

type configHistoryCmd struct {
	Limit int `name:"limit" default:"20" help:"At most so many rows."`
}

// Run lists the states of the file.
func (c configHistoryCmd) Run(e *env) error {
	if c.Limit < 1 {
		return &backend.Error{Code: backend.CodeInvalid, Message: "--limit must be 1 or more.", Hint: "Leave it out for 20."}
	}
	return e.atDesk(true, func(d api.Configs) error {
		page, err := d.Revisions(e.ctx, 0, c.Limit)
		if err != nil {
			return err
		}
		return e.show(page, func() {
			if len(page.Items) == 0 {
				e.line("No state of the file is known yet. The first change makes one.")
				return
			}
			rows := [][]string{{"ID", "WHEN", "WHO", "WHAT", "THEN"}}
			for _, r := range page.Items {
				then := ""
				if r.Verdict != nil {
					then = string(r.Verdict.Code) + ": " + r.Verdict.Text
				}
				rows = append(rows, []string{number(r.ID), r.At.Local().Format("2006-01-02 15:04:05"), string(r.Author), r.Note, then})
			}
			e.table(rows)
		})
	})
}

type configRestoreCmd struct {
	dryRun
	ID int64 `arg:"" help:"The number that pilotlight config history shows."`
}

// Run puts an earlier state back.
func (c configRestoreCmd) Run(e *env) error {
	return e.atDesk(true, func(d api.Configs) error {
		hash, err := e.configHash(d, c.DryRun)
		if err != nil {
			return err
		}
		return e.saved(d.RestoreConfig(e.ctx, hash, c.ID, backend.AuthorCLI, c.DryRun))
	})
}
