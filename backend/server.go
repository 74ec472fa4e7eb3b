package backend

import "time"

// ServerKind is the family of a model server.
type ServerKind string

// The kinds of server.
const (
	KindLMStudio ServerKind = "lmstudio"
	KindOpenAI   ServerKind = "openai"
)

// Engine is the program behind a server's address. It decides what the server can
// tell and what keeps a model of it warm.
type Engine string

// The engines. "" is one that was not reached yet.
const (
	EngineLMStudio Engine = "lmstudio"
	EngineVLLM     Engine = "vllm"
	EngineLiteLLM  Engine = "litellm"
	EngineLlamaCpp Engine = "llamacpp"
	EngineOllama   Engine = "ollama"
	EngineGateway  Engine = "gateway" // speaks OpenAI's API and says nothing of itself
	EngineHosted   Engine = "hosted"  // somebody else's, over the internet
)

// WarmBy is what keeps a model of a server in memory.
type WarmBy string

// The ways to keep warm.
const (
	WarmByLoad      WarmBy = "load"       // an explicit load without a TTL, as in LM Studio
	WarmByKeepAlive WarmBy = "keep_alive" // a load with keep_alive -1, as in Ollama
	WarmAlways      WarmBy = "always"     // what it serves is in memory as long as it runs
	WarmByRequest   WarmBy = "request"    // only a request of one token now and then would, where the person asks for it
	WarmNever       WarmBy = "never"      // nothing to keep: hosted
)

// Tells is what a server can tell and do, by its engine. What it cannot tell is
// left unknown, never guessed.
type Tells struct {
	Loaded  bool   `json:"loaded" doc:"Which models are in memory"`
	Context bool   `json:"context" doc:"The context length that a loaded model really has"`
	Busy    bool   `json:"busy" doc:"Whether it is answering someone"`
	Expiry  bool   `json:"expiry" doc:"When it will unload an idle model"`
	Load    bool   `json:"load" doc:"It can be told to load a model"`
	Unload  bool   `json:"unload" doc:"It can be told to unload one"`
	WarmBy  WarmBy `json:"warm_by" enum:"load,keep_alive,always,request,never"`
	Note    string `json:"note,omitempty" doc:"In a sentence, what cannot be known or done here"`
}

// ServerState is what a server looked like at the last look.
type ServerState string

// The states of a server.
const (
	ServerUp         ServerState = "up"
	ServerOff        ServerState = "server_off"  // LM Studio runs, its HTTP server does not
	ServerDown       ServerState = "down"        // nothing answers
	ServerNeedsToken ServerState = "needs_token" // it answers, and wants an API token
	ServerUnknown    ServerState = "unknown"     // not looked yet, or an answer that makes no sense
)

// API is the dialect a server speaks.
type API string

// The dialects. "" is not known.
const (
	APIv1     API = "v1"     // LM Studio 0.4 and later
	APIv0     API = "v0"     // LM Studio 0.3.6 and later: lists, cannot load over HTTP
	APIOpenAI API = "openai" // lists only
)

// Server is a model server as last seen. Models are the last that it listed,
// which may be older than CheckedAt when State is not up.
type Server struct {
	ID             string      `json:"id"`
	Kind           ServerKind  `json:"kind" enum:"lmstudio,openai"`
	Name           string      `json:"name"`
	URL            string      `json:"url"`
	Engine         Engine      `json:"engine,omitempty" enum:"lmstudio,vllm,litellm,llamacpp,ollama,gateway,hosted"`
	Host           string      `json:"host,omitempty" doc:"The machine that it runs on, where that is another one"`
	Providers      []string    `json:"providers,omitempty" doc:"The providers of OpenClaw's config that are at this address"`
	Region         string      `json:"region,omitempty" doc:"Where a hosted provider answers from, where its config or it says so"`
	Tells          *Tells      `json:"tells,omitempty"`
	State          ServerState `json:"state" enum:"up,server_off,down,needs_token,unknown"`
	API            *API        `json:"api" enum:"v1,v0,openai"`
	Version        string      `json:"version,omitempty"`
	CheckedAt      *Time       `json:"checked_at" format:"date-time"`
	StateSince     *Time       `json:"state_since,omitempty" format:"date-time"`
	LatencySeconds *float64    `json:"latency_seconds,omitempty"`
	Error          *Error      `json:"error,omitempty"`
	ListedAt       *Time       `json:"listed_at,omitempty" format:"date-time" doc:"When models was last read in full"`
	Models         []Model     `json:"models"`
}

// ModelType tells what a model is for.
type ModelType string

// The types of model. LM Studio's v0 says vlm and embeddings; they are
// translated at the source.
const (
	TypeLLM       ModelType = "llm"
	TypeEmbedding ModelType = "embedding"
)

// Model is a downloaded model. Key is what load and chat take, and may contain
// slashes.
type Model struct {
	Key              string     `json:"key"`
	Name             string     `json:"name"`
	Type             ModelType  `json:"type" enum:"llm,embedding"`
	Format           string     `json:"format,omitempty"`
	Quantization     string     `json:"quantization,omitempty"`
	BitsPerWeight    *float64   `json:"bits_per_weight,omitempty"`
	Parameters       string     `json:"parameters,omitempty" doc:"As the server writes it, 26B-A4B for example"`
	Architecture     string     `json:"architecture,omitempty"`
	SizeBytes        *int64     `json:"size_bytes,omitempty" doc:"On disk, which is not what it takes in memory"`
	MaxContextLength *int       `json:"max_context_length,omitempty" doc:"Tokens"`
	Loading          bool       `json:"loading,omitempty" doc:"Being loaded right now, where the server tells"`
	Instances        []Instance `json:"instances"`
	Fit              *Fit       `json:"fit,omitempty"`
}

// Instance is a model in memory. Its ID is what requests and unload take; a
// second instance of one model is "key:2".
type Instance struct {
	ID            string   `json:"id"`
	ContextLength *int     `json:"context_length,omitempty" doc:"Tokens it really got"`
	Parallel      *int     `json:"parallel,omitempty"`
	TTLSeconds    *float64 `json:"ttl_seconds,omitempty" doc:"Idle seconds after which the server unloads it"`
	ExpiresAt     *Time    `json:"expires_at,omitempty" format:"date-time"`
	LastUsedAt    *Time    `json:"last_used_at,omitempty" format:"date-time"`
	Busy          *bool    `json:"busy" doc:"Answering someone; null when the server does not tell"`
	SeenLoadedAt  Time     `json:"seen_loaded_at" format:"date-time" doc:"When Pilotlight first saw it"`
	Explicit      *bool    `json:"explicit" doc:"Loaded on purpose, so without a TTL; false for a JIT load; null when unknown"`
	Missing       bool     `json:"missing,omitempty" doc:"Not in the last list; a second look decides whether it is gone"`
	Crashed       bool     `json:"crashed,omitempty" doc:"Still listed, but its engine is known to be dead"`
	// Reference changes on every load, even of the same id: a reload detector.
	// Known only over the WebSocket.
	Reference string `json:"-"`
}

// Observation is what one look at a server brought, already in domain terms.
// It is a fact with its time; what it means is for the rules to say.
type Observation struct {
	Server  string
	At      time.Time
	State   ServerState
	API     API
	Engine  Engine
	Tells   *Tells // never changed after it was handed out
	Region  string
	Version string
	Latency time.Duration // 0 when nothing answered
	Err     *Error        // why State is not up, or why the list could not be read

	// Listed says that Models is a complete and trusted list. False is never
	// "nothing is loaded": it is "nobody knows".
	Listed bool
	Models []Model // Instances[].SeenLoadedAt is left zero by sources

	// Detailed says that TTL, last use and reference were asked of the server
	// for this very observation, so that a nil TTL means "none".
	Detailed bool

	// Reconnected says that a standing connection to the server broke since
	// the observation before: it restarted, even if it was never seen down.
	Reconnected bool
}

// LoadRequest asks a server to load a model into memory.
type LoadRequest struct {
	Model         string
	ContextLength *int // tokens; nil leaves the choice to the server
}

// LoadResult is what a server said of a load that it finished. What is really
// loaded is known only from the next observation.
type LoadResult struct {
	InstanceID    string
	ContextLength *int
	Duration      time.Duration // the server's own figure, 0 when it gave none
}

// Estimate is a server's own reckoning of what a load would take.
type Estimate struct {
	TotalBytes       int64
	WeightsBytes     *int64
	KVBytes          *int64
	PassesGuardrails *bool
	Unsure           bool // it says itself that the figures may be off
}

// Processing is what an instance is doing at the moment it was asked.
type Processing struct {
	Busy   bool
	Queued int // requests waiting, the current one included
}
