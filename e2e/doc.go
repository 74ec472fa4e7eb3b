// Package e2e runs real turns of the real OpenClaw against the fake LM Studio
// and a made-up hosted provider, with the real agent watching, and compares the
// fallback history with what is known to have happened. It also edits OpenClaw's
// config by Pilotlight's command line, and has OpenClaw judge the result: its check, its
// gateway, its own defences against edits, and its own writer at the same moment. And it
// has OpenClaw answer through real model servers, which the agent watches while they are
// killed and started again: llama.cpp's, LiteLLM in front of one, Ollama. It is
// what the recorded runs of the quick tests are checked against, and it is slow: make
// e2e, which first brings OpenClaw, runs it.
//
// All of it is in test files with the build tag e2e. It owns nothing of the
// product and must never share code with what it checks: the agent is a program
// to it, whose command line is all it uses.
package e2e
