package config_test

import (
	"context"
	"encoding/json"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"pilotlight/backend"
	"pilotlight/backend/source/openclaw"
	"pilotlight/backend/source/openclaw/config"
)

// bench is a folder with one config in it.
type bench struct {
	*testing.T
	dir, path, log string
	src            *config.Source
}

// lay puts a config with a text into a folder of its own; "" leaves it missing.
func lay(t *testing.T, text string, vars ...string) *bench {
	t.Helper()
	b := &bench{T: t, dir: t.TempDir()}
	b.path, b.log = filepath.Join(b.dir, "openclaw.json"), filepath.Join(b.dir, "openclaw.log")
	if text != "" {
		b.put(b.path, text)
	}
	b.src = b.source(vars...)
	return b
}

// inMemory moves a bench to a disk in memory where there is one: what is raced
// there is the steps, not the speed of a disk.
func (b *bench) inMemory() *bench {
	b.Helper()
	dir, err := os.MkdirTemp("/dev/shm", "pilotlight-test-")
	if err != nil {
		return b
	}
	b.Cleanup(func() { os.RemoveAll(dir) })
	text := b.text()
	b.dir, b.path = dir, filepath.Join(dir, "openclaw.json")
	b.put(b.path, text)
	b.src = b.source()
	return b
}

func (b *bench) source(vars ...string) *config.Source {
	env := map[string]string{"OPENCLAW_CONFIG_PATH": b.path, "OPENCLAW_STATE_DIR": b.dir, "HOME": b.dir}
	for i := 0; i+1 < len(vars); i += 2 {
		env[vars[i]] = vars[i+1]
	}
	return config.New(config.Options{
		Env:     openclaw.Env{Getenv: func(k string) string { return env[k] }, Home: b.dir, UID: -1},
		MaskKey: []byte("a key of the tests"),
		Log:     func(time.Time) string { return b.log },
	})
}

func (b *bench) put(path, text string) {
	b.Helper()
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		b.Fatal(err)
	}
}

func (b *bench) text() string { return read(b.T, b.path) }

func read(t *testing.T, path string) string {
	t.Helper()
	text, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

func (b *bench) open() *config.Document { return b.src.Open(b.path) }

func set(path, value string) backend.ConfigEdit {
	return backend.ConfigEdit{Path: path, Value: json.RawMessage(value)}
}

func unset(path string) backend.ConfigEdit { return backend.ConfigEdit{Path: path, Unset: true} }

// apply makes edits that must be possible.
func apply(t *testing.T, d *config.Document, edits ...backend.ConfigEdit) *config.Candidate {
	t.Helper()
	c, err := d.Apply(edits)
	if err != nil {
		t.Fatalf("apply: %v", err)
	}
	return c
}

// save applies edits and writes them.
func (b *bench) save(edits ...backend.ConfigEdit) *config.Written {
	b.Helper()
	d := b.open()
	w, err := b.src.Write(context.Background(), apply(b.T, d, edits...), d.Hash())
	if err != nil {
		b.Fatalf("write: %v", err)
	}
	return w
}

func wantCode(t *testing.T, err error, code backend.Code, words ...string) *backend.Error {
	t.Helper()
	e, ok := errors.AsType[*backend.Error](err)
	if !ok || e.Code != code {
		t.Fatalf("error %v, want code %s", err, code)
	}
	if e.Message == "" || e.Hint == "" {
		t.Errorf("error without message or hint: %+v", e)
	}
	for _, w := range words {
		if !strings.Contains(e.Message+" "+e.Hint, w) {
			t.Errorf("error %q %q does not speak of %q", e.Message, e.Hint, w)
		}
	}
	return e
}

// configs are the real-looking ones.
func configs(t *testing.T) map[string]string {
	t.Helper()
	names, err := filepath.Glob("testdata/configs/*")
	if err != nil || len(names) < 10 {
		t.Fatalf("%d configs, %v", len(names), err)
	}
	all := map[string]string{}
	for _, n := range names {
		all[filepath.Base(n)] = read(t, n)
	}
	return all
}

func noTemp(t *testing.T, dir string) {
	t.Helper()
	left, _ := filepath.Glob(filepath.Join(dir, ".pilotlight-*"))
	if len(left) > 0 {
		t.Errorf("left behind: %v", left)
	}
}
