// Package openai speaks with every model server of OpenClaw's config that is not
// known to be LM Studio: llama.cpp's server, vLLM, Ollama, LiteLLM, gateways that
// speak OpenAI's API and say nothing of themselves, and hosted providers.
//
// It finds out by asking which of them answers, and then asks only what that one
// knows: one request a look, two at most. What an engine cannot tell stays
// unknown, what it cannot do is refused with CodeUnsupported; Tells says both
// beforehand.
//
// It translates into domain terms and decides nothing. It follows no redirect, so
// that the token is sent to the address from the config and nowhere else; a hosted
// provider is asked without it. Of an answer it keeps the fields that it needs: no
// chat template, no command line, no key, no prompt, no reply.
//
// The engines' answers are told from recordings (testdata/recorded) and from their
// sources and documents: llama.cpp tools/server (README.md, server-context.cpp,
// server-http.cpp, September 2026), Ollama 0.33 (server/routes.go, server/sched.go,
// api/types.go), vLLM 0.11 (entrypoints/openai/protocol.py, usage/metrics), which
// was not run, LiteLLM (proxy/health_endpoints, docs/proxy/health).
package openai
