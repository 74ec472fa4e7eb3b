package openaitest

import "time"

// Engine is what is played.
type Engine string

// The engines.
const (
	LlamaCpp Engine = "llamacpp" // with the one model that it was started with
	Router   Engine = "router"   // llama.cpp's server, started without a model
	VLLM     Engine = "vllm"
	Ollama   Engine = "ollama"
	LiteLLM  Engine = "litellm"
	Gateway  Engine = "gateway"
	Hosted   Engine = "hosted" // wants a key for everything
)

// Options describe the server to play. Only Engine is required.
type Options struct {
	Engine   Engine
	Addr     string // default "127.0.0.1:0"
	Prefix   string // before every path, as behind a gateway: "/llm"
	Version  string // default the one that was looked at for this fake
	Token    string // "" wants none
	TLS      bool   // https, with a certificate that signs itself
	Models   []Model
	NoList   bool          // a gateway without /v1/models
	Metrics  bool          // llama.cpp with --metrics
	NoSlots  bool          // llama.cpp with --no-slots
	NoInfo   bool          // LiteLLM, whose key may not ask for /model/info
	LoadTime time.Duration // how long a load takes
	Now      func() time.Time
}

// versions are those that the answers were told from.
var versions = map[Engine]string{
	LlamaCpp: "b6900-1a2b3c4d", Router: "b6900-1a2b3c4d", VLLM: "0.11.0", Ollama: "0.33.0",
}

func (o Options) withDefaults() Options {
	if o.Addr == "" {
		o.Addr = "127.0.0.1:0"
	}
	if o.Version == "" {
		o.Version = versions[o.Engine]
	}
	if o.Now == nil {
		o.Now = time.Now
	}
	if o.Models == nil {
		o.Models = []Model{{ID: "tiny"}}
	}
	return o
}

// Model is one that the server has. Only ID is required.
type Model struct {
	ID           string `json:"id"`
	SizeBytes    int64  `json:"size_bytes,omitempty"`   // default 4 GB
	Parameters   int64  `json:"parameters,omitempty"`   // default 8e9
	Quantization string `json:"quantization,omitempty"` // default Q4_K_M
	Family       string `json:"family,omitempty"`       // default llama
	MaxContext   int    `json:"max_context,omitempty"`  // tokens; default 131072
	Context      int    `json:"context,omitempty"`      // what a load gets that asks for none; default 8192
	Behind       string `json:"behind,omitempty"`       // what LiteLLM calls it
	Embedding    bool   `json:"embedding,omitempty"`
	Cloud        bool   `json:"cloud,omitempty"`  // of Ollama's that run elsewhere
	Loaded       bool   `json:"loaded,omitempty"` // from the start, where the engine loads
}

func (m Model) withDefaults() Model {
	if m.SizeBytes == 0 {
		m.SizeBytes = 4 << 30
	}
	if m.Parameters == 0 {
		m.Parameters = 8_030_261_312
	}
	if m.Quantization == "" {
		m.Quantization = "Q4_K_M"
	}
	if m.Family == "" {
		m.Family = "llama"
	}
	if m.MaxContext == 0 {
		m.MaxContext = 131072
	}
	if m.Context == 0 {
		m.Context = 8192
	}
	return m
}
