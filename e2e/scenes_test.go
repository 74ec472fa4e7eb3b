//go:build e2e

package e2e

import (
	"time"

	"pilotlight/backend/source/lmstudio/lmstudiotest"
)

const (
	localReply = "Hello from the fake LM Studio."
	responses  = "POST /v1/responses"
)

// scenes are all there are: each OpenClaw version with what goes wrong.
func scenes() []scene {
	var all []scene
	all = append(all, current("2026.9.6")...)
	all = append(all, spring("2026.3.13")...)
	return append(all, winter("2026.2.9")...)
}

// loaded puts the model into memory as a person does, with room for a turn.
func loaded(s *lmstudiotest.Server) { s.LoadExplicit(localKey, localContext) }

func infer(f lmstudiotest.InferenceFault) func(*lmstudiotest.Server) {
	return func(s *lmstudiotest.Server) { loaded(s); s.FailInference(f) }
}

func serverOff(s *lmstudiotest.Server) { _ = s.StopServer() }
func appOff(s *lmstudiotest.Server)    { _ = s.QuitApp() }

// fellBack is a turn that the hosted model answered for the local one.
func fellBack(confidence string, causes ...string) *want {
	return &want{requested: local, answered: hosted, outcome: "fell_back", causes: causes, confidence: confidence}
}

// answeredByHosted is the proof of it.
func answeredByHosted(logs ...string) proof {
	return proof{says: hostedReply, logs: append(logs, `"decision":"candidate_succeeded"`)}
}

// noPreload keeps OpenClaw from loading the model by itself.
var noPreload = object{"params": object{"preload": false}}

// current is OpenClaw with retries, preloading and its state in SQLite.
func current(version string) []scene {
	one := func(name string, before func(*lmstudiotest.Server), seen string, p proof, w *want) scene {
		return scene{name: name, version: version, setup: setup{primary: local}, steps: []step{{before: before, seen: seen, proof: p, want: w}}}
	}
	with := func(sc scene, change func(*scene)) scene { change(&sc); return sc }
	quick := func(sc *scene) { sc.setup.provider = noPreload }
	return []scene{
		{name: "healthy", version: version, setup: setup{primary: local}, steps: []step{
			{proof: proof{says: localReply, lms: "POST /api/v1/models/load"}},
			{before: func(s *lmstudiotest.Server) { s.FailInference(lmstudiotest.InferenceUnknownModel) },
				proof: answeredByHosted("model_not_found"), want: fellBack("likely", "model_missing")},
		}},
		{name: "healthy chat", version: version, setup: setup{primary: local, api: "openai-completions"}, steps: []step{
			{proof: proof{says: localReply, lms: "POST /v1/chat/completions"}},
		}},
		one("server off", serverOff, "server_off", answeredByHosted(), fellBack("certain", "server_off")),
		one("app off", appOff, "down", answeredByHosted(), fellBack("certain", "app_off")),
		with(one("not loaded", nil, "", answeredByHosted("No models loaded"), fellBack("likely", "model_not_loaded")),
			func(sc *scene) { sc.fake.NoJIT = true; sc.setup.provider = noPreload }),
		one("provider error", infer(lmstudiotest.InferenceServerError), "", answeredByHosted(), fellBack("likely", "provider_error")),
		one("out of memory", func(s *lmstudiotest.Server) { s.SetMemory(500_000_000) }, "",
			answeredByHosted("insufficient system resources"), fellBack("certain", "out_of_memory")),
		one("load refused", infer(lmstudiotest.InferenceLoadRefused), "",
			answeredByHosted("insufficient system resources"), fellBack("likely", "out_of_memory")),
		with(one("crashed", func(s *lmstudiotest.Server) { loaded(s); s.Crash(localKey, true) }, "",
			answeredByHosted("crashed"), fellBack("likely", "model_crashed")), quick),
		with(one("crashing", infer(lmstudiotest.InferenceCrashing), "", answeredByHosted("Exit code: 6"), fellBack("likely", "model_crashed")), quick),
		// The words of LM Studio 0.4 are known to OpenClaw, which then answers with its own; those of 0.3 are not.
		with(one("context too small", func(s *lmstudiotest.Server) { s.LoadExplicit(localKey, 8192) }, "",
			proof{says: "Context overflow", logs: []string{"greater than the context length"}},
			&want{requested: local, outcome: "error_as_reply", causes: []string{"context_too_small"}, confidence: "certain"}), quick),
		with(one("context, old words", infer(lmstudiotest.InferenceContextOld), "",
			answeredByHosted("when context the overflows"), fellBack("likely", "context_too_small")), quick),
		with(one("context shrunk", func(s *lmstudiotest.Server) { s.OverrideContext(8192) }, "",
			proof{logs: []string{"greater than the context length"}},
			&want{requested: local, outcome: "error_as_reply", causes: []string{"context_too_small"}, confidence: "certain"}),
			func(sc *scene) { sc.mlx = true }),
		with(one("hang, no limit", func(s *lmstudiotest.Server) { loaded(s); s.SetBusy(localKey, true) }, "",
			proof{logs: []string{"model_fallback_chain_stopped"}},
			&want{requested: local, outcome: "stopped", causes: []string{"timeout_busy"}, confidence: "likely"}),
			func(sc *scene) { sc.steps[0].flags = []string{"--timeout", "60"} }),
		with(one("cut", infer(lmstudiotest.InferenceCut), "", answeredByHosted(), fellBack("unknown", "network", "provider_error", "unknown")), quick),
		with(one("hang busy", func(s *lmstudiotest.Server) { loaded(s); s.SetBusy(localKey, true) }, "",
			answeredByHosted("timeout"), fellBack("likely", "timeout_busy")),
			func(sc *scene) { sc.setup.provider = object{"timeoutSeconds": 15} }),
		with(one("hang cold", func(s *lmstudiotest.Server) { s.SetLoadTime(10 * time.Minute) }, "",
			answeredByHosted("timeout"), fellBack("likely", "timeout_cold", "model_loading")),
			func(sc *scene) { sc.setup.provider = object{"timeoutSeconds": 15} }),
		{name: "rate limited", version: version, setup: setup{primary: hosted}, hosted: 429, steps: []step{{
			proof: proof{says: localReply, logs: []string{"rate_limit", `"decision":"candidate_succeeded"`}},
			want:  &want{requested: hosted, answered: local, outcome: "fell_back", causes: []string{"rate_limited"}, confidence: "likely"}}}},
		cooldown(version),
		{name: "all fail", version: version, setup: setup{primary: local, provider: noPreload}, hosted: 401, fake: lmstudiotest.Options{NoJIT: true}, steps: []step{{
			proof: proof{says: "All models failed", logs: []string{`"decision":"candidate_failed"`}},
			want:  &want{requested: local, outcome: "exhausted", causes: []string{"model_not_loaded"}, confidence: "likely"}}}},
		{name: "gateway", version: version, setup: setup{primary: local, provider: noPreload}, gateway: true, fake: lmstudiotest.Options{NoJIT: true}, steps: []step{{
			proof: answeredByHosted("No models loaded"), want: fellBack("likely", "model_not_loaded")}}},
	}
}

// cooldown is a hosted provider that does not know the key, asked twice: the
// second time OpenClaw may not even try.
func cooldown(version string) scene {
	s := step{
		proof: proof{says: localReply, logs: []string{"401"}},
		want:  &want{requested: hosted, answered: local, outcome: "fell_back", causes: []string{"auth"}, confidence: "likely"},
	}
	first := s
	first.before = loaded
	return scene{name: "cooldown", version: version, setup: setup{primary: hosted}, hosted: 401, steps: []step{first, s}}
}

// probed is a hosted provider over its limit, whose key is an auth profile:
// the second time OpenClaw remembers, and asks all the same.
func probed(version string) scene {
	w := &want{requested: hosted, answered: local, outcome: "fell_back", causes: []string{"rate_limited"}, confidence: "likely"}
	return scene{name: "probed", version: version, setup: setup{primary: hosted, profile: true}, hosted: 429, steps: []step{
		{before: loaded, proof: proof{says: localReply, logs: []string{`"reason":"rate_limit"`}}, want: w},
		{proof: proof{says: localReply, logs: []string{`"decision":"probe_cooldown_candidate"`}}, want: w},
	}}
}

// skipped is a fallback that OpenClaw does not ask the second time, because its
// auth profile failed: both turns end without an answer.
func skipped(version string) scene {
	w := &want{requested: local, outcome: "exhausted", causes: []string{"model_missing"}, confidence: "likely"}
	return scene{name: "skipped", version: version, setup: setup{primary: local, profile: true}, hosted: 401, steps: []step{
		{before: infer(lmstudiotest.InferenceUnknownModel), proof: proof{logs: []string{`"decision":"candidate_failed"`, "401"}}, want: w},
		{proof: proof{logs: []string{`"decision":"skip_candidate"`}}, want: w},
	}}
}

// spring is OpenClaw with JSONL transcripts, decision lines and no retries.
func spring(version string) []scene {
	one := func(name string, before func(*lmstudiotest.Server), seen string, p proof, w *want) scene {
		return scene{name: name, version: version, setup: setup{primary: local}, steps: []step{{before: before, seen: seen, proof: p, want: w}}}
	}
	return []scene{
		{name: "healthy", version: version, setup: setup{primary: local}, steps: []step{
			{before: loaded, proof: proof{says: localReply, lms: responses}},
			{before: func(s *lmstudiotest.Server) { s.FailInference(lmstudiotest.InferenceUnknownModel) },
				proof: answeredByHosted("model_not_found"), want: fellBack("likely", "model_missing")},
		}},
		one("server off", serverOff, "server_off", answeredByHosted(`"reason":"timeout"`), fellBack("certain", "server_off")),
		one("provider error", infer(lmstudiotest.InferenceServerError), "", answeredByHosted(), fellBack("likely", "provider_error")),
		{name: "gateway", version: version, setup: setup{primary: local}, gateway: true, steps: []step{
			{before: infer(lmstudiotest.InferenceUnknownModel), proof: answeredByHosted("model_not_found"), want: fellBack("likely", "model_missing")},
			{proof: answeredByHosted("model_not_found"), want: fellBack("likely", "model_missing")},
		}},
		cooldown(version),
		probed(version),
		skipped(version),
		one("load refused", infer(lmstudiotest.InferenceLoadRefused), "", proof{says: "insufficient system resources"},
			&want{requested: local, outcome: "error_as_reply", causes: []string{"out_of_memory"}, confidence: "likely"}),
	}
}

// winter is OpenClaw that answers with the error's text, and whose fallbacks
// stand in the transcript alone.
func winter(version string) []scene {
	return []scene{
		{name: "server off", version: version, setup: setup{primary: local}, steps: []step{
			{before: loaded, proof: proof{says: localReply, lms: responses}},
			{before: serverOff, seen: "server_off", proof: proof{says: "Connection error."},
				want: &want{requested: local, outcome: "error_as_reply", causes: []string{"server_off"}, confidence: "certain"}},
		}},
		{name: "rate limited", version: version, setup: setup{primary: hosted}, hosted: 429, steps: []step{
			{before: loaded, proof: proof{says: localReply, lms: responses},
				want: &want{requested: hosted, answered: local, outcome: "fell_back", causes: []string{"rate_limited"}, confidence: "likely"}},
		}},
	}
}
