package openclawtest

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"time"
)

// gateway is the part of OpenClaw that always runs; here it only says that it
// lives.
type gateway struct {
	server *http.Server
	done   chan struct{}
}

// StartGateway starts the gateway on Options.GatewayPort of the loopback, or on
// any free port where that is negative. It answers GET /healthz, and logs its
// start. The port is returned; the config keeps the one of the options.
func (c *OpenClaw) StartGateway() (port int, err error) {
	l, err := net.Listen("tcp", fmt.Sprintf("127.0.0.1:%d", max(0, c.opts.GatewayPort)))
	if err != nil {
		return 0, fmt.Errorf("start gateway: %w", err)
	}
	port = l.Addr().(*net.TCPAddr).Port
	mux := http.NewServeMux()
	mux.HandleFunc("GET /healthz", func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "application/json; charset=utf-8")
		fmt.Fprint(w, `{"ok":true,"status":"live"}`)
	})
	g := &gateway{server: &http.Server{Handler: mux, ReadHeaderTimeout: 5 * time.Second}, done: make(chan struct{})}
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.gateway != nil {
		_ = l.Close()
		return 0, errors.New("start gateway: it runs")
	}
	c.gateway = g
	go func() {
		defer close(g.done)
		_ = g.server.Serve(l)
	}()
	for _, text := range []string{
		"starting HTTP server...", "agent model: " + c.opts.Primary + " (thinking=off, fast=off)", "log file: " + c.LogPath(), "gateway ready",
	} {
		if err := c.write(c.opts.Now(), line{level: info, subsystem: "gateway", args: []any{text}}); err != nil {
			return port, err
		}
	}
	return port, nil
}

// StopGateway ends the gateway and waits for it. Without one it does nothing.
func (c *OpenClaw) StopGateway() error {
	c.mu.Lock()
	g := c.gateway
	c.gateway = nil
	c.mu.Unlock()
	if g == nil {
		return nil
	}
	ctx, cancel := context.WithTimeout(context.Background(), time.Second)
	defer cancel()
	err := g.server.Shutdown(ctx)
	if err != nil {
		err = g.server.Close()
	}
	<-g.done
	return err
}
