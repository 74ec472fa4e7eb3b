//go:build e2e

package e2e

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io/fs"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"
)

// pilotlight is the agent's program, run in one home folder.
type pilotlight struct {
	bin  string
	home string
	env  []string // more of its environment
}

// start runs the agent until the test ends and returns when it serves.
func (p pilotlight) start(t *testing.T, lmstudio string) {
	t.Helper()
	ctx, stop := context.WithCancel(context.Background())
	cmd := exec.CommandContext(ctx, p.bin, "agent", "--no-tray", "--poll", "250ms", "--listen", "127.0.0.1:0", "--lmstudio", lmstudio)
	cmd.Env, cmd.Dir = environment(p.home, p.env...), p.home
	cmd.Cancel = func() error { return cmd.Process.Signal(syscall.SIGTERM) }
	cmd.WaitDelay = 10 * time.Second
	said, err := os.Create(filepath.Join(p.home, "agent.console.txt"))
	if err != nil {
		t.Fatal(err)
	}
	cmd.Stderr = said
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatalf("start the agent: %v", err)
	}
	t.Cleanup(func() {
		stop()
		_ = cmd.Wait()
		_ = said.Close()
	})
	line, err := bufio.NewReader(out).ReadString('\n')
	if err != nil || !strings.HasPrefix(line, "ready http://") {
		t.Fatalf("the agent said %q: %v", line, err)
	}
}

// ask runs a command and reads what it prints as JSON.
func (p pilotlight) ask(ctx context.Context, into any, args ...string) error {
	cmd := exec.CommandContext(ctx, p.bin, append(args, "--json")...)
	cmd.Env, cmd.Dir = environment(p.home, p.env...), p.home
	out, err := cmd.Output()
	if err != nil {
		return fmt.Errorf("pilotlight %s: %w: %s", strings.Join(args, " "), err, strings.Join(strings.Fields(string(out)), " "))
	}
	if err := json.Unmarshal(out, into); err != nil {
		return fmt.Errorf("pilotlight %s printed no JSON: %w", strings.Join(args, " "), err)
	}
	return nil
}

// serverState is how the agent sees LM Studio: "up", "server_off", "down".
func (p pilotlight) serverState(ctx context.Context) string {
	var status struct {
		Servers []struct {
			State string `json:"state"`
		} `json:"servers"`
	}
	if err := p.ask(ctx, &status, "status"); err != nil || len(status.Servers) == 0 {
		return ""
	}
	return status.Servers[0].State
}

// fallback is the object of the contract, as far as it is compared.
type fallback struct {
	Requested   string   `json:"requested"`
	Answered    string   `json:"answered"`
	Outcome     string   `json:"outcome"`
	Reason      string   `json:"reason"`
	LostSeconds *float64 `json:"lost_seconds"`
	Attempts    []struct {
		Model    string `json:"model"`
		Decision string `json:"decision"`
	} `json:"attempts"`
	Cause struct {
		Code       string `json:"code"`
		Confidence string `json:"confidence"`
		Summary    string `json:"summary"`
		Evidence   []struct {
			Kind string `json:"kind"`
			Text string `json:"text"`
		} `json:"evidence"`
	} `json:"cause"`
}

func (p pilotlight) fallbacks(ctx context.Context) ([]fallback, error) {
	var list struct {
		Items []fallback `json:"items"`
	}
	err := p.ask(ctx, &list, "fallbacks")
	return list.Items, err
}

// leaks finds what was said, and more that is secret, in the agent's state folder:
// which must be nothing.
func (p pilotlight) leaks(more ...string) ([]string, error) {
	root, err := os.OpenRoot(filepath.Join(p.home, "pilotlight"))
	if err != nil {
		return nil, err
	}
	defer root.Close()
	var found []string
	err = fs.WalkDir(root.FS(), ".", func(path string, entry fs.DirEntry, err error) error {
		if err != nil || !entry.Type().IsRegular() {
			return err
		}
		text, err := fs.ReadFile(root.FS(), path)
		for _, secret := range append(more, prompt, localReply, hostedReply) {
			if bytes.Contains(text, []byte(secret)) {
				found = append(found, fmt.Sprintf("%q in %s", secret, path))
			}
		}
		return err
	})
	return found, err
}

// until asks again and again until ok, the context's end or the limit.
func until(ctx context.Context, limit time.Duration, ok func() bool) error {
	ctx, stop := context.WithTimeout(ctx, limit)
	defer stop()
	tick := time.NewTicker(200 * time.Millisecond)
	defer tick.Stop()
	for !ok() {
		select {
		case <-tick.C:
		case <-ctx.Done():
			return ctx.Err()
		}
	}
	return nil
}

// answers reports whether a URL answers 200.
func answers(url string) bool {
	client := http.Client{Timeout: 2 * time.Second}
	res, err := client.Get(url)
	if err != nil {
		return false
	}
	_ = res.Body.Close()
	return res.StatusCode == http.StatusOK
}
