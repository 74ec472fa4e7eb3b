package lmstudio_test

import (
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"

	"pilotlight/backend"
	"pilotlight/backend/source/lmstudio"
	"pilotlight/backend/source/lmstudio/lmstudiotest"
)

func TestModelPaths(t *testing.T) {
	models := []lmstudiotest.Model{
		{Key: "qwen3-4b", Path: "lmstudio-community/Qwen3-4B-GGUF/Qwen3-4B-Q4_K_M.gguf"},
		{Key: "qwen/qwen3-30b"}, {Key: "embed", Type: lmstudiotest.Embedding, Path: "nomic-ai/nomic.gguf"},
	}
	for _, version := range []string{"0.4.25", "0.3.30"} {
		t.Run(version, func(t *testing.T) {
			_, c := play(t, lmstudiotest.Options{Models: models, Version: version})
			got, err := c.ModelPaths(t.Context())
			want := map[string]string{"qwen3-4b": "lmstudio-community/Qwen3-4B-GGUF/Qwen3-4B-Q4_K_M.gguf", "qwen/qwen3-30b": "qwen/qwen3-30b", "embed": "nomic-ai/nomic.gguf"}
			if err != nil || !reflect.DeepEqual(got, want) {
				t.Errorf("paths %v, %v", got, err)
			}
		})
	}
	t.Run("no WebSocket", func(t *testing.T) {
		_, c := play(t, lmstudiotest.Options{Models: models, NoWebSocket: true})
		_, err := c.ModelPaths(t.Context())
		wantCode(t, err, backend.CodeUnsupported)
	})
}

func TestReadPreferences(t *testing.T) {
	for name, c := range map[string]struct {
		settings string // "" for no file
		want     lmstudio.Preferences
	}{
		"no file":             {"", lmstudio.Preferences{ModelsFolder: "HOME/models"}},
		"as installed":        {`{"downloadsFolder":"HOME/models","defaultContextLength":{"type":"custom","value":8192},"developer":{"jitModelTTL":{"enabled":true}}}`, lmstudio.Preferences{ModelsFolder: "HOME/models", Context: 8192}},
		"another disk":        {`{"downloadsFolder":"/Volumes/Models/"}`, lmstudio.Preferences{ModelsFolder: "/Volumes/Models"}},
		"all of the context":  {`{"defaultContextLength":{"type":"max"}}`, lmstudio.Preferences{ModelsFolder: "HOME/models", LongestContext: true}},
		"a folder by half":    {`{"downloadsFolder":"models"}`, lmstudio.Preferences{ModelsFolder: "HOME/models"}},
		"values of odd types": {`{"downloadsFolder":7,"defaultContextLength":{"type":"custom","value":"8192"}}`, lmstudio.Preferences{ModelsFolder: "HOME/models"}},
		"an older form":       {`{"defaultContextLength":4096}`, lmstudio.Preferences{ModelsFolder: "HOME/models"}},
		"no JSON":             {`{"downloadsFolder":"/Volumes`, lmstudio.Preferences{ModelsFolder: "HOME/models"}},
		"below zero":          {`{"defaultContextLength":{"type":"custom","value":-1}}`, lmstudio.Preferences{ModelsFolder: "HOME/models"}},
	} {
		t.Run(name, func(t *testing.T) {
			user := t.TempDir()
			home := filepath.Join(user, ".lmstudio")
			if err := os.Mkdir(home, 0o700); err != nil {
				t.Fatal(err)
			}
			if c.settings != "" {
				if err := os.WriteFile(filepath.Join(home, "settings.json"), []byte(strings.ReplaceAll(c.settings, "HOME", home)), 0o600); err != nil {
					t.Fatal(err)
				}
			}
			want := c.want
			want.ModelsFolder = strings.ReplaceAll(want.ModelsFolder, "HOME", home)
			if got := lmstudio.ReadPreferences(user); got != want {
				t.Errorf("got %+v, want %+v", got, want)
			}
		})
	}
	if got := lmstudio.ReadPreferences(t.TempDir()); got != (lmstudio.Preferences{}) {
		t.Errorf("without LM Studio: %+v", got)
	}
}
