package modelfile

import "pilotlight/backend"

// layer is what one layer keeps.
type layer struct {
	key, value int // elements for each token
	window     int // tokens, 0 for all
	state      int64
}

// maxWidth bounds what a layer may keep of one token, in elements; real ones
// are below 33,000 (an early 65B without shared KV heads has 2·8192).
const maxWidth = 1 << 20

// maxState bounds what a recurrent layer may keep, in bytes.
const maxState = 1 << 34

// grouped puts equal layers together, in the order in which they come up.
func grouped(layers []layer) []backend.LayerGroup {
	at := map[layer]int{}
	groups := []backend.LayerGroup{}
	for _, l := range layers {
		if l == (layer{}) {
			continue
		}
		i, known := at[l]
		if !known {
			i = len(groups)
			at[l] = i
			groups = append(groups, backend.LayerGroup{KeyWidth: l.key, ValueWidth: l.value, Window: l.window, StateBytes: l.state})
		}
		groups[i].Layers++
	}
	return groups
}

// sane says whether a layer can be believed.
func (l layer) sane() bool {
	return l.key >= 0 && l.key <= maxWidth && l.value >= 0 && l.value <= maxWidth && l.window >= 0 && l.state >= 0 && l.state <= maxState
}

// slides says of each layer whether it looks back no further than its window:
// all but the last of every period, or all but the first.
func slides(layer, period int, fullFirst bool) bool {
	switch {
	case period == 0:
		return true
	case fullFirst:
		return layer%period != 0
	}
	return layer%period < period-1
}
