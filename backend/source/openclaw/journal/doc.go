// Package journal observes what OpenClaw records of its own runs: the JSONL log,
// the transcripts and session index of 2026.2 and 2026.3, and the SQLite state
// of 2026.9. It translates them into backend.Trace and keeps how far it read
// each file as backend.Cursor, so that nothing is read twice and nothing is
// missed over restarts, rotation, truncation and midnight.
//
// It decides nothing: which run fell back, and why, is for the rules to say. It
// only ever reads: no file of OpenClaw's is created, changed or locked against
// its owner. And it lets no message pass: of what was said it keeps nothing, of
// an error its text on one line, shortened, without secrets.
//
// Versions differ and will go on to differ, so everything is read by meaning:
// a field that is missing or of another type is absent, an event or a decision
// that nobody knew is passed through or passed over, and no line can stop the
// reading. The formats are those that 2026.2.9, 2026.3.13 and 2026.9.6 were seen
// to write; the lines about windows that are too small are from OpenClaw's source.
package journal
