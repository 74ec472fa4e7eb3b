//go:build e2e

package e2e

import (
	"slices"
	"time"

	"pilotlight/backend/source/lmstudio/lmstudiotest"
)

const (
	localReply = "Hello from the fake LM Studio."
	responses  = "POST /v1/responses"
)

// scenes are all there are: each OpenClaw version with what goes wrong.
func scenes() []scene {
	return slices.Concat(
		at("2026.9.6", current(), contexts(), hangs()),
		at("2026.3.13", spring()),
		at("2026.2.9", winter()),
	)
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

// one is a scene of one turn with the local model first.
func one(name string, before func(*lmstudiotest.Server), seen string, p proof, w *want) scene {
	return scene{name: name, setup: setup{primary: local}, steps: []step{{before: before, seen: seen, proof: p, want: w}}}
}

// provider adds settings of the local provider that only 2026.9 knows.
func (sc scene) provider(settings object) scene {
	sc.setup.provider = settings
	return sc
}

// at gives the scenes their version.
func at(version string, list ...[]scene) []scene {
	all := slices.Concat(list...)
	for n := range all {
		all[n].version = version
	}
	return all
}

// noPreload keeps OpenClaw from loading the model by itself.
var noPreload = object{"params": object{"preload": false}}

// brief is how long OpenClaw then waits for one request.
var brief = object{"timeoutSeconds": 15}

// noJIT is an LM Studio that loads nothing for a request.
var noJIT = lmstudiotest.Options{NoJIT: true}

// current is OpenClaw with retries, preloading and its state in SQLite.
func current() []scene {
	notLoaded := one("not loaded", nil, "", answeredByHosted("No models loaded"), fellBack("likely", "model_not_loaded")).provider(noPreload)
	notLoaded.fake = noJIT
	gateway := notLoaded
	gateway.name, gateway.gateway = "gateway", true
	allFail := notLoaded
	allFail.name, allFail.hosted = "all fail", 401
	allFail.steps = []step{{proof: proof{says: "All models failed", logs: []string{`"decision":"candidate_failed"`}},
		want: &want{requested: local, outcome: "exhausted", causes: []string{"model_not_loaded"}, confidence: "likely"}}}
	chat := scene{name: "healthy chat", setup: setup{primary: local, api: "openai-completions"},
		steps: []step{{proof: proof{says: localReply, lms: "POST /v1/chat/completions"}}}}
	return []scene{
		healthy(nil, "POST /api/v1/models/load"), chat, notLoaded, gateway, allFail,
		one("server off", serverOff, "server_off", answeredByHosted(), fellBack("certain", "server_off")),
		one("app off", appOff, "down", answeredByHosted(), fellBack("certain", "app_off")),
		one("provider error", infer(lmstudiotest.InferenceServerError), "", answeredByHosted(), fellBack("likely", "provider_error")),
		one("out of memory", func(s *lmstudiotest.Server) { s.SetMemory(500_000_000) }, "",
			answeredByHosted("insufficient system resources"), fellBack("certain", "out_of_memory")),
		one("load refused", infer(lmstudiotest.InferenceLoadRefused), "",
			answeredByHosted("insufficient system resources"), fellBack("likely", "out_of_memory")),
		one("crashed", func(s *lmstudiotest.Server) { loaded(s); s.Crash(localKey, true) }, "",
			answeredByHosted("crashed"), fellBack("likely", "model_crashed")).provider(noPreload),
		one("crashing", infer(lmstudiotest.InferenceCrashing), "",
			answeredByHosted("Exit code: 6"), fellBack("likely", "model_crashed")).provider(noPreload),
		one("cut", infer(lmstudiotest.InferenceCut), "",
			answeredByHosted(), fellBack("unknown", "network", "provider_error", "unknown")).provider(noPreload),
		rateLimited(`"decision":"candidate_succeeded"`), cooldown(),
	}
}

// contexts are models loaded with too little room. OpenClaw knows the words of
// LM Studio 0.4 and answers with its own; those of 0.3 it does not know.
func contexts() []scene {
	told := &want{requested: local, outcome: "error_as_reply", causes: []string{"context_too_small"}, confidence: "certain"}
	words := proof{says: "Context overflow", logs: []string{"greater than the context length"}}
	shrunk := one("context shrunk", func(s *lmstudiotest.Server) { s.OverrideContext(8192) }, "", words, told)
	shrunk.mlx = true
	return []scene{
		one("context too small", func(s *lmstudiotest.Server) { s.LoadExplicit(localKey, 8192) }, "", words, told).provider(noPreload),
		one("context, old words", infer(lmstudiotest.InferenceContextOld), "",
			answeredByHosted("when context the overflows"), fellBack("likely", "context_too_small")).provider(noPreload),
		shrunk,
	}
}

// hangs are requests that are not answered in time.
func hangs() []scene {
	busy := func(s *lmstudiotest.Server) { loaded(s); s.SetBusy(localKey, true) }
	cold := func(s *lmstudiotest.Server) { s.SetLoadTime(10 * time.Minute) }
	stopped := one("hang, no limit", busy, "", proof{logs: []string{"model_fallback_chain_stopped"}},
		&want{requested: local, outcome: "stopped", causes: []string{"timeout_busy"}, confidence: "likely"})
	stopped.steps[0].flags = []string{"--timeout", "60"}
	return []scene{
		one("hang busy", busy, "", answeredByHosted("timeout"), fellBack("likely", "timeout_busy")).provider(brief),
		one("hang cold", cold, "", answeredByHosted("timeout"), fellBack("likely", "timeout_cold", "model_loading")).provider(brief),
		stopped,
	}
}

// healthy is a turn that goes well, and then one that does not: when that is
// listed and the first is not, the first was read and passed over.
func healthy(before func(*lmstudiotest.Server), asked string) scene {
	return scene{name: "healthy", setup: setup{primary: local}, steps: []step{
		{before: before, proof: proof{says: localReply, lms: asked}},
		{before: func(s *lmstudiotest.Server) { s.FailInference(lmstudiotest.InferenceUnknownModel) },
			proof: answeredByHosted("model_not_found"), want: fellBack("likely", "model_missing")},
	}}
}

// fellToLocal is a turn that the local model answered for the hosted one.
func fellToLocal(cause string) *want {
	return &want{requested: hosted, answered: local, outcome: "fell_back", causes: []string{cause}, confidence: "likely"}
}

func rateLimited(logs ...string) scene {
	return scene{name: "rate limited", setup: setup{primary: hosted}, hosted: 429, steps: []step{
		{before: loaded, proof: proof{says: localReply, logs: append(logs, "429"), lms: responses}, want: fellToLocal("rate_limited")},
	}}
}

// cooldown is a hosted provider that does not know the key, asked twice: the
// second time OpenClaw may not even try.
func cooldown() scene {
	p := proof{says: localReply, logs: []string{"401"}}
	return scene{name: "cooldown", setup: setup{primary: hosted}, hosted: 401, steps: []step{
		{before: loaded, proof: p, want: fellToLocal("auth")}, {proof: p, want: fellToLocal("auth")},
	}}
}

// probed is a hosted provider over its limit, whose key is an auth profile:
// the second time OpenClaw remembers, and asks all the same.
func probed() scene {
	w := fellToLocal("rate_limited")
	return scene{name: "probed", setup: setup{primary: hosted, profile: true}, hosted: 429, steps: []step{
		{before: loaded, proof: proof{says: localReply, logs: []string{`"reason":"rate_limit"`}}, want: w},
		{rest: 100 * time.Second, proof: proof{says: localReply, logs: []string{`"decision":"probe_cooldown_candidate"`}}, want: w},
	}}
}

// skipped is a fallback that OpenClaw does not ask the second time, because its
// auth profile failed: both turns end without an answer.
func skipped() scene {
	w := &want{requested: local, outcome: "exhausted", causes: []string{"model_missing"}, confidence: "likely"}
	return scene{name: "skipped", setup: setup{primary: local, profile: true}, hosted: 401, steps: []step{
		{before: infer(lmstudiotest.InferenceUnknownModel), proof: proof{logs: []string{`"decision":"candidate_failed"`, "401"}}, want: w},
		{rest: time.Hour, proof: proof{logs: []string{`"decision":"skip_candidate"`}}, want: w},
	}}
}

// spring is OpenClaw with JSONL transcripts, decision lines and no retries of
// its own. Its turns without a gateway share one run id.
func spring() []scene {
	missing := step{proof: answeredByHosted("model_not_found"), want: fellBack("likely", "model_missing")}
	first := missing
	first.before = infer(lmstudiotest.InferenceUnknownModel)
	return []scene{
		healthy(loaded, responses), cooldown(), probed(), skipped(),
		one("server off", serverOff, "server_off", answeredByHosted(`"reason":"timeout"`), fellBack("certain", "server_off")),
		one("provider error", infer(lmstudiotest.InferenceServerError), "", answeredByHosted(), fellBack("likely", "provider_error")),
		one("load refused", infer(lmstudiotest.InferenceLoadRefused), "", proof{says: "insufficient system resources"},
			&want{requested: local, outcome: "error_as_reply", causes: []string{"out_of_memory"}, confidence: "likely"}),
		{name: "gateway", setup: setup{primary: local}, gateway: true, steps: []step{first, missing}},
	}
}

// winter is OpenClaw that answers with the error's text, and whose fallbacks
// stand in the transcript alone.
func winter() []scene {
	return []scene{
		rateLimited(),
		{name: "server off", setup: setup{primary: local}, steps: []step{
			{before: loaded, proof: proof{says: localReply, lms: responses}},
			{before: serverOff, seen: "server_off", proof: proof{says: "Connection error."},
				want: &want{requested: local, outcome: "error_as_reply", causes: []string{"server_off"}, confidence: "certain"}},
		}},
	}
}
