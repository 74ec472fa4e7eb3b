package doctor_test

import (
	"testing"
	"time"

	"pilotlight/backend"
	"pilotlight/backend/rule/doctor"
)

func TestTroubleOfTheWay(t *testing.T) {
	t.Parallel()
	refusedConn := func(r *backend.Reach) {
		r.Status, r.Lists, r.Models, r.LatencySeconds = 0, false, nil, nil
		r.Error = &backend.Error{Code: backend.CodeNetwork, Message: "connection refused", Hint: "Start it."}
	}
	localhost := issue(lms+".baseUrl", "localhost", "localhost may lead to ::1.", "Write 127.0.0.1.", edit(lms+".baseUrl", `"http://127.0.0.1:1234/v1"`))
	noV1 := issue(lms+".baseUrl", "no_v1", "It does not end with /v1.", "End it with /v1.", edit(lms+".baseUrl", `"http://localhost:1234/v1"`))
	run(t, []scenario{
		{"healthy", func(*doctor.Facts) {}, "gateway", ok, "answers", "", nil},
		{"down", func(f *doctor.Facts) { f.Status.OpenClaw.Gateway = "down" }, "gateway", fail, "no message reaches your agent", "openclaw gateway", nil},
		{"not asked", func(f *doctor.Facts) { f.Status.OpenClaw.Gateway = "unknown" }, "gateway", skip, "not asked", "", nil},

		{"healthy", func(*doctor.Facts) {}, "gateway_reaches_server", ok, "curl http://127.0.0.1:1234/v1/models: 200 in 4 ms, 2 models.", "", nil},
		{"refused", func(f *doctor.Facts) { reach(f, refusedConn) }, "gateway_reaches_server", fail, "connection refused.", "Start it.", nil},
		{"server off", func(f *doctor.Facts) { reach(f, refusedConn); srv(f).State = backend.ServerOff }, "gateway_reaches_server", fail, "connection refused.", "", []string{"start_server"}},
		{"localhost refused", func(f *doctor.Facts) { reach(f, refusedConn); f.Issues = []backend.ConfigIssue{localhost} }, "gateway_reaches_server", fail, "connection refused", "Write 127.0.0.1.", []string{"address " + lms + `.baseUrl="http://127.0.0.1:1234/v1"`}},
		{"localhost", func(f *doctor.Facts) { f.Issues = []backend.ConfigIssue{localhost} }, "gateway_reaches_server", warn, "localhost may lead to ::1.", "Write 127.0.0.1.", []string{"address " + lms + `.baseUrl="http://127.0.0.1:1234/v1"`}},
		{"localhost and no /v1", func(f *doctor.Facts) {
			provider(f).BaseURL = "http://localhost:1234"
			f.Issues = []backend.ConfigIssue{localhost, noV1}
			reach(f, func(r *backend.Reach) { r.Lists, r.Models = false, nil })
		}, "gateway_reaches_server", fail, "no list of models", "", []string{"address " + lms + `.baseUrl="http://127.0.0.1:1234/v1"`}},
		{"no /v1", func(f *doctor.Facts) {
			f.Issues = []backend.ConfigIssue{noV1}
			reach(f, func(r *backend.Reach) { r.URL, r.Lists, r.Models = theURL+"/models", false, nil })
		}, "gateway_reaches_server", fail, "with no list of models", "End it with /v1.", []string{"address " + lms + `.baseUrl="http://localhost:1234/v1"`}},
		{"a page instead", func(f *doctor.Facts) { reach(f, func(r *backend.Reach) { r.Lists, r.Models = false, nil }) }, "gateway_reaches_server", fail, "with no list of models", "should end with /v1", nil},
		{"not found", func(f *doctor.Facts) { reach(f, func(r *backend.Reach) { r.Status = 404 }) }, "gateway_reaches_server", fail, "it answers 404 in 4 ms", "baseUrl", nil},
		{"denied", func(f *doctor.Facts) { reach(f, func(r *backend.Reach) { r.Status, r.Keyed = 401, true }) }, "gateway_reaches_server", fail, "401", "apiKey of lmstudio", nil},
		{"denied without the key", func(f *doctor.Facts) { reach(f, func(r *backend.Reach) { r.Status = 401 }) }, "gateway_reaches_server", ok, "it is reachable", "", nil},
		{"more models than are told", func(f *doctor.Facts) { reach(f, func(r *backend.Reach) { r.Lists = false }) }, "gateway_reaches_server", ok, "200", "", nil},
		{"slow", func(f *doctor.Facts) { reach(f, func(r *backend.Reach) { r.LatencySeconds = ptr(4.2) }) }, "gateway_reaches_server", warn, "only after 4.2 s", "busy", nil},
		{"not tried", func(f *doctor.Facts) { f.Reach = nil }, "gateway_reaches_server", skip, "not tried", "", nil},
		{"an empty try", func(f *doctor.Facts) { f.Reach["lmstudio"] = backend.Reach{} }, "gateway_reaches_server", skip, "not known", "", nil},

		{"healthy", func(*doctor.Facts) {}, "keep_held_up", ok, "is warm since", "", nil},
		{"blocked", func(f *doctor.Facts) {
			f.Status.Keep.State, f.Status.Keep.Reason = backend.KeepBlocked, &backend.Error{Code: backend.CodeLoadFailed, Message: "The engine died.", Hint: "Look at its log."}
		}, "keep_held_up", fail, "gave up keeping MiniMax M2.1. The engine died.", "Look at its log.", []string{"resume"}},
		{"waiting for the server", func(f *doctor.Facts) {
			srv(f).State = backend.ServerOff
			f.Status.Keep.State, f.Status.Keep.Reason = backend.KeepWaiting, &backend.Error{Code: backend.CodeServerOff, Message: "Its server is off.", Hint: "Start it."}
		}, "keep_held_up", warn, "waits since", "Start it.", []string{"start_server"}},
		{"waiting for the network", func(f *doctor.Facts) {
			f.Status.Keep.State, f.Status.Keep.Reason = backend.KeepWaiting, &backend.Error{Code: backend.CodeNetwork, Message: "Nothing answers."}
		}, "keep_held_up", warn, "Nothing answers.", "Now", nil},
		{"waiting after a failure", func(f *doctor.Facts) {
			f.Status.Keep.State, f.Status.Keep.Reason, f.Status.Keep.NextAttemptAt = backend.KeepWaiting, &backend.Error{Code: backend.CodeLoadFailed, Message: "It failed."}, ptr(before(-time.Minute))
		}, "keep_held_up", warn, "The next try is at", "", []string{"resume"}},
		{"waiting a moment", func(f *doctor.Facts) {
			f.Status.Keep.State, f.Status.Keep.Reason, f.Status.Keep.Since = backend.KeepWaiting, &backend.Error{Message: "Settling."}, before(time.Second)
		}, "keep_held_up", ok, "Settling.", "", nil},
		{"swapping", func(f *doctor.Facts) {
			f.Status.Keep.Reason = &backend.Error{Message: "It drove the machine into swap."}
		}, "keep_held_up", warn, "swap", "smaller", nil},
		{"paused", func(f *doctor.Facts) { f.Status.Keep.State = backend.KeepPaused }, "keep_held_up", skip, "paused until you go on", "", nil},
		{"off", func(f *doctor.Facts) { f.Status.Keep = backend.Keep{State: backend.KeepOff} }, "keep_held_up", skip, "Nothing is kept", "", nil},

		{"healthy", func(*doctor.Facts) {}, "config_edit", ok, "(use it): OpenClaw took it over.", "", nil},
		{"undone", func(f *doctor.Facts) {
			f.Edit.Verdict = &backend.ConfigVerdict{Code: backend.VerdictUndone, Text: "OpenClaw put an older file in its place.", Hint: "Put it back."}
		}, "config_edit", fail, "an older file", "Put it back.", []string{"restore"}},
		{"replaced", func(f *doctor.Facts) {
			f.Edit.Verdict = &backend.ConfigVerdict{Code: backend.VerdictReplaced, Text: "Somebody wrote over it."}
		}, "config_edit", warn, "wrote over it", "Config", []string{"restore"}},
		{"rejected", func(f *doctor.Facts) {
			f.Edit.Verdict = &backend.ConfigVerdict{Code: backend.VerdictRejected, Text: "Not taken."}
		}, "config_edit", fail, "Not taken.", "Correct it", nil},
		{"pending", func(f *doctor.Facts) {
			f.Edit.Verdict = &backend.ConfigVerdict{Code: backend.VerdictPending, Text: "Waiting."}
		}, "config_edit", skip, "Waiting.", "", nil},
		{"nobody said anything", func(f *doctor.Facts) { f.Edit.Verdict = nil }, "config_edit", skip, "not known", "", nil},
		{"none", func(f *doctor.Facts) { f.Edit = nil }, "config_edit", skip, "has not edited", "", nil},

		{"healthy", func(*doctor.Facts) {}, "fallback_log", ok, "can be read", "", nil},
		{"not readable", func(f *doctor.Facts) {
			f.Status.OpenClaw.LogReadable, f.Status.OpenClaw.LogError = false, &backend.Error{Message: "permission denied", Hint: "Let it be read."}
		}, "fallback_log", warn, "permission denied.", "Let it be read.", nil},
		{"quiet", func(f *doctor.Facts) { f.Quiet = ptr(true) }, "fallback_log", warn, "leaves out warnings", "info", []string{`log_level logging.level="info"`}},
		{"none yet", func(f *doctor.Facts) { f.Status.OpenClaw.LogPath = "" }, "fallback_log", skip, "not written a log", "", nil},
		{"an early version", func(f *doctor.Facts) { version(f, "2026.2.9") }, "fallback_log", ok, "without their words", "", nil},
		{"level not known", func(f *doctor.Facts) { f.Quiet = nil }, "fallback_log", skip, "not known", "", nil},
	})
}

func TestTroubleOfMemory(t *testing.T) {
	t.Parallel()
	notKept := func(f *doctor.Facts) { f.Status.Keep = backend.Keep{State: backend.KeepOff} }
	second := func(n int, busy *bool) func(*doctor.Facts) {
		return func(f *doctor.Facts) {
			model(f).Instances = append(model(f).Instances, backend.Instance{ID: key + ":2", ContextLength: &n, Busy: busy, Explicit: ptr(true), SeenLoadedAt: before(time.Hour)})
		}
	}
	jit := func(f *doctor.Facts) {
		inst(f).Explicit, inst(f).TTLSeconds, inst(f).ExpiresAt = ptr(false), ptr(3600.0), ptr(before(-12*time.Minute))
	}
	only := func(f *doctor.Facts, n int) { fits(f, func(v *doctor.Fitted) { v.FitsUpTo = &n }) }
	const noMemory = "LM Studio did not load it, because it thinks there is not enough memory for it."
	run(t, []scenario{
		{"healthy", func(*doctor.Facts) {}, "went_away", ok, "not unloaded in 24 hours", "", nil},
		{"gone", func(f *doctor.Facts) { unload(f); f.Loads = []backend.Load{gone(time.Hour, backend.CauseTTL)} }, "went_away", fail, "its idle time ran out. It is not back.", "", []string{"keep 196608 170GB", "load 196608 170GB"}},
		{"unloaded by hand", func(f *doctor.Facts) { unload(f); f.Loads = []backend.Load{gone(time.Hour, backend.CauseUser)} }, "went_away", warn, "you unloaded it", "when you want it", []string{"keep 196608 170GB", "load 196608 170GB"}},
		{"back, and not kept", func(f *doctor.Facts) {
			notKept(f)
			f.Loads = []backend.Load{gone(time.Hour, backend.CauseEvicted), gone(2*time.Hour, backend.CauseEvicted)}
		}, "went_away", warn, "By itself it went twice in 24 hours. It is back.", "", []string{"keep 196608 170GB"}},
		{"back, and kept", func(f *doctor.Facts) { f.Loads = []backend.Load{gone(time.Hour, backend.CauseEvicted)} }, "went_away", ok, "another model took its place. It is back.", "", nil},
		{"long ago", func(f *doctor.Facts) { f.Loads = []backend.Load{gone(30*time.Hour, backend.CauseEvicted)} }, "went_away", ok, "not unloaded", "", nil},
		{"not recorded", func(f *doctor.Facts) { f.Loads = nil }, "went_away", skip, "Nothing was recorded", "", nil},

		{"healthy", func(*doctor.Facts) {}, "duplicates", ok, "once at most", "", nil},
		{"a smaller one", second(8192, ptr(false)), "duplicates", warn, "MiniMax M2.1 is in memory twice, which takes about 120 GB more (contexts of 196,608, 8,192 tokens).", "while it is idle", []string{"unload_extra " + key + ":2"}},
		{"a busy one", second(8192, ptr(true)), "duplicates", warn, "twice", "", nil},
		{"one of which nothing is known", second(8192, nil), "duplicates", warn, "twice", "", nil},
		{"a larger one beside the kept one", second(262144, ptr(false)), "duplicates", warn, "twice", "", nil},
		{"a dead one", func(f *doctor.Facts) { second(8192, ptr(false))(f); model(f).Instances[1].Missing = true }, "duplicates", ok, "", "", nil},
		{"nobody tells", func(f *doctor.Facts) { srv(f).State = backend.ServerDown }, "duplicates", skip, "No server tells", "", nil},

		{"healthy", func(*doctor.Facts) {}, "jit_ttl", ok, "loaded on purpose", "", nil},
		{"about to go", func(f *doctor.Facts) { jit(f); notKept(f) }, "jit_ttl", warn, "drops it after 1 h without use, at ", "one token before its idle time", []string{"keep 196608 170GB"}},
		{"in how long", func(f *doctor.Facts) { jit(f); notKept(f) }, "jit_ttl", warn, "(in 12 min)", "", []string{"keep 196608 170GB"}},
		{"kept all the same", jit, "jit_ttl", ok, "Pilotlight keeps it", "", nil},
		{"when is not known", func(f *doctor.Facts) { notKept(f); inst(f).Explicit = ptr(false) }, "jit_ttl", warn, "when it is idle for long", "", []string{"keep 196608 170GB"}},
		{"overdue", func(f *doctor.Facts) { jit(f); notKept(f); inst(f).ExpiresAt = ptr(before(time.Minute)) }, "jit_ttl", warn, "which is now", "", []string{"keep 196608 170GB"}},
		{"not told", func(f *doctor.Facts) { inst(f).Explicit = nil }, "jit_ttl", skip, "does not tell", "", nil},
		{"not loaded", unload, "jit_ttl", skip, "not in memory", "", nil},

		{"healthy", func(*doctor.Facts) {}, "guardrail", ok, "was loaded at", "", nil},
		{"kept in vain", func(f *doctor.Facts) {
			k := f.Status.Keep
			unload(f)
			k.State, k.Reason = backend.KeepBlocked, &backend.Error{Code: backend.CodeGuardrail, Message: noMemory, Hint: "Relax the guardrails."}
			f.Status.Keep = k
			only(f, 70000)
		}, "guardrail", fail, noMemory, "Relax", []string{"less_context 65536", "lower_context " + lms + ".models[0].contextWindow=65536"}},
		{"refused", func(f *doctor.Facts) {
			unload(f)
			only(f, 40000)
			f.Loads = []backend.Load{refused(time.Hour, noMemory), refused(2*time.Hour, noMemory)}
		}, "guardrail", fail, "refused twice in 24 hours", "Unload what else", []string{"less_context 32768", "lower_context " + lms + ".models[0].contextWindow=32768"}},
		{"refused, and nothing fits", func(f *doctor.Facts) {
			unload(f)
			only(f, 2048)
			f.Loads = []backend.Load{refused(time.Hour, noMemory)}
		}, "guardrail", fail, "refused once", "", nil},
		{"refused, then loaded", func(f *doctor.Facts) { f.Loads = []backend.Load{f.Loads[0], refused(5*time.Hour, noMemory)} }, "guardrail", ok, "was loaded", "", nil},
		{"refused, while another instance is there", func(f *doctor.Facts) { f.Loads = []backend.Load{refused(time.Hour, noMemory)} }, "guardrail", warn, "It is loaded now, but was refused once", "", nil},
		{"failed for something else", func(f *doctor.Facts) { f.Loads = []backend.Load{refused(time.Hour, "The engine died.")} }, "guardrail", ok, "No load was refused", "", nil},
		{"an answer was lost", func(f *doctor.Facts) {
			f.Loads = []backend.Load{}
			f.Fallbacks = []backend.Fallback{fell(time.Hour, backend.FellMemory)}
		}, "guardrail", warn, "once in 24 hours for lack of memory", "", nil},
		{"nothing recorded", func(f *doctor.Facts) { f.Loads, f.Fallbacks = nil, nil }, "guardrail", skip, "Nothing was recorded", "", nil},

		{"healthy", func(*doctor.Facts) {}, "openclaw_preload", ok, "it loads nothing", "", nil},
		{"it fits", unload, "openclaw_preload", ok, "load MiniMax M2.1 with 196,608 tokens, which takes about 170 GB; 300 GB are available.", "", nil},
		{"too much", func(f *doctor.Facts) { unload(f); only(f, 100000); f.Fits[held].AtConfig.Verdict = backend.TooBig }, "openclaw_preload", fail, "more than there is", "smaller context", []string{
			"lower_context " + lms + ".models[0].contextWindow=98304", "no_preload " + lms + ".params.preload=false",
		}},
		{"tight", func(f *doctor.Facts) { unload(f); f.Fits[held].AtConfig.Verdict = backend.Tight }, "openclaw_preload", warn, "that is tight", "", []string{"no_preload " + lms + ".params.preload=false"}},
		{"a context of its own", func(f *doctor.Facts) {
			unload(f)
			provider(f).Models[0].ContextTokens = ptr(65536)
			f.Fits[held].AtConfig.ContextLength = ptr(65536)
		}, "openclaw_preload", ok, "with 65,536 tokens, which takes", "", nil},
		{"reckoned for another context", func(f *doctor.Facts) { unload(f); provider(f).Models[0].ContextTokens = ptr(65536) }, "openclaw_preload", skip, "with 65,536 tokens; what that takes is not known", "", nil},
		{"not reckoned", func(f *doctor.Facts) { unload(f); f.Fits = nil }, "openclaw_preload", skip, "not known", "", nil},
		{"nobody knows", func(f *doctor.Facts) { unload(f); f.Fits[held].AtConfig.Verdict = backend.FitUnknown }, "openclaw_preload", skip, "Whether it fits is not known", "", nil},
		{"switched off", func(f *doctor.Facts) { unload(f); f.Preload = map[string]bool{"LMStudio": false} }, "openclaw_preload", ok, "no models by itself", "", nil},
		{"an early version", func(f *doctor.Facts) { unload(f); version(f, "2026.3.13") }, "openclaw_preload", ok, "no models by itself", "", nil},
		{"an unknown version", func(f *doctor.Facts) { unload(f); version(f, "") }, "openclaw_preload", skip, "not known", "", nil},
		{"another provider", func(f *doctor.Facts) { hop(f).Provider, provider(f).ID = "local", "local" }, "openclaw_preload", skip, "only through its provider lmstudio", "", nil},
	})
}

func TestTroubleOfLate(t *testing.T) {
	t.Parallel()
	slow := func(p95 time.Duration) func(*doctor.Facts) {
		return func(f *doctor.Facts) { f.Cold[held] = doctor.Cold{Median: p95 / 2, P95: p95, N: 9} }
	}
	notKept := func(f *doctor.Facts) { f.Status.Keep = backend.Keep{State: backend.KeepOff} }
	pattern := func(p backend.Pattern) func(*doctor.Facts) {
		return func(f *doctor.Facts) { f.Patterns = append(f.Patterns, p) }
	}
	crashes := func(at ...time.Duration) func(*doctor.Facts) {
		return func(f *doctor.Facts) {
			f.Loads = []backend.Load{}
			for _, d := range at {
				f.Loads = append(f.Loads, gone(d, backend.CauseCrashed))
			}
		}
	}
	small := func(f *doctor.Facts) {
		inst(f).ContextLength, model(f).MaxContextLength = ptr(65536), ptr(196608)
		fits(f, func(v *doctor.Fitted) { v.AtLoaded = &backend.Fit{ContextLength: ptr(65536), TotalBytes: 145 * gb} })
		f.Fallbacks = []backend.Fallback{fell(time.Hour, backend.FellContext), fell(50*time.Hour, backend.FellContext)}
	}
	run(t, []scenario{
		{"healthy", func(*doctor.Facts) {}, "context_errors", ok, "None was too long", "", nil},
		{"lately", small, "context_errors", fail, "twice in the last 7 days, last at ", "use less", []string{"lower_context " + lms + ".models[0].contextWindow=65536 145GB", "more_context 196608 170GB"}},
		{"with the memory it takes", small, "context_errors", fail, "loaded with 65,536 tokens, about 145 GB.", "", []string{"lower_context " + lms + ".models[0].contextWindow=65536 145GB", "more_context 196608 170GB"}},
		{"though OpenClaw knows it", func(f *doctor.Facts) { small(f); entry(f).ContextWindow = ptr(65536) }, "context_errors", fail, "", "", []string{"lower_context " + lms + ".models[0].contextWindow=57344 145GB", "more_context 131072"}},
		{"some days ago", func(f *doctor.Facts) {
			small(f)
			f.Fallbacks = f.Fallbacks[1:]
			inst(f).SeenLoadedAt = before(60 * time.Hour)
		}, "context_errors", warn, "once in the last 7 days", "", []string{"lower_context " + lms + ".models[0].contextWindow=65536 145GB", "more_context 196608 170GB"}},
		{"mended since", func(f *doctor.Facts) { f.Fallbacks = []backend.Fallback{fell(5*time.Hour, backend.FellContext)} }, "context_errors", ok, "Since then it was loaded with 196,608", "", nil},
		{"of another model", func(f *doctor.Facts) {
			f.Fallbacks = []backend.Fallback{fell(time.Hour, backend.FellContext)}
			f.Fallbacks[0].Requested = opus
		}, "context_errors", ok, "", "", nil},
		{"not recorded", func(f *doctor.Facts) { f.Fallbacks = nil }, "context_errors", skip, "Nothing was recorded", "", nil},

		{"healthy", func(*doctor.Facts) {}, "cold_load", ok, "Of 12 loads the slow ones take 1 min 40 s, and OpenClaw waits 5 min.", "", nil},
		{"longer than it waits", func(f *doctor.Facts) { slow(400 * time.Second)(f); notKept(f) }, "cold_load", warn, "slow ones take 6 min 40 s", "keep the model loaded", []string{"raise_timeout " + lms + ".timeoutSeconds=540", "keep 196608 170GB"}},
		{"kept", slow(400 * time.Second), "cold_load", warn, "seldom matters", "", []string{"raise_timeout " + lms + ".timeoutSeconds=540"}},
		{"and an answer was lost", func(f *doctor.Facts) {
			slow(400 * time.Second)(f)
			f.Fallbacks = []backend.Fallback{fell(time.Hour, backend.FellTimeoutCold)}
		}, "cold_load", fail, "cost your agent an answer once", "", []string{"raise_timeout " + lms + ".timeoutSeconds=540"}},
		{"close", slow(280 * time.Second), "cold_load", warn, "which is close", "", []string{"raise_timeout " + lms + ".timeoutSeconds=390"}},
		{"no such key in that version", func(f *doctor.Facts) { slow(400 * time.Second)(f); notKept(f); version(f, "2026.3.13") }, "cold_load", warn, "", "", []string{"keep 196608 170GB"}},
		{"the wait is not known", func(f *doctor.Facts) {
			hop(f).TimeoutSeconds, provider(f).TimeoutSeconds = nil, nil
			version(f, "2026.3.13")
		}, "cold_load", skip, "not set in the config", "", nil},
		{"the wait is not known, but it was too short", func(f *doctor.Facts) {
			hop(f).TimeoutSeconds, provider(f).TimeoutSeconds = nil, nil
			version(f, "2026.3.13")
			f.Fallbacks = []backend.Fallback{fell(time.Hour, backend.FellTimeoutCold)}
		}, "cold_load", warn, "cost your agent an answer once", "Keep the model", nil},
		{"few loads", func(f *doctor.Facts) { f.Cold[held] = doctor.Cold{P95: time.Hour, N: 2} }, "cold_load", skip, "Too few loads of MiniMax M2.1 were seen: 2.", "", nil},

		{"healthy", func(*doctor.Facts) {}, "crash_loop", ok, "did not crash", "", nil},
		{"thrice in an hour", crashes(time.Minute, 20*time.Minute, 50*time.Minute), "crash_loop", fail, "crashed 3 times within an hour", "log", []string{"check " + key}},
		{"four", crashes(time.Minute, 20*time.Minute, 50*time.Minute, 55*time.Minute), "crash_loop", fail, "crashed 4 times", "log", []string{"check " + key}},
		{"this morning", crashes(5*time.Hour, 5*time.Hour+20*time.Minute, 5*time.Hour+50*time.Minute), "crash_loop", warn, "Since then it has not", "", []string{"check " + key}},
		{"far apart", crashes(time.Minute, 5*time.Hour, 10*time.Hour), "crash_loop", ok, "crashed 3 times in 24 hours", "", nil},
		{"not recorded", func(f *doctor.Facts) { f.Loads = nil }, "crash_loop", skip, "Nothing was recorded", "", nil},

		{"healthy", func(*doctor.Facts) {}, "load_storm", ok, "No model was loaded over and over", "", nil},
		{"a storm", func(f *doctor.Facts) {
			notKept(f)
			pattern(backend.Pattern{Code: backend.PatternStorm, Model: key, Text: "It was loaded 6 times.", Hint: "Each load costs.", Remedy: &backend.Remedy{Action: backend.ActionKeep, Server: "lmstudio", Model: key}})(f)
		}, "load_storm", warn, "loaded 6 times.", "Each load costs.", []string{"keep_1 196608 170GB"}},
		{"a storm of what is kept", pattern(backend.Pattern{Code: backend.PatternStorm, Text: "It was loaded 6 times."}), "load_storm", warn, "6 times", "Keep it loaded.", nil},
		{"not looked for", func(f *doctor.Facts) { f.Patterns = nil }, "load_storm", skip, "not looked through", "", nil},

		{"healthy", func(*doctor.Facts) {}, "stuck_on_fallback", ok, "None is stuck", "", nil},
		{"stuck", pattern(backend.Pattern{Code: backend.PatternStuck, Text: "“main” still answers with Opus.", Hint: "Send /model default."}), "stuck_on_fallback", warn, "still answers with Opus", "/model default", nil},

		{"healthy", func(*doctor.Facts) {}, "repeated_failure", ok, "again and again", "", nil},
		{"with its remedy", func(f *doctor.Facts) {
			srv(f).State = backend.ServerOff
			pattern(backend.Pattern{Code: backend.PatternRepeat, Model: ref, Text: "It failed 5 times.", Remedy: &backend.Remedy{Action: backend.ActionStartServer, Server: "lmstudio", Model: key}})(f)
		}, "repeated_failure", warn, "failed 5 times", "Fallbacks", []string{"start_server_1"}},
		{"a time-out", pattern(backend.Pattern{Code: backend.PatternRepeat, Model: ref, Text: "It failed.", Remedy: &backend.Remedy{Action: backend.ActionTimeout, Server: "lmstudio", Model: key, Seconds: ptr(540.0)}}), "repeated_failure", warn, "", "", []string{"raise_timeout_1 " + lms + ".timeoutSeconds=540"}},
		{"a time-out that the version has no key for", func(f *doctor.Facts) {
			version(f, "2026.3.13")
			pattern(backend.Pattern{Code: backend.PatternRepeat, Model: ref, Text: "It failed.", Remedy: &backend.Remedy{Action: backend.ActionTimeout, Server: "lmstudio", Model: key, Seconds: ptr(540.0)}})(f)
		}, "repeated_failure", warn, "", "", nil},
		{"more context", pattern(backend.Pattern{Code: backend.PatternRepeat, Model: ref, Text: "It failed.", Remedy: &backend.Remedy{Action: backend.ActionKeepContext, Server: "lmstudio", Model: key, Context: ptr(65536)}}), "repeated_failure", warn, "", "", []string{"keep_1 65536"}},
		{"a check", pattern(backend.Pattern{Code: backend.PatternRepeat, Model: ref, Text: "It failed.", Remedy: &backend.Remedy{Action: backend.ActionCheck, Server: "lmstudio", Model: key}}), "repeated_failure", warn, "", "", []string{"check_1 " + key}},
		{"of a server that is gone", pattern(backend.Pattern{Code: backend.PatternRepeat, Model: ref, Text: "It failed.", Remedy: &backend.Remedy{Action: backend.ActionCheck, Server: "other", Model: key}}), "repeated_failure", warn, "", "", nil},
	})
}
