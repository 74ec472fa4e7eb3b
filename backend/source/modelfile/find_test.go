package modelfile_test

import (
	"bytes"
	"os"
	"path/filepath"
	"reflect"
	"testing"
	"time"

	"pilotlight/backend/source/modelfile"
	"pilotlight/backend/source/modelfile/modelfiletest"
)

const qwenConfig = `{"num_hidden_layers":2,"head_dim":64,"num_attention_heads":8,"num_key_value_heads":4}`

// folder is one of models as LM Studio makes it; the files are by path below it.
func folder(t *testing.T, files map[string][]byte) string {
	t.Helper()
	root := t.TempDir()
	for name, b := range files {
		path := filepath.Join(root, name)
		if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, b, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	return root
}

func bytesOf(n int) []byte { return bytes.Repeat([]byte{1}, n) }

func models(t *testing.T) string {
	return folder(t, map[string][]byte{
		"lmstudio-community/One-GGUF/One-Q4_K_M.gguf":                bytesOf(1000),
		"lmstudio-community/Two-GGUF/Two-Q4_K_M.gguf":                bytesOf(2000),
		"lmstudio-community/Two-GGUF/Two-Q8_0.gguf":                  bytesOf(4000),
		"lmstudio-community/Two-GGUF/mmproj-Two-F16.gguf":            bytesOf(300),
		"lmstudio-community/Split-GGUF/Split-Q4-00001-of-00003.gguf": bytesOf(10),
		"lmstudio-community/Split-GGUF/Split-Q4-00002-of-00003.gguf": bytesOf(20),
		"lmstudio-community/Split-GGUF/Split-Q4-00003-of-00003.gguf": bytesOf(30),
		"mlx-community/Qwen-4bit/config.json":                        []byte(qwenConfig),
		"mlx-community/Qwen-4bit/model-00001-of-00002.safetensors":   bytesOf(500),
		"mlx-community/Qwen-4bit/model-00002-of-00002.safetensors":   bytesOf(500),
		"mlx-community/Qwen-4bit/tokenizer.json":                     bytesOf(77),
		"mlx-community/Broken/config.json":                           []byte(qwenConfig), // the weights are not there yet
		"mlx-community/Empty/readme.md":                              bytesOf(5),
		"stray.gguf":                                                 bytesOf(1000),
	})
}

func TestFind(t *testing.T) {
	root := models(t)
	for _, c := range []struct {
		name, path string
		size       int64
		want       string
	}{
		{"a file", "lmstudio-community/One-GGUF/One-Q4_K_M.gguf", 0, "lmstudio-community/One-GGUF/One-Q4_K_M.gguf"},
		{"a folder with one", "lmstudio-community/One-GGUF", 0, "lmstudio-community/One-GGUF/One-Q4_K_M.gguf"},
		{"a folder with two, and no telling which", "lmstudio-community/Two-GGUF", 0, ""},
		{"the one of that size", "lmstudio-community/Two-GGUF", 4000, "lmstudio-community/Two-GGUF/Two-Q8_0.gguf"},
		{"with what lets it see", "lmstudio-community/Two-GGUF", 2300, "lmstudio-community/Two-GGUF/Two-Q4_K_M.gguf"},
		{"parts", "lmstudio-community/Split-GGUF", 60, "lmstudio-community/Split-GGUF/Split-Q4-00001-of-00003.gguf"},
		{"a later part", "lmstudio-community/Split-GGUF/Split-Q4-00002-of-00003.gguf", 60, "lmstudio-community/Split-GGUF/Split-Q4-00001-of-00003.gguf"},
		{"MLX", "mlx-community/Qwen-4bit", 1000, "mlx-community/Qwen-4bit/config.json"},
		{"MLX of a size that is counted otherwise", "mlx-community/Qwen-4bit", 999, "mlx-community/Qwen-4bit/config.json"},
		{"no weights", "mlx-community/Broken", 0, ""},
		{"nothing in it", "mlx-community/Empty", 0, ""},
		{"a key of the catalogue", "qwen/qwen3-4b", 1000, ""},
		{"outside", "../" + filepath.Base(root) + "/stray.gguf", 0, ""},
		{"outside by the root", filepath.Join(root, "stray.gguf"), 0, ""},
		{"no path", "", 0, ""},
		{"another kind of file", "mlx-community/Qwen-4bit/tokenizer.json", 0, ""},
	} {
		t.Run(c.name, func(t *testing.T) {
			got, ok := modelfile.Find(root, c.path, c.size)
			want := c.want
			if want != "" {
				want = filepath.Join(root, want)
			}
			if got.Path != want || ok != (want != "") || ok && got.Bytes < 1000 && got.Bytes != 60 {
				t.Errorf("found %+v, %t; want %q", got, ok, want)
			}
		})
	}
	if got, ok := modelfile.Find("", "x", 0); ok {
		t.Errorf("found %+v nowhere", got)
	}
}

func TestBySize(t *testing.T) {
	root := models(t)
	// A folder of models may be a link to a larger disk.
	linked := folder(t, nil)
	if err := os.Symlink(filepath.Join(root, "mlx-community"), filepath.Join(linked, "mlx-community")); err != nil {
		t.Fatal(err)
	}
	at := func(path string) string { return filepath.Join(root, path) }
	paths := func(found map[string]modelfile.File) map[string]string {
		all := map[string]string{}
		for key, f := range found {
			all[key] = f.Path
		}
		return all
	}
	got := paths(modelfile.BySize(root, map[string]int64{"qwen/one": 1000, "qwen/two": 4300, "split": 60, "mlx": 1077 + int64(len(qwenConfig)), "none": 123, "zero": 0}))
	delete(got, "qwen/one") // two are of that size: either has it right
	want := map[string]string{
		"qwen/two": at("lmstudio-community/Two-GGUF/Two-Q8_0.gguf"), "split": at("lmstudio-community/Split-GGUF/Split-Q4-00001-of-00003.gguf"),
		"mlx": at("mlx-community/Qwen-4bit/config.json"),
	}
	if !reflect.DeepEqual(got, want) {
		t.Errorf("found %v\nwant  %v", got, want)
	}
	if got := modelfile.BySize(linked, map[string]int64{"mlx": 1000}); got["mlx"].Path != filepath.Join(linked, "mlx-community/Qwen-4bit/config.json") {
		t.Errorf("through a link found %v", got)
	}
	for _, dir := range []string{"", filepath.Join(root, "nowhere"), filepath.Join(root, "stray.gguf")} {
		if got := modelfile.BySize(dir, map[string]int64{"x": 1}); len(got) != 0 {
			t.Errorf("in %q found %v", dir, got)
		}
	}
}

func TestReaderReadsAgainWhatChanged(t *testing.T) {
	root := folder(t, map[string][]byte{"m.gguf": modelfiletest.MiniMax().Bytes(), "config.json": []byte(qwenConfig), "pipe.gguf": []byte("GGUF")})
	path := filepath.Join(root, "m.gguf")
	var r modelfile.Reader
	layers := func() int {
		t.Helper()
		s, err := r.Read(path)
		if err != nil {
			t.Fatal(err)
		}
		return s.Groups[0].Layers
	}
	info, err := os.Stat(path)
	if err != nil {
		t.Fatal(err)
	}
	if n := layers(); n != 62 {
		t.Fatalf("%d layers", n)
	}
	// The same size and time: what was read stands, without reading.
	other := bytes.Replace(modelfiletest.MiniMax().Bytes(), []byte{62, 0, 0, 0}, []byte{61, 0, 0, 0}, 1)
	rewrite := func(when time.Time) {
		t.Helper()
		if err := os.WriteFile(path, other, 0o600); err != nil {
			t.Fatal(err)
		}
		if err := os.Chtimes(path, when, when); err != nil {
			t.Fatal(err)
		}
	}
	rewrite(info.ModTime())
	if n := layers(); n != 62 {
		t.Errorf("read again: %d layers", n)
	}
	rewrite(info.ModTime().Add(time.Second))
	if n := layers(); n != 61 {
		t.Errorf("did not read again: %d layers", n)
	}
	if s, err := r.Read(filepath.Join(root, "config.json")); err != nil || s.Groups[0].Layers != 2 {
		t.Errorf("config: %+v, %v", s, err)
	}
	for _, bad := range []string{"pipe.gguf", "nowhere.gguf", "."} {
		for range 2 {
			if s, err := r.Read(filepath.Join(root, bad)); err == nil {
				t.Errorf("%s: read %+v", bad, s)
			}
		}
	}
}

// The numbers of a model in parts stand in its first.
func TestReaderReadsTheFirstPart(t *testing.T) {
	root := folder(t, map[string][]byte{"m-00001-of-00002.gguf": modelfiletest.MiniMax().Bytes(), "m-00002-of-00002.gguf": new(modelfiletest.GGUF).Set("split.no", uint16(1)).Bytes()})
	var r modelfile.Reader
	s, err := r.Read(filepath.Join(root, "m-00002-of-00002.gguf"))
	if err != nil || s.Groups[0].Layers != 62 {
		t.Errorf("%+v, %v", s, err)
	}
}
