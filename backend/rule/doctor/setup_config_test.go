package doctor_test

import (
	"testing"
	"time"

	"pilotlight/backend"
	"pilotlight/backend/rule/doctor"
)

func TestSetupOfOpenClaw(t *testing.T) {
	t.Parallel()
	noKey := func(f *doctor.Facts) { provider(f).HasKey, provider(f).KeyKind = false, backend.KeyNone }
	timeout := func(n *float64) func(*doctor.Facts) {
		return func(f *doctor.Facts) { hop(f).TimeoutSeconds, provider(f).TimeoutSeconds = n, n }
	}
	list := edit(`agents.defaults.models["`+opus+`"]`, `{}`)
	run(t, []scenario{
		{"healthy", func(*doctor.Facts) {}, "openclaw_config", ok, "/Users/ann/.openclaw/openclaw.json, version 2026.9.6", "", nil},
		{"not looked for", func(f *doctor.Facts) { f.Status.OpenClaw = nil }, "openclaw_config", skip, "not looked", "", nil},
		{"not there", func(f *doctor.Facts) { f.Status.OpenClaw = &backend.OpenClaw{ConfigPath: "/x/openclaw.json"} }, "openclaw_config", warn, "/x/openclaw.json", "OPENCLAW_CONFIG_PATH", nil},
		{"an unknown key", func(f *doctor.Facts) {
			f.Issues = []backend.ConfigIssue{{Path: "agents.defaults.model.quant", Code: "unknown_key", Severity: backend.SeverityError, Message: `"quant" is no key`, Hint: "Remove it.", Line: 12}}
		}, "openclaw_config", fail, `"quant" is no key. (line 12)`, "Remove it.", nil},
		{"an unknown value with a mend", func(f *doctor.Facts) {
			f.Issues = []backend.ConfigIssue{{Path: lms + ".api", Severity: backend.SeverityError, Message: "None of the values.", Edits: []backend.ConfigEdit{edit(lms+".api", `"openai-responses"`)}}}
		}, "openclaw_config", fail, "None of the values.", "Config", []string{"mend_config " + lms + `.api="openai-responses"`}},
		{"not readable", func(f *doctor.Facts) {
			f.Status.OpenClaw.ConfigValid, f.Status.OpenClaw.Issues = false, []backend.ConfigIssue{{Message: "JSON5 ends too early", Line: 3}}
		}, "openclaw_config", fail, "JSON5 ends too early. (line 3)", "Correct it", nil},

		{"healthy", func(*doctor.Facts) {}, "responses_api", ok, "only the final text", "", nil},
		{"completions", func(f *doctor.Facts) {
			provider(f).API = "openai-completions"
			f.Issues = []backend.ConfigIssue{issue(lms+".api", "api_lmstudio", "", "", edit(lms+".api", `"openai-responses"`))}
		}, "responses_api", warn, "The api of lmstudio is openai-completions. On WhatsApp", "thinking apart", []string{"use_responses " + lms + `.api="openai-responses"`}},
		{"of the model alone", func(f *doctor.Facts) { entry(f).API = "openai-completions" }, "responses_api", warn, "openai-completions", "", []string{"use_responses " + lms + `.models[0].api="openai-responses"`}},
		{"not set", func(f *doctor.Facts) { provider(f).API = "" }, "responses_api", warn, "No api is set for lmstudio, so OpenClaw takes openai-completions", "", []string{"use_responses " + lms + `.api="openai-responses"`}},
		{"another engine", elsewhere, "responses_api", skip, "not LM Studio", "", nil},
		{"no config", func(f *doctor.Facts) { f.Config = nil }, "responses_api", skip, "cannot be read", "", nil},
		{"no provider", func(f *doctor.Facts) { f.Config.Providers = nil }, "responses_api", skip, "no provider lmstudio", "", nil},

		{"healthy", func(*doctor.Facts) {}, "models_mode", ok, "merge", "", nil},
		{"replace", func(f *doctor.Facts) { f.Config.ModelsMode = "replace" }, "models_mode", fail, opus + " is not there", "merge", []string{`merge models.mode="merge"`}},
		{"replace on purpose", func(f *doctor.Facts) {
			f.Config.ModelsMode = "replace"
			f.Config.Providers = append(f.Config.Providers, backend.ConfigProvider{ID: "anthropic", Path: "models.providers.anthropic"})
		}, "models_mode", warn, "no hosted model but those", "unless you want it so", []string{`merge models.mode="merge"`}},
		{"no config", func(f *doctor.Facts) { f.Config = nil }, "models_mode", skip, "cannot be read", "", nil},

		{"healthy", func(*doctor.Facts) {}, "hosted_fallback", ok, "Where MiniMax M2.1 cannot answer, Opus does", "", nil},
		{"hosted first", hostedOnly, "hosted_fallback", ok, opus + " is asked first", "", nil},
		{"alone", func(f *doctor.Facts) { f.Status.OpenClaw.Chain = f.Status.OpenClaw.Chain[:1] }, "hosted_fallback", warn, "is the only model", "Add a fallback", nil},
		{"all at home", func(f *doctor.Facts) { f.Status.OpenClaw.Chain[1].State = "elsewhere" }, "hosted_fallback", warn, "All 2 models", "hosted fallback", nil},
		{"not known", func(f *doctor.Facts) { f.Status.OpenClaw.Chain[1].State = "unknown" }, "hosted_fallback", skip, "not known", "", nil},
		{"no model", func(f *doctor.Facts) { f.Status.OpenClaw.Chain = nil }, "hosted_fallback", skip, "chooses no first model", "", nil},

		{"healthy", func(*doctor.Facts) {}, "chain_resolvable", ok, ref + ", then " + opus, "", nil},
		{"no such provider", func(f *doctor.Facts) {
			f.Issues = []backend.ConfigIssue{issue("agents.defaults.model.primary", "no_provider", "There is no provider.", "Did you mean lmstudio/x?", edit("agents.defaults.model.primary", `"lmstudio/x"`))}
		}, "chain_resolvable", fail, "There is no provider.", "Did you mean", []string{`mend_chain agents.defaults.model.primary="lmstudio/x"`}},
		{"fallbacks not listed", func(f *doctor.Facts) {
			f.Issues = []backend.ConfigIssue{issue("agents.defaults.models", "not_listed", "It is not listed.", "List it there.", list), issue("agents.defaults.models", "not_listed", "Nor is that.", "List it there.", list)}
		}, "chain_resolvable", warn, "It is not listed. Nor is that.", "List it", []string{"mend_chain " + list.Path + "={}"}},
		{"a fallback that its server lacks", func(f *doctor.Facts) { f.Status.OpenClaw.Chain[1].State = "missing" }, "chain_resolvable", warn, "does not have " + opus, "Choose another", nil},
		{"no first model", func(f *doctor.Facts) { f.Status.OpenClaw.Chain = nil }, "chain_resolvable", warn, "No first model", "Choose one", nil},
		{"no config", func(f *doctor.Facts) { f.Config = nil }, "chain_resolvable", skip, "cannot be read", "", nil},

		{"healthy", func(*doctor.Facts) {}, "provider_keys", ok, "lmstudio: its key is in the config. No key of anthropic is in the config; OpenClaw may have one", "", nil},
		{"none needed", noKey, "provider_keys", ok, "lmstudio: none needed", "", nil},
		{"of a variable", func(f *doctor.Facts) { provider(f).KeyKind, provider(f).KeyName = backend.KeyEnv, "LMS_KEY" }, "provider_keys", ok, "its key is in LMS_KEY", "", nil},
		{"wanted and not there", func(f *doctor.Facts) { noKey(f); srv(f).State = backend.ServerNeedsToken }, "provider_keys", fail, "lmstudio wants a key, and the config has none", "apiKey of lmstudio", nil},
		{"refused", func(f *doctor.Facts) { reach(f, func(r *backend.Reach) { r.Status, r.Keyed = 401, true }) }, "provider_keys", fail, "lmstudio does not take the key", "apiKey of lmstudio", nil},
		{"a hosted one refused it", func(f *doctor.Facts) {
			v := fell(time.Hour, backend.FellAuth)
			v.Requested, v.Answered = opus, nil
			f.Fallbacks = []backend.Fallback{v}
		}, "provider_keys", fail, "anthropic refused its key", "Sign in to anthropic", nil},
		{"a hosted one refused it, and answered since", func(f *doctor.Facts) {
			v := fell(time.Hour, backend.FellAuth)
			v.Requested, v.Answered = opus, nil
			f.Fallbacks = []backend.Fallback{fell(time.Minute, backend.FellServerOff), v}
		}, "provider_keys", ok, "", "", nil},
		{"a hosted one is asked without its key", func(f *doctor.Facts) { f.Reach["anthropic"] = backend.Reach{Status: 401} }, "provider_keys", ok, "", "", nil},
		{"nothing known", func(f *doctor.Facts) { hostedOnly(f) }, "provider_keys", skip, "does not read", "", nil},

		{"healthy", func(*doctor.Facts) {}, "timeout_seconds", ok, "waits 5 min for lmstudio", "", nil},
		{"not set", timeout(nil), "timeout_seconds", ok, "waits 2 min", "", nil},
		{"short", timeout(ptr(10.0)), "timeout_seconds", warn, "waits 10 s", "more time", []string{"raise_timeout " + lms + ".timeoutSeconds=120"}},
		{"long", timeout(ptr(90000.0)), "timeout_seconds", warn, "waits 25 h", "fallback gets its turn", nil},
		{"too early a version", func(f *doctor.Facts) { version(f, "2026.3.13") }, "timeout_seconds", fail, "2026.3.13 does not know", "Remove it", []string{"unset_timeout -" + lms + ".timeoutSeconds"}},
		{"an early version without", func(f *doctor.Facts) { timeout(nil)(f); version(f, "2026.2.9") }, "timeout_seconds", skip, "2026.2.9 has no time-out", "", nil},
		{"an unknown version without", func(f *doctor.Facts) { timeout(nil)(f); version(f, "") }, "timeout_seconds", skip, "sets no time-out", "", nil},
		{"short, in an unknown version", func(f *doctor.Facts) { timeout(ptr(10.0))(f); version(f, "") }, "timeout_seconds", warn, "waits 10 s", "", nil},
	})
}
