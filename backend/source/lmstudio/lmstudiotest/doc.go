// Package lmstudiotest is a fake LM Studio: a real HTTP and WebSocket server
// with LM Studio's habits, the bad ones above all, and a script for what a
// person, another program or bad luck does at its side of the wire. The tests
// of the client, of the rules and of the whole agent run against it, and so
// does the demo.
//
// It owns the wire as LM Studio speaks it, and nothing else. It must never
// import the client it is used to test: a fake that shares code with its client
// agrees with the client's mistakes. It writes no log, keeps no prompt and no
// token beyond the one it was given, and binds to the loopback only when told
// nothing else.
//
// Where the documents say nothing, the worse of the likely behaviours was
// chosen, and the comment beside it says so.
//
// Sources: LM Studio's documentation (REST v1, REST v0, OpenAI compatibility,
// authentication, TTL and auto-evict), the published sources of the lms command
// line and of @lmstudio/sdk 1.5.0, and the issues named at the code.
package lmstudiotest
