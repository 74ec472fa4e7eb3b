package lmstudiotest

import (
	"encoding/json"
	"math"
	"strings"
)

// wsModel is a downloaded model as the WebSocket and "lms ls --json" tell it.
type wsModel struct {
	Type         string   `json:"type"`
	ModelKey     string   `json:"modelKey"`
	Format       string   `json:"format"` // "gguf", or "safetensors" for MLX
	DisplayName  string   `json:"displayName"`
	Publisher    string   `json:"publisher"`
	Path         string   `json:"path"`
	SizeBytes    int64    `json:"sizeBytes"`
	Indexed      string   `json:"indexedModelIdentifier"`
	Device       *string  `json:"deviceIdentifier"`
	ParamsString string   `json:"paramsString,omitempty"`
	Architecture string   `json:"architecture,omitempty"`
	Quantization *wsQuant `json:"quantization,omitempty"`
	Vision       *bool    `json:"vision,omitempty"`
	ToolUse      *bool    `json:"trainedForToolUse,omitempty"`
	MaxContext   int      `json:"maxContextLength"`
}

type wsQuant struct {
	Name string `json:"name"`
	Bits int    `json:"bits"`
}

// wsInstance is an instance as listLoaded tells it.
type wsInstance struct {
	wsModel
	Identifier string `json:"identifier"`
	Reference  string `json:"instanceReference"`
	TTL        *int64 `json:"ttlMs"`
	LastUsed   *int64 `json:"lastUsedTime"` // milliseconds since 1970
	Context    int    `json:"contextLength"`
	Parallel   *int   `json:"parallel,omitempty"`
}

func wsModelOf(m *Model) wsModel {
	row := wsModel{
		Type: m.Type, ModelKey: m.Key, Format: "gguf", DisplayName: m.Name, Publisher: m.Publisher,
		Path: m.Path, SizeBytes: m.SizeBytes, Indexed: m.Path, ParamsString: m.Params,
		Architecture: m.Arch, MaxContext: m.MaxContext,
	}
	if m.Format == MLX {
		row.Format = "safetensors"
	}
	if m.Quantization != "" && m.Bits > 0 {
		row.Quantization = &wsQuant{Name: m.Quantization, Bits: int(math.Round(m.Bits))}
	}
	if m.Type == LLM {
		row.Vision, row.ToolUse = &m.Vision, &m.ToolUse
	}
	return row
}

func wsInstanceOf(i *instance) wsInstance {
	row := wsInstance{wsModel: wsModelOf(i.model), Identifier: i.id, Reference: i.reference, Context: i.context}
	if i.ttl > 0 {
		ms := i.ttl.Milliseconds()
		row.TTL = &ms
	}
	if !i.lastUsed.IsZero() {
		ms := i.lastUsed.UnixMilli()
		row.LastUsed = &ms
	}
	if i.model.Type == LLM {
		row.Parallel = or(i.config.Parallel, 4)
	}
	return row
}

// configField is a setting; its key is "llm.load.contextLength", for example.
type configField struct {
	Key   string `json:"key"`
	Value any    `json:"value"`
}

// configStack is how clients send the settings of a load. Later layers win.
type configStack struct {
	Layers []struct {
		Config struct {
			Fields []struct {
				Key   string          `json:"key"`
				Value json.RawMessage `json:"value"`
			} `json:"fields"`
		} `json:"config"`
	} `json:"layers"`
}

// config reads the settings that the fake plays; others are legal and have no
// effect here.
func (k configStack) config() loadConfig {
	var c loadConfig
	for _, layer := range k.Layers {
		for _, f := range layer.Config.Fields {
			_, name, _ := strings.Cut(f.Key, ".load.")
			switch name {
			case "contextLength":
				c.Context = numberIn(f.Value)
			case "numParallelSessions":
				c.Parallel = numberIn(f.Value)
			case "numExperts":
				c.NumExperts = numberIn(f.Value)
			case "llama.evalBatchSize":
				c.EvalBatch = numberIn(f.Value)
			case "llama.flashAttention":
				c.FlashAttention = flagIn(f.Value)
			case "offloadKVCacheToGpu":
				c.OffloadKV = flagIn(f.Value)
			}
		}
	}
	return c
}

func numberIn(raw json.RawMessage) *int {
	var n int
	if json.Unmarshal(raw, &n) != nil || n <= 0 {
		return nil
	}
	return &n
}

func flagIn(raw json.RawMessage) *bool {
	var b bool
	if json.Unmarshal(raw, &b) != nil {
		return nil
	}
	return &b
}

// loadConfigOf tells the settings an instance really runs with.
func (c *wsConn) loadConfigOf(i *instance) any {
	prefix := c.space + ".load."
	fields := []configField{{prefix + "contextLength", i.context}}
	if c.space == LLM {
		fields = append(fields, configField{prefix + "numParallelSessions", *or(i.config.Parallel, 4)})
		if i.model.Format == GGUF {
			fields = append(fields,
				configField{prefix + "llama.flashAttention", *or(i.config.FlashAttention, true)},
				configField{prefix + "llama.evalBatchSize", *or(i.config.EvalBatch, 512)},
				configField{prefix + "offloadKVCacheToGpu", *or(i.config.OffloadKV, true)})
		}
	}
	return map[string]any{"fields": fields}
}
