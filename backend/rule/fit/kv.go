package fit

import (
	"pilotlight/backend"
)

// Cache is the type that a model's KV cache is kept in.
type Cache string

// The types that LM Studio offers and that are told apart here.
const (
	F16 Cache = "f16"
	Q8  Cache = "q8_0"
	Q4  Cache = "q4_0"
)

// per32 is the bytes of 32 elements: 2 bytes each; 32 bytes and a scale of two;
// 16 bytes and a scale (ggml, block_q8_0 and block_q4_0).
var per32 = map[Cache]float64{F16: 64, Q8: 34, Q4: 18}

// most bounds every sum, so that no figure from a hostile file wraps round.
const most = 1 << 60

// batch is how many tokens beyond its window a layer keeps at most: llama.cpp
// adds one physical batch (llama-kv-cache-iswa.cpp, n_ubatch, 512 by default).
const batch = 512

// KV is the bytes that a full context of so many tokens takes. low is what one
// cache shared by all slots takes (LM Studio's default), high what a cache for
// each of them would: third parties measured both (September 2026). Fewer than
// one slot count as one; an unknown cache type counts as f16.
func KV(s backend.Shape, context, slots int, c Cache) (low, high int64) {
	one := per32[c]
	if one == 0 {
		one = per32[F16]
	}
	slots = max(slots, 1)
	var least, greatest float64
	for _, g := range s.Groups {
		token := float64(g.Layers) * (float64(g.KeyWidth) + float64(g.ValueWidth)) * one / 32
		state := float64(g.Layers) * float64(g.StateBytes) * float64(slots)
		least += token*float64(kept(g, context, 0)) + state
		greatest += token*float64(kept(g, context, batch))*float64(slots) + state
	}
	return whole(least), whole(greatest)
}

// kept is how many tokens a layer of the group has in its cache.
func kept(g backend.LayerGroup, context, more int) int {
	if g.Window <= 0 {
		return max(context, 0)
	}
	return min(max(context, 0), g.Window+more)
}

// whole is a figure as bytes.
func whole(v float64) int64 { return int64(min(max(v, 0), most)) }
