// Package openclaw reads where OpenClaw keeps its files on this machine, which
// version wrote them, and what its model config says.
//
// It translates into the domain and decides nothing: whether a config is good,
// and what to do about it, is for others to say. It must never write, lock or
// touch a file of OpenClaw's, run its program, or let a secret out: an API key is
// kept in a type that tells it to nobody, for requests to its own provider alone,
// and a URL loses its user, password and query before anything else sees it.
//
// Sources: runs of OpenClaw 2026.2.9, 2026.3.13 and 2026.9.6, their published
// sources (src/config/paths.ts, includes.ts, env-substitution.ts,
// src/infra/tmp-openclaw-dir.ts) and their bundled documentation.
package openclaw
