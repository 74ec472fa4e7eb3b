// Package config edits OpenClaw's config file without harming it.
//
// It owns the file on its way out and in: the secrets that are taken out of every
// text before anything else sees it, the edit of single values in the person's
// own text, the checks that keep OpenClaw from undoing the edit, the write in one
// step, and the look at what OpenClaw made of it.
//
// It must never decide what is good in a config: that is for a rule to say. It
// must never let a secret out, touch OpenClaw's own backups, write a file that
// changed since it was read, or run OpenClaw's program unless it is asked to.
//
// Sources: runs of OpenClaw 2026.2.9, 2026.3.13 and 2026.9.6.
package config
