package config

import (
	"os"
	"time"

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
	return f.swap(h, h.Name(), old)
}

// StandsAsSeen looks at a config that has a text, now and after each change: whether it
// has the text still.
func StandsAsSeen(path string, text []byte, now func() time.Time, changes ...func()) (stands []bool) {
	s := standing{path: path, hash: hashOf(text)}
	for _, change := range changes {
		change()
		stands = append(stands, s.stands(now()))
	}
	return stands
}

// Tail reads what is added to the log that path names.
func Tail(path func() string) (read func() string) {
	t := tail{}
	t.start(path())
	return func() (lines string) {
		t.read(path(), func(line []byte) { lines += string(line) + "\n" })
		return lines
	}
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
