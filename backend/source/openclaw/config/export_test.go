package config

// HashOf is the hash of a text.
func HashOf(text []byte) string { return hashOf(text) }

// GatewaySays is what a line of the log says, as a number, and its detail.
func GatewaySays(line []byte) (int, string) {
	w, detail := gatewaySays(line)
	return int(w), detail
}

// Swap puts the text of temp in the place of path, if that has the hash old.
func Swap(temp, path, old, new string) error {
	f := file{path: path, real: path, exists: true}
	return f.swap(temp, old, new)
}
