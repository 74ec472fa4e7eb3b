package main

import (
	"cmp"
	"fmt"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"time"

	"pilotlight/backend/agent"
	"pilotlight/backend/face/client"
)

// other is a program that people run where they could run Pilotlight.
type other struct {
	name string
	args func(b *bench, port string) ([]string, error) // what it is started with, configured for the simulated LM Studio
	path string                                        // a GET that it answers when it is ready
	way  string                                        // the way through it to LM Studio's list of models; "" where it answers that by itself
}

// others are told nothing that their documentation does not tell to set: one model or
// one server, and no limit on how often it may be asked.
var others = []other{
	{
		name: "olla", path: "/internal/health",
		args: func(b *bench, port string) ([]string, error) {
			return b.configured("olla.yaml", fmt.Sprintf(ollaConfig, port, b.fakeURL), "--config")
		},
	},
	{
		name: "llama-swap", path: "/health", way: "/upstream/kept/v1/models",
		args: func(b *bench, port string) ([]string, error) {
			args, err := b.configured("llama-swap.yaml", fmt.Sprintf(swapConfig, b.fakeURL), "--config")
			return append(args, "--listen", "127.0.0.1:"+port), err
		},
	},
}

// noneThrough is what does not stand between who asks and the server.
const noneThrough = "none goes through it"

const (
	ollaConfig = `server: {host: "127.0.0.1", port: %s, rate_limits: {global_requests_per_minute: 0, per_ip_requests_per_minute: 0}}
discovery:
  type: static
  static:
    endpoints:
      - {url: "%s", name: lmstudio, type: lm-studio, priority: 100, check_interval: 5s, check_timeout: 2s}
`
	swapConfig = `models:
  kept: {cmd: "sleep 86400", proxy: "%s", checkEndpoint: /v1/models}
`
)

func (b *bench) configured(name, text, flag string) ([]string, error) {
	path := filepath.Join(b.tmp, name)
	return []string{flag, path}, os.WriteFile(path, []byte(text), 0o600)
}

// upkeep is what a program costs while nobody looks.
type upkeep struct {
	name         string
	ready        float64 // milliseconds from its start until it answers; 0 is not measured
	rss          float64 // in units of 1,000,000 bytes
	cpu          float64 // percent of a core, of what it starts too
	wakes, asked float64 // a second; requests to LM Studio a minute
	through      string  // how much longer a request takes because it goes through it
}

// beside measures, in one run, what people would otherwise run here, from the folder
// that holds the programs: the loop with curl of a terminal, and those of others that
// are there.
func (b *bench) beside(dir string, idle time.Duration) error {
	ours, err := b.ownCost(idle)
	if err != nil {
		return err
	}
	loop, err := b.loopCost(idle)
	if err != nil {
		return err
	}
	b.compared = []upkeep{ours, loop}
	for _, o := range others {
		program := filepath.Join(dir, o.name)
		if _, err := os.Stat(program); dir == "" || err != nil {
			b.note("side by side: "+o.name, "not here")
			continue
		}
		c, err := b.otherCost(o, program, idle)
		if err != nil {
			return fmt.Errorf("%s: %w", o.name, err)
		}
		b.compared = append(b.compared, c)
	}
	return nil
}

func (b *bench) ownCost(idle time.Duration) (upkeep, error) {
	var ready []float64
	for range 5 {
		started := time.Now()
		p, err := b.startAgent()
		if err != nil {
			return upkeep{}, err
		}
		ready = append(ready, float64(time.Since(started).Microseconds())/1000)
		p.stop()
	}
	p, err := b.startAgent()
	if err != nil {
		return upkeep{}, err
	}
	defer p.stop()
	c := client.New(agent.SocketPath(b.home))
	defer c.Close()
	if err := b.keepSomething(c); err != nil {
		return upkeep{}, err
	}
	// It is not between the agent that asks and the server that answers.
	return b.idleCost(upkeep{name: "Pilotlight", ready: median(ready), through: noneThrough}, p, idle)
}

// loopCost is that of what a person types into a terminal.
func (b *bench) loopCost(idle time.Duration) (upkeep, error) {
	cmd := exec.Command("sh", "-c", `while :; do curl -s "$0/v1/models" >/dev/null; sleep 5; done`, b.fakeURL)
	if err := cmd.Start(); err != nil {
		return upkeep{}, err
	}
	p := &process{cmd: cmd}
	defer p.stop()
	return b.idleCost(upkeep{name: "curl in a loop, every 5 s", through: noneThrough}, p, idle)
}

func (b *bench) otherCost(o other, program string, idle time.Duration) (upkeep, error) {
	port, err := freePort()
	if err != nil {
		return upkeep{}, err
	}
	args, err := o.args(b, port)
	if err != nil {
		return upkeep{}, err
	}
	url := "http://127.0.0.1:" + port
	var ready []float64
	var p *process
	for i := range 5 {
		started := time.Now()
		cmd := exec.Command(program, args...)
		cmd.Dir = b.tmp
		if err := cmd.Start(); err != nil {
			return upkeep{}, err
		}
		p = &process{cmd: cmd}
		if err := answers(url+o.path, 20*time.Second); err != nil {
			p.stop()
			return upkeep{}, err
		}
		ready = append(ready, float64(time.Since(started).Microseconds())/1000)
		if i < 4 {
			p.stop()
		}
	}
	defer p.stop()
	if err := answers(url+cmp.Or(o.way, o.path), 30*time.Second); err != nil { // its model is up
		return upkeep{}, err
	}
	c, err := b.idleCost(upkeep{name: o.name, ready: median(ready)}, p, idle)
	if err != nil {
		return upkeep{}, err
	}
	if o.way == "" {
		c.through = "not measured"
		return c, nil
	}
	direct, err := latency(b.fakeURL + "/v1/models")
	if err != nil {
		return upkeep{}, err
	}
	way, err := latency(url + o.way)
	c.through = fmt.Sprintf("%.2f ms", max(way-direct, 0))
	return c, err
}

// idleCost watches a program that has settled.
func (b *bench) idleCost(c upkeep, p *process, idle time.Duration) (upkeep, error) {
	time.Sleep(settle)
	if err := b.control("reset_requests"); err != nil {
		return c, err
	}
	started := time.Now()
	cpu, wakes := p.family()
	time.Sleep(idle)
	cpuAfter, wakesAfter := p.family()
	took := time.Since(started)
	asked, _, err := b.requests()
	if err != nil {
		return c, err
	}
	rss, err := p.rss()
	if err != nil {
		return c, err
	}
	c.rss, c.cpu = rss.total, 100*(cpuAfter-cpu).Seconds()/took.Seconds()
	c.wakes, c.asked = float64(wakesAfter-wakes)/took.Seconds(), float64(asked)/took.Minutes()
	return c, nil
}

// tick is the unit of the times in /proc/PID/stat (Linux: USER_HZ is 100 everywhere).
const tick = 10 * time.Millisecond

// family is the processor time of a process, by its threads' own clocks, with that of
// its children that have ended, and how often its threads have gone to sleep by
// themselves.
func (p *process) family() (cpu time.Duration, wakes int) {
	cpu, _ = p.cpu()
	if text, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", p.cmd.Process.Pid)); err == nil {
		// After the name, which may hold anything: fields 16 and 17 are of the children.
		if f := strings.Fields(string(text[strings.LastIndexByte(string(text), ')')+1:])); len(f) > 14 {
			user, _ := strconv.Atoi(f[13])
			system, _ := strconv.Atoi(f[14])
			cpu += time.Duration(user+system) * tick
		}
	}
	tasks, _ := filepath.Glob(fmt.Sprintf("/proc/%d/task/*/status", p.cmd.Process.Pid))
	for _, t := range tasks {
		text, _ := os.ReadFile(t)
		for line := range strings.Lines(string(text)) {
			var n int
			if _, err := fmt.Sscanf(line, "voluntary_ctxt_switches: %d", &n); err == nil {
				wakes += n
			}
		}
	}
	return cpu, wakes
}

// answers waits until a GET is answered well.
func answers(url string, limit time.Duration) error {
	c := &http.Client{Timeout: limit}
	defer c.CloseIdleConnections()
	for began := time.Now(); ; time.Sleep(time.Millisecond) {
		if _, err := get(c, url); err == nil || time.Since(began) > limit {
			return err
		}
	}
}

// latency is the median of a GET over one standing connection, in milliseconds.
func latency(url string) (float64, error) {
	const asked = 500
	c := &http.Client{Transport: &http.Transport{MaxIdleConns: 1}}
	defer c.CloseIdleConnections()
	took := make([]float64, 0, asked)
	for range asked {
		started := time.Now()
		if _, err := get(c, url); err != nil {
			return 0, err
		}
		took = append(took, float64(time.Since(started).Microseconds())/1000)
	}
	slices.Sort(took)
	return took[asked/2], nil
}

func freePort() (string, error) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return "", err
	}
	defer l.Close()
	_, port, err := net.SplitHostPort(l.Addr().String())
	return port, err
}
