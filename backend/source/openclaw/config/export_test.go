package config

import (
	"os"

	"pilotlight/backend/json5"
)

// HashOf is the hash of a text.
func HashOf(text []byte) string { return hashOf(text) }

// GatewaySays is what a line of the log says, as a number, and its detail.
func GatewaySays(line []byte) (int, string) {
	w, detail := gatewaySays(line)
	return int(w), detail
}

// Swap puts the text of temp in the place of path, if that has the hash old.
func Swap(temp, path, old string) error {
	h, err := os.OpenFile(temp, os.O_WRONLY, 0)
	if err != nil {
		return err
	}
	defer h.Close()
	f := file{path: path, real: path, exists: true}
	return f.swap(h, old)
}

// MaskBroken takes the secrets out of a text that may be anything.
func MaskBroken(text []byte) []byte { return masker{key: []byte("k")}.maskBroken(text).text }

// MaskAndBack masks a text and puts its secrets back; false if it is no JSON5.
func MaskAndBack(text []byte) (masked, back []byte, ok bool, err error) {
	d, perr := json5.Parse(text)
	if perr != nil {
		return nil, nil, false, nil //nolint:nilerr // ok tells it
	}
	m := masker{key: []byte("k")}
	out := m.mask(d)
	back, err = m.unmask(out.text, func(mark string) (secret, bool) { s, ok := out.secrets[mark]; return s, ok }, nil)
	return out.text, back, true, err
}
