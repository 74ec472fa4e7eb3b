package modelfile

import (
	"bytes"
	"encoding/json"
	"errors"
	"math"
	"slices"
	"strconv"

	"pilotlight/backend"
)

// configCap bounds a config.json, in bytes; real ones are below 100 kB.
const configCap = 1 << 20

var errNotConfig = errors.New("this is no config.json of a language model")

// fields is an object of a config.json. Reading a field never fails: one of a
// wrong type is absent.
type fields map[string]json.RawMessage

// Config reads the shape from a config.json as Hugging Face's transformers
// write it and as MLX models have it. Models that also see have what is said of
// their language part inside text_config.
func Config(b []byte) (backend.Shape, error) {
	var f fields
	if len(b) > configCap || json.Unmarshal(b, &f) != nil || f == nil {
		return backend.Shape{}, errNotConfig
	}
	for _, name := range []string{"text_config", "llm_config", "language_config"} {
		var inner fields
		if json.Unmarshal(f[name], &inner) == nil && inner.count("num_hidden_layers", "n_layer", "num_layers") > 0 {
			f = inner
			break
		}
	}
	n := f.count("num_hidden_layers", "n_layer", "n_layers", "num_layers")
	switch {
	case n == 0:
		return backend.Shape{}, errNotConfig
	case n > maxLayers:
		return backend.Shape{}, errOddLayers
	}
	c := config{fields: f, n: n, kinds: f.kinds(n)}
	var layers []layer
	for i := range n - min(f.count("num_kv_shared_layers"), n) { // the last ones use the cache of earlier ones
		l, err := c.layer(i)
		if err != nil {
			return backend.Shape{}, err
		}
		layers = append(layers, l)
	}
	return backend.Shape{
		Source: "its config.json", Groups: grouped(layers),
		MaxContext: f.count("max_position_embeddings", "model_max_length", "max_seq_len", "n_positions"),
	}, nil
}

// count is the first of these fields that holds a whole number above zero, and
// 0 where none does.
func (f fields) count(names ...string) int {
	for _, name := range names {
		v, err := strconv.ParseFloat(string(bytes.TrimSpace(f[name])), 64)
		if err == nil && v >= 1 && v <= 1<<30 && v == math.Trunc(v) {
			return int(v)
		}
	}
	return 0
}

// is says whether a field holds this truth.
func (f fields) is(name string, v bool) bool { return string(f[name]) == strconv.FormatBool(v) }

func (f fields) text(name string) string {
	var s string
	_ = json.Unmarshal(f[name], &s) // another type is absent
	return s
}

func listOf[T any](f fields, name string) []T {
	var l []T
	if json.Unmarshal(f[name], &l) != nil || len(l) > maxLayers {
		return nil
	}
	return l
}

// config is a model's config with what kind each of its layers is of.
type config struct {
	fields
	n     int
	kinds []kind
}

// kind is what a layer does with what came before.
type kind int

const (
	full kind = iota
	sliding
	chunked
	linear // keeps a state
	none   // keeps nothing
)

// kindNames are the names of layer_types (transformers, configuration_utils.py)
// and of the lists that older models have instead.
var kindNames = map[string]kind{
	"full_attention": full, "attention": full, "global": full, "sliding_attention": sliding, "local": sliding, "chunked_attention": chunked,
	"linear_attention": linear, "mamba": linear, "mamba2": linear, "recurrent": linear, "conv": linear, "mlp": none, "moe": none,
}

// periods are the models whose layers have a window but for every so many,
// where the config does not say so.
var periods = map[string]int{"gemma3": 6, "gemma3_text": 6}

// kinds tells each of n layers' kind, by whichever of the ways the config has.
func (f fields) kinds(n int) []kind {
	all := make([]kind, n)
	set := func(of func(i int) kind) []kind {
		for i := range all {
			all[i] = of(i)
		}
		return all
	}
	for _, name := range []string{"layer_types", "layers_block_type", "block_types"} {
		if l := listOf[string](f, name); len(l) > 0 {
			return set(func(i int) kind { return kindNames[l[i%len(l)]] }) // an unknown one is full
		}
	}
	if l := listOf[int](f, "attn_type_list"); len(l) == n { // MiniMax: 1 is full
		return set(func(i int) kind { return either(l[i] == 0, linear) })
	}
	if p := f.text("hybrid_override_pattern"); len(p) == n { // Nemotron-H
		return set(func(i int) kind {
			return map[byte]kind{'*': full, 'M': linear}[p[i]] + either(p[i] != '*' && p[i] != 'M', none)
		})
	}
	if l := listOf[int](f, "full_attn_idxs"); len(l) > 0 { // LFM2
		return set(func(i int) kind { return either(!slices.Contains(l, i), linear) })
	}
	if every := f.count("full_attention_interval"); every > 0 {
		return set(func(i int) kind { return either((i+1)%every != 0, linear) })
	}
	if every := f.count("attn_layer_period"); every > 0 { // Jamba
		at := f.count("attn_layer_offset")
		return set(func(i int) kind { return either(i%every != at%every, linear) })
	}
	every := f.count("sliding_window_pattern")
	if every == 0 {
		every = periods[f.text("model_type")]
	}
	if every > 1 {
		return set(func(i int) kind { return either(slides(i, every, false), sliding) })
	}
	// A window without a word on which layers have it is ignored, as llama.cpp
	// and MLX do: too much is reckoned rather than too little.
	return all
}

func either(is bool, k kind) kind {
	if is {
		return k
	}
	return full
}

func (c config) layer(i int) (layer, error) {
	var l layer
	switch c.kinds[i] {
	case none:
		return l, nil
	case linear:
		l.state = c.state()
		return l, sanity(l)
	case sliding:
		l.window = c.window()
	case chunked:
		l.window = c.count("attention_chunk_size", "sliding_window")
	}
	if rank := c.count("kv_lora_rank"); rank > 0 {
		l.key = rank + c.count("qk_rope_head_dim") // a compressed cache (MLA)
		return l, sanity(l)
	}
	heads, size := c.heads(i)
	if heads == 0 || size == 0 {
		return l, errNoHeads
	}
	if heads > maxWidth || size > maxWidth {
		return l, errOddLayers
	}
	l.key, l.value = heads*size, heads*size
	if v := c.count("v_head_dim"); v > 0 && v <= maxWidth {
		l.value = heads * v
	}
	return l, sanity(l)
}

func (c config) window() int {
	if c.is("use_sliding_window", false) {
		return 0
	}
	return c.count("sliding_window", "sliding_window_size")
}

// heads are the KV heads of a layer and their size.
func (c config) heads(i int) (heads, size int) {
	all := c.count("num_attention_heads", "n_head", "n_heads")
	heads = c.count("num_key_value_heads", "num_kv_heads", "n_head_kv")
	if l := listOf[int](c.fields, "num_key_value_heads"); len(l) > i {
		heads = max(l[i], 0)
	}
	if heads == 0 {
		heads = all
	}
	if size = c.count("head_dim", "attention_head_dim"); size == 0 && all > 0 {
		size = c.count("hidden_size", "n_embd", "d_model") / all
	}
	if c.kinds[i] == full {
		// Gemma 4: the layers without a window have larger heads, and fewer.
		if n := c.count("num_global_key_value_heads"); n > 0 {
			heads = n
		}
		if n := c.count("global_head_dim"); n > 0 {
			size = n
		}
	}
	return heads, size
}

// state is the bytes that a recurrent layer keeps of one conversation: a matrix
// a head as 32-bit numbers, and the last inputs of its convolution.
func (c config) state() int64 {
	n := func(names ...string) int64 { return int64(min(c.count(names...), maxWidth)) }
	mul := func(a, b int64) int64 { return min(a*b, maxState) } // each at most maxState: no overflow with maxWidth
	if heads := n("linear_num_value_heads"); heads > 0 {        // gated delta net: Qwen3-Next and later
		key, value := n("linear_key_head_dim"), n("linear_value_head_dim")
		conv := 2*mul(n("linear_num_key_heads"), key) + mul(heads, value)
		return 4*mul(mul(heads, key), value) + 2*mul(max(n("linear_conv_kernel_dim")-1, 0), min(conv, maxState))
	}
	if heads := n("mamba_num_heads", "mamba_n_heads"); heads > 0 { // Mamba 2
		inner := mul(heads, n("mamba_head_dim", "mamba_d_head"))
		size := n("ssm_state_size", "mamba_d_state")
		return 4*mul(inner, size) + 2*mul(max(n("conv_kernel", "mamba_d_conv")-1, 0), min(inner+2*mul(n("n_groups", "mamba_n_groups"), size), maxState))
	}
	if hidden := n("hidden_size"); hidden > 0 && n("conv_L_cache") > 1 { // LFM2
		return 2 * mul(hidden, n("conv_L_cache")-1)
	}
	return 0
}
