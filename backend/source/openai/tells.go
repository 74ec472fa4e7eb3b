package openai

import "pilotlight/backend"

// What each engine tells and does. They are handed out as they are and never
// changed.
var (
	tellsLMStudio = backend.Tells{Loaded: true, Context: true, Busy: true, Expiry: true, Load: true, Unload: true, WarmBy: backend.WarmByLoad}

	tellsLlama = backend.Tells{
		Loaded: true, Context: true, Busy: true, WarmBy: backend.WarmAlways,
		Note: "llama.cpp's server keeps the model that it was started with as long as it runs. Started with --sleep-idle-seconds it puts it away when idle, and does not tell when.",
	}
	tellsLlamaMute = backend.Tells{
		Loaded: true, Context: true, WarmBy: backend.WarmAlways,
		Note: tellsLlama.Note + " Started with --metrics it would tell whether it is answering someone.",
	}
	tellsRouter = backend.Tells{
		Loaded: true, Context: true, Busy: true, Load: true, Unload: true, WarmBy: backend.WarmByLoad,
		Note: "llama.cpp's server, started without a model, loads several. Their context is set by its own presets, and it may put one away to make room for another.",
	}
	tellsVLLM = backend.Tells{
		Loaded: true, Context: true, Busy: true, WarmBy: backend.WarmAlways,
		Note: "vLLM keeps what it was started with as long as it runs. The context is the longest that one request may have.",
	}
	tellsOllama = backend.Tells{
		Loaded: true, Context: true, Expiry: true, Load: true, Unload: true, WarmBy: backend.WarmByKeepAlive,
		Note: "Ollama does not tell whether it is answering someone. A request that names no keep_alive, as OpenClaw's, sets the end back to five minutes, even of a model that was loaded for good; one that asks for another context has it loaded anew.",
	}
	tellsLiteLLM = backend.Tells{
		WarmBy: backend.WarmByRequest,
		Note:   "LiteLLM passes requests on. Whether a model behind it is in memory it does not know; each request to it may cost money there.",
	}
	tellsGateway = backend.Tells{
		WarmBy: backend.WarmByRequest,
		Note:   "This server lists its models and says nothing else of itself: not what is in memory, nor with which context.",
	}
	tellsHosted = backend.Tells{
		WarmBy: backend.WarmNever,
		Note:   "A hosted provider. Pilotlight asks only whether it answers, without the key, so that it costs nothing.",
	}
)

// tellsOf is what an engine tells, nil for one that was not reached yet.
func tellsOf(e backend.Engine, l llamaSeen) *backend.Tells {
	switch e {
	case backend.EngineLMStudio:
		return &tellsLMStudio
	case backend.EngineLlamaCpp:
		switch {
		case l.router:
			return &tellsRouter
		case l.metrics != nil && !*l.metrics && l.slots != nil && !*l.slots:
			return &tellsLlamaMute
		}
		return &tellsLlama
	case backend.EngineVLLM:
		return &tellsVLLM
	case backend.EngineOllama:
		return &tellsOllama
	case backend.EngineLiteLLM:
		return &tellsLiteLLM
	case backend.EngineGateway:
		return &tellsGateway
	case backend.EngineHosted:
		return &tellsHosted
	}
	return nil
}
