package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"time"

	"github.com/tailscale/hujson"

	"pilotlight/backend"
	"pilotlight/backend/agent"
	"pilotlight/backend/face/client"
	"pilotlight/backend/json5"
)

const (
	configEdits   = 15 // of a megabyte, by each of the two
	configSaves   = 101
	configOpens   = 21
	longProviders = 51 // what 5,000 lines have
	bytesOfMB     = 1_000_000
)

// config measures what the editing of OpenClaw's config costs.
func (b *bench) config() error {
	for _, step := range []func() error{b.editText, b.saveConfig, b.openConfig} {
		if err := step(); err != nil {
			return err
		}
	}
	return nil
}

// modelsOfEach is how many models a provider has in the configs that are measured.
const modelsOfEach = 10

// writtenConfig is a config as people write it, in JSON with comments and trailing
// commas, so that hujson reads it too. A provider has 98 lines.
func writtenConfig(providers int, log string) []byte {
	var t bytes.Buffer
	fmt.Fprintf(&t, `{
  // The box in the cupboard.
  "gateway": {"mode": "local"},
  "logging": {"file": %q},
  "agents": {"defaults": {"model": {"primary": "p0/m0"}}},
  "models": {
    "mode": "merge", // keep the hosted ones
    "providers": {
`, log)
	for i := range providers {
		fmt.Fprintf(&t, `      // provider %d
      "p%[1]d": {
        "baseUrl": "http://127.0.0.1:%d/v1",
        "apiKey": "key-number-%[1]d", // mine
        "api": "openai-responses",
        "models": [
`, i, 10_000+i%50_000)
		for j := range modelsOfEach {
			fmt.Fprintf(&t, `          {
            "id": "m%d",
            "name": "Model %[1]d", // a good one
            "reasoning": false,
            "input": ["text"],
            "cost": {"input": 0, "output": 0, "cacheRead": 0, "cacheWrite": 0},
            "contextWindow": 65536,
            "maxTokens": 8192,
          },
`, j)
		}
		t.WriteString("        ],\n      },\n")
	}
	t.WriteString("    },\n  },\n}\n")
	return t.Bytes()
}

// editText reads a megabyte, changes one value in the middle and writes the text: as
// Pilotlight does and as hujson does with its own, in turns on the same text.
func (b *bench) editText() error {
	providers := 1
	for len(writtenConfig(providers, "/openclaw.log")) < bytesOfMB {
		providers += 5
	}
	text := writtenConfig(providers, "/openclaw.log")
	name := fmt.Sprintf("p%d", providers/2)
	ours := func() ([]byte, error) {
		doc, err := json5.Parse(text)
		if err == nil {
			err = doc.Set(json5.Path{"models", "providers", name, "api"}, "ollama")
		}
		if err != nil {
			return nil, err
		}
		return doc.Bytes(), nil
	}
	patch := fmt.Appendf(nil, `[{"op":"replace","path":"/models/providers/%s/api","value":"ollama"}]`, name)
	theirs := func() ([]byte, error) {
		value, err := hujson.Parse(text)
		if err == nil {
			err = value.Patch(patch)
		}
		return value.Pack(), err
	}
	var took [2][]float64
	for range configEdits {
		var results [2][]byte
		for n, edit := range []func() ([]byte, error){ours, theirs} {
			runtime.GC() // what the other one left is not this one's
			started := time.Now()
			result, err := edit()
			if err != nil {
				return err
			}
			took[n], results[n] = append(took[n], float64(time.Since(started).Microseconds())/1000), result
		}
		if !bytes.Equal(results[0], results[1]) || bytes.Equal(results[0], text) {
			return fmt.Errorf("the two edits of %s differ", name)
		}
	}
	b.add(fmt.Sprintf("parse + edit + pack of %.1f MB JSON5, against hujson's", float64(len(text))/bytesOfMB), median(took[0])/median(took[1]), "%.2f", 1.5, "times")
	b.note("  of them ours, hujson's", fmt.Sprintf("%.1f ms, %.1f ms", median(took[0]), median(took[1])))
	return nil
}

// withConfig gives the person another config while something is measured.
func (b *bench) withConfig(providers int, measure func(*client.Client) error) error {
	path := filepath.Join(b.person.home, ".openclaw", "openclaw.json")
	before, err := os.ReadFile(path)
	if err != nil {
		return err
	}
	defer func() { _ = os.WriteFile(path, before, 0o600) }()
	if err := os.WriteFile(path, writtenConfig(providers, b.person.log), 0o600); err != nil {
		return err
	}
	c := client.New(agent.SocketPath(b.home))
	defer c.Close()
	if err := known(c); err != nil {
		return err
	}
	return measure(c)
}

// known waits until the agent has met the new file by itself and kept its state.
func known(c *client.Client) error {
	ctx := context.Background()
	for range 300 {
		doc, err := c.Config(ctx)
		if err != nil {
			return err
		}
		page, err := c.Revisions(ctx, 0, 1)
		if err != nil {
			return err
		}
		if len(page.Items) == 1 && page.Items[0].Hash == doc.Hash {
			return nil
		}
		time.Sleep(100 * time.Millisecond)
	}
	return errors.New("the agent does not see another config")
}

// saveConfig changes one value after the other, as the page's button does: the file
// and its revision are on the disk when the answer comes. What OpenClaw itself says
// is not in it, so no openclaw command may be installed.
func (b *bench) saveConfig() error {
	for _, of := range []struct {
		name      string
		providers int
		target    float64
	}{{"save of a config of 100 lines, fsync and revision included", 1, 20}, {"  of 5,000 lines", longProviders, 0}} {
		var took []float64
		err := b.withConfig(of.providers, func(c *client.Client) (err error) {
			took, err = saves(c)
			return err
		})
		if err != nil {
			return err
		}
		if of.target == 0 {
			b.note(of.name, fmt.Sprintf("%.1f ms", median(took)))
			continue
		}
		b.add(fmt.Sprintf("%s (median of %d)", of.name, configSaves), median(took), "%.1f", of.target, "ms")
	}
	return nil
}

// saves gives the milliseconds of each.
func saves(c *client.Client) ([]float64, error) {
	ctx := context.Background()
	doc, err := c.Config(ctx)
	if err != nil {
		return nil, err
	}
	var took []float64
	for n, hash := 0, doc.Hash; n < configSaves; n++ {
		edit := backend.ConfigEdit{Path: "models.providers.p0.models[0].maxTokens", Value: json.RawMessage(fmt.Sprint(4096 + n))}
		started := time.Now()
		saved, err := c.ChangeConfig(ctx, hash, backend.ConfigChange{Edits: []backend.ConfigEdit{edit}}, backend.AuthorPage, false)
		if err != nil {
			return nil, err
		}
		took = append(took, float64(time.Since(started).Microseconds())/1000)
		if !saved.Saved || saved.Revision == nil || saved.Doc == nil || saved.Doc.Hash == hash {
			return nil, fmt.Errorf("save %d: %+v", n, saved)
		}
		hash = saved.Doc.Hash
	}
	return took, nil
}

// openConfig is what stands between a click and the form: what the agent sends of a long
// config, and what it makes of a first change of it.
func (b *bench) openConfig() error {
	return b.withConfig(longProviders, func(c *client.Client) error {
		ctx := context.Background()
		var gets, drafts []float64
		lines := 0
		for n := range configOpens {
			started := time.Now()
			doc, err := c.Config(ctx)
			if err != nil {
				return err
			}
			gets = append(gets, float64(time.Since(started).Microseconds())/1000)
			if doc.Form == nil || len(doc.Form.Providers) != longProviders {
				return fmt.Errorf("the form of the long config lacks providers: %d bytes", len(doc.Text))
			}
			lines = strings.Count(doc.Text, "\n")
			alias := fmt.Sprint("Box ", n)
			started = time.Now()
			plan, err := c.DraftConfig(ctx, backend.ConfigChange{Wishes: []backend.ConfigWish{{Alias: &backend.AliasWish{Ref: "p0/m0", Alias: alias}}}})
			if err != nil {
				return err
			}
			drafts = append(drafts, float64(time.Since(started).Microseconds())/1000)
			if !strings.Contains(plan.Diff, alias) {
				return fmt.Errorf("the draft lacks the alias: %s", plan.Diff)
			}
		}
		b.add(fmt.Sprintf("GET /api/config of %d lines (median of %d)", lines, configOpens), median(gets), "%.0f", 300, "ms")
		b.note("  POST /api/config/draft of one change", fmt.Sprintf("%.0f ms", median(drafts)))
		return b.openPage(c, lines)
	})
}
