package agent_test

import (
	"context"
	"os"
	"path/filepath"
	"strings"
	"sync/atomic"
	"testing"

	"pilotlight/backend"
	"pilotlight/backend/agent"
	"pilotlight/backend/source/lmstudio"
	"pilotlight/backend/source/lmstudio/lmstudiotest"
	"pilotlight/backend/source/modelfile/modelfiletest"
)

// modelsFolder is LM Studio's folder of models with these files in it.
func modelsFolder(t *testing.T, files map[string][]byte) string {
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

// noEstimates is a server that makes no estimate: 0.3.26 has a WebSocket that
// tells paths, and does not know the question.
const noEstimates = "0.3.26"

func TestFitByTheModelsFiles(t *testing.T) {
	t.Parallel()
	header := modelfiletest.MiniMax().Tokenizer(100).Bytes()
	config := []byte(`{"num_hidden_layers":10,"head_dim":64,"num_attention_heads":8,"num_key_value_heads":8}`)
	folder := modelsFolder(t, map[string][]byte{
		"acme/Hero-GGUF/hero.gguf":                    header,
		"mlx-community/Second-4bit/config.json":       config,
		"mlx-community/Second-4bit/model.safetensors": make([]byte, 5000),
	})
	r := start(t, lmstudiotest.Options{Version: noEstimates, Models: []lmstudiotest.Model{
		{Key: hero, MaxContext: 32768, Path: "acme/Hero-GGUF/hero.gguf"},
		{Key: second, SizeBytes: 5000, MaxContext: 8192, Format: lmstudiotest.MLX},
		{Key: "acme/third", SizeBytes: 700, MaxContext: 8192},
	}}, func(c *agent.Config, _ *lmstudio.Config) {
		c.ModelHome = func() agent.ModelHome { return agent.ModelHome{Folder: folder, Context: 4096} }
	})
	r.untilListed()
	ask := func(q backend.FitQuery) backend.WhatIf {
		t.Helper()
		got, err := r.api.Fit(context.Background(), q)
		if err != nil || got.Fit == nil {
			t.Fatalf("%+v, %v", got, err)
		}
		return got
	}
	r.until("a fit by the files", func(*backend.Status) bool {
		got, err := r.api.Fit(context.Background(), backend.FitQuery{Model: hero})
		return err == nil && got.Fit != nil && got.Fit.KVBytes != nil
	})
	got := ask(backend.FitQuery{Model: hero, Curve: true})
	if f := got.Fit; *f.ContextLength != 4096 || *f.KVBytes != 4096*253_952 || !strings.Contains(f.Basis, "GGUF header") || *f.WeightsBytes != int64(len(header)) {
		t.Errorf("fit %+v", f)
	}
	if n := len(got.Curve); n < 2 || got.Curve[n-1].ContextLength != 32768 || *got.Curve[n-1].KVBytes != 32768*253_952 || *got.FitsUpTo != 32768 {
		t.Errorf("curve %+v", got.Curve)
	}
	length, eight := 1024, 8
	got = ask(backend.FitQuery{Model: hero, ContextLength: &length, KVCache: "q8_0", Parallel: &eight})
	if f := got.Fit; *f.KVBytes != 1024*134_912 || *f.HighBytes != int64(3*len(header))+8*1024*134_912 {
		t.Errorf("of a smaller cache, eight at once: %+v", f)
	}
	st := r.until("a verdict", func(st *backend.Status) bool {
		f := st.Servers[0].Models[0].Fit
		return f != nil && f.Verdict == backend.Fits
	})
	if f := st.Servers[0].Models[1].Fit; f != nil {
		t.Errorf("v0 lists no sizes and the folder is not named by the key, but the second takes %+v", f)
	}
}

// The catalogue's keys say nothing of where the files lie: the size does.
func TestFitOfACatalogueModelByItsSize(t *testing.T) {
	t.Parallel()
	config := []byte(`{"num_hidden_layers":10,"head_dim":64,"num_attention_heads":8,"num_key_value_heads":8}`)
	folder := modelsFolder(t, map[string][]byte{
		"mlx-community/Second-4bit/config.json": config, "mlx-community/Second-4bit/model.safetensors": make([]byte, 5000),
		"acme/broken/hero.gguf": make([]byte, 600),
	})
	r := start(t, lmstudiotest.Options{NoWebSocket: true, Models: []lmstudiotest.Model{
		{Key: second, SizeBytes: 5000, MaxContext: 8192, Format: lmstudiotest.MLX}, {Key: hero, SizeBytes: 600, MaxContext: 8192},
	}}, func(c *agent.Config, lm *lmstudio.Config) {
		lm.NoWebSocket = true
		c.ModelHome = func() agent.ModelHome { return agent.ModelHome{Folder: folder, LongestContext: true} }
	})
	st := r.until("a fit by the files", func(st *backend.Status) bool {
		ms := st.Servers[0].Models
		return len(ms) == 2 && ms[0].Fit != nil && ms[0].Fit.KVBytes != nil && ms[0].Fit.LimitBytes != nil
	})
	f := st.Servers[0].Models[0].Fit
	if *f.ContextLength != 8192 || *f.KVBytes != 8192*10*1024*2 || f.Verdict != backend.Fits || *f.LowBytes >= *f.KVBytes {
		t.Errorf("fit %+v", f)
	}
	if f := st.Servers[0].Models[1].Fit; f.KVBytes != nil || f.Verdict == backend.TooBig {
		t.Errorf("of a broken file: %+v", f)
	}
}

// Files are read once for a list, and again for another.
func TestModelFilesAreReadSeldom(t *testing.T) {
	t.Parallel()
	var asked atomic.Int64
	r := start(t, lmstudiotest.Options{}, func(c *agent.Config, _ *lmstudio.Config) {
		c.ModelHome = func() agent.ModelHome { asked.Add(1); return agent.ModelHome{} }
	})
	r.untilListed()
	first := r.until("a look", func(st *backend.Status) bool { return asked.Load() > 0 }).Servers[0].CheckedAt
	r.until("ten more looks", func(st *backend.Status) bool { return st.Servers[0].CheckedAt.Sub(first.Time) > 10*agent.MinPoll })
	if n := asked.Load(); n != 1 {
		t.Errorf("looked for the files %d times", n)
	}
}
