package modelfile

import (
	"errors"
	"fmt"
	"strings"

	"pilotlight/backend"
)

var errOddLayers = errors.New("the header tells of layers that make no sense")

// window is how llama.cpp treats an architecture whose file does not say which
// layers have a window: every so many layers one sees everything.
type window struct {
	period    int
	fullFirst bool
	size      int // where the file gives none
}

// windows by architecture (llama.cpp, load_hparams of each, read in 2026). An
// architecture that is not here has its window ignored, as llama.cpp does for
// phi3: too much memory is reckoned rather than too little.
var windows = map[string]window{
	"gemma2": {period: 2, size: 4096}, "gemma3": {period: 6}, "gemma3n": {period: 5}, "gemma-embedding": {period: 6},
	"gpt-oss": {period: 2}, "cohere2": {period: 4}, "olmo2": {period: 4}, "exaone4": {period: 4}, "exaone-moe": {period: 4},
	"afmoe": {period: 4}, "smallthinker": {period: 4, fullFirst: true}, "plamo3": {period: 8}, "llama4": {period: 4, size: 8192},
}

// intervals are the architectures whose layers are recurrent but for every
// fourth, where the file does not say otherwise.
var intervals = map[string]int64{"qwen3next": 4, "qwen35": 4, "qwen35moe": 4}

// one is a number of the header; 0 when it is not there.
func (h *header) one(name string) int64 {
	if v := h.ints[name]; len(v) > 0 && !h.list[name] {
		return v[0]
	}
	return 0
}

// of is a number for one layer: its own of an array, else the one for all.
func (h *header) of(name string, layer int) (int64, bool) {
	v := h.ints[name]
	switch {
	case len(v) == 0:
		return 0, false
	case !h.list[name]:
		return v[0], true
	case layer < len(v):
		return v[layer], true
	}
	return 0, false
}

func (h *header) shape() (backend.Shape, error) {
	n := h.one("block_count")
	switch {
	case h.arch == "clip":
		return backend.Shape{}, fmt.Errorf("this file is for the eyes of a model, not the model")
	case n < 1:
		return backend.Shape{}, errNoLayers
	case n > maxLayers:
		return backend.Shape{}, errOddLayers
	}
	s := backend.Shape{Source: "its GGUF header", Groups: []backend.LayerGroup{}}
	if ctx := h.one("context_length"); ctx <= 1<<30 {
		s.MaxContext = int(ctx)
	}
	if causal, known := h.of("attention.causal", 0); known && causal == 0 {
		return s, nil // it reads its text as a whole and caches nothing
	}
	var layers []layer
	for i := range int(n - min(h.one("nextn_predict_layers"), n)) {
		l, err := h.layer(i, int(n))
		if err != nil {
			return backend.Shape{}, err
		}
		layers = append(layers, l)
	}
	s.Groups = grouped(layers)
	return s, nil
}

// layer is what layer i of n keeps.
func (h *header) layer(i, n int) (layer, error) {
	var l layer
	heads, told := h.of("attention.head_count_kv", i)
	if !told {
		// As llama.cpp does: without KV heads each head has its own.
		if heads, told = h.of("attention.head_count", i); !told {
			return l, errNoHeads
		}
	}
	recurrent := h.recurrent(i, heads)
	if recurrent {
		l.state = h.state()
	}
	if recurrent && h.arch != "falcon-h1" || i >= n-int(min(h.one("attention.shared_kv_layers"), int64(n))) {
		return l, sanity(l) // the last layers may use the cache of earlier ones
	}
	l.window = h.window(i)
	key, value := h.widths(l.window > 0)
	if rank := h.one("attention.kv_lora_rank"); rank > 0 && h.one("attention.key_length_mla") > 0 && heads > 0 {
		// A compressed cache (MLA): llama.cpp keeps one vector of rank and
		// position for all heads, and no values.
		heads, key, value = 1, rank+h.one("rope.dimension_count"), 0
	}
	if heads > maxWidth || key > maxWidth || value > maxWidth {
		return l, errOddLayers
	}
	l.key, l.value = int(heads*key), int(heads*value)
	if heads == 0 {
		l.window = 0
	}
	return l, sanity(l)
}

var errNoHeads = errors.New("the header does not tell how many heads the model has")

func sanity(l layer) error {
	if !l.sane() {
		return errOddLayers
	}
	return nil
}

// widths are the sizes of a head's key and value.
func (h *header) widths(windowed bool) (key, value int64) {
	if heads, _ := h.of("attention.head_count", 0); heads > 0 {
		key = h.one("embedding_length") / heads
	}
	value = key
	pick := func(v *int64, names ...string) {
		for _, name := range names {
			if got := h.one(name); got > 0 {
				*v = got
			}
		}
	}
	pick(&key, "attention.key_length")
	pick(&value, "attention.value_length")
	if windowed {
		pick(&key, "attention.key_length_swa")
		pick(&value, "attention.value_length_swa")
	}
	return key, value
}

// window is how far back layer i looks, 0 for all the way.
func (h *header) window(i int) int {
	known, listed := windows[h.arch]
	size := h.one("attention.sliding_window")
	if size == 0 {
		size = int64(known.size)
	}
	if size <= 0 || size > 1<<30 {
		return 0
	}
	if pattern := h.ints["attention.sliding_window_pattern"]; len(pattern) > 0 {
		if h.list["attention.sliding_window_pattern"] {
			if pattern[i%len(pattern)] == 0 {
				return 0
			}
			return int(size)
		}
		if !slides(i, int(min(pattern[0], maxLayers)), known.fullFirst) {
			return 0
		}
		return int(size)
	}
	if !listed || !slides(i, known.period, known.fullFirst) {
		return 0
	}
	return int(size)
}

// recurrent says whether layer i keeps a state instead of a cache.
func (h *header) recurrent(i int, heads int64) bool {
	if r, told := h.of("attention.recurrent_layers", i); told {
		return r != 0
	}
	interval := h.one("full_attention_interval")
	if interval == 0 {
		interval = intervals[h.arch]
	}
	switch {
	case interval > 0:
		return int64(i+1)%interval != 0
	case h.arch == "falcon-h1":
		return true
	case heads > 0:
		return false
	}
	// A layer without KV heads is recurrent, or has no attention at all.
	ff, told := h.of("feed_forward_length", i)
	return !strings.HasPrefix(h.arch, "nemotron_h") || !told || ff == 0
}

// state is the bytes that a recurrent layer keeps of one conversation: llama.cpp
// holds them as 32-bit numbers (llama-hparams.cpp, n_embd_r and n_embd_s).
func (h *header) state() int64 {
	clamp := func(name string) int64 { return min(h.one(name), maxWidth) }
	embd := clamp("embedding_length")
	if head := clamp("wkv.head_size"); head > 0 {
		return 4 * (clamp("token_shift_count")*embd + embd*head)
	}
	if kernel := clamp("shortconv.l_cache"); kernel > 0 {
		return 4 * embd * (kernel - 1)
	}
	inner, size := clamp("ssm.inner_size"), clamp("ssm.state_size")
	conv := max(clamp("ssm.conv_kernel")-1, 0)
	return 4 * (conv*(inner+2*clamp("ssm.group_count")*size) + size*inner)
}
