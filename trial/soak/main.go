// Soak runs the real agent for long, with an LM Studio, an OpenClaw and people
// who do things, and says whether it takes more at the end than at the beginning:
// memory, goroutines, open files, the write-ahead log, and the database for each
// thing that happened.
//
//	go run ./trial/soak -for 1h
//	go run ./trial/soak -for 1h -week      a week's happenings in that hour
//
// It needs bin/pilotlight-headless and bin/fakelmstudio: make soak builds both.
package main

import (
	"context"
	"flag"
	"fmt"
	"io"
	"os"
	"os/signal"
	"syscall"
	"time"
)

// plan is what a soak is asked to be.
type plan struct {
	agent, fake string
	length      time.Duration
	poll        time.Duration
	week        bool
	seed        uint64
}

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	if err := run(ctx, os.Args[1:], os.Stdout); err != nil {
		fmt.Fprintln(os.Stderr, "error:", err)
		os.Exit(1)
	}
}

// run is main without the process.
func run(ctx context.Context, args []string, out io.Writer) error {
	var p plan
	flags := flag.NewFlagSet("soak", flag.ContinueOnError)
	flags.StringVar(&p.agent, "agent", "bin/pilotlight-headless", "the agent's program")
	flags.StringVar(&p.fake, "fake", "bin/fakelmstudio", "the fake LM Studio's program")
	flags.DurationVar(&p.length, "for", time.Hour, "how long")
	flags.DurationVar(&p.poll, "poll", 5*time.Second, "how often the agent looks")
	flags.BoolVar(&p.week, "week", false, "let a week's loads and fallbacks happen; looks every 250 ms")
	flags.Uint64Var(&p.seed, "seed", 1, "of what happens when")
	if err := flags.Parse(args); err != nil {
		return err
	}
	if p.week {
		p.poll = 250 * time.Millisecond
	}
	costs, did, err := soak(ctx, p, out)
	if err != nil {
		return err
	}
	return judge(out, costs, did)
}
