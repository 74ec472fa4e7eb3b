// Package modelfiletest writes model files for tests, by the public description
// of the format (ggml/docs/gguf.md) and with the bad habits that such files
// have. It must never use the reader that it is to test.
package modelfiletest

import (
	"bytes"
	"encoding/binary"
	"fmt"
)

// GGUF builds a GGUF file in memory. The zero value is an empty one of version 3.
type GGUF struct {
	Version uint32 // 0 is 3
	Tensors uint64 // how many the head announces; their data is left out
	Keys    *uint64
	Order   binary.ByteOrder // nil is little-endian
	body    bytes.Buffer
	n       uint64
}

// The types of values, as the format numbers them.
const (
	U8, I8, U16, I16, U32, I32, F32 = 0, 1, 2, 3, 4, 5, 6
	Bool, Text, Array, U64, I64     = 7, 8, 9, 10, 11
)

func (g *GGUF) order() binary.ByteOrder {
	if g.Order == nil {
		return binary.LittleEndian
	}
	return g.Order
}

func (g *GGUF) put(v any) {
	if err := binary.Write(&g.body, g.order(), v); err != nil {
		panic(fmt.Sprintf("write %T: %v", v, err)) // a test's own mistake
	}
}

func (g *GGUF) text(s string) {
	g.put(uint64(len(s)))
	g.body.WriteString(s)
}

// typed is the type of a value and the value itself.
func (g *GGUF) typed(v any) {
	switch v := v.(type) {
	case string:
		g.put(uint32(Text))
		g.text(v)
	case bool:
		g.put(uint32(Bool))
		g.put(v)
	case []string:
		g.put(uint32(Array))
		g.put(uint32(Text))
		g.put(uint64(len(v)))
		for _, s := range v {
			g.text(s)
		}
	case []bool:
		g.list(Bool, len(v), v)
	case []int32:
		g.list(I32, len(v), v)
	case []uint32:
		g.list(U32, len(v), v)
	case []float32:
		g.list(F32, len(v), v)
	default:
		g.put(numbers[fmt.Sprintf("%T", v)])
		g.put(v)
	}
}

var numbers = map[string]uint32{
	"uint8": U8, "int8": I8, "uint16": U16, "int16": I16, "uint32": U32, "int32": I32, "float32": F32, "uint64": U64, "int64": I64,
}

func (g *GGUF) list(kind uint32, n int, v any) {
	g.put(uint32(Array))
	g.put(kind)
	g.put(uint64(n))
	g.put(v)
}

// Set adds a key. The value's Go type decides the type in the file.
func (g *GGUF) Set(key string, v any) *GGUF {
	g.n++
	g.text(key)
	g.typed(v)
	return g
}

// Raw adds a key whose type and value are these bytes.
func (g *GGUF) Raw(key string, value []byte) *GGUF {
	g.n++
	g.text(key)
	g.body.Write(value)
	return g
}

// Tokenizer adds what real files have much of: so many tokens, their scores and
// their merges.
func (g *GGUF) Tokenizer(n int) *GGUF {
	tokens, scores := make([]string, n), make([]float32, n)
	for i := range tokens {
		tokens[i] = fmt.Sprintf("token%d", i)
	}
	return g.Set("tokenizer.ggml.model", "gpt2").Set("tokenizer.ggml.tokens", tokens).
		Set("tokenizer.ggml.scores", scores).Set("tokenizer.ggml.merges", tokens)
}

// Bytes is the file's header.
func (g *GGUF) Bytes() []byte {
	var b bytes.Buffer
	version, keys := g.Version, g.n
	if version == 0 {
		version = 3
	}
	if g.Keys != nil {
		keys = *g.Keys
	}
	b.WriteString("GGUF")
	for _, v := range []any{version, g.Tensors, keys} {
		if err := binary.Write(&b, g.order(), v); err != nil {
			panic(err) // a buffer takes all
		}
	}
	b.Write(g.body.Bytes())
	return b.Bytes()
}

// MiniMax is the header of a MiniMax M2.1 as llama.cpp's converter writes it.
func MiniMax() *GGUF {
	return new(GGUF).Set("general.architecture", "minimax-m2").Set("general.type", "model").Set("general.name", "MiniMax M2.1").
		Set("minimax-m2.block_count", uint32(62)).Set("minimax-m2.context_length", uint32(196_608)).
		Set("minimax-m2.embedding_length", uint32(3072)).Set("minimax-m2.feed_forward_length", uint32(1536)).
		Set("minimax-m2.attention.head_count", uint32(48)).Set("minimax-m2.attention.head_count_kv", uint32(8)).
		Set("minimax-m2.rope.freq_base", float32(5e6)).Set("minimax-m2.attention.layer_norm_rms_epsilon", float32(1e-6)).
		Set("minimax-m2.expert_count", uint32(256)).Set("minimax-m2.expert_used_count", uint32(8)).
		Set("minimax-m2.attention.key_length", uint32(128)).Set("minimax-m2.attention.value_length", uint32(128))
}
