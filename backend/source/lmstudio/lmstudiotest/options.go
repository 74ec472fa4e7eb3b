package lmstudiotest

import (
	"strconv"
	"strings"
	"time"
)

// The model types and formats LM Studio knows.
const (
	LLM       = "llm"
	Embedding = "embedding"
	GGUF      = "gguf"
	MLX       = "mlx"
)

// DefaultVersion is the version played when Options name none.
const DefaultVersion = "0.4.25"

// Options describe the LM Studio to play. The zero value is a current version
// with nothing downloaded.
type Options struct {
	Version      string        // "0.4.25", "0.3.30"; decides which routes and texts exist
	Addr         string        // of the HTTP server; default "127.0.0.1:0"
	InternalAddr string        // of the app's internal API port; default "127.0.0.1:0"
	Home         string        // if set, <Home>/.internal gets the files LM Studio publishes its ports in
	Token        string        // "" = authentication off; else "sk-lm-abcdefgh:01234567890123456789". Without effect before 0.4.0
	Models       []Model       // what is downloaded
	LoadTime     time.Duration // how long a load takes
	JITTTL       time.Duration // idle time of models loaded by a request; default an hour
	NoJIT        bool          // requests do not load models
	NoAutoEvict  bool          // loading by request leaves others that were loaded so in memory
	NoWebSocket  bool          // as behind a proxy that does not know WebSockets
	RemainingTTL bool          // the v1 list tells remaining_ttl_seconds, as only 0.4.12 was seen to do
	MemoryBytes  int64         // loads that need more are refused; 0 = guardrails off
	Now          func() time.Time
}

func (o Options) withDefaults() Options {
	if o.Version == "" {
		o.Version = DefaultVersion
	}
	if o.Addr == "" {
		o.Addr = "127.0.0.1:0"
	}
	if o.InternalAddr == "" {
		o.InternalAddr = "127.0.0.1:0"
	}
	if o.JITTTL == 0 {
		o.JITTTL = time.Hour
	}
	if o.Now == nil {
		o.Now = time.Now
	}
	return o
}

// Model is a downloaded model. Only Key is required.
type Model struct {
	Key             string        `json:"key"`
	Name            string        `json:"name,omitempty"`      // default: the key's last part
	Publisher       string        `json:"publisher,omitempty"` // default: the key's first part
	Type            string        `json:"type,omitempty"`      // LLM or Embedding; default LLM
	Format          string        `json:"format,omitempty"`    // GGUF or MLX; default GGUF
	Arch            string        `json:"arch,omitempty"`
	Quantization    string        `json:"quantization,omitempty"`
	Bits            float64       `json:"bits,omitempty"` // per weight
	SizeBytes       int64         `json:"size_bytes,omitempty"`
	Params          string        `json:"params,omitempty"`          // "30B-A3B"
	MaxContext      int           `json:"max_context,omitempty"`     // tokens; default 131072
	DefaultContext  int           `json:"default_context,omitempty"` // tokens; default the version's
	LoadTime        time.Duration `json:"load_time,omitempty"`       // 0 = Options.LoadTime
	KVBytesPerToken int64         `json:"kv_bytes_per_token,omitempty"`
	Path            string        `json:"path,omitempty"`     // of its files below the folder of models; default the key, as of a model of the catalogue
	Vision          bool          `json:"vision,omitempty"`   // v0 then says "vlm"
	ToolUse         bool          `json:"tool_use,omitempty"` // trained for it
}

func (m Model) withDefaults() Model {
	publisher, name, slash := strings.Cut(m.Key, "/")
	if !slash {
		publisher, name = "", m.Key
	}
	if m.Name == "" {
		m.Name = name
	}
	if m.Publisher == "" {
		m.Publisher = publisher
	}
	if m.Path == "" {
		m.Path = m.Key
	}
	if m.Type == "" {
		m.Type = LLM
	}
	if m.Format == "" {
		m.Format = GGUF
	}
	if m.MaxContext == 0 {
		m.MaxContext = 131072
	}
	return m
}

// need is what LM Studio reckons a load takes in memory, in bytes.
func (m Model) need(context int) (weights, kv int64) {
	return m.SizeBytes, m.KVBytesPerToken * int64(context)
}

// version is major, minor, patch; what cannot be read counts as 0.
type version [3]int

func parseVersion(s string) version {
	s, _, _ = strings.Cut(s, "+")
	var v version
	for i, part := range strings.SplitN(s, ".", 3) {
		v[i], _ = strconv.Atoi(part)
	}
	return v
}

func (v version) atLeast(major, minor, patch int) bool {
	for i, want := range [3]int{major, minor, patch} {
		if v[i] != want {
			return v[i] > want
		}
	}
	return true
}
