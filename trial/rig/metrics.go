package rig

import (
	"bufio"
	"context"
	"fmt"
	"net"
	"net/http"
	"os"
	"strconv"
	"strings"
	"time"

	"pilotlight/backend/agent"
)

// Cost is what the agent takes, as it tells by itself, and what its files take.
type Cost struct {
	At         time.Time
	Resident   float64 // bytes
	Heap       float64 // bytes in use
	Goroutines float64
	Files      float64 // open descriptors
	CPU        float64 // seconds since its start
	Database   float64 // bytes
	WAL        float64 // bytes
}

// metricsLimit is how long the agent may take to tell.
const metricsLimit = 30 * time.Second

// Cost asks the agent's /metrics, on a connection that is closed again.
func (s *Spot) Cost(ctx context.Context) (Cost, error) {
	ctx, cancel := context.WithTimeout(ctx, metricsLimit)
	defer cancel()
	t := &http.Transport{DisableKeepAlives: true, DialContext: func(ctx context.Context, _, _ string) (net.Conn, error) {
		return new(net.Dialer).DialContext(ctx, "unix", agent.SocketPath(s.State))
	}}
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, "http://pilotlight/metrics", nil)
	if err != nil {
		return Cost{}, err
	}
	resp, err := t.RoundTrip(req)
	if err != nil {
		return Cost{}, err
	}
	defer resp.Body.Close()
	c := Cost{At: time.Now(), Database: size(agent.DatabasePath(s.State)), WAL: size(agent.DatabasePath(s.State) + "-wal")}
	want := map[string]*float64{
		"process_resident_memory_bytes": &c.Resident, "go_memstats_heap_inuse_bytes": &c.Heap, "go_goroutines": &c.Goroutines,
		"process_open_fds": &c.Files, "process_cpu_seconds_total": &c.CPU,
	}
	lines := bufio.NewScanner(resp.Body)
	for lines.Scan() {
		name, value, _ := strings.Cut(lines.Text(), " ")
		if at := want[name]; at != nil {
			if *at, err = strconv.ParseFloat(value, 64); err != nil {
				return c, fmt.Errorf("read %s: %w", name, err)
			}
			delete(want, name)
		}
	}
	if err := lines.Err(); err != nil {
		return c, err
	}
	for name := range want {
		return c, fmt.Errorf("the agent's metrics lack %s", name)
	}
	return c, nil
}

// size is a file's length, 0 where there is none.
func size(path string) float64 {
	if fi, err := os.Stat(path); err == nil {
		return float64(fi.Size())
	}
	return 0
}
