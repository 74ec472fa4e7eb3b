package storetest

import (
	"fmt"
	"math/rand/v2"
	"strings"
	"time"

	"pilotlight/backend"
)

// ConfigPath is where a made-up config lies.
const ConfigPath = "/home/ada/.openclaw/openclaw.json"

// words are what comments are made of.
var words = strings.Fields(`the model answers slowly when its context is large so keep it small until more memory
	is there fallback only for nights ask Grace before changing this quota ends monthly tried another quantization
	which forgot half of every question see notes from spring key lives in environment not here never commit`)

// Config is a made-up config of OpenClaw of about size bytes after n edits: each
// edit changes one number of one model. No two of its models are alike, and each
// has a comment of its own, so that it packs no better than one that people wrote.
func Config(n, size int) string {
	random := rand.New(rand.NewPCG(3, uint64(size)))
	models := max(size/modelBytes, 1)
	var b strings.Builder
	b.WriteString("{\n  // Kept by hand. The gateway reads it again by itself.\n  models: {\n    mode: \"merge\",\n    providers: {\n")
	for i := range models {
		// How many of the edits met this model.
		edits := (n + models - 1 - i) / models
		writeModel(&b, random, i, 4096+edits)
	}
	b.WriteString("    },\n  },\n}\n")
	return b.String()
}

// modelBytes is about what writeModel writes.
const modelBytes = 510

func writeModel(b *strings.Builder, random *rand.Rand, i, context int) {
	fmt.Fprintf(b, "      // %s\n", sentence(random, 8+random.IntN(16)))
	fmt.Fprintf(b, "      \"host-%x\": {\n", random.Uint32())
	fmt.Fprintf(b, "        baseUrl: \"http://192.168.%d.%d:%d/v1\",\n", random.IntN(256), random.IntN(256), 1024+random.IntN(60000))
	fmt.Fprintf(b, "        apiKey: \"${KEY_%X}\",\n        api: 'openai-responses',\n", random.Uint64())
	fmt.Fprintf(b, "        models: [{ id: \"%s/%s-%db\", name: \"%s\", // %s\n", words[random.IntN(len(words))],
		words[random.IntN(len(words))], random.IntN(400), sentence(random, 3), sentence(random, 4+random.IntN(8)))
	fmt.Fprintf(b, "          contextWindow: %d, maxTokens: %d, cost: { input: %.3f, output: %.3f },\n", context,
		256+random.IntN(9000), random.Float64()*9, random.Float64()*30)
	fmt.Fprintf(b, "          order: %d, reasoning: %t }],\n      },\n", i, random.IntN(2) == 0)
}

func sentence(random *rand.Rand, n int) string {
	list := make([]string, n)
	for i := range list {
		list[i] = words[random.IntN(len(words))]
	}
	return strings.Join(list, " ")
}

// Revision is number n of a made-up config's revisions: of Config(n, size), a
// minute after the one before.
func Revision(n, size int, start time.Time) backend.Revision {
	text := Config(n, size)
	return backend.Revision{
		At: backend.At(start.Add(time.Duration(n) * time.Minute)), Author: backend.AuthorPage, Path: ConfigPath,
		Hash: Hash(n), ParentHash: Hash(n - 1), Bytes: int64(len(text)), Text: text,
		Diff: fmt.Sprintf("--- %[1]s\n+++ %[1]s\n@@ -9,7 +9,7 @@\n-          contextWindow: %[2]d,\n+          contextWindow: %[3]d,\n",
			ConfigPath, 4095+n, 4096+n),
		Note: fmt.Sprintf("Context of the model to %d", 4096+n),
	}
}

// Hash has the form of a sha256 in hex, and another one for each n.
func Hash(n int) string { return fmt.Sprintf("%064x", n+1) }
