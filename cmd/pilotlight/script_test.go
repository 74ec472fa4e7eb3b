package main

import (
	"bufio"
	"bytes"
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"regexp"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/rogpeppe/go-internal/testscript"

	"pilotlight/backend/source/lmstudio/lmstudiotest"
)

func TestMain(m *testing.M) {
	testscript.Main(m, map[string]func(){"pilotlight": main})
}

// TestCommands runs the scripts in testdata: the command line as a person and
// as a script use it, with the real agent over the fake LM Studio.
func TestCommands(t *testing.T) {
	testscript.Run(t, testscript.Params{
		Dir:                 "testdata",
		RequireExplicitExec: true,
		Setup: func(env *testscript.Env) error {
			// The work folder's path is too long for a socket.
			home, err := os.MkdirTemp("", "pl")
			if err != nil {
				return err
			}
			env.Defer(func() { os.RemoveAll(home) })
			env.Setenv("PILOTLIGHT_HOME", home)
			env.Setenv("HOME", home)
			env.Setenv("PILOTLIGHT_LISTEN", "127.0.0.1:0")
			fake, err := lmstudiotest.New(lmstudiotest.Options{Models: lmstudiotest.SmallModels()})
			if err != nil {
				return err
			}
			env.Defer(func() { fake.Close() })
			page := httptest.NewServer(http.RedirectHandler("/releases/tag/v9.8.7", http.StatusFound))
			env.Defer(page.Close)
			env.Setenv("RELEASES", page.URL+"/releases")
			env.Values["fake"], env.Values["stdin"] = fake, new(string)
			env.Setenv("PILOTLIGHT_LMSTUDIO_URL", fake.URL())
			env.Setenv("MODEL", lmstudiotest.SmallModels()[0].Key)
			return nil
		},
		Cmds: map[string]func(*testscript.TestScript, bool, []string){
			"agent": agentStarts, "exits": exits, "stdin-of": stdinOf, "eventually": eventually, "lmstudio": scriptFake,
			"openclaw": scriptClaw, "hand": scriptHand, "held": scriptHeld, "hand-has": scriptHandHas,
		},
	})
}

func fakeOf(ts *testscript.TestScript) *lmstudiotest.Server {
	return ts.Value("fake").(*lmstudiotest.Server)
}

// agentStarts is "agent [flags]": starts the agent and waits until it is ready.
func agentStarts(ts *testscript.TestScript, neg bool, args []string) {
	cmd := command(ts, append([]string{"agent", "--no-tray", "--poll", "250ms"}, args...))
	out, err := cmd.StdoutPipe()
	ts.Check(err)
	ts.Check(cmd.Start())
	ts.Defer(func() {
		_ = cmd.Process.Signal(syscall.SIGTERM)
		_ = cmd.Wait()
	})
	line, err := bufio.NewReader(out).ReadString('\n')
	ts.Check(err)
	if !strings.HasPrefix(line, "ready http://127.0.0.1:") {
		ts.Fatalf("the agent said %q", line)
	}
	ts.Setenv("URL", strings.TrimSpace(strings.TrimPrefix(line, "ready ")))
}

func command(ts *testscript.TestScript, args []string) *exec.Cmd {
	name := "pilotlight"
	cmd := exec.Command(name, args...)
	for _, dir := range strings.Split(ts.Getenv("PATH"), string(os.PathListSeparator)) {
		if _, err := os.Stat(dir + "/" + name); err == nil {
			cmd = exec.Command(dir+"/"+name, args...)
			break
		}
	}
	cmd.Dir = ts.MkAbs(".")
	for _, k := range []string{"PATH", "HOME", "PILOTLIGHT_HOME", "PILOTLIGHT_LISTEN", "PILOTLIGHT_LMSTUDIO_URL", "PILOTLIGHT_RELEASES"} {
		cmd.Env = append(cmd.Env, k+"="+ts.Getenv(k))
	}
	return cmd
}

// exits is "exits CODE args…": runs pilotlight, wants this exit code, and
// leaves what it printed in the files out and err.
func exits(ts *testscript.TestScript, neg bool, args []string) {
	want, err := strconv.Atoi(args[0])
	ts.Check(err)
	if got := runs(ts, args[1:]); got != want {
		ts.Fatalf("pilotlight %s exited %d, want %d\n%s", strings.Join(args[1:], " "), got, want, ts.ReadFile("err"))
	}
}

// stdinOf is "stdin-of FILE": what every pilotlight after it gets as standard input.
func stdinOf(ts *testscript.TestScript, neg bool, args []string) {
	*ts.Value("stdin").(*string) = ts.ReadFile(args[0])
}

func runs(ts *testscript.TestScript, args []string) int {
	cmd := command(ts, args)
	var out, errs bytes.Buffer
	cmd.Stdout, cmd.Stderr = &out, &errs
	cmd.Stdin = strings.NewReader(*ts.Value("stdin").(*string))
	err := cmd.Run()
	var exit *exec.ExitError
	if err != nil && !errors.As(err, &exit) {
		ts.Check(err)
	}
	ts.Check(os.WriteFile(ts.MkAbs("out"), out.Bytes(), 0o600))
	ts.Check(os.WriteFile(ts.MkAbs("err"), errs.Bytes(), 0o600))
	return cmd.ProcessState.ExitCode()
}

// eventually is "eventually REGEXP args…": runs pilotlight until its output matches.
func eventually(ts *testscript.TestScript, neg bool, args []string) {
	want := regexp.MustCompile(args[0])
	deadline := time.Now().Add(time.Minute) // a busy machine is slow
	for {
		runs(ts, args[1:])
		if got := ts.ReadFile("out"); want.MatchString(got) {
			return
		} else if time.Now().After(deadline) {
			ts.Fatalf("never printed %q, but\n%s%s", args[0], got, ts.ReadFile("err"))
		}
		time.Sleep(100 * time.Millisecond)
	}
}

// scriptFake is "lmstudio DO [id]": something happens to the fake LM Studio.
func scriptFake(ts *testscript.TestScript, neg bool, args []string) {
	a := lmstudiotest.Action{Do: args[0], Busy: true, Context: 4096}
	if len(args) > 1 {
		a.ID, a.Key = args[1], args[1]
	}
	if _, err := fakeOf(ts).Do(a); err != nil {
		ts.Fatalf("%s: %v", fmt.Sprint(args), err)
	}
}
