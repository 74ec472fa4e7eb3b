// Package watch turns looks at a server into what is believed of it and into
// the history of its loads and unloads, each with a cause.
//
// It owns the belief: which instances are in memory since when, what is known
// of their TTL, and which disappearance means what. It is pure: no I/O, no
// clock, no goroutine; every method takes the time and returns a new State, so
// that a history replays to the same State.
//
// It must never take a failed look for an empty server, nor a single negative
// read for an unload: LM Studio's list is read while it changes, and a server
// that restarts answers before it has anything to tell.
package watch
