package main

import (
	"os"
	"strings"
	"testing"
	"time"
)

// A report in a file on a full disk is not whole, and a script has to know.
func TestAFullDiskIsTold(t *testing.T) {
	t.Parallel()
	for _, args := range [][]string{{"version"}, {"version", "--json"}} {
		full, err := os.OpenFile("/dev/full", os.O_WRONLY, 0)
		if err != nil {
			t.Fatal(err)
		}
		var said strings.Builder
		code := run(t.Context(), world{args: args, out: full, err: &said, now: time.Now, getenv: func(string) string { return "" }})
		if code != exitFailed {
			t.Errorf("%v: exit code %d, said %q", args, code, said.String())
		}
		if want := "no space left"; args[len(args)-1] != "--json" && !strings.Contains(said.String(), want) {
			t.Errorf("%v said %q, want %q", args, said.String(), want)
		}
		_ = full.Close()
	}
}
