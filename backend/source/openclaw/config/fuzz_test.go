package config_test

import (
	"bytes"
	"os"
	"path/filepath"
	"testing"

	"pilotlight/backend/source/openclaw/config"
)

// FuzzMask holds two things for any text: masking never fails, and what was masked
// comes back byte for byte.
func FuzzMask(f *testing.F) {
	names, _ := filepath.Glob("testdata/configs/*")
	for _, n := range names {
		if text, err := os.ReadFile(n); err == nil {
			f.Add(text)
		}
	}
	f.Add([]byte(`{apiKey:'a\'b"c',x:"https://u:p@h?key=k&token=t",headers:{a:["s",{b:"t"}]},/* token: "abc" */}`))
	f.Fuzz(func(t *testing.T, text []byte) {
		config.MaskBroken(text)
		if bytes.Contains(text, []byte("__PILOTLIGHT_SECRET")) {
			return // such a text is refused
		}
		masked, back, ok, err := config.MaskAndBack(text)
		if ok && (err != nil || !bytes.Equal(back, text)) {
			t.Errorf("%q became %q and came back as %q: %v", text, masked, back, err)
		}
	})
}
