package config_test

import (
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"pilotlight/backend"
	"pilotlight/backend/source/openclaw/config"
)

// rival writes like OpenClaw: it reads, changes, writes the whole file anew
// without comments, compares with what it read, and renames. It says whether its
// write took place.
func rival(b *bench, n int) bool {
	before := read(b.T, b.path)
	var values map[string]any
	d := b.open()
	if err := d.Err(); err != nil {
		b.Errorf("a broken file: %v", err)
		return false
	}
	raw, _ := json.Marshal(d.Values())
	_ = json.Unmarshal(raw, &values)
	theirs, _ := values["rival"].(map[string]any)
	if theirs == nil {
		theirs = map[string]any{}
	}
	theirs[fmt.Sprintf("n%d", n)] = n
	values["rival"] = theirs
	text, _ := json.MarshalIndent(values, "", "  ")
	temp := filepath.Join(b.dir, fmt.Sprintf("openclaw.json.%d.tmp", n))
	b.put(temp, string(text)+"\n")
	if read(b.T, b.path) != before || config.HashOf([]byte(before)) != d.Hash() {
		os.Remove(temp)
		return false // "config changed since last load"
	}
	if err := os.Rename(temp, b.path); err != nil {
		b.Error(err)
	}
	return true
}

// TestNoUpdateIsLostBetweenTwoWriters lets both sides add 200 members each. What we
// write must never take away what the other wrote; what the other's rename takes
// from us in its own last moment is seen, and put back.
func TestNoUpdateIsLostBetweenTwoWriters(t *testing.T) {
	t.Parallel()
	b := lay(t, "{\n  // a comment\n  gateway: { mode: \"local\" },\n  ours: {},\n}\n").inMemory()
	const rounds = 200
	var wg sync.WaitGroup
	var theirs []int
	wg.Go(func() {
		for n := 0; n < rounds; n++ {
			for !rival(b, n) {
				if t.Failed() {
					return
				}
			}
			theirs = append(theirs, n)
		}
	})
	conflicts, redone := 0, 0
	for n := 0; n < rounds && !t.Failed(); n++ {
		edit := set(fmt.Sprintf("ours.n%d", n), fmt.Sprint(n))
		for !t.Failed() {
			d := b.open()
			if err := d.Err(); err != nil {
				t.Fatalf("a broken file: %v", err)
			}
			c := apply(t, d, edit)
			_, err := b.src.Write(t.Context(), c, d.Hash())
			if backend.CodeOf(err) == backend.CodeConflict {
				conflicts++
				continue
			}
			if err != nil {
				t.Fatal(err)
			}
			if b.open().Holds([]backend.ConfigEdit{edit}) {
				break
			}
			redone++
		}
	}
	wg.Wait()
	// The last of the rival's renames may have come after our last look.
	var all []backend.ConfigEdit
	for n := range rounds {
		all = append(all, set(fmt.Sprintf("ours.n%d", n), fmt.Sprint(n)))
	}
	if !b.open().Holds(all) {
		redone++
		b.save(all...)
	}
	var want []backend.ConfigEdit
	for _, n := range theirs {
		want = append(want, set(fmt.Sprintf("rival.n%d", n), fmt.Sprint(n)))
	}
	if len(want) != rounds || !b.open().Holds(want) {
		t.Errorf("of %d updates of the other some are lost: %s", len(want), b.text())
	}
	noTemp(t, b.dir)
	if left, _ := filepath.Glob(filepath.Join(b.dir, "*.tmp")); len(left) > 0 {
		t.Errorf("left %v", left)
	}
	t.Logf("%d conflicts, %d of ours put back", conflicts, redone)
}

// TestAReaderNeverSeesHalfAFile reads all the time while both write.
func TestAReaderNeverSeesHalfAFile(t *testing.T) {
	t.Parallel()
	b := lay(t, "{\n  gateway: { mode: \"local\" },\n  pad: \""+strings.Repeat("x", 100_000)+"\",\n}\n").inMemory()
	stop := make(chan struct{})
	var wg sync.WaitGroup
	wg.Go(func() {
		for {
			select {
			case <-stop:
				return
			default:
				if text := read(t, b.path); !strings.HasSuffix(text, "}\n") || len(text) < 100_000 {
					t.Errorf("half a file: %d bytes", len(text))
					return
				}
			}
		}
	})
	for n := range 50 {
		b.save(set("gateway.port", fmt.Sprint(n+1)))
	}
	close(stop)
	wg.Wait()
}
