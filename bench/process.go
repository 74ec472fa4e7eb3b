package main

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"syscall"
	"time"

	"pilotlight/backend"
	"pilotlight/backend/agent"
	"pilotlight/backend/face/client"
	"pilotlight/backend/source/lmstudio/lmstudiotest"
	"pilotlight/store"
)

// bench is the machine room: a simulated LM Studio, a state folder with a long
// history, and the agent that is measured.
type bench struct {
	root, home, tmp string
	fake            *process
	fakeURL         string
	controlURL      string
	agent           *process
	rows            int
	figures         []figure
	compared        []upkeep // what others cost, in the same run
	person          person   // whose OpenClaw the agent watches
}

func newBench(rows int) (*bench, error) {
	root, err := os.Getwd()
	if err != nil {
		return nil, err
	}
	tmp, err := os.MkdirTemp("", "pilotlight-bench")
	if err != nil {
		return nil, err
	}
	b := &bench{root: root, tmp: tmp, home: filepath.Join(tmp, "s"), rows: rows}
	var ready string
	b.fake, ready, err = startProcess(nil, filepath.Join(root, "bin", "fakelmstudio"))
	if err != nil {
		return nil, fmt.Errorf("start the simulated LM Studio (make bin/fakelmstudio): %w", err)
	}
	if _, err := fmt.Sscanf(ready, "ready %s %s", &b.fakeURL, &b.controlURL); err != nil {
		return nil, fmt.Errorf("read %q: %w", ready, err)
	}
	if b.person, err = b.newPerson("person"); err != nil {
		return nil, err
	}
	return b, b.fillHistory()
}

func (b *bench) close() {
	if b.agent != nil {
		b.agent.stop()
	}
	b.fake.stop()
	_ = os.RemoveAll(b.tmp)
}

// fillHistory writes a long history of loads and unloads, as they are.
func (b *bench) fillHistory() error {
	ctx := context.Background()
	if err := os.MkdirAll(b.home, 0o700); err != nil {
		return err
	}
	path := agent.DatabasePath(b.home)
	db, _, err := store.Open(ctx, path, time.Now)
	if err != nil {
		return err
	}
	const batch = 1000
	at := time.Now().Add(-time.Duration(b.rows) * 5 * time.Minute)
	length, took, size := 131072, 41.5, int64(138_380_000_000)
	for done := 0; done < b.rows; done += batch {
		rows := make([]backend.Load, 0, batch)
		for i := range batch {
			at = at.Add(5 * time.Minute)
			l := backend.Load{
				At: backend.At(at), Server: "lmstudio", Model: "minimax/minimax-m2.1", InstanceID: "minimax/minimax-m2.1",
				Event: backend.Loaded, Cause: backend.CauseKeepWarm, ContextRequested: &length, ContextActual: &length,
				DurationSeconds: &took, SizeBytes: &size,
			}
			if i%2 == 1 {
				l.Event, l.Cause, l.DurationSeconds, l.ContextRequested = backend.Unloaded, backend.CauseExternal, nil, nil
				l.Detail = "LM Studio kept running and nothing else explains it: most likely somebody ejected it there."
			}
			rows = append(rows, l)
		}
		if _, err := db.AddLoads(ctx, rows); err != nil {
			return err
		}
	}
	if err := db.Close(); err != nil {
		return err
	}
	info, err := os.Stat(path)
	if err != nil {
		return err
	}
	b.add("a row of the history", float64(info.Size())/float64(b.rows), "%.0f", 1024, "bytes")
	return nil
}

// startAgent starts the agent alone, in the build that carries no menu bar.
func (b *bench) startAgent() (*process, error) {
	return b.startProgram("pilotlight-headless", nil, "--no-tray")
}

func (b *bench) startProgram(name string, env []string, args ...string) (*process, error) {
	env = slices.Concat(os.Environ(), b.person.env(), env, []string{"PILOTLIGHT_HOME=" + b.home})
	p, ready, err := startProcess(env, filepath.Join(b.root, "bin", name),
		append([]string{"agent", "--listen", "127.0.0.1:0", "--lmstudio", b.fakeURL}, args...)...)
	if err != nil {
		return nil, fmt.Errorf("start the agent: %w", err)
	}
	if !strings.HasPrefix(ready, "ready http://") {
		p.stop()
		return nil, fmt.Errorf("the agent said %q instead of ready", ready)
	}
	p.socket = agent.SocketPath(b.home)
	return p, nil
}

// keepSomething keeps the first model and waits until it is warm.
func (b *bench) keepSomething(c *client.Client) error {
	ctx, cancel := context.WithTimeout(context.Background(), 30*time.Second)
	defer cancel()
	model := lmstudiotest.SmallModels()[0].Key
	for {
		k, err := c.Keep(ctx)
		if err != nil {
			return err
		}
		switch k.State {
		case backend.KeepWarm:
			return nil
		case backend.KeepOff:
			if _, err := c.SetKeep(ctx, backend.Target{Model: model}); err != nil {
				return err
			}
		}
		time.Sleep(200 * time.Millisecond)
	}
}

// process is a program that we started.
type process struct {
	cmd    *exec.Cmd
	socket string
}

// startProcess starts a program and returns the first line that it prints.
func startProcess(env []string, name string, args ...string) (*process, string, error) {
	cmd := exec.Command(name, args...)
	cmd.Env = env
	out, err := cmd.StdoutPipe()
	if err != nil {
		return nil, "", err
	}
	if err := cmd.Start(); err != nil {
		return nil, "", err
	}
	p := &process{cmd: cmd}
	line, err := bufio.NewReader(out).ReadString('\n')
	if err != nil {
		p.stop()
		return nil, "", fmt.Errorf("%s ended before it was ready", filepath.Base(name))
	}
	return p, strings.TrimSpace(line), nil
}

func (p *process) stop() {
	_ = p.cmd.Process.Signal(syscall.SIGTERM)
	var exit *exec.ExitError
	if err := p.cmd.Wait(); err != nil && !errors.As(err, &exit) {
		fmt.Fprintln(os.Stderr, "warning:", err)
	}
}

// http is a client over the agent's socket with one standing connection.
func (p *process) http() *http.Client {
	return &http.Client{Transport: &http.Transport{
		DialContext: func(ctx context.Context, _, _ string) (net.Conn, error) {
			return (&net.Dialer{}).DialContext(ctx, "unix", p.socket)
		},
		MaxIdleConns: 1,
	}}
}

// cpu is the processor time that the process has used: the first figure of
// schedstat, in nanoseconds, of all its threads (Linux: Documentation/scheduler/sched-stats).
func (p *process) cpu() (time.Duration, error) {
	tasks, err := filepath.Glob(fmt.Sprintf("/proc/%d/task/*/schedstat", p.cmd.Process.Pid))
	if err != nil || len(tasks) == 0 {
		return 0, fmt.Errorf("no schedstat of the agent: %v", err) //nolint:errorlint // err may be nil
	}
	var total time.Duration
	for _, t := range tasks {
		text, err := os.ReadFile(t)
		if err != nil {
			continue // a thread that has just ended
		}
		ns, err := strconv.ParseInt(strings.Fields(string(text))[0], 10, 64)
		if err != nil {
			return 0, err
		}
		total += time.Duration(ns)
	}
	return total, nil
}

// memory is a process's resident memory in units of 1,000,000 bytes.
type memory struct{ total, anonymous float64 }

func (p *process) rss() (memory, error) {
	text, err := os.ReadFile(fmt.Sprintf("/proc/%d/status", p.cmd.Process.Pid))
	if err != nil {
		return memory{}, err
	}
	var m memory
	for line := range strings.Lines(string(text)) {
		var kb float64
		if _, err := fmt.Sscanf(line, "VmRSS: %f kB", &kb); err == nil {
			m.total = kb * 1024 / 1e6
		}
		if _, err := fmt.Sscanf(line, "RssAnon: %f kB", &kb); err == nil {
			m.anonymous = kb * 1024 / 1e6
		}
	}
	if m.total == 0 {
		return m, errors.New("the agent's memory could not be read")
	}
	return m, nil
}

// peak is the most that was resident at any time, in units of 1,000,000 bytes.
func (p *process) peak() (float64, error) {
	text, err := os.ReadFile(fmt.Sprintf("/proc/%d/status", p.cmd.Process.Pid))
	if err != nil {
		return 0, err
	}
	for line := range strings.Lines(string(text)) {
		var kb float64
		if _, err := fmt.Sscanf(line, "VmHWM: %f kB", &kb); err == nil {
			return kb * 1024 / 1e6, nil
		}
	}
	return 0, errors.New("the agent's peak could not be read")
}

// children counts the processes that the agent has started and that still run.
func (p *process) children() int {
	lists, _ := filepath.Glob(fmt.Sprintf("/proc/%d/task/*/children", p.cmd.Process.Pid))
	n := 0
	for _, l := range lists {
		text, _ := os.ReadFile(l)
		n += len(strings.Fields(string(text)))
	}
	return n
}
