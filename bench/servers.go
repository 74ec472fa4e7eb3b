package main

import (
	"fmt"
	"net"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"time"

	"pilotlight/backend/face/client"
	"pilotlight/backend/source/openai/openaitest"
)

// serversWatched is how many servers the agent of this step watches, the main one
// and a dead one among them.
const serversWatched = 20

// servers measures what many servers cost an idle agent, and how much later a
// healthy one is looked at because another never answers. All are on this machine,
// where they are looked at most often.
func (b *bench) servers(idle time.Duration) error {
	dead, err := net.Listen("tcp", "127.0.0.1:0") // takes connections and never says a word
	if err != nil {
		return err
	}
	defer dead.Close()
	config := providerEntry("dead", "http://"+dead.Addr().String())
	engines := []openaitest.Engine{openaitest.Ollama, openaitest.VLLM, openaitest.LlamaCpp, openaitest.LiteLLM, openaitest.Gateway}
	var all []*openaitest.Server
	defer func() {
		for _, s := range all {
			_ = s.Close()
		}
	}()
	for i := range serversWatched - 2 {
		s, err := openaitest.New(openaitest.Options{Engine: engines[i%len(engines)], Models: someModels(10)})
		if err != nil {
			return err
		}
		all = append(all, s)
		config += providerEntry(fmt.Sprintf("p%02d", i), s.URL()+"/v1")
	}
	if err := b.manyIdle(idle, config, all); err != nil {
		return err
	}
	return b.besideDead(config, all)
}

// manyIdle watches an agent with many servers and nobody looking.
func (b *bench) manyIdle(idle time.Duration, config string, all []*openaitest.Server) error {
	p, err := b.startWatcher(config)
	if err != nil {
		return err
	}
	defer p.stop()
	c := client.New(p.socket)
	defer c.Close()
	if err := b.keepSomething(c); err != nil {
		return err
	}
	time.Sleep(settle)
	gaps := newGaps(all)
	use, err := p.watch(idle)
	if err != nil {
		return err
	}
	longest, asked := gaps.end()
	rss, err := p.rss()
	if err != nil {
		return err
	}
	b.add(fmt.Sprintf("idle RSS, %d servers watched", serversWatched), rss.total, "%.1f", 25, "MB")
	b.note("  of it anonymous", fmt.Sprintf("%.1f MB", rss.anonymous))
	b.add("idle CPU then", use.cpu, "%.3f", 0.2, "% of a core")
	b.note("  requests to the others", fmt.Sprintf("%.0f a minute", float64(asked)/idle.Minutes()))
	b.note("  longest time between two looks at one", fmt.Sprintf("%.1f s", longest.Seconds()))
	return nil
}

// besideDead looks often, and sees whether anybody waits for the dead host: a look
// at that takes four seconds.
func (b *bench) besideDead(config string, all []*openaitest.Server) error {
	p, err := b.startWatcher(config, "--poll", "250ms")
	if err != nil {
		return err
	}
	defer p.stop()
	time.Sleep(5 * time.Second) // until each was looked at
	gaps := newGaps(all)
	time.Sleep(15 * time.Second)
	longest, _ := gaps.end()
	b.add("longest wait for a look beside a dead host, at one a second", longest.Seconds(), "%.2f", 2, "s")
	return nil
}

// startWatcher starts an agent of its own for a person whose config has these
// providers besides LM Studio.
func (b *bench) startWatcher(providers string, flags ...string) (*process, error) {
	person, err := b.newPerson("watcher")
	if err != nil {
		return nil, err
	}
	path := filepath.Join(person.home, ".openclaw", "openclaw.json")
	text, err := os.ReadFile(path)
	if err != nil {
		return nil, err
	}
	with := strings.Replace(string(text), "providers: {", "providers: {"+providers, 1)
	if err := os.WriteFile(path, []byte(with), 0o600); err != nil {
		return nil, err
	}
	was, home := b.person, b.home
	defer func() { b.person, b.home = was, home }()
	b.person, b.home = person, filepath.Join(b.tmp, "w")
	return b.startProgram("pilotlight-headless", nil, append([]string{"--no-tray"}, flags...)...)
}

func providerEntry(name, url string) string {
	return fmt.Sprintf("%s: {baseUrl: %q, api: 'openai-completions'}, ", name, url)
}

func someModels(n int) []openaitest.Model {
	models := make([]openaitest.Model, n)
	for i := range models {
		models[i] = openaitest.Model{ID: fmt.Sprintf("acme/model-%02d", i)}
	}
	return models
}

// gaps measures how long servers are left alone between two looks.
type gaps struct {
	stop    chan struct{}
	done    sync.WaitGroup
	longest time.Duration
	asked   int
}

// newGaps begins to look at what is asked of the servers.
func newGaps(all []*openaitest.Server) *gaps {
	g := &gaps{stop: make(chan struct{})}
	g.done.Go(func() {
		seen, at := make([]int, len(all)), make([]time.Time, len(all))
		first := make([]int, len(all))
		for i, s := range all {
			first[i] = s.Total()
			seen[i] = first[i]
		}
		tick := time.NewTicker(20 * time.Millisecond)
		defer tick.Stop()
		for {
			select {
			case <-g.stop:
				for i := range all {
					g.asked += seen[i] - first[i]
				}
				return
			case now := <-tick.C:
				for i, s := range all {
					if n := s.Total(); n != seen[i] {
						if !at[i].IsZero() {
							g.longest = max(g.longest, now.Sub(at[i]))
						}
						seen[i], at[i] = n, now
					}
				}
			}
		}
	})
	return g
}

// end is the longest gap, and how many requests there were.
func (g *gaps) end() (longest time.Duration, asked int) {
	close(g.stop)
	g.done.Wait()
	return g.longest, g.asked
}
