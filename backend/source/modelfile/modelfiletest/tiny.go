package modelfiletest

import (
	"bytes"
	"encoding/binary"
)

// What the tiny model is.
const (
	TinyContext   = 131_072 // tokens that it was made for
	TinySentence  = "The pilot light is lit."
	tinyWidth     = 64
	tinyFF        = 64
	tinyF32       = 0 // ggml's number of a tensor's type
	tinyNormal    = 1 // sentencepiece's types of tokens
	tinyUnknown   = 2
	tinyControl   = 3
	tinyByte      = 6
	tinyAlignment = 32
)

// tinyWords are the pieces of TinySentence, each a token of its own.
var tinyWords = []string{"▁The", "▁pilot", "▁light", "▁is", "▁lit", "."}

// Tiny is a whole model, a few hundred kilobytes, that llama.cpp and what is built
// on it load and run: one layer of the architecture "llama" that changes nothing,
// so that the next token hangs on the last one alone. Whatever it is asked, it says
// TinySentence and ends. Its tokens are bytes, so a prompt takes as many as it has.
func Tiny() []byte {
	tokens, types := tinyVocabulary()
	scores := make([]float32, len(tokens))
	g := new(GGUF).Set("general.architecture", "llama").Set("general.type", "model").Set("general.name", "Tiny").
		Set("general.file_type", uint32(0)).Set("llama.vocab_size", uint32(len(tokens))).
		Set("llama.context_length", uint32(TinyContext)).Set("llama.embedding_length", uint32(tinyWidth)).
		Set("llama.block_count", uint32(1)).Set("llama.feed_forward_length", uint32(tinyFF)).
		Set("llama.attention.head_count", uint32(1)).Set("llama.attention.head_count_kv", uint32(1)).
		Set("llama.attention.layer_norm_rms_epsilon", float32(1e-5)).Set("llama.rope.dimension_count", uint32(tinyWidth)).
		Set("tokenizer.ggml.model", "llama").Set("tokenizer.ggml.tokens", tokens).
		Set("tokenizer.ggml.scores", scores).Set("tokenizer.ggml.token_type", types).
		Set("tokenizer.ggml.bos_token_id", uint32(1)).Set("tokenizer.ggml.eos_token_id", uint32(2)).
		Set("tokenizer.ggml.unknown_token_id", uint32(0)).Set("tokenizer.ggml.add_bos_token", true)
	layers := tinyTensors(len(tokens))
	g.Tensors = uint64(len(layers))
	return append(g.Bytes(), tinyBody(g, layers)...)
}

// tinyVocabulary has the words last.
func tinyVocabulary() (tokens []string, types []int32) {
	tokens, types = []string{"<unk>", "<s>", "</s>"}, []int32{tinyUnknown, tinyControl, tinyControl}
	const digits = "0123456789ABCDEF"
	for i := range 256 {
		tokens = append(tokens, "<0x"+string(digits[i/16])+string(digits[i%16])+">")
		types = append(types, tinyByte)
	}
	for _, word := range tinyWords {
		tokens, types = append(tokens, word), append(types, tinyNormal)
	}
	return tokens, types
}

// tinyTensor is one tensor: its first dimension is the one that lies together.
type tinyTensor struct {
	name string
	dims []uint64
	data []float32
}

// tinyTensors makes a chain of the vocabulary's last tokens. Every token has
// direction 0, which calls for the first word; word n has direction n+1 more
// strongly, which calls for the one after it, the last one's for the end.
func tinyTensors(vocabulary int) []tinyTensor {
	const end = 2
	first := vocabulary - len(tinyWords)
	in, out := make([]float32, vocabulary*tinyWidth), make([]float32, vocabulary*tinyWidth)
	for t := range vocabulary {
		in[t*tinyWidth] = 1
	}
	out[first*tinyWidth] = 10
	for n := range tinyWords {
		next := first + n + 1
		if next == vocabulary {
			next = end
		}
		in[(first+n)*tinyWidth+n+1] = 4
		out[next*tinyWidth+n+1] = 10
	}
	ones := func() []float32 {
		v := make([]float32, tinyWidth)
		for i := range v {
			v[i] = 1
		}
		return v
	}
	nothing := func(name string, a, b uint64) tinyTensor {
		return tinyTensor{name, []uint64{a, b}, make([]float32, a*b)}
	}
	words := uint64(vocabulary)
	return []tinyTensor{
		{"token_embd.weight", []uint64{tinyWidth, words}, in},
		{"blk.0.attn_norm.weight", []uint64{tinyWidth}, ones()},
		nothing("blk.0.attn_q.weight", tinyWidth, tinyWidth), nothing("blk.0.attn_k.weight", tinyWidth, tinyWidth),
		nothing("blk.0.attn_v.weight", tinyWidth, tinyWidth), nothing("blk.0.attn_output.weight", tinyWidth, tinyWidth),
		{"blk.0.ffn_norm.weight", []uint64{tinyWidth}, ones()},
		nothing("blk.0.ffn_gate.weight", tinyWidth, tinyFF), nothing("blk.0.ffn_up.weight", tinyWidth, tinyFF),
		nothing("blk.0.ffn_down.weight", tinyFF, tinyWidth),
		{"output_norm.weight", []uint64{tinyWidth}, ones()},
		{"output.weight", []uint64{tinyWidth, words}, out},
	}
}

// tinyBody is what follows the header: what the tensors are and, each at a
// multiple of the alignment, what is in them.
func tinyBody(g *GGUF, tensors []tinyTensor) []byte {
	var infos GGUF
	var data bytes.Buffer
	for _, t := range tensors {
		infos.text(t.name)
		infos.put(uint32(len(t.dims)))
		infos.put(t.dims)
		infos.put(uint32(tinyF32))
		infos.put(uint64(data.Len()))
		if err := binary.Write(&data, binary.LittleEndian, t.data); err != nil {
			panic(err) // a buffer takes all
		}
		data.Write(make([]byte, padding(data.Len())))
	}
	body := infos.body.Bytes()
	body = append(body, make([]byte, padding(len(g.Bytes())+len(body)))...)
	return append(body, data.Bytes()...)
}

// padding is what n bytes lack to a multiple of the alignment.
func padding(n int) int { return (tinyAlignment - n%tinyAlignment) % tinyAlignment }
