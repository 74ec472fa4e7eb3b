// Faults runs the real agent among its real surroundings while things go wrong:
// it is killed at any moment, also between two writes, and paused; the model
// server dies, hangs and comes back; the disk fills up and fails; the network is
// cut; the clock jumps; files are damaged. After every round it is looked at what
// must hold all the same; check.go says what.
//
//	go run ./trial/faults -rounds 1000 -seed 1
//	go run ./trial/faults -rounds 50 -seed 1 -only disk-full,kill -v
//
// One seed is one script of faults: what is done, when and how hard. When exactly
// it meets the agent is the machine's.
package main

import (
	"context"
	"flag"
	"fmt"
	"io"
	"os"
	"os/signal"
	"strings"
	"syscall"
	"time"

	"pilotlight/trial/rig"
)

// plan is what a trial is asked to be.
type plan struct {
	agent, fake string
	rounds      int
	lanes       int
	budget      time.Duration // after which no round is begun; 0 is none
	seed        uint64
	only        []string
	verbose     bool
	keep        string // folder for what a failed lane left
	log         io.Writer
}

func main() {
	rig.Shim()
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	if err := run(ctx, os.Args[1:], os.Stdout); err != nil {
		fmt.Fprintln(os.Stderr, "error:", err)
		os.Exit(1)
	}
}

// run is main without the process.
func run(ctx context.Context, args []string, out io.Writer) error {
	p := plan{log: out}
	flags := flag.NewFlagSet("faults", flag.ContinueOnError)
	flags.StringVar(&p.agent, "agent", "bin/pilotlight-headless", "the agent's program")
	flags.StringVar(&p.fake, "fake", "bin/fakelmstudio", "the fake LM Studio's program")
	flags.IntVar(&p.rounds, "rounds", 1000, "how many rounds, over all lanes")
	flags.IntVar(&p.lanes, "lanes", 8, "how many agents at a time")
	flags.DurationVar(&p.budget, "budget", 0, "begin no round after so long; 0 plays them all")
	flags.Uint64Var(&p.seed, "seed", 1, "of the script")
	only := flags.String("only", "", "these faults alone, separated by commas")
	flags.BoolVar(&p.verbose, "v", false, "tell of every round")
	flags.StringVar(&p.keep, "keep", "", "a folder for what a failed lane left")
	if err := flags.Parse(args); err != nil {
		return err
	}
	if *only != "" {
		p.only = strings.Split(*only, ",")
	}
	r, err := trial(ctx, p)
	if err != nil {
		return err
	}
	r.print(out)
	return r.err()
}
