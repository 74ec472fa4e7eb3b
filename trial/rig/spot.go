package rig

import (
	"errors"
	"fmt"
	"net"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"time"

	"pilotlight/backend/agent"
	"pilotlight/backend/face/client"
	"pilotlight/backend/source/lmstudio/lmstudiotest"
	"pilotlight/backend/source/openclaw/openclawtest"
)

// Options say what a Spot is made of. Agent and Fake are needed.
type Options struct {
	Agent    string        // path of the agent's program
	Fake     string        // path of the fake LM Studio's
	Poll     time.Duration // the agent's; 0 is 250 ms
	LoadTime time.Duration // of a model
	Claw     string        // the version of OpenClaw to play
	Seed     uint64
	// Disk is a folder on a disk of its own for all that the agent writes; ""
	// takes one beside the rest.
	Disk string
	// Network is where the agent is started and the proxy listens; nil is here.
	Network *Network
}

// Spot is one person's machine: an agent, an LM Studio and an OpenClaw.
type Spot struct {
	opts  Options
	Root  string // everything that is not on the disk
	Home  string // the person's
	State string // the agent's state folder
	Log   string // OpenClaw's log
	LM    *LMStudio
	Claw  *openclawtest.OpenClaw
	Proxy *Proxy
	Agent *Process // nil while none runs
	c     *client.Client
}

// Primary is the model that the person's OpenClaw asks first.
func Primary() string { return lmstudiotest.SmallModels()[0].Key }

// NewSpot makes one below root, which must be short: a socket's path has to fit.
// No agent runs yet. Close it.
func NewSpot(root string, o Options) (s *Spot, err error) {
	if o.Poll == 0 {
		o.Poll = agent.MinPoll
	}
	disk := o.Disk
	if disk == "" {
		disk = filepath.Join(root, "d")
	}
	s = &Spot{opts: o, Root: root, Home: filepath.Join(disk, "h"), State: filepath.Join(disk, "s"), Log: filepath.Join(root, "log", "openclaw.log")}
	defer func() {
		if err != nil {
			s.Close()
		}
	}()
	for _, dir := range []string{s.Home, filepath.Dir(s.Log)} {
		if err = os.MkdirAll(dir, 0o700); err != nil {
			return s, err
		}
	}
	if s.LM, err = NewLMStudio(o.Fake, filepath.Join(root, "lm.err"), "-load-time", o.LoadTime.String()); err != nil {
		return s, err
	}
	listen := func(addr string) (net.Listener, error) { return net.Listen("tcp", addr) }
	if o.Network != nil {
		listen = o.Network.Listen
	}
	if s.Proxy, err = NewProxy(listen); err != nil {
		return s, err
	}
	s.Proxy.Lead(s.LM.Addr())
	s.Claw, err = openclawtest.New(openclawtest.Options{
		Version: o.Claw, StateDir: filepath.Join(s.Home, ".openclaw"), LogFile: s.Log, Primary: "lmstudio/" + Primary(),
		Aliases: map[string]string{"lmstudio/" + Primary(): "Small"}, LMStudioURL: "http://" + s.Proxy.Addr(),
		RetryWindow: time.Second, Seed: o.Seed,
	})
	return s, err
}

// Close ends all that the spot started.
func (s *Spot) Close() {
	if s.c != nil {
		s.c.Close()
	}
	if s.Agent != nil {
		s.Agent.Kill()
	}
	if s.Claw != nil {
		_ = s.Claw.Close()
	}
	if s.LM != nil {
		s.LM.Kill()
	}
	if s.Proxy != nil {
		s.Proxy.Close()
	}
}

// Client speaks with the agent over its socket.
func (s *Spot) Client() *client.Client {
	if s.c == nil {
		s.c = client.New(agent.SocketPath(s.State))
	}
	return s.c
}

// Stderr is the file with what the agent says to the person who started it.
func (s *Spot) Stderr() string { return filepath.Join(s.Root, "agent.err") }

// Command is how the agent is started.
func (s *Spot) Command() Command {
	c := Command{
		Path: s.opts.Agent, Stderr: s.Stderr(),
		Args: []string{"agent", "--no-tray", "--poll", s.opts.Poll.String(), "--listen", "127.0.0.1:0",
			"--lmstudio", "http://" + s.Proxy.Addr(), "--openclaw-log", s.Log},
		Env: []string{"PATH=" + os.Getenv("PATH"), "HOME=" + s.Home, "PILOTLIGHT_HOME=" + s.State, "TMPDIR=" + s.Root, "TZ=UTC"},
	}
	if s.opts.Network != nil {
		c.Within = s.opts.Network.Do
	}
	return c
}

// Launch starts the agent and does not wait until it serves.
func (s *Spot) Launch(c Command) error {
	s.Client().Close() // what was open led to the one before
	p, err := Start(c)
	if err != nil {
		return err
	}
	s.Agent = p
	return nil
}

// StartAgent starts the agent and waits until it serves. Where it ended instead
// the error wraps an *Ended.
func (s *Spot) StartAgent(limit time.Duration) error {
	if err := s.Launch(s.Command()); err != nil {
		return err
	}
	return s.AwaitReady(limit)
}

// AwaitReady waits until a launched agent serves.
func (s *Spot) AwaitReady(limit time.Duration) error {
	line, err := s.Agent.FirstLine(limit)
	if err == nil && !strings.HasPrefix(line, "ready http://") {
		err = fmt.Errorf("it said %q instead of ready", line)
	}
	if err != nil {
		if errors.Is(err, ErrSlow) {
			s.Agent.Signal(syscall.SIGQUIT) // so that its log tells where it stands
			_, _ = s.Agent.Wait(5 * time.Second)
		}
		s.Agent.Kill()
		s.Agent = nil
		return fmt.Errorf("start the agent: %w", err)
	}
	return nil
}

// RestartLM starts the fake LM Studio again and has the proxy lead there.
func (s *Spot) RestartLM() error {
	if err := s.LM.Start(); err != nil {
		return err
	}
	s.Proxy.Lead(s.LM.Addr())
	return nil
}
