package main

import (
	"bufio"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"time"

	"pilotlight/backend/agent"
	"pilotlight/backend/face/client"
	"pilotlight/backend/source/lmstudio/lmstudiotest"
)

// readiness is the time from the start of the process to its "ready" line.
func (b *bench) readiness() error {
	const runs = 11
	var took []float64
	for range runs {
		started := time.Now()
		p, err := b.startAgent()
		if err != nil {
			return err
		}
		took = append(took, float64(time.Since(started).Microseconds())/1000)
		p.stop()
	}
	b.add(fmt.Sprintf("ready with %d rows (median of %d)", b.rows, runs), median(took), "%.0f", 100, "ms")
	return nil
}

// idle watches the agent with a kept model and nobody looking. Memory is read
// at the end; CPU and requests are counted after the start has settled.
func (b *bench) idle(d time.Duration) error {
	p, err := b.startAgent()
	if err != nil {
		return err
	}
	b.agent = p
	c := client.New(agent.SocketPath(b.home))
	defer c.Close()
	if err := b.keepSomething(c); err != nil {
		return err
	}
	time.Sleep(settle)
	if err := b.control("reset_requests"); err != nil {
		return err
	}
	started := time.Now()
	use, err := p.watch(d)
	if err != nil {
		return err
	}
	minutes := time.Since(started).Minutes()
	rss, err := p.rss()
	if err != nil {
		return err
	}
	http, rpc, err := b.requests()
	if err != nil {
		return err
	}
	b.add("idle RSS", rss.total, "%.1f", 20, "MB")
	b.note("  of it anonymous", fmt.Sprintf("%.1f MB", rss.anonymous))
	b.add("idle CPU", use.cpu, "%.3f", 0.05, "% of a core")
	b.note("  its busiest second", fmt.Sprintf("%.1f ms", use.busiest))
	b.add("requests to LM Studio", float64(http)/minutes, "%.1f", 12, "a minute")
	b.note("  WebSocket calls beside them", fmt.Sprintf("%.1f a minute", float64(rpc)/minutes))
	b.add("child processes", float64(use.children), "%.0f", 0, "")
	return nil
}

// settle is how long a program is left alone before it is measured: what its start
// takes is another figure. An agent gives memory back after 15 seconds, removes old rows
// after 40, and reads in between what it does now and then for the first time.
const settle = time.Minute

// idleUse is what a process took while nobody asked it for anything.
type idleUse struct {
	cpu      float64 // share of a core, in percent
	busiest  float64 // CPU of its busiest second, in milliseconds
	children int     // the most that it had
}

// watch looks at a process for a while.
func (p *process) watch(d time.Duration) (idleUse, error) {
	before, err := p.cpu()
	if err != nil {
		return idleUse{}, err
	}
	var use idleUse
	started, last := time.Now(), before
	for time.Since(started) < d {
		time.Sleep(time.Second)
		use.children = max(use.children, p.children())
		now, err := p.cpu()
		if err != nil {
			return idleUse{}, err
		}
		use.busiest, last = max(use.busiest, (now-last).Seconds()*1000), now
	}
	use.cpu = 100 * (last - before).Seconds() / time.Since(started).Seconds()
	return use, nil
}

// statusLatency asks for the status over the socket, one request after the other.
func (b *bench) statusLatency() error {
	const asked = 3000
	h := b.agent.http()
	var took []float64
	for range asked {
		started := time.Now()
		res, err := h.Get("http://agent/api/status")
		if err != nil {
			return err
		}
		if _, err := io.Copy(io.Discard, res.Body); err != nil {
			return err
		}
		_ = res.Body.Close()
		took = append(took, float64(time.Since(started).Nanoseconds())/1e6)
	}
	slices.Sort(took)
	b.add("GET /api/status p50", median(took), "%.3f", 0.3, "ms")
	b.note("  p99", fmt.Sprintf("%.3f ms", took[len(took)*99/100]))
	return nil
}

// dashboard holds an event stream open, as a page does, for longer than the three looks
// after which what its opening took is given back.
func (b *bench) dashboard(d time.Duration) error {
	ctx, cancel := context.WithTimeout(context.Background(), d)
	defer cancel()
	go b.listen(ctx)
	h := b.agent.http()
	for _, path := range []string{"/", "/api/models", "/api/loads", "/api/keep", "/openapi.json"} {
		res, err := h.Get("http://agent" + path)
		if err != nil {
			return err
		}
		_, _ = io.Copy(io.Discard, res.Body)
		_ = res.Body.Close()
	}
	<-ctx.Done()
	rss, err := b.agent.rss()
	if err != nil {
		return err
	}
	b.add("RSS with a dashboard open", rss.total, "%.1f", 25, "MB")
	b.note("  of it anonymous", fmt.Sprintf("%.1f MB", rss.anonymous))
	return nil
}

func (b *bench) listen(ctx context.Context) {
	c := client.New(agent.SocketPath(b.home))
	defer c.Close()
	_ = c.Events(ctx, 0, func(string, uint64, json.RawMessage) error { return nil })
}

// manyEvents pauses and resumes, which makes two events each time, while a
// page listens.
func (b *bench) manyEvents() error {
	const events = 10_000
	ctx, cancel := context.WithCancel(context.Background())
	defer cancel()
	go b.listen(ctx)
	c := client.New(agent.SocketPath(b.home))
	defer c.Close()
	churn := func(n int) error {
		for i := range n {
			var err error
			if i%2 == 0 {
				_, err = c.Pause(ctx, 0)
			} else {
				_, err = c.Resume(ctx)
			}
			if err != nil {
				return err
			}
		}
		return nil
	}
	// The first ones fill pools and caches, which is not growth.
	if err := churn(2000); err != nil {
		return err
	}
	time.Sleep(5 * time.Second)
	before, err := b.agent.rss()
	if err != nil {
		return err
	}
	if err := churn(events); err != nil {
		return err
	}
	time.Sleep(5 * time.Second)
	after, err := b.agent.rss()
	if err != nil {
		return err
	}
	b.add(fmt.Sprintf("more RSS after %d events", events), max(0, after.total-before.total), "%.2f", 1, "MB")
	b.note("  RSS then", fmt.Sprintf("%.1f MB", after.total))
	return nil
}

// frontendSize asks the dashboard's build for its first load.
func (b *bench) frontendSize() error {
	var size struct {
		Bytes float64 `json:"gzip_bytes"`
	}
	if err := b.frontendScript("size", &size); err != nil {
		return err
	}
	b.add("first-load JavaScript, gzipped", size.Bytes/1000, "%.1f", 80, "KB")
	return nil
}

func (b *bench) note(name, value string) {
	b.figures = append(b.figures, figure{name: name, value: value})
}

func median(v []float64) float64 {
	s := slices.Sorted(slices.Values(v))
	return s[len(s)/2]
}

// requests counts what the simulated LM Studio was asked.
func (b *bench) requests() (http_, rpc int, err error) {
	res, err := http.Get(b.controlURL + "/requests")
	if err != nil {
		return 0, 0, err
	}
	defer res.Body.Close()
	var list struct {
		Items []lmstudiotest.Request `json:"items"`
	}
	if err := json.NewDecoder(res.Body).Decode(&list); err != nil {
		return 0, 0, fmt.Errorf("read the simulated LM Studio's requests: %w", err)
	}
	for _, r := range list.Items {
		if r.Kind == lmstudiotest.KindHTTP {
			http_++
		} else {
			rpc++
		}
	}
	return http_, rpc, nil
}

func (b *bench) control(do string) error {
	res, err := http.Post(b.controlURL+"/do", "application/json", strings.NewReader(`{"do":`+strconv.Quote(do)+`}`))
	if err != nil {
		return err
	}
	defer res.Body.Close()
	if res.StatusCode != http.StatusOK {
		body, _ := bufio.NewReader(res.Body).ReadString('\n')
		return fmt.Errorf("%s: %s", do, strings.TrimSpace(body))
	}
	return nil
}
