package main

import (
	"context"
	"errors"
	"io/fs"
	"os"
	"runtime"
	"strings"
	"time"

	"pilotlight/backend"
	"pilotlight/backend/agent"
	"pilotlight/backend/home"
	"pilotlight/backend/source/lmstudio"
	"pilotlight/backend/source/platform"
)

// probeLimit is how long one probe may take; a start of the window's program
// on a cold disk is the slowest.
const probeLimit = 10 * time.Second

// lookAround asks every probe in turn; none of them changes anything.
func (e *env) lookAround(listen string) (backend.Platform, error) {
	exe, err := os.Executable()
	if err != nil {
		return backend.Platform{}, err
	}
	p := backend.Platform{
		OS: runtime.GOOS, Arch: runtime.GOARCH, Version: version,
		State: platform.State(e.home()), Sysctls: platform.Sysctls(), Server: e.findServer(),
	}
	p.Memory = e.lookAtMemory()
	if p.Login, err = e.lookAtLogin(); err != nil {
		return p, err
	}
	agentPID := 0
	for _, probe := range []func(context.Context){
		func(ctx context.Context) { p.Socket, listen, agentPID = e.lookAtAgent(ctx, listen) },
		func(ctx context.Context) { p.Port = platform.Port(ctx, listen) },
		func(ctx context.Context) { p.Window = platform.Window(ctx, exe, e.getenv("PATH")) },
		func(ctx context.Context) { p.GPU = platform.GPU(ctx) },
		func(ctx context.Context) {
			if runtime.GOOS == "linux" {
				p.Desktop = platform.LinuxDesktop(ctx, e.getenv, agentPID)
			}
		},
	} {
		ctx, cancel := context.WithTimeout(e.ctx, probeLimit)
		probe(ctx)
		cancel()
	}
	return p, e.ctx.Err()
}

// lookAtAgent asks the agent on the socket, and says where its dashboard is,
// listen where none answers, and which process it is.
func (e *env) lookAtAgent(ctx context.Context, listen string) (s backend.AgentSocket, at string, pid int) {
	s = backend.AgentSocket{Path: agent.SocketPath(e.home()), Max: home.MaxSocketPath}
	_, err := os.Lstat(s.Path)
	s.Exists = err == nil
	c := e.client()
	defer c.Close()
	st, err := c.Status(ctx)
	if err != nil {
		s.Err = err
		return s, listen, 0
	}
	s.Version = st.Version
	return s, strings.TrimPrefix(st.Listen, "http://"), platform.PeerPID(ctx, s.Path)
}

func (e *env) lookAtLogin() (backend.LoginItem, error) {
	item, err := e.loginItem()
	if err != nil {
		return backend.LoginItem{}, err
	}
	s, err := item.State()
	l := backend.LoginItem{
		Path: item.Path(), Enabled: s.Enabled, Foreign: err == nil && s.Exists && !s.Ours, Program: s.Program, Err: err,
	}
	if l.Enabled {
		_, err := os.Stat(l.Program)
		l.Missing = errors.Is(err, fs.ErrNotExist)
	}
	return l, nil
}

func (e *env) findServer() backend.ServerProbe {
	home := e.userHome()
	found, err := lmstudio.Discover(e.getenv("PILOTLIGHT_LMSTUDIO_URL"), home, e.getenv)
	return backend.ServerProbe{URL: found.URL, Folder: lmstudio.Folder(home), Err: err}
}
