package main

import (
	"context"
	"fmt"
	"math/rand/v2"
	"net"
	"os"
	"path/filepath"
	"time"

	"pilotlight/backend/agent"
	"pilotlight/backend/source/lmstudio/lmstudiotest"
	"pilotlight/backend/source/openclaw"
	"pilotlight/backend/source/openclaw/openclawtest"
)

// The demo's agent asks its model every so often, and gives a failing request
// up quickly: what takes OpenClaw a minute is seen within seconds.
const (
	demoAskEvery = 15 * time.Second
	demoRetries  = 3 * time.Second
	demoPastDays = 150
	demoPast     = 60 // turns in those days, before the last week
)

// demoClaw is the demo's simulated OpenClaw: it asks the simulated LM Studio for
// answers and writes down what comes of it, as OpenClaw does.
type demoClaw struct {
	*openclawtest.OpenClaw
	home string
	ask  chan struct{} // a request to ask at once
}

// newDemoClaw makes it in a folder of the demo's. Where the demo was never here, so
// that there is a week to tell of, it also leaves some months and that week behind.
func newDemoClaw(dir string, week *demoWeek, fake *lmstudiotest.Server, model string, now func() time.Time) (*demoClaw, error) {
	c := &demoClaw{home: filepath.Join(dir, "openclaw"), ask: make(chan struct{}, 1)}
	state := filepath.Join(c.home, ".openclaw")
	if err := os.MkdirAll(state, 0o700); err != nil {
		return nil, fmt.Errorf("make the simulated OpenClaw's folder: %w", err)
	}
	port, err := freePort()
	if err != nil {
		return nil, err
	}
	c.OpenClaw, err = openclawtest.New(openclawtest.Options{
		StateDir: state, LogFile: filepath.Join(c.home, "openclaw.log"), // day files are pruned after a day
		Primary: "lmstudio/" + model, LMStudioURL: fake.URL(), Context: demoContext, API: "openai-completions", // so that the doctor has something to mend
		GatewayPort: port, RetryWindow: demoRetries, Now: now, Aliases: map[string]string{openclawtest.DefaultFallback: "Opus"},
	})
	if err != nil {
		return nil, fmt.Errorf("start the simulated OpenClaw: %w", err)
	}
	if week != nil {
		err = c.past(week)
	}
	if err == nil {
		_, err = c.StartGateway()
	}
	if err != nil {
		_ = c.Close()
		return nil, err
	}
	return c, nil
}

// freePort keeps the demo's gateway away from a real one's port.
func freePort() (int, error) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return 0, fmt.Errorf("find a port for the simulated gateway: %w", err)
	}
	defer l.Close()
	return l.Addr().(*net.TCPAddr).Port, nil
}

// past plays turns that failed in the last months, and those of the week.
func (c *demoClaw) past(week *demoWeek) error {
	failures := []openclawtest.Failure{
		openclawtest.ServerOff, openclawtest.ServerOff, openclawtest.NotLoaded, openclawtest.LoadFailed, openclawtest.ContextOverflow,
		openclawtest.Crashed, openclawtest.Err500, openclawtest.ServerOff, openclawtest.NotFound,
	}
	rng := rand.New(rand.NewPCG(7, 7)) // the same past every time
	var turns []openclawtest.Turn
	for i := range demoPast {
		// Trouble comes in heaps, and less of it lately.
		day := 8 + (demoPastDays-8)*(demoPast-i)/demoPast
		turns = append(turns, openclawtest.Turn{
			At:       week.now.AddDate(0, 0, -day).Add(-time.Duration(rng.IntN(10*60)) * time.Minute),
			Failures: failures[rng.IntN(len(failures)):][:1], Via: openclawtest.ViaChat,
			Took: time.Duration(5+rng.IntN(100)) * time.Second, // as long as it takes in life
		})
	}
	for _, turn := range append(turns, week.turns...) {
		if _, err := c.Play(turn); err != nil {
			return fmt.Errorf("play the demo's past: %w", err)
		}
	}
	return nil
}

// env is where it is, as a person's own OpenClaw would be found.
func (c *demoClaw) env() *openclaw.Env {
	return &openclaw.Env{
		Getenv: func(string) string { return "" }, Home: c.home, UID: os.Getuid(),
		SharedTmp: filepath.Join(c.StateDir(), "tmp"),
	}
}

// live asks now and then until the context ends, and at once when told to.
func (c *demoClaw) live(ctx context.Context, say func(string)) {
	next := time.NewTimer(demoAskEvery)
	defer next.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-c.ask:
		case <-next.C:
		}
		run, err := c.PlayAgainst(ctx, "", openclawtest.Turn{Via: openclawtest.ViaChat})
		switch {
		case ctx.Err() != nil:
			return
		case err != nil:
			say("The simulated OpenClaw could not write: " + err.Error())
		case run.Outcome == openclawtest.FellBack:
			say("The agent's question was not answered by its own model: " + run.AnsweredBy + " answered.")
		}
		next.Reset(demoAskEvery)
	}
}

// askNow makes the agent ask at once, as somebody who writes to it does.
func (c *demoClaw) askNow() {
	select {
	case c.ask <- struct{}{}:
	default: // it is about to
	}
}

// demoIsFresh says that the demo has never run here.
func demoIsFresh(home string) bool {
	_, err := os.Stat(agent.DatabasePath(home))
	return os.IsNotExist(err)
}
