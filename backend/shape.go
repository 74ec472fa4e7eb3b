package backend

// Shape is what of a model's architecture decides how much memory a context
// takes, as its own files tell it. The zero value tells nothing.
type Shape struct {
	Source     string       // where it was read, in words: "its GGUF header"
	Groups     []LayerGroup // every layer that keeps something, equal ones together
	MaxContext int          // tokens; 0 is not known
	FileBytes  int64        // of the weights' files together; 0 is not known
}

// LayerGroup is layers that keep the same for each token they have seen.
type LayerGroup struct {
	Layers int
	// KeyWidth and ValueWidth are the elements that one layer caches for each
	// token: KV heads times the size of a head, or the rank of a compressed cache.
	KeyWidth, ValueWidth int
	// Window is how many tokens back a layer looks and so caches; 0 is all.
	Window int
	// StateBytes is what one layer keeps of one conversation however long it is:
	// the state of a recurrent (linear, SSM) layer.
	StateBytes int64
}
