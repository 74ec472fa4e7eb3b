// Package keep decides what to do so that one chosen model stays in memory.
//
// It is a pure state machine: Step takes what is known and returns at most one
// Action; the other methods take in how an action ended or what was lost. No
// I/O, no clock, no goroutine, and a State is plain data that is stored as
// JSON, so that a restart changes nothing but that an instance must be proven
// idle anew.
//
// What it must never do: ask for a load while another runs or while the list
// is not trusted, stack a second instance of a model, take memory that is not
// there, unload what may be answering someone, fight a person who unloaded the
// model, ping what does not expire, or try for ever.
package keep
