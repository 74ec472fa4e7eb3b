package fallback_test

import (
	"slices"
	"strings"
	"testing"
	"time"

	"pilotlight/backend"
	"pilotlight/backend/rule/fallback"
)

// scene is one failed run and what Pilotlight knows of the moment. The failed
// turn is from 10:42:18 to 10:43:32, as a person would see it.
type scene struct {
	f backend.Fallback
	c fallback.Context
}

var asked = time.Date(2026, 11, 22, 10, 42, 18, 0, time.UTC)

func sec(s float64) backend.Time {
	return backend.At(asked.Add(time.Duration(s * float64(time.Second))))
}

// clockTime reads "10:31:07" on the day of the run.
func clockTime(s string) backend.Time {
	t, err := time.Parse("15:04:05", s)
	if err != nil {
		panic(err)
	}
	return backend.At(time.Date(2026, 11, 22, t.Hour(), t.Minute(), t.Second(), 0, time.UTC))
}

func failing(text string) *scene {
	start, end, tries, size, most := sec(0), sec(74), 6, int64(129<<30), 196608
	who := hosted.String()
	s := &scene{}
	s.f = backend.Fallback{
		At: start, EndedAt: &end, Source: "log", RunID: "1a3481d7", Requested: local.String(), Answered: &who, Outcome: backend.FellBack,
		Attempts: []backend.Attempt{
			{Model: local.String(), StartedAt: &start, At: end, Decision: backend.AttemptFailed, Tries: &tries, Detail: text},
			{Model: who, StartedAt: &end, At: sec(75), Decision: backend.AttemptSucceeded},
		},
	}
	s.c = fallback.Context{
		Now: asked.Add(10 * time.Minute), Version: "2026.9.6", Since: asked.Add(-3 * time.Hour),
		Chain: []backend.Hop{
			{Ref: local.String(), Provider: "lmstudio", Model: local.Model, Local: true, Server: "mac", Key: local.Model, BaseURL: "http://127.0.0.1:1234/v1"},
			{Ref: who, Provider: "anthropic", Model: hosted.Model},
		},
		Servers: []backend.Server{{
			ID: "mac", Kind: backend.KindLMStudio, Name: "LM Studio", URL: "http://127.0.0.1:1234", State: backend.ServerUp,
			Models: []backend.Model{{Key: local.Model, Name: "MiniMax M2.1", SizeBytes: &size, MaxContextLength: &most}},
		}},
		Cold: map[string]fallback.ColdLoad{},
	}
	return s
}

func (s *scene) attempt() *backend.Attempt { return &s.f.Attempts[0] }

// claims is what OpenClaw logged.
func (s *scene) claims(reason string, status int) *scene {
	s.attempt().Reason = reason
	if status > 0 {
		s.attempt().Status = &status
	}
	return s
}

func (s *scene) code(c string) *scene { s.attempt().Code = c; return s }

// lasted sets how long the failed turn took.
func (s *scene) lasted(seconds float64) *scene { s.attempt().At = sec(seconds); return s }

func (s *scene) skipped() *scene { s.attempt().Decision = backend.AttemptSkipped; return s }

// was is a state of the server; until "" is that it still is.
func (s *scene) was(state backend.ServerState, from, until string) *scene {
	ch := backend.ServerChange{ID: int64(len(s.c.Changes) + 1), At: clockTime(from), Server: "mac", State: state}
	if until != "" {
		u := clockTime(until)
		ch.Until = &u
	}
	s.c.Changes = append(s.c.Changes, ch)
	return s
}

func (s *scene) load(at string, event backend.LoadEvent, cause backend.LoadCause, took float64, detail string) *scene {
	l := backend.Load{ID: int64(len(s.c.Loads) + 1), At: clockTime(at), Server: "mac", Model: local.Model, InstanceID: local.Model, Event: event, Cause: cause, Detail: detail}
	if took > 0 {
		l.DurationSeconds = &took
	}
	s.c.Loads = append(s.c.Loads, l)
	return s
}

// present is what was in memory when the run began, by context length.
func (s *scene) present(contexts ...int) *scene {
	s.c.Present = []backend.Load{}
	for i, n := range contexts {
		id := local.Model + []string{"", ":2", ":3"}[i]
		s.c.Present = append(s.c.Present, backend.Load{At: clockTime("09:00:00"), Server: "mac", Model: local.Model, InstanceID: id, Event: backend.Loaded, ContextActual: &n})
	}
	return s
}

// unwatched is a fallback from before Pilotlight ran.
func (s *scene) unwatched() *scene { s.c.Since = asked.Add(time.Hour); return s }

// hosted makes the failed model a hosted one, which Pilotlight does not watch.
func (s *scene) hosted() *scene {
	s.f.Requested, s.attempt().Model = hosted.String(), hosted.String()
	other := local.String()
	s.f.Answered, s.f.Attempts[1].Model = &other, other
	return s
}

// elsewhere is a local provider that is no server of ours.
func (s *scene) elsewhere() *scene { s.c.Chain[0].Server, s.c.Chain[0].Key = "", ""; return s }

func (s *scene) edit(f func(s *scene)) *scene { f(s); return s }

const (
	loadFail  = `400 Failed to load model "minimax-m2.1-gs32". Error: Model loading was stopped due to insufficient system resources. Under the current settings, this model requires approximately 130.00 GB of memory.`
	noModels  = "404 No models loaded. Please load a model in the developer page or use the 'lms load' command."
	overflow  = `{"error":"The number of tokens to keep from the initial prompt is greater than the context length (n_keep: 13055>= n_ctx: 4096). Try to load the model with a larger context length, or provide a shorter input."}`
	crashText = "400 The model has crashed without additional information. (Exit code: 6)"
	timeText  = "LLM request timed out."
)

func TestCauses(t *testing.T) {
	t.Parallel()
	off, down, up := backend.ServerOff, backend.ServerDown, backend.ServerUp
	for _, c := range []struct {
		name    string
		in      *scene
		want    string // code and confidence
		summary string
	}{
		// The server.
		{"off all the while", failing("Connection error.").claims("timeout", 408).was(off, "10:31:07", "10:44:02"), "server_off certain", "LM Studio's server was off from 10:31 to 10:44"},
		{"off and still off", failing("").claims("timeout", 408).was(off, "10:31:07", ""), "server_off certain", "LM Studio's server has been off since 10:31"},
		{"went off in the middle, and the text agrees", failing("Connection error.").was(up, "08:00:00", "").was(off, "10:42:40", "10:44:02"), "server_off certain", "LM Studio's server was off from 10:42 to 10:44"},
		{"went off in the middle, and nothing agrees", failing("some error nobody knows").was(off, "10:42:40", "10:43:00"), "server_off likely", "LM Studio's server was off from 10:42 to 10:43"},
		{"seen off a moment later", failing("fetch failed").was(off, "10:43:40", ""), "server_off likely", "LM Studio's server has been off since 10:43"},
		{"off since the day before", failing("Connection error.").edit(func(s *scene) {
			s.c.Changes = []backend.ServerChange{{At: backend.At(asked.Add(-12 * time.Hour)), Server: "mac", State: off}}
			s.c.Since = asked.Add(-24 * time.Hour)
		}), "server_off certain", "LM Studio's server has been off since 21 Nov 22:42"},
		{"off, by a history from before we ran", failing("Connection error.").was(off, "10:31:07", "10:44:02").unwatched(), "server_off likely", "LM Studio's server was off from 10:31 to 10:44"},
		{"known only from how it stands now", failing("Connection error.").edit(func(s *scene) {
			since := clockTime("10:31:07")
			s.c.Servers[0].State, s.c.Servers[0].StateSince = off, &since
		}), "server_off certain", "LM Studio's server has been off since 10:31"},
		{"off long before the time-out", failing(timeText).was(off, "10:42:10", "10:42:20").present(65536), "timeout_busy certain", "MiniMax M2.1 was loaded, but gave no answer in 74 s: it was busy or too slow"},
		{"not running", failing("Connection error.").was(down, "10:31:07", "10:44:02"), "app_off certain", "LM Studio was not running from 10:31 to 10:44"},
		{"not running yet", failing("").code("ECONNREFUSED").was(down, "10:31:07", ""), "app_off certain", "LM Studio has not been running since 10:31"},
		{"closed, then started without its server", failing("Connection error.").was(down, "10:30:00", "10:42:20").was(off, "10:42:20", "10:44:02"), "server_off certain", "LM Studio's server was off from 10:30 to 10:44"},
		{"another machine is gone", failing("Connection error.").was(down, "10:31:07", "").edit(func(s *scene) {
			s.c.Servers[0].URL = "http://studio.local:1234"
		}), "network certain", "LM Studio has been out of reach since 10:31"},
		{"a reply beats an outage", failing(noModels).was(off, "10:42:10", "10:42:30"), "model_not_loaded certain", ""},
		{"somebody else's server was off", failing("Connection error.").edit(func(s *scene) {
			s.c.Changes = []backend.ServerChange{{At: clockTime("10:31:07"), Server: "other", State: off}}
		}), "server_off likely", "LM Studio took no connection: its server was off, or it was not running"},
		{"refused, and nobody watched", failing("Connection error.").claims("timeout", 408).code("ECONNREFUSED").elsewhere(), "server_off likely", ""},
		{"refused, and it is not running now", failing("connect ECONNREFUSED 127.0.0.1:1234").unwatched().edit(func(s *scene) {
			since := clockTime("10:50:00")
			s.c.Servers[0].State, s.c.Servers[0].StateSince = down, &since
		}), "app_off likely", ""},
		{"refused, and weeks later its server is off", failing("connect ECONNREFUSED 127.0.0.1:1234").unwatched().edit(func(s *scene) {
			since := clockTime("10:50:00").AddDate(0, 0, 20)
			at := backend.At(since)
			s.c.Servers[0].State, s.c.Servers[0].StateSince = off, &at
		}), "server_off likely", "LM Studio took no connection: its server was off, or it was not running"},
		{"it wanted a token", failing("").was(backend.ServerNeedsToken, "10:00:00", ""), "auth likely", "LM Studio wanted an API token"},
		{"it wanted a token and said so", failing("401 An LM Studio API token is required to make requests to this server").was(backend.ServerNeedsToken, "10:00:00", ""), "auth certain", ""},

		// Not loaded, loading, crashed, missing.
		{"nothing loaded", failing(noModels).claims("model_not_found", 404).code("model_not_found"), "model_not_loaded certain", "MiniMax M2.1 was not loaded in LM Studio"},
		{"nothing loaded, and why", failing(noModels).load("10:12:00", backend.Unloaded, backend.CauseTTL, 0, ""), "model_not_loaded certain", "MiniMax M2.1 was unloaded at 10:12: its idle time (TTL) ran out"},
		{"nothing loaded, nobody watched", failing(noModels).elsewhere(), "model_not_loaded certain", "no model was loaded in LM Studio"},
		{"unloaded while it answered", failing("Model unloaded.").load("10:43:00", backend.Unloaded, backend.CauseEvicted, 0, ""), "model_not_loaded certain", ""},
		{"it cannot be loaded", failing(`Failed to load LLM 'x': Error: No LM Runtime found for model format 'torchSafetensors'!`), "model_not_loaded certain", "LM Studio could not load MiniMax M2.1: No LM Runtime found for model format 'torchSafetensors'!"},
		{"several are loaded, not this one", failing("400 Multiple models are loaded. Please specify a model by providing a 'model' field."), "model_not_loaded likely", ""},
		{"gone while OpenClaw waited", failing(timeText).present(65536).load("10:43:00", backend.Unloaded, backend.CauseExternal, 0, ""), "model_not_loaded likely", ""},
		{"the server says it is loading", failing(`503 {"error":{"code":503,"message":"Loading model","type":"unavailable_error"}}`), "model_loading certain", "MiniMax M2.1 was still being loaded"},
		{"it had been loading for long", failing(timeText).load("10:45:00", backend.Loaded, backend.CauseUser, 240, ""), "model_loading certain", "MiniMax M2.1 was still being loaded, which took 4 min"},
		{"crashed, it says", failing(crashText).claims("unknown", 0), "model_crashed certain", "MiniMax M2.1's engine crashed"},
		{"crashed, it says in another form", failing(`{"error":"The model has crashed without additional information. (Exit code: null)"}`), "model_crashed certain", ""},
		{"crashed, as we saw", failing("terminated").load("10:43:10", backend.Unloaded, backend.CauseCrashed, 0, "the engine's process is gone"), "model_crashed certain", "MiniMax M2.1's engine crashed at 10:43"},
		{"crashed shortly after", failing("terminated").load("10:44:40", backend.Unloaded, backend.CauseCrashed, 0, ""), "model_crashed likely", ""},
		{"another model crashed", failing("terminated").load("10:43:10", backend.Unloaded, backend.CauseCrashed, 0, "").edit(func(s *scene) { s.c.Loads[0].Model = "other" }), "network likely", ""},
		{"not found", failing(`404 Model "minimax-m2.1-gs32" not found. Use lms ls to list downloaded models.`).edit(func(s *scene) { s.c.Servers[0].Models = nil }), "model_missing certain", "LM Studio has no model named minimax-m2.1-gs32"},
		{"not found by its id", failing(`{"error":{"message":"Invalid model identifier \"translategemma:27b\"","type":"x","code":"model_not_found"}}`).elsewhere(), "model_missing certain", ""},
		{"OpenAI does not have it", failing("404 The model `gpt-9` does not exist or you do not have access to it.").hosted(), "model_missing certain", "Anthropic has no model named claude-opus-4-6"},
		{"OpenRouter does not have it", failing(`400 {"error":{"message":"foo/bar is not a valid model ID","code":400}}`).hosted(), "model_missing certain", ""},
		{"Anthropic does not have it", failing(`404 {"type":"error","error":{"type":"not_found_error","message":"model: claude-opus-9"}}`).hosted(), "model_missing certain", ""},

		// Context, memory, duplicates.
		{"the prompt is too long (0.4)", failing(overflow).claims("format", 400), "context_too_small certain", "MiniMax M2.1 was loaded with 4k context and the prompt needed 13,055 tokens"},
		{"the prompt is too long (0.3)", failing("Trying to keep the first 15857 tokens when context the overflows. However, the model is loaded with context length of only 4096 tokens, which is not enough."), "context_too_small certain", "MiniMax M2.1 was loaded with 4k context and the prompt needed 15,857 tokens"},
		{"the prompt is too long (MLX)", failing("Context size has been exceeded").present(8192), "context_too_small certain", "the prompt did not fit into MiniMax M2.1's context of 8,192 tokens"},
		{"the prompt is too long (llama.cpp)", failing("400 request (13055 tokens) exceeds the available context size (8192 tokens), try increasing it"), "context_too_small certain", "MiniMax M2.1 was loaded with 8k context and the prompt needed 13,055 tokens"},
		{"the prompt is too long (Anthropic)", failing(`400 {"type":"error","error":{"type":"invalid_request_error","message":"prompt is too long: 213456 tokens > 200000 maximum"}}`).hosted(), "context_too_small certain", "claude-opus-4-6 takes 200,000 tokens and the prompt needed 213,456"},
		{"the prompt is too long (OpenAI)", failing("400 This model's maximum context length is 128000 tokens. However, your messages resulted in 130112 tokens. Please reduce the length of the messages.").hosted(), "context_too_small certain", "claude-opus-4-6 takes 128,000 tokens and the prompt needed 130,112"},
		{"OpenClaw refuses to ask", failing("Model context window too small (4096 tokens). Minimum is 16000."), "context_too_small certain", ""},
		{"OpenClaw calls it an overflow", failing("").claims("context_overflow", 0), "context_too_small likely", ""},
		{"the smaller of two instances", failing(overflow).present(4096, 65536), "duplicate_instance certain", "the request went to MiniMax M2.1's smaller instance with 4k context, while one with 65k was loaded"},
		{"the smaller of two, but the larger is too small too", failing(overflow).present(4096, 8192), "context_too_small certain", ""},
		{"the smaller of two, by a text without numbers", failing("Context size has been exceeded").present(8192, 65536), "duplicate_instance likely", ""},
		{"too little memory", failing(loadFail).claims("format", 400), "out_of_memory certain", "LM Studio would not load MiniMax M2.1: it needs about 130 GB of memory"},
		{"too little memory, as an object", failing(`{"error":{"type":"model_load_failed","message":"Failed to load LLM 'X': Error: Model loading was stopped due to INSUFFICIENT SYSTEM RESOURCES."}}`), "out_of_memory certain", "LM Studio had too little memory to load MiniMax M2.1"},
		{"too little memory on the card", failing("CUDA error: out of memory"), "out_of_memory certain", ""},
		{"too little memory, as we saw", failing("fetch failed").load("10:43:00", backend.LoadFailed, backend.CauseOpenClaw, 20, "insufficient system resources: requires approximately 130.00 GB"), "out_of_memory certain", ""},

		// Time-outs.
		{"cold: a load was running", failing(timeText).claims("timeout", 408).load("10:45:00", backend.Loaded, backend.CauseOpenClaw, 161, ""), "timeout_cold certain", "loading MiniMax M2.1 took 2 min 41 s, longer than OpenClaw waited"},
		{"cold: a load was running, nobody watched long", failing(timeText).load("10:45:00", backend.Loaded, backend.CauseOpenClaw, 161, "").unwatched(), "timeout_cold likely", ""},
		{"cold: nothing was loaded", failing(timeText).present(), "timeout_cold likely", "MiniMax M2.1 was not loaded, and loading it took longer than the 74 s that OpenClaw waited"},
		{"cold: still loading now", failing(timeText).edit(func(s *scene) { s.c.Servers[0].Models[0].Loading, s.c.Now = true, asked.Add(90*time.Second) }), "timeout_cold likely", ""},
		{"cold: by what loads usually take", failing(timeText).edit(func(s *scene) {
			usual := 95.0
			s.c.Cold[local.Model] = fallback.ColdLoad{Median: &usual, P95: &usual, N: 5}
		}), "timeout_cold likely", "MiniMax M2.1 gave no answer in 74 s, and loading it takes 95 s"},
		{"busy: loaded all the while", failing(timeText).present(65536), "timeout_busy certain", "MiniMax M2.1 was loaded, but gave no answer in 74 s: it was busy or too slow"},
		{"busy: loaded, nobody watched long", failing("UND_ERR_HEADERS_TIMEOUT").present(65536).unwatched(), "timeout_busy likely", ""},
		{"busy: aborted after OpenClaw's time was over", failing("Request was aborted.").claims("unknown", 408).lasted(40), "timeout_busy likely", "MiniMax M2.1 gave no answer in 40 s"},
		{"busy: a hosted one", failing("Request timed out.").hosted(), "timeout_busy likely", "claude-opus-4-6 gave no answer in 74 s"},
		{"a time-out only by OpenClaw's word", failing("418 I'm a teapot").claims("timeout", 408), "timeout_busy likely", "MiniMax M2.1 gave no answer in 74 s, says OpenClaw"},

		// Hosted providers.
		{"key refused", failing(`401 {"error":{"message":"invalid x-api-key","type":"authentication_error"},"type":"error"}`).hosted(), "auth certain", "Anthropic refused OpenClaw's key or token"},
		{"OpenRouter's user is gone", failing("401 User not found.").hosted(), "auth certain", ""},
		{"OpenAI's key is wrong", failing("Incorrect API key provided: sk-***").hosted(), "auth certain", ""},
		{"only the status says so", failing("").claims("", 403).hosted(), "auth likely", ""},
		{"rate limit", failing(`429 {"type":"error","error":{"type":"rate_limit_error","message":"This request would exceed your account's rate limit."}}`).claims("rate_limit", 429).hosted(), "rate_limited certain", "Anthropic's rate limit was reached"},
		{"tokens a minute", failing("429 Request too large for gpt-5 on tokens per min (TPM): Limit 10000, Requested 13055. Reduce the length of the messages.").hosted(), "rate_limited certain", ""},
		{"overloaded", failing(`529 {"type":"error","error":{"type":"overloaded_error","message":"Overloaded"}}`).hosted(), "rate_limited certain", "Anthropic was overloaded"},
		{"the bill", failing("400 Your credit balance is too low to access the Anthropic API.").hosted(), "rate_limited certain", "Anthropic wants its bill paid: the credit or quota is used up"},
		{"the quota", failing("429 You exceeded your current quota, please check your plan and billing details.").hosted(), "rate_limited certain", "Anthropic wants its bill paid: the credit or quota is used up"},
		{"OpenRouter's credits", failing(`402 {"error":{"message":"Insufficient credits","code":402}}`).hosted(), "rate_limited certain", ""},
		{"skipped after a rate limit", failing("").claims("rate_limit", 0).skipped().hosted(), "rate_limited likely", "OpenClaw passed claude-opus-4-6 over, since Anthropic's rate limit was reached lately"},
		{"cools down: OpenClaw's sentence names auth and billing", failing("Provider anthropic is temporarily disabled after a provider auth/billing failure. Retry after about 1 minute.").claims("auth", 0).skipped().hosted(), "auth likely", ""},
		{"it failed by itself", failing(`500 {"error":{"message":"Internal server error","type":"api_error"}}`).claims("timeout", 408).hosted(), "provider_error certain", "Anthropic failed by itself (500)"},
		{"its gateway failed", failing("HTTP 502: <html>Bad Gateway</html>").hosted(), "provider_error certain", "Anthropic failed by itself (502)"},
		{"OpenRouter's provider failed", failing(`{"error":{"message":"Provider returned error","code":502}}`).hosted(), "provider_error certain", ""},
		{"only the reason says so", failing("").claims("server_error", 0).hosted(), "provider_error likely", ""},

		// The network.
		{"no such name", failing("getaddrinfo ENOTFOUND api.anthropic.com").hosted(), "network certain", "the name of Anthropic's server could not be looked up"},
		{"no way", failing("fetch failed").code("EHOSTUNREACH").hosted(), "network certain", "there was no way through the network to Anthropic"},
		{"cut off", failing("other side closed").code("UND_ERR_SOCKET").hosted(), "network likely", "the connection to Anthropic broke off"},
		{"reset", failing("read ECONNRESET").hosted(), "network likely", ""},
		{"hung up", failing("socket hang up").hosted(), "network likely", ""},
		{"TLS", failing("fetch failed").code("UNABLE_TO_VERIFY_LEAF_SIGNATURE").hosted(), "network certain", ""},
		{"a bad certificate", failing("self-signed certificate in certificate chain").hosted(), "network certain", "no secure connection to Anthropic could be made"},
		{"a hosted one refused", failing("connect ECONNREFUSED 1.2.3.4:443").hosted(), "network certain", "Anthropic refused the connection"},
		{"no connection in time", failing("connect ETIMEDOUT 1.2.3.4:443").hosted(), "network likely", ""},
		{"somewhere on the way", failing("Connection error.").hosted(), "network likely", "Anthropic could not be reached"},

		// Nothing known.
		{"nothing", failing(""), "unknown unknown", "OpenClaw does not say why MiniMax M2.1 failed, and Pilotlight saw nothing that explains it"},
		{"format says nothing", failing("").claims("format", 400), "unknown unknown", ""},
		{"an unknown text", failing("400 the moon is full"), "unknown unknown", "LM Studio answered with an error that Pilotlight does not know: 400 the moon is full"},
		{"skipped for no reason", failing("").skipped(), "unknown unknown", "OpenClaw passed MiniMax M2.1 over, and does not say why"},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			got := fallback.Explain(c.in.f, c.in.c)
			if code := string(got.Code) + " " + string(got.Confidence); code != c.want {
				t.Errorf("got %s (%s)\nwant %s", code, got.Summary, c.want)
			}
			if c.summary != "" && got.Summary != c.summary {
				t.Errorf("summary\n got %s\nwant %s", got.Summary, c.summary)
			}
			if got.Code != backend.FellUnknown && got.Remedy == nil {
				t.Errorf("%s has no remedy", got.Code)
			}
			if got.Confidence == backend.Certain && len(got.Evidence) == 0 {
				t.Error("certain of nothing")
			}
		})
	}
}

// TestEvidence has the decisive row first and what OpenClaw claims as its claim.
func TestEvidence(t *testing.T) {
	t.Parallel()
	s := failing("Connection error.").claims("timeout", 408).code("ECONNREFUSED").was(backend.ServerOff, "10:31:07", "10:44:02")
	pressure := "normal"
	s.c.Memory = &backend.Sample{At: sec(10), Memory: &backend.Memory{TotalBytes: 512 << 30, UsedBytes: 44 << 30, Pressure: &pressure}}
	rows := []string{}
	for _, e := range fallback.Explain(s.f, s.c).Evidence {
		rows = append(rows, string(e.Kind)+" "+e.Ref+": "+e.Text)
	}
	want := []string{
		"server_state server_changes/1: off 10:31:07 – 10:44:02",
		"error_text run 1a3481d7: Connection error. (ECONNREFUSED)",
		"openclaw_log run 1a3481d7: OpenClaw logged a time-out (408)",
		"memory : 44 of 512 GB in use · pressure normal",
	}
	if !slices.Equal(rows, want) {
		t.Errorf("got\n%s\nwant\n%s", strings.Join(rows, "\n"), strings.Join(want, "\n"))
	}
}

func TestComplete(t *testing.T) {
	t.Parallel()
	who, chain := hosted.String(), failing("").c.Chain
	f := backend.Fallback{Answered: &who, Attempts: []backend.Attempt{{}, {Model: who}}}
	got := fallback.Complete(f, chain)
	if got.Requested != local.String() || got.Attempts[0].Model != local.String() || f.Attempts[0].Model != "" {
		t.Errorf("got %+v", got)
	}
	first := local.String()
	if got := fallback.Complete(backend.Fallback{Answered: &first}, chain); got.Requested != "" {
		t.Errorf("the first of the chain answered, and is said to have failed: %+v", got)
	}
	if got := fallback.Complete(f, nil); got.Requested != "" {
		t.Errorf("without a chain: %+v", got)
	}
}
