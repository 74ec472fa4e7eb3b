package tray

import (
	"context"
	"fmt"
	"strings"
	"time"

	"pilotlight/backend"
)

// Agent is what the menu needs of the agent.
type Agent interface {
	// Status is the present state; it is never changed after it was handed out.
	Status() *backend.Status
	// Watch calls changed now, and again after everything that happens. It
	// returns when ctx ended or the agent did.
	Watch(ctx context.Context, changed func())
	Commands
}

// Commands are what the menu's clicks become. Their errors are *backend.Error.
type Commands interface {
	SetKeep(ctx context.Context, t backend.Target) (backend.Keep, error)
	Release(ctx context.Context) (backend.Keep, error)
	Pause(ctx context.Context, length time.Duration) (backend.Keep, error)
	Resume(ctx context.Context) (backend.Keep, error)
	Replace(ctx context.Context) (backend.Keep, error)
	Unload(ctx context.Context, server, instanceID string, force bool) (backend.Load, error)
	SeeFallbacks(ctx context.Context) error
}

// Login is the entry that starts Pilotlight when the person logs in.
type Login interface {
	Enabled() bool
	Set(on bool) error
}

const (
	// quick bounds what the agent answers from what it knows; unloading waits
	// for the model server.
	quick      = 15 * time.Second
	unloadTime = 2 * time.Minute
)

// command is the action as something to run, and how long it may take.
func (r *runner) command(a Action) (func(context.Context) error, time.Duration) {
	keep := func(_ backend.Keep, err error) error { return err }
	switch a.Verb {
	case DoKeep:
		return func(ctx context.Context) error { return keep(r.agent.SetKeep(ctx, a.Target)) }, quick
	case DoRelease:
		return func(ctx context.Context) error { return keep(r.agent.Release(ctx)) }, quick
	case DoPause:
		return func(ctx context.Context) error { return keep(r.agent.Pause(ctx, a.Length.From(r.Now()))) }, quick
	case DoResume:
		return func(ctx context.Context) error { return keep(r.agent.Resume(ctx)) }, quick
	case DoReplace:
		return func(ctx context.Context) error { return keep(r.agent.Replace(ctx)) }, quick
	case DoUnload:
		return func(ctx context.Context) error {
			_, err := r.agent.Unload(ctx, a.Server, a.Instance, false)
			return err
		}, unloadTime
	case DoOpen:
		return func(ctx context.Context) error {
			if err := r.Open(ctx, a.Path); err != nil || a.Path == doctorPath || a.Path == configPath {
				return err
			}
			return r.agent.SeeFallbacks(ctx) // the dashboard shows the last ones at once
		}, quick
	case DoLogin:
		return func(context.Context) error { return r.Login.Set(a.On) }, quick
	}
	return nil, 0
}

// failure says in words why a click came to nothing.
func failure(a Action, err error) string {
	if backend.CodeOf(err) == backend.CodeTimeout {
		return fmt.Sprintf("No answer yet to %q. It may still happen.", string(a.Verb))
	}
	be := backend.AsError(err)
	return strings.TrimSpace(be.Message + " " + be.Hint)
}
