// Package fallback turns what OpenClaw recorded into the history of fallbacks:
// one record a run, why it happened, what to do about it, and what many of them
// show together.
//
// It owns four things. The Assembler joins the traces of log and transcript
// into runs. Explain finds the cause of one, from what Pilotlight saw itself
// down to what OpenClaw claims. Story tells it step by step. Patterns reads the
// whole history.
//
// It is pure: no I/O, no clock, no goroutine; every time is an argument. What it
// holds is bounded, whatever is fed to it.
//
// It must never call a run a fallback because another model answered than was
// asked for: an alias, a person's /model, a heartbeat's model are none. Only a
// model that failed, or was passed over, before another one in the same run
// makes one. And it must never call certain what is only likely.
package fallback
