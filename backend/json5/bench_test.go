package json5_test

import (
	"fmt"
	"strings"
	"testing"

	"pilotlight/backend/json5"
)

// large is a configuration of about n bytes, of the kind that people write.
func large(n int) []byte {
	var b strings.Builder
	b.WriteString("{\n  models: {\n")
	for i := 0; b.Len() < n; i++ {
		fmt.Fprintf(&b, "    // model %d\n    'lmstudio/model-%d': { alias: 'm%d', params: { temperature: .7, top: 0x%x } }, // \"ok\"\n", i, i, i, i)
	}
	b.WriteString("  },\n}\n")
	return []byte(b.String())
}

func BenchmarkParse(b *testing.B) {
	for _, n := range []int{1 << 16, 1 << 20, 1 << 24} {
		b.Run(fmt.Sprint(n>>10, "KB"), func(b *testing.B) {
			text := large(n)
			b.SetBytes(int64(len(text)))
			b.ReportAllocs()
			for b.Loop() {
				if _, err := json5.Parse(text); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}

func BenchmarkStandard(b *testing.B) {
	text := large(1 << 20)
	b.SetBytes(int64(len(text)))
	b.ReportAllocs()
	for b.Loop() {
		if _, err := json5.Standard(text); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkEditOf1MB(b *testing.B) {
	d, err := json5.Parse(large(1 << 20))
	if err != nil {
		b.Fatal(err)
	}
	p := json5.Path{"models", "lmstudio/new"}
	for b.Loop() {
		if err := d.Set(p, map[string]string{"alias": "new"}); err != nil {
			b.Fatal(err)
		}
		if err := d.Unset(p); err != nil {
			b.Fatal(err)
		}
	}
}
