package main

import (
	"bytes"
	"os"
	"path/filepath"
	"regexp"
	"time"

	"github.com/rogpeppe/go-internal/testscript"

	"pilotlight/backend/source/openclaw/openclawtest"
)

// scriptClaw is "openclaw [FAILURE]": the person's OpenClaw runs a turn, in which
// its first model fails so, or answers.
func scriptClaw(ts *testscript.TestScript, neg bool, args []string) {
	home := ts.Getenv("HOME")
	oc, err := openclawtest.New(openclawtest.Options{
		StateDir: filepath.Join(home, ".openclaw"), LogFile: filepath.Join(home, "openclaw.log"), LMStudioURL: ts.Getenv("PILOTLIGHT_LMSTUDIO_URL"),
		Primary: "lmstudio/" + ts.Getenv("MODEL"), Aliases: map[string]string{openclawtest.DefaultFallback: "Opus"},
	})
	ts.Check(err)
	defer oc.Close()
	turn := openclawtest.Turn{Took: 500 * time.Millisecond}
	for _, a := range args {
		turn.Failures = append(turn.Failures, openclawtest.Failure(a))
	}
	_, err = oc.Play(turn)
	ts.Check(err)
}

// handWritten is where the person's config is.
func handWritten(ts *testscript.TestScript) string {
	return filepath.Join(ts.Getenv("HOME"), ".openclaw", "openclaw.json")
}

// scriptHand is "hand FILE": the person writes a config by hand.
func scriptHand(ts *testscript.TestScript, neg bool, args []string) {
	path := handWritten(ts)
	ts.Check(os.MkdirAll(filepath.Dir(path), 0o700))
	ts.Check(os.WriteFile(path, []byte(ts.ReadFile(args[0])), 0o600))
}

// scriptHeld is "held FILE": the config is that file to the byte.
func scriptHeld(ts *testscript.TestScript, neg bool, args []string) {
	got, err := os.ReadFile(handWritten(ts))
	ts.Check(err)
	if want := ts.ReadFile(args[0]); !bytes.Equal(got, []byte(want)) {
		ts.Fatalf("the config is\n%s\nand should be\n%s", got, want)
	}
}

// scriptHandHas is "hand-has REGEXP": the config has such a text in it.
func scriptHandHas(ts *testscript.TestScript, neg bool, args []string) {
	got, err := os.ReadFile(handWritten(ts))
	ts.Check(err)
	if !regexp.MustCompile(args[0]).Match(got) {
		ts.Fatalf("no %s in\n%s", args[0], got)
	}
}
