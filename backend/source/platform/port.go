package platform

import (
	"context"
	"encoding/json"
	"errors"
	"io"
	"net"
	"net/http"
	"syscall"

	"pilotlight/backend"
)

// Port looks whether the dashboard's address can be had, or is had by a
// Pilotlight already. A port that is free is opened and closed again.
func Port(ctx context.Context, addr string) backend.DashboardPort {
	p := backend.DashboardPort{Addr: addr}
	ln, err := new(net.ListenConfig).Listen(ctx, "tcp", addr)
	if err == nil {
		_ = ln.Close()
		return p
	}
	p.Err = bare(err)
	if errors.Is(err, syscall.EADDRINUSE) && healthy(ctx, addr) {
		p.Ours, p.Err = true, nil
	}
	return p
}

// healthy asks for what only a Pilotlight answers without a sign-in.
func healthy(ctx context.Context, addr string) bool {
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, "http://"+addr+"/healthz", nil)
	if err != nil {
		return false
	}
	t := &http.Transport{DisableKeepAlives: true}
	defer t.CloseIdleConnections()
	resp, err := (&http.Client{Transport: t, CheckRedirect: func(*http.Request, []*http.Request) error {
		return http.ErrUseLastResponse
	}}).Do(req)
	if err != nil {
		return false
	}
	defer resp.Body.Close()
	var answer struct {
		OK      bool    `json:"ok"`
		Version *string `json:"version"`
	}
	err = json.NewDecoder(io.LimitReader(resp.Body, 4<<10)).Decode(&answer)
	return err == nil && answer.OK && answer.Version != nil
}

// bare is the cause at the end of a network error, without addresses.
func bare(err error) error {
	if errno, ok := errors.AsType[syscall.Errno](err); ok {
		return errno
	}
	return err
}
