package config

// HashOf is the hash of a text.
func HashOf(text []byte) string { return hashOf(text) }

// GatewaySays is what a line of the log says, as a number, and its detail.
func GatewaySays(line []byte) (int, string) {
	w, detail := gatewaySays(line)
	return int(w), detail
}
