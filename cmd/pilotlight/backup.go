package main

import (
	"io"
	"os"
	"path/filepath"

	"pilotlight/backend"
	"pilotlight/backend/agent"
)

type backupCmd struct {
	File string `arg:"" help:"The file to write; one that is already there is never replaced."`
}

// Run copies the history while the agent goes on, or where none runs.
func (c backupCmd) Run(e *env) error {
	file, err := filepath.Abs(c.File)
	if err != nil {
		return err
	}
	e.written()
	if err := agent.Backup(e.ctx, e.home(), file); err != nil {
		return err
	}
	info, err := os.Stat(file)
	if err != nil {
		return err
	}
	if e.json {
		return e.print(map[string]any{"file": file, "size_bytes": info.Size()})
	}
	e.line("The history is saved in %s. How to put it back: docs/using.md.", file)
	return nil
}

// written has a running agent write what it still keeps in memory, a minute of samples
// and uses: asked for a whole history, it does that first. Where none runs, or it does
// not answer, all that can be saved is in the file already.
func (e *env) written() {
	c := e.client()
	defer c.Close()
	now := backend.At(e.now())
	_ = c.ExportUses(e.ctx, io.Discard, "jsonl", &now)
}
