package config_test

import (
	"fmt"
	"os"
	"path/filepath"
	"sync"
	"testing"

	"pilotlight/backend/source/openclaw/config"
)

// TestNobodyReadsATextThatIsTakenBack swaps ours in and, because it was made for
// another file, out again, while others read all the time.
func TestNobodyReadsATextThatIsTakenBack(t *testing.T) {
	t.Parallel()
	b := lay(t, "theirs").inMemory()
	stop := make(chan struct{})
	var wg sync.WaitGroup
	for range 2 {
		wg.Go(func() {
			for {
				select {
				case <-stop:
					return
				default:
				}
				if got, err := os.ReadFile(b.path); err != nil || string(got) != "theirs" {
					t.Errorf("read %q, %v", got, err)
					return
				}
			}
		})
	}
	for n := range 2000 {
		temp := filepath.Join(b.dir, fmt.Sprintf("ours-%d", n))
		b.put(temp, "ours")
		if err := config.Swap(temp, b.path, "the hash of another"); err == nil {
			t.Fatal("it was not taken back")
		}
		if err := os.Remove(temp); err != nil {
			t.Fatal(err)
		}
	}
	close(stop)
	wg.Wait()
}

// TestTheNewerOfTheirsStays lets the other write over ours while it stands where
// it does not stay.
func TestTheNewerOfTheirsStays(t *testing.T) {
	t.Parallel()
	b := lay(t, "theirs 0").inMemory()
	const rounds = 1000
	var wg sync.WaitGroup
	wg.Go(func() {
		for n := 1; n <= rounds; n++ {
			temp := filepath.Join(b.dir, fmt.Sprintf("theirs-%d", n))
			b.put(temp, fmt.Sprintf("theirs %d", n))
			if err := os.Rename(temp, b.path); err != nil {
				t.Error(err)
			}
		}
	})
	for n := range rounds {
		temp := filepath.Join(b.dir, fmt.Sprintf("ours-%d", n))
		b.put(temp, "ours")
		if err := config.Swap(temp, b.path, "the hash of another"); err == nil {
			t.Fatal("it was not taken back")
		}
	}
	wg.Wait()
	if got := b.text(); got != fmt.Sprintf("theirs %d", rounds) {
		t.Errorf("the last that they wrote is gone: %q stands", got)
	}
}
