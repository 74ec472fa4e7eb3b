package main

import (
	"context"
	"encoding/json"
	"io"
	"os"
	"strings"
	"sync"
	"time"

	"golang.org/x/term"

	"pilotlight/backend"
	"pilotlight/backend/face/client"
	"pilotlight/backend/face/top"
)

type topCmd struct {
	Once bool `name:"once" help:"Print it once and end; so it does where there is no terminal."`
}

const (
	// tick is how often ages and clocks are drawn anew.
	tick = time.Second
	// retryTop is how long a lost agent is left alone.
	retryTop = 2 * time.Second
	// leastPause lies between two drawings, however much happens.
	leastPause = 100 * time.Millisecond
)

// Run draws the state until somebody presses q. An agent that goes away is
// waited for; one that does not run at the start is an error.
func (c topCmd) Run(e *env) error {
	agent := e.client()
	defer agent.Close()
	st, err := agent.Status(e.ctx)
	if err != nil {
		return err
	}
	view := &topView{e: e, agent: agent, past: new(top.Past)}
	screen, live := e.terminal()
	if c.Once || !live && !e.json {
		return view.print(st)
	}
	ctx, stop := context.WithCancel(e.ctx)
	defer stop()
	if !e.json {
		restore := screen.enter(e.out)
		defer restore()
		if screen.raw {
			go quitOnKey(e.in, stop)
		}
	}
	return view.follow(ctx, st)
}

// topView is what is shown.
type topView struct {
	e     *env
	agent *client.Client
	past  *top.Past
}

// print writes one view.
func (v *topView) print(st *backend.Status) error {
	if v.e.json {
		return json.NewEncoder(v.e.out).Encode(st)
	}
	v.past.Add(st.Machine)
	for _, line := range top.View(st, v.past, v.e.now(), top.Screen{Width: 100}) {
		v.e.line("%s", line)
	}
	return nil
}

// follow shows the state and each one after it, until ctx ends.
func (v *topView) follow(ctx context.Context, st *backend.Status) error {
	ctx, stop := context.WithCancel(ctx)
	news := make(chan struct{}, 1)
	var wg sync.WaitGroup
	wg.Go(func() { watchNews(ctx, v.agent, news) })
	defer wg.Wait()
	defer stop()
	timer := time.NewTicker(tick)
	defer timer.Stop()
	var lost error
	for {
		if err := v.show(st, lost); err != nil {
			return err
		}
		select {
		case <-ctx.Done():
			return nil
		case <-news:
		case <-timer.C:
			if v.e.json {
				continue // only what is new is printed
			}
		}
		time.Sleep(leastPause)
		next, err := v.agent.Status(ctx)
		if lost = err; err == nil {
			st = next
		}
	}
}

// show draws one view over the one before.
func (v *topView) show(st *backend.Status, lost error) error {
	if v.e.json {
		return v.print(st)
	}
	v.past.Add(st.Machine)
	screen, _ := v.e.terminal()
	lines := top.View(st, v.past, v.e.now(), screen.Screen)
	if lost != nil {
		lines[0] = backend.AsError(lost).Message + " What stands here is old."
	}
	// Each line is cleared behind its text, so that nothing flickers.
	_, err := io.WriteString(v.e.out, "\x1b[H"+strings.Join(lines, "\x1b[K\r\n")+"\x1b[K\x1b[J")
	return err
}

// watchNews says whenever something happened. Having the stream open also makes
// the agent sample more often.
func watchNews(ctx context.Context, c *client.Client, news chan<- struct{}) {
	for ctx.Err() == nil {
		_ = c.Events(ctx, 0, func(string, uint64, json.RawMessage) error {
			select {
			case news <- struct{}{}:
			default:
			}
			return nil
		})
		select {
		case <-ctx.Done():
		case <-time.After(retryTop):
		}
	}
}

// terminal is the screen that the output is, if it is one.
type terminal struct {
	top.Screen
	raw   bool
	stdin *os.File
}

func (e *env) terminal() (t terminal, live bool) {
	out, ok := e.out.(*os.File)
	if !ok || !term.IsTerminal(int(out.Fd())) {
		return t, false
	}
	width, height, err := term.GetSize(int(out.Fd()))
	if err != nil {
		width, height = 80, 24
	}
	t.stdin, _ = e.in.(*os.File)
	t.raw = t.stdin != nil && term.IsTerminal(int(t.stdin.Fd()))
	t.Screen = top.Screen{Width: width, Height: height, Color: e.getenv("NO_COLOR") == "" && e.getenv("TERM") != "dumb", Keys: t.raw}
	return t, true
}

// enter takes the alternate screen, hides the cursor and reads keys at once. What
// it returns puts everything back.
func (t *terminal) enter(out io.Writer) (restore func()) {
	_, _ = io.WriteString(out, "\x1b[?1049h\x1b[?25l")
	var was *term.State
	if t.raw {
		was, _ = term.MakeRaw(int(t.stdin.Fd()))
		t.raw = was != nil
	}
	return func() {
		if was != nil {
			_ = term.Restore(int(t.stdin.Fd()), was)
		}
		_, _ = io.WriteString(out, "\x1b[?25h\x1b[?1049l")
	}
}

// quitOnKey ends at q, Escape and Ctrl-C, which a raw terminal no longer turns
// into a signal.
func quitOnKey(in io.Reader, quit func()) {
	key := make([]byte, 16)
	for {
		n, err := in.Read(key)
		if err != nil {
			return
		}
		if n == 1 && strings.ContainsRune("qQ\x1b\x03\x04", rune(key[0])) {
			quit()
			return
		}
	}
}
