//go:build e2e

package e2e

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"
)

const (
	// rounds is how often OpenClaw and Pilotlight write at the same moment.
	rounds = 200
	// raceLimit is longer than any machine should need for them.
	raceLimit = 15 * time.Minute
)

// rival is OpenClaw's own writer at work in a process of its own.
type rival struct {
	refused int
	in      io.WriteCloser
	said    chan rivalSaid
	console string
}

// rivalSaid is a line of it; an empty one says that it is ready.
type rivalSaid struct{ Wrote, Refused *int }

// startRival runs testdata/rival.mjs and returns when it is ready to write.
func (o *owner) startRival(ctx context.Context) *rival {
	o.Helper()
	script := filepath.Join(o.home, "rival.mjs")
	text, err := written.ReadFile("testdata/rival.mjs")
	if err != nil {
		o.Fatal(err)
	}
	if err := os.WriteFile(script, text, 0o600); err != nil {
		o.Fatal(err)
	}
	cmd := o.oc.command(ctx, o.home)
	cmd.Args = []string{cmd.Args[0], script, filepath.Dir(o.oc.main)}
	console, err := os.Create(filepath.Join(o.home, "rival.console.txt"))
	if err != nil {
		o.Fatal(err)
	}
	cmd.Stderr = console
	out, err1 := cmd.StdoutPipe()
	in, err2 := cmd.StdinPipe()
	if err := errors.Join(err1, err2, cmd.Start()); err != nil {
		o.Fatal(err)
	}
	r := &rival{in: in, said: make(chan rivalSaid, 1000), console: console.Name()}
	go func() {
		for lines := bufio.NewScanner(out); lines.Scan(); {
			var said rivalSaid
			if json.Unmarshal(lines.Bytes(), &said) == nil { // OpenClaw prints lines of its own
				r.said <- said
			}
		}
		_ = cmd.Wait()
		_ = console.Close()
		close(r.said)
	}()
	o.Cleanup(func() {
		_ = in.Close()
		for range r.said {
		}
	})
	if _, ok := <-r.said; !ok {
		o.Fatalf("OpenClaw's writer did not start; see %s", r.console)
	}
	return r
}

// write has it write once; the answer waits until that is done, and is false if it
// never will be.
func (r *rival) write() func() bool {
	_, err := io.WriteString(r.in, "\n")
	return func() bool {
		for said := range r.said {
			if said.Wrote != nil {
				return err == nil
			}
			r.refused++
		}
		return false
	}
}

// race lets OpenClaw and Pilotlight write the same file at the same moment. What
// OpenClaw wrote must all be there in the end. What Pilotlight wrote must be there,
// or Pilotlight must have told that it is gone: 2026.3 compares nothing before it
// writes, and takes away what came in between.
func race(t *testing.T, version string) {
	o := settle(t, scene{name: "config race", version: version}, false)
	o.write(o.fill("house.json5"))
	o.start()
	ctx, stop := context.WithTimeout(t.Context(), raceLimit)
	defer stop()
	r := o.startRival(ctx)
	// OpenClaw's first write takes the comments away; from then on the file is JSON.
	if !r.write()() {
		t.Fatalf("OpenClaw's writer does not write; see %s", r.console)
	}
	began := time.Now()
	reader := o.startReader(ctx)
	edits, conflicts := o.writeTogether(ctx, r)
	took := time.Since(began)
	looks, broken := reader()
	if broken != "" {
		t.Errorf("a reader found a broken file:\n%s", broken)
	}
	lost := o.lost(edits)
	for _, e := range lost {
		o.edits("set", e.path, "{}")
	}
	if err := o.validates(); err != nil {
		t.Error(err)
	}
	now := o.listed()
	for n := range rounds + 1 {
		if !now["rival/n"+strconv.Itoa(n)] {
			t.Errorf("Pilotlight took OpenClaw's update %d away", n)
		}
	}
	for _, e := range edits {
		if !now[e.ref] {
			t.Errorf("%s is lost", e.ref)
		}
	}
	o.tidy()
	o.ok(began, "%d writes each in %.0f s, %d conflicts of ours, %d of OpenClaw's; %d looks, none at a broken file; OpenClaw took %d of ours, each told and put back",
		rounds, took.Seconds(), conflicts, r.refused, looks, len(lost))
}

// ours is an edit of Pilotlight's that it called saved.
type ours struct {
	ref, path string
	revision  int64
}

// writeTogether has both write in every round, OpenClaw at some moment while
// Pilotlight's command runs. A conflict is what the person is told when somebody else
// was faster: the edit is made again.
func (o *owner) writeTogether(ctx context.Context, r *rival) (edits []ours, conflicts int) {
	o.Helper()
	luck := rand.New(rand.NewPCG(1, 2))
	usual := 100 * time.Millisecond // how long the command took last
	for n := range rounds {
		written := make(chan bool, 1)
		wait := time.Duration(luck.Int64N(int64(usual)))
		go func() {
			time.Sleep(wait)
			written <- r.write()()
		}()
		e := ours{ref: "ours/n" + strconv.Itoa(n)}
		e.path = fmt.Sprintf("agents.defaults.models[%q]", e.ref)
		for e.revision == 0 {
			began := time.Now()
			id, err := o.try(ctx, e)
			if err != nil {
				o.Fatalf("round %d: %v", n, err)
			}
			if usual = time.Since(began); id == 0 {
				conflicts++
			}
			e.revision = id
		}
		edits = append(edits, e)
		if !<-written {
			o.Fatalf("OpenClaw's writer ended in round %d; see %s", n, r.console)
		}
	}
	return edits, conflicts
}

// try makes an edit and returns its revision, 0 for a conflict.
func (o *owner) try(ctx context.Context, e ours) (int64, error) {
	var c change
	err := o.agent.ask(ctx, &c, "config", "set", e.path, "{}")
	if exit, ok := errors.AsType[*exec.ExitError](err); ok && exit.ExitCode() == 4 && strings.Contains(err.Error(), `"conflict"`) {
		return 0, nil
	}
	if err == nil && (!c.Saved || c.Revision == nil) {
		err = fmt.Errorf("%s was not saved: %+v", e.path, c)
	}
	if err != nil {
		return 0, err
	}
	return c.Revision.ID, nil
}

// startReader looks at the file all the time. What it returns ends it, and says how
// often it looked, and the first text that was no whole config.
func (o *owner) startReader(ctx context.Context) (end func() (looks int, broken string)) {
	ctx, stop := context.WithCancel(ctx)
	var wg sync.WaitGroup
	looks, broken := 0, ""
	wg.Go(func() {
		for ctx.Err() == nil && broken == "" {
			text, err := os.ReadFile(o.path())
			looks++
			if err != nil || !json.Valid(text) {
				broken = fmt.Sprintf("%v %q", err, text)
			}
			time.Sleep(time.Millisecond)
		}
	})
	return func() (int, string) {
		stop()
		wg.Wait()
		return looks, broken
	}
}

// listed are the models that the file lists now.
func (o *owner) listed() map[string]bool {
	o.Helper()
	var config struct {
		Agents struct {
			Defaults struct {
				Models map[string]json.RawMessage `json:"models"`
			} `json:"defaults"`
		} `json:"agents"`
	}
	if err := json.Unmarshal([]byte(o.text()), &config); err != nil {
		o.Fatalf("the file is broken: %v\n%s", err, o.text())
	}
	now := map[string]bool{}
	for ref := range config.Agents.Defaults.Models {
		now[ref] = true
	}
	return now
}

// lost are the edits that are not in the file any more, each of which Pilotlight must
// have told by its verdict.
func (o *owner) lost(edits []ours) []ours {
	o.Helper()
	now := o.listed()
	var lost []ours
	for _, e := range edits {
		if now[e.ref] {
			continue
		}
		lost = append(lost, e)
		o.verdict(e.revision, "replaced", "undone")
	}
	return lost
}
