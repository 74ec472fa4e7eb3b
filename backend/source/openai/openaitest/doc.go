// Package openaitest is a fake of every model server that speaks OpenAI's API:
// llama.cpp's server with one model and as a router, vLLM, Ollama, LiteLLM, a
// gateway that says nothing of itself, a hosted provider. Each is a real HTTP
// server with the habits of the real one, and with the bad habits that any may
// have: slow, silent, a web page in place of the API, a redirect to elsewhere, a
// certificate that nobody trusts, an answer that breaks off, ten thousand models.
//
// It owns the wire as they speak it, and nothing else. It must never import the
// client it is used to test: a fake that shares code with its client agrees with
// the client's mistakes. It keeps no prompt, and binds to the loopback only.
//
// Their answers are told from recordings where there are some (testdata/recorded of
// the package above), else from their sources and documents, named at the code.
package openaitest
