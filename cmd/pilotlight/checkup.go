package main

import (
	"context"
	"net/url"
	"strconv"

	"pilotlight/backend"
	"pilotlight/backend/agent"
	"pilotlight/backend/source/lmstudio"
	"pilotlight/backend/source/platform"
)

// checkup is how the doctor asks this machine.
func (e *env) checkup() agent.Checkup {
	disk := &platform.Disk{}
	return agent.Checkup{
		LMStudio: func(_ context.Context, processes []backend.Process) backend.LMStudioSeen {
			return lmstudio.Seen(e.userHome(), processes)
		},
		Disk:      disk.Space,
		Sleep:     func(ctx context.Context) *backend.SleepRule { return platform.Sleep(ctx, e.getenv) },
		Listening: e.listening,
	}
}

// listening tells where a server on this machine takes connections: as the system
// says, else as LM Studio's settings do.
func (e *env) listening(ctx context.Context, srv backend.Server) *backend.Listening {
	u, err := url.Parse(srv.URL)
	if err != nil {
		return nil
	}
	port, err := strconv.Atoi(u.Port())
	if err != nil {
		return nil
	}
	at := platform.Listening(ctx, srv.ID, port)
	if set, p := lmstudio.Listens(e.userHome(), srv.ID); at == nil && p == port {
		at = set
	}
	if at != nil && guardsItsList(srv) {
		at.Token = lmstudio.AsksToken(ctx, srv.URL)
	}
	return at
}

// guardsItsList says whether a server that lists its models without a token does
// the rest without one too.
func guardsItsList(srv backend.Server) bool {
	switch srv.Engine {
	case backend.EngineLMStudio, backend.EngineVLLM, backend.EngineLiteLLM, backend.EngineOllama:
		return true
	}
	return srv.Engine == "" && srv.Kind == backend.KindLMStudio
}
