// Package openclawtest is a fake OpenClaw: it leaves the files behind that
// OpenClaw 2026.2.9, 2026.3.13 and 2026.9.6 leave, with their bad habits. It
// writes a config as a person does, the log with its day files and rotation,
// transcripts and their index, or the database of 2026.9. The tests of whoever
// reads these files run against it, and so does the demo, for which it really
// asks a model server and records what came back.
//
// It owns what OpenClaw writes, and nothing else. It must never import a reader
// that it is used to test: a fake that shares code with its reader agrees with
// the reader's mistakes. Its own tests compare it with recorded runs of the real
// program.
//
// Sources: recorded runs of the three versions, and their published sources.
// What no record shows, an overflowing context or a crash in 2026.9 for example,
// is put together from those sources, and the comment beside it says "assumed".
package openclawtest
