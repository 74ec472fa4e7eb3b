package window

import (
	"context"
	"errors"
	"io"
	"os"
	"os/exec"
	"strings"
	"sync"
	"time"

	"pilotlight/backend"
	"pilotlight/backend/face/client"
	"pilotlight/backend/home"
)

const (
	// openLimit is how long an app may take from being opened to answering.
	openLimit = 20 * time.Second
	// askLimit is how long the agent may take to give a sign of life.
	askLimit = 2 * time.Second
	// maxSaid is how much of what a failed agent printed is read, in bytes.
	maxSaid = 8 << 10
)

// AgentState is what the built-in page shows.
type AgentState struct {
	// State is up (it answers), down (it does not run), starting (it was
	// started from here and does not answer yet), failed (it was started from
	// here and has ended) or trouble (something is there, but is of no use).
	State   string `json:"state"`
	Message string `json:"message,omitempty"`
	Hint    string `json:"hint,omitempty"`
	// Startable tells whether starting it is worth a try.
	Startable bool `json:"startable"`
}

// Failed is the state after a start that came to nothing.
func Failed(err error) AgentState {
	e := backend.AsError(err)
	return AgentState{State: "failed", Message: e.Message, Hint: e.Hint, Startable: true}
}

// Agent starts the agent and sees how it is. It may be used by many goroutines.
type Agent struct {
	dir     string
	starter Starter
	client  *client.Client

	mu      sync.Mutex
	running bool           // what was started from here has not ended
	opened  time.Time      // when the system was asked to start the app
	failed  *backend.Error // why the last start came to nothing
}

// NewAgent looks after the agent of a state folder.
func NewAgent(dir string, s Starter) *Agent {
	return &Agent{dir: dir, starter: s, client: client.New(home.Socket(dir))}
}

// State asks the agent for a sign of life.
func (a *Agent) State(ctx context.Context) AgentState {
	if len(home.Socket(a.dir)) > home.MaxSocketPath {
		return AgentState{
			State: "trouble", Message: "The state folder's path is too long for a socket: " + a.dir,
			Hint: "Set PILOTLIGHT_HOME to a shorter one and open this window again.",
		}
	}
	ctx, cancel := context.WithTimeout(ctx, askLimit)
	defer cancel()
	_, err := a.client.Status(ctx)
	a.mu.Lock()
	defer a.mu.Unlock()
	if err == nil {
		a.failed, a.opened = nil, time.Time{}
		return AgentState{State: "up"}
	}
	switch e := backend.AsError(err); {
	case (a.running || time.Since(a.opened) < openLimit) && e.Code != backend.CodeForbidden:
		return AgentState{State: "starting"}
	case e.Code != backend.CodeAgentDown:
		return AgentState{State: "trouble", Message: e.Message, Hint: e.Hint}
	case a.failed != nil:
		return Failed(a.failed)
	}
	return AgentState{State: "down", Startable: true}
}

// Start starts the agent, unless one that was started from here still runs. It
// does not wait: State tells how it goes.
func (a *Agent) Start() error {
	a.mu.Lock()
	defer a.mu.Unlock()
	if a.running {
		return nil
	}
	argv, ok := a.starter.Command()
	if !ok {
		return &backend.Error{
			Code: backend.CodeNotFound, Message: "Pilotlight's own program is not where this window looks for it.",
			Hint: "Install Pilotlight again, or start it in a terminal: pilotlight agent",
		}
	}
	said, err := sayFile(a.dir)
	if err != nil {
		return cannotUse(a.dir, err)
	}
	cmd := Detached(a.starter.Env, argv[0], argv[1:]...)
	cmd.Stderr = said
	if err := cmd.Start(); err != nil {
		_ = said.Close()
		return &backend.Error{
			Code: backend.CodeInternal, Message: "Pilotlight could not be started: " + err.Error() + ".",
			Hint: "Start it in a terminal to see more: pilotlight agent", Err: err,
		}
	}
	a.running, a.failed = true, nil
	// It ends with the agent or with this process, whichever is first.
	go a.watch(cmd, said, argv[0] == opener)
	return nil
}

// watch waits until a started agent ends, and keeps what it said of it. An
// opener that ends at once and well has done its work.
func (a *Agent) watch(cmd *exec.Cmd, said *os.File, byOpener bool) {
	err := cmd.Wait()
	text := readSaid(said)
	_ = said.Close()
	a.mu.Lock()
	defer a.mu.Unlock()
	a.running = false
	if err != nil {
		a.failed = failure(text, err)
	} else if byOpener {
		a.opened = time.Now()
	}
}

// sayFile is where a started agent prints its errors. It is a file and not a
// pipe, which would end the agent when the window closes; and it has no name
// any more, because what an agent prints is for this start alone.
func sayFile(dir string) (*os.File, error) {
	f, err := os.CreateTemp(dir, ".start-*")
	if err != nil {
		return nil, err
	}
	return f, os.Remove(f.Name())
}

func readSaid(f *os.File) string {
	b := make([]byte, maxSaid)
	n, err := f.ReadAt(b, 0)
	if err != nil && !errors.Is(err, io.EOF) {
		return ""
	}
	return string(b[:n])
}

// failure reads the lines "error: …" and "hint: …" that every command of
// Pilotlight ends with.
func failure(text string, err error) *backend.Error {
	e := &backend.Error{
		Code: backend.CodeInternal, Message: "Pilotlight started and ended at once.",
		Hint: "Start it in a terminal to see more: pilotlight agent", Err: err,
	}
	for line := range strings.Lines(text) {
		if m, ok := strings.CutPrefix(line, "error: "); ok {
			e.Message, e.Hint = strings.TrimSpace(m), ""
		} else if h, ok := strings.CutPrefix(line, "hint: "); ok {
			e.Hint = strings.TrimSpace(h)
		}
	}
	return e
}
