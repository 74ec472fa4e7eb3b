package rig

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"strings"
	"syscall"
	"time"

	"pilotlight/backend/source/lmstudio/lmstudiotest"
)

// lmLimit is how long the fake LM Studio may take to start and to answer.
const lmLimit = 30 * time.Second

// LMStudio is the fake as a program of its own, which can be killed and paused.
type LMStudio struct {
	bin, stderr string
	args        []string
	process     *Process
	addr        string // of its server
	control     string
	http        *http.Client
}

// NewLMStudio starts the program of bin; args are its own flags.
func NewLMStudio(bin, stderr string, args ...string) (*LMStudio, error) {
	l := &LMStudio{bin: bin, stderr: stderr, args: args, http: &http.Client{Timeout: lmLimit}}
	return l, l.Start()
}

// Start starts it again, with nothing loaded and on other ports.
func (l *LMStudio) Start() error {
	p, err := Start(Command{Path: l.bin, Args: l.args, Stderr: l.stderr})
	if err != nil {
		return err
	}
	line, err := p.FirstLine(lmLimit)
	if err != nil {
		p.Kill()
		return fmt.Errorf("start the fake LM Studio: %w", err)
	}
	var url string
	if _, err := fmt.Sscanf(line, "ready %s %s", &url, &l.control); err != nil {
		p.Kill()
		return fmt.Errorf("start the fake LM Studio: it said %q: %w", line, err)
	}
	l.process, l.addr = p, strings.TrimPrefix(url, "http://")
	return nil
}

// Addr is host:port of its server.
func (l *LMStudio) Addr() string { return l.addr }

// Kill ends it at once; what was loaded is gone.
func (l *LMStudio) Kill() {
	l.http.CloseIdleConnections()
	l.process.Kill()
}

// Freeze stops it amid whatever it does, until Thaw.
func (l *LMStudio) Freeze() { l.process.Signal(syscall.SIGSTOP) }

// Thaw lets it go on.
func (l *LMStudio) Thaw() { l.process.Signal(syscall.SIGCONT) }

// Do performs an action. It fails where the fake says that there is no such thing.
func (l *LMStudio) Do(a lmstudiotest.Action) error {
	body, err := json.Marshal(a)
	if err != nil {
		return err
	}
	resp, err := l.http.Post(l.control+"/do", "application/json", bytes.NewReader(body))
	if err != nil {
		return err
	}
	defer resp.Body.Close()
	text, err := io.ReadAll(resp.Body)
	if err == nil && resp.StatusCode != http.StatusOK {
		err = fmt.Errorf("%s: %s", a.Do, bytes.TrimSpace(text))
	}
	return err
}

// Instances is what it really has in memory.
func (l *LMStudio) Instances() (list []lmstudiotest.Instance, err error) {
	err = l.read("/instances", &list)
	return list, err
}

// Loading are the keys of what it is loading, whoever asked for it.
func (l *LMStudio) Loading() (keys []string, err error) {
	err = l.read("/loading", &keys)
	return keys, err
}

func (l *LMStudio) read(what string, into any) error {
	resp, err := l.http.Get(l.control + what)
	if err != nil {
		return err
	}
	defer resp.Body.Close()
	return json.NewDecoder(resp.Body).Decode(into)
}
