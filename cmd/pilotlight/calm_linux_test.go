//go:build cgo

package main

import (
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
)

// TestOnlyTheFirstThreadIsInNoHurry: of all threads of this program the first that Go
// started may wake up late, and the others as usual.
func TestOnlyTheFirstThreadIsInNoHurry(t *testing.T) {
	paths, err := filepath.Glob("/proc/self/task/*")
	if err != nil {
		t.Fatal(err)
	}
	var threads []int
	for _, p := range paths {
		id, err := strconv.Atoi(filepath.Base(p))
		if err != nil {
			t.Fatal(err)
		}
		threads = append(threads, id)
	}
	slices.Sort(threads) // numbers are given in their order, but where they begin anew
	if len(threads) < 3 || threads[0] != os.Getpid() {
		t.Skip("the threads are not in their order")
	}
	usual := slackOf(t, threads[0])
	if usual == slackOf(t, threads[1]) {
		t.Errorf("the first thread that Go started is in as much of a hurry as the one before, %d ns", usual)
	}
	for _, id := range threads[2:] {
		if got := slackOf(t, id); got != usual {
			t.Errorf("a later thread may be late by %d ns, and the first one by %d", got, usual)
		}
	}
}

func slackOf(t *testing.T, thread int) int {
	t.Helper()
	text, err := os.ReadFile(fmt.Sprintf("/proc/%d/timerslack_ns", thread))
	if err != nil {
		t.Skip("the system does not tell:", err) // of another thread only to who may change it
	}
	ns, err := strconv.Atoi(strings.TrimSpace(string(text)))
	if err != nil {
		t.Fatal(err)
	}
	return ns
}
