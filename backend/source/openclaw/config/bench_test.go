package config_test

import (
	"context"
	"fmt"
	"strings"
	"testing"

	"github.com/tailscale/hujson"

	"pilotlight/backend"
	"pilotlight/backend/json5"
	"pilotlight/backend/rule/modelconfig"
)

// big is a config in JSON with comments, of about so many lines: what hujson reads too.
func big(lines int) string {
	var b strings.Builder
	b.WriteString("{\n  \"gateway\": {\"mode\": \"local\"},\n  \"agents\": {\"defaults\": {\"model\": {\"primary\": \"p0/m0\"}}},\n  \"models\": {\n    \"mode\": \"merge\",\n    \"providers\": {\n")
	n := lines / 10
	for i := range n {
		fmt.Fprintf(&b, "      // provider %d\n      \"p%d\": {\n        \"baseUrl\": \"http://127.0.0.1:%d/v1\",\n        \"apiKey\": \"key-number-%d\", // mine\n        \"api\": \"openai-responses\",\n        \"models\": [\n"+
			"          {\"id\": \"m0\", \"name\": \"Model\", \"contextWindow\": 65536, \"maxTokens\": 8192},\n        ],\n      },\n", i, i, 1000+i, i)
		if i+1 < n {
			b.WriteString("\n")
		}
	}
	b.WriteString("    },\n  },\n}\n")
	return b.String()
}

// oneMegabyte has about 1 MB.
func oneMegabyte() []byte { return []byte(big(35_000)) }

func BenchmarkParseEditPack(b *testing.B) {
	text := oneMegabyte()
	b.SetBytes(int64(len(text)))
	for b.Loop() {
		d, err := json5.Parse(text)
		if err != nil {
			b.Fatal(err)
		}
		if err := d.Set(json5.Path{"models", "providers", "p1700", "api"}, "ollama"); err != nil {
			b.Fatal(err)
		}
		_ = d.Bytes()
	}
}

func BenchmarkParsePatchPackHujson(b *testing.B) {
	text := oneMegabyte()
	patch := []byte(`[{"op":"replace","path":"/models/providers/p1700/api","value":"ollama"}]`)
	b.SetBytes(int64(len(text)))
	for b.Loop() {
		v, err := hujson.Parse(text)
		if err != nil {
			b.Fatal(err)
		}
		if err := v.Patch(patch); err != nil {
			b.Fatal(err)
		}
		_ = v.Pack()
	}
}

// benchFile lays a config for a benchmark.
func benchFile(b *testing.B, text string) *bench {
	t := &testing.T{}
	x := &bench{T: t, dir: b.TempDir()}
	x.path, x.log = x.dir+"/openclaw.json", x.dir+"/openclaw.log"
	x.put(x.path, text)
	x.src = x.source()
	return x
}

func BenchmarkSave(b *testing.B) {
	x := benchFile(b, configText(b))
	for i := 0; b.Loop(); i++ {
		d := x.open()
		c, err := d.Apply([]backend.ConfigEdit{set("gateway.port", fmt.Sprint(1+i%60000))})
		if err != nil {
			b.Fatal(err)
		}
		if _, err := x.src.Write(context.Background(), c, d.Hash()); err != nil {
			b.Fatal(err)
		}
	}
}

func configText(*testing.B) string {
	return strings.ReplaceAll(big(50), "p0/m0", "lmstudio/x")
}

func BenchmarkOpenForm5000Lines(b *testing.B) {
	x := benchFile(b, big(5000))
	for b.Loop() {
		d := x.open()
		in := modelconfig.Input{Config: d.Values(), Version: "2026.9.6"}
		doc := d.Doc()
		doc.Issues, doc.Form = append(doc.Issues, modelconfig.Check(in)...), modelconfig.Form(in)
		d.Locate(doc.Issues)
	}
}
