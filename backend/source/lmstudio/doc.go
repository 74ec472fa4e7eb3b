// Package lmstudio speaks with LM Studio: its REST API (v1 of 0.4 and later,
// v0 of 0.3.6 and later), its OpenAI-compatible chat route for a ping, and the
// WebSocket API that its own SDK uses.
//
// It translates into domain terms and decides nothing: what a look means, when
// to load and whether to try again is for the rules to say. It never runs the
// lms program, because most of its commands start LM Studio when it does not
// run, and it never starts LM Studio in any other way.
//
// REST is the primary: it is documented. The WebSocket is undocumented, so
// everything that rests on it is optional, and a server without it loses only
// the finer reading (TTL, last use, busy, progress of a load, estimates).
//
// HTTP statuses are not trusted. LM Studio answers unknown routes with 200 and
// {"error":"Unexpected endpoint or method. (GET /x)"} (lmstudio-bug-tracker
// #1680, #1879), so an answer is known by its body. Only 401 and 403 are taken
// at their word.
package lmstudio
