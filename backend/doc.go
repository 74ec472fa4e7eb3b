// Package backend is the domain: what Pilotlight talks about, in the field's
// own words. A server has models, a model has instances, a load or an unload
// has a cause, a keep has a target and a state, a fallback has attempts.
//
// It owns the types, their JSON names (scripts rely on them: add freely, never
// rename) and the errors. It must never import another package of this
// project, do I/O, read a clock or start a goroutine.
//
// In every type here absent is not zero: a value that is not known is a nil
// pointer or an empty string, and is null or left out in JSON. Times are UTC
// with milliseconds, durations are seconds, sizes are bytes; the field names
// say so.
package backend
