package main

import (
	"bytes"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strconv"
	"testing"
	"time"

	"go.uber.org/goleak"

	"pilotlight/trial/rig"
)

func TestMain(m *testing.M) {
	rig.Shim()
	goleak.VerifyTestMain(m)
}

// build makes the two programs; every other way to get them would test what was
// built some time ago.
func build(t *testing.T) (agent, fake string) {
	t.Helper()
	dir := t.TempDir()
	agent, fake = filepath.Join(dir, "agent"), filepath.Join(dir, "fake")
	for out, args := range map[string][]string{
		agent: {"-tags", "headless,nethttpomithttp2", "pilotlight/cmd/pilotlight"},
		fake:  {"pilotlight/backend/source/lmstudio/lmstudiotest/fakelmstudio"},
	} {
		if text, err := exec.Command("go", append([]string{"build", "-o", out}, args...)...).CombinedOutput(); err != nil {
			t.Fatalf("build: %v\n%s", err, text)
		}
	}
	return agent, fake
}

// How much every run of the tests plays; PILOTLIGHT_FAULT_ROUNDS, _SEED and _BUDGET
// say otherwise. A machine that is busy with other things plays fewer rounds in the
// time, and must play some. They are few, because when a fault meets the agent is the
// machine's, not the seed's: what a thousand rounds may still find is looked for by make
// faults, and must not stand in the way of another change.
const (
	usualRounds = 100
	leastRounds = 20
	usualBudget = 60 // seconds
)

func number(t *testing.T, name string, usual int) int {
	t.Helper()
	text := os.Getenv(name)
	if text == "" {
		return usual
	}
	n, err := strconv.Atoi(text)
	if err != nil {
		t.Fatalf("%s: %v", name, err)
	}
	return n
}

func TestFaults(t *testing.T) {
	if testing.Short() {
		t.Skip("it takes minutes")
	}
	if runtime.GOOS != "linux" {
		t.Skip("what makes the faults is Linux's")
	}
	root, err := filepath.Abs("../..") // the old databases are named from there
	if err != nil {
		t.Fatal(err)
	}
	t.Chdir(root)
	agent, fake := build(t)
	var out bytes.Buffer
	p := plan{
		agent: agent, fake: fake, rounds: number(t, "PILOTLIGHT_FAULT_ROUNDS", usualRounds), lanes: 8,
		budget: time.Duration(number(t, "PILOTLIGHT_FAULT_BUDGET", usualBudget)) * time.Second,
		seed:   uint64(number(t, "PILOTLIGHT_FAULT_SEED", 1)), log: &out, keep: os.Getenv("PILOTLIGHT_FAULT_KEEP"),
	}
	r, err := trial(t.Context(), p)
	if err != nil {
		t.Fatal(err)
	}
	r.print(&out)
	t.Logf("\n%s", out.String())
	if err := r.err(); err != nil {
		t.Fatal(err)
	}
	if got := r.total(); got < min(leastRounds, p.rounds) {
		t.Errorf("only %d of %d rounds could be played here", got, p.rounds)
	}
}

// A script is the same whenever it is drawn from the same seed.
func TestOneSeedIsOneScript(t *testing.T) {
	t.Parallel()
	all := faults()
	draw := func(seed uint64) (names []string) {
		for i := range 50 {
			names = append(names, pick(script(seed, 3, i), all).name)
		}
		return names
	}
	one, same, other := draw(1), draw(1), draw(2)
	differ := false
	for i := range one {
		if one[i] != same[i] {
			t.Fatalf("round %d: %s and %s", i, one[i], same[i])
		}
		differ = differ || one[i] != other[i]
	}
	if !differ {
		t.Error("two seeds have one script")
	}
}
