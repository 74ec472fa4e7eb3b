package config

import (
	"bytes"
	"fmt"

	"pilotlight/backend"
	"pilotlight/backend/json5"
)

// halfFrom is the size in bytes from which OpenClaw takes a file of less than half
// for an accident and puts its backup in its place (2026.9.6).
const halfFrom = 512

var (
	metaPath = json5.Path{"meta"}
	modePath = json5.Path{"gateway", "mode"}
)

// guard refuses a text that OpenClaw would undo, or that would lose a secret.
func (d *Document) guard(tree *json5.Document, c *Candidate) error {
	if tree.Keys(nil) == nil {
		return refused("The config must be an object in braces.", "Put { before it and } behind it.")
	}
	if bytes.Count(c.text, []byte(redacted)) > bytes.Count(d.text, []byte(redacted)) {
		return refused("The text has "+redacted+" in it, which OpenClaw's tools print in the place of a secret. Written down it would destroy the secret.",
			"Take the value from the config file itself, not from what \"openclaw config get\" prints.")
	}
	if !d.file.exists || d.textBad {
		return nil
	}
	was, err := json5.Parse(d.text)
	if err != nil {
		return invalidText(err)
	}
	meta, had := was.Source(metaPath)
	if now, has := tree.Source(metaPath); had && (!has || !bytes.Equal(meta, now)) {
		return refused("The meta block would change. It is OpenClaw's own; without it OpenClaw undoes every edit.",
			"Leave meta as it is.")
	}
	if _, had := was.Get(modePath); had {
		if _, has := tree.Get(modePath); !has {
			return refused("gateway.mode would be gone. OpenClaw puts its backup in the place of a config without it.", "Leave gateway.mode as it is.")
		}
	}
	if !c.restoring && len(d.text) >= halfFrom && len(c.text)*2 < len(d.text) {
		return refused(fmt.Sprintf("The file would shrink from %d to %d bytes. OpenClaw takes that for an accident and puts its backup in its place.", len(d.text), len(c.text)),
			"Remove less than half at a time.")
	}
	if c.restoring && len(d.text) >= halfFrom && len(c.text)*2 < len(d.text) {
		c.issues = append(c.issues, backend.ConfigIssue{
			Severity: backend.SeverityWarning, Code: "size_drop",
			Message: "This version has less than half of the present size. Where no gateway is running, OpenClaw may take that for an accident and undo it.",
			Hint:    "Restore it while the gateway runs.",
		})
	}
	return nil
}

func refused(message, hint string) error {
	return &backend.Error{Code: backend.CodeRefused, Message: message, Hint: hint}
}

// keepOwn gives an older text what is OpenClaw's own in the present file: the meta
// block, byte for byte, and gateway.mode where the older text has none. OpenClaw
// would take their loss for an accident and undo the restore.
func (d *Document) keepOwn(tree *json5.Document) error {
	if !d.file.exists || d.textBad {
		return nil
	}
	now, err := json5.Parse(d.text)
	if err != nil {
		return invalidText(err)
	}
	if meta, has := now.Source(metaPath); has {
		if old, had := tree.Source(metaPath); !had || !bytes.Equal(old, meta) {
			if err := tree.Set(metaPath, json5.Text(meta)); err != nil {
				return notEdited("meta", err)
			}
		}
	}
	mode, has := now.Source(modePath)
	if _, had := tree.Get(modePath); has && !had {
		if err := tree.Set(modePath, json5.Text(mode)); err != nil {
			return notEdited("gateway.mode", err)
		}
	}
	return nil
}
