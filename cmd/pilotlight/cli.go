package main

import (
	"context"
	"errors"
	"fmt"
	"runtime"
	"strings"

	"github.com/alecthomas/kong"

	"pilotlight/backend"
	"pilotlight/backend/agent"
	"pilotlight/backend/face/client"
	"pilotlight/backend/home"
)

// commands is the whole command line. The names are a contract with scripts.
type commands struct {
	JSON bool `name:"json" help:"Print JSON, errors included."`

	Agent   agentCmd   `cmd:"" default:"withargs" help:"Run the agent (the default)."`
	Demo    demoCmd    `cmd:"" help:"Run the agent against a simulated LM Studio, to look around."`
	Open    openCmd    `cmd:"" help:"Open the dashboard, signed in."`
	Status  statusCmd  `cmd:"" help:"What is loaded, what is kept."`
	Top     topCmd     `cmd:"" help:"The state live in the terminal: models, memory, GPUs, fallbacks."`
	Models  modelsCmd  `cmd:"" help:"Every model: size, context, loaded or not."`
	Keep    keepCmd    `cmd:"" help:"Keep a model loaded."`
	Release releaseCmd `cmd:"" help:"Stop keeping; what is loaded stays."`
	Pause   pauseCmd   `cmd:"" help:"Stop keeping for a while."`
	Resume  resumeCmd  `cmd:"" help:"Go on keeping, at once."`
	Replace replaceCmd `cmd:"" help:"Let Pilotlight replace the instance that will expire or is too small."`
	Fit     fitCmd     `cmd:"" help:"Would a model fit into memory, and with how much context?"`
	Load    loadCmd    `cmd:"" help:"Load a model once."`
	Unload  unloadCmd  `cmd:"" help:"Unload an instance."`
	Check   checkCmd   `cmd:"" help:"Ask a loaded instance for one token: does it still answer?"`
	Loads   loadsCmd   `cmd:"" help:"The history of loads and unloads, newest first."`

	Fallbacks fallbacksCmd `cmd:"" help:"Which model answered instead of the one that was asked for, and why."`
	Export    exportCmd    `cmd:"" help:"A whole history as CSV or JSON lines."`
	Backup    backupCmd    `cmd:"" help:"A copy of the whole history, while the agent goes on."`
	Config    configCmd    `cmd:"" help:"OpenClaw's model config: read, edited and put back without losing a comment."`

	Peers peersCmd `cmd:"" help:"Other Pilotlights, on other machines: see, add, remove."`
	Token tokenCmd `cmd:"" help:"The token that lets another machine see this one, or act on it."`

	Login   loginCmd   `cmd:"" help:"Start Pilotlight at login, or no longer."`
	Doctor  doctorCmd  `cmd:"" help:"What is wrong with the set-up, what to do, and doing it."`
	Version versionCmd `cmd:"" help:"Print the version."`
	Probe   probeCmd   `cmd:"" hidden:""`
}

// env is what a command works with.
type env struct {
	world
	ctx       context.Context
	json      bool
	unwritten error // the first text that did not reach the output
}

// Exit codes; scripts rely on them.
const (
	exitFailed     = 1
	exitUsage      = 2
	exitAgentDown  = 3
	exitRefused    = 4
	exitNotFound   = 5
	exitServerDown = 6
	exitBusy       = 7
)

var exitCodes = map[backend.Code]int{
	backend.CodeInvalid:      exitUsage,
	backend.CodeAgentDown:    exitAgentDown,
	backend.CodeRefused:      exitRefused,
	backend.CodeConflict:     exitRefused,
	backend.CodeGuardrail:    exitRefused,
	backend.CodeNotFound:     exitNotFound,
	backend.CodeModelMissing: exitNotFound,
	backend.CodeServerOff:    exitServerDown,
	backend.CodeAppOff:       exitServerDown,
	backend.CodeNetwork:      exitServerDown,
	backend.CodeTimeout:      exitServerDown,
	backend.CodeNeedsToken:   exitServerDown,
	backend.CodeBusy:         exitBusy,
}

// errReported ends a command with exit code 1 after it has printed all there
// is to say.
var errReported = errors.New("reported")

// errRefused is errReported for the exit code 4.
var errRefused = errors.New("refused")

// errNoAgent is errReported for the exit code 3.
var errNoAgent = errors.New("no agent")

// helpShown is what ends kong after --help.
type helpShown int

// run does one command line and returns the exit code.
func run(ctx context.Context, w world) (code int) {
	defer func() {
		if r := recover(); r != nil {
			h, ok := r.(helpShown)
			if !ok {
				panic(r)
			}
			code = int(h)
		}
	}()
	e := &env{world: w, ctx: ctx}
	command, err := parse(e)
	if err != nil {
		return e.fail(err)
	}
	if err := command(e); errors.Is(err, errReported) {
		return exitFailed
	} else if errors.Is(err, errRefused) {
		return exitRefused
	} else if errors.Is(err, errNoAgent) {
		return exitAgentDown
	} else if err != nil {
		return e.fail(err)
	} else if e.unwritten != nil {
		return e.fail(&backend.Error{
			Code: backend.CodeInternal, Err: e.unwritten,
			Message: "The answer could not be written: " + e.unwritten.Error() + ".", Hint: "Make room where it goes to, and ask again.",
		})
	}
	return 0
}

// parse finds the command in the arguments.
func parse(e *env) (command func(*env) error, err error) {
	var cli commands
	parser, err := kong.New(&cli,
		kong.Name("pilotlight"),
		kong.Description("Keeps a local model warm for OpenClaw, and remembers what happened to it."),
		kong.Writers(e.out, e.err),
		kong.Exit(func(c int) { panic(helpShown(c)) }),
		kong.UsageOnError(),
		kong.Resolvers(envResolver(e.getenv)),
	)
	if err != nil {
		return nil, err
	}
	parsed, err := parser.Parse(e.args)
	if err != nil {
		e.json = wantsJSON(e.args)
		return nil, &backend.Error{
			Code: backend.CodeInvalid, Message: err.Error(), Hint: "See: pilotlight --help",
		}
	}
	e.json = cli.JSON
	// These two go on for months: they are called without the parser, which would stay
	// in memory with them.
	switch name, _, _ := strings.Cut(parsed.Command(), " "); name {
	case "agent":
		return cli.Agent.Run, nil
	case "demo":
		return cli.Demo.Run, nil
	}
	return func(e *env) error { return parsed.Run(e) }, nil
}

func wantsJSON(args []string) bool {
	for _, a := range args {
		if a == "--json" {
			return true
		}
	}
	return false
}

// envResolver gives flags with an env tag the world's environment instead of
// the process's.
func envResolver(getenv func(string) string) kong.Resolver {
	return kong.ResolverFunc(func(_ *kong.Context, _ *kong.Path, flag *kong.Flag) (any, error) {
		name := flag.Tag.Get("from")
		if name == "" {
			return nil, nil
		}
		if v := getenv(name); v != "" {
			return v, nil
		}
		return nil, nil
	})
}

// fail prints an error the way the person or the script wants it.
func (e *env) fail(err error) int {
	be := backend.AsError(err)
	if errors.Is(err, context.Canceled) {
		be = &backend.Error{Code: backend.CodeInternal, Message: "Interrupted."}
	}
	if e.json {
		_ = e.print(map[string]*backend.Error{"error": be})
	} else {
		fmt.Fprintf(e.err, "error: %s\n", visible(strings.TrimSpace(be.Message)))
		if be.Hint != "" {
			fmt.Fprintf(e.err, "hint: %s\n", visible(be.Hint))
		}
	}
	if _, bad := errors.AsType[*backend.InvalidConfig](err); bad {
		return exitRefused // the request was well written; its result would not be
	}
	if code, ok := exitCodes[be.Code]; ok {
		return code
	}
	return exitFailed
}

// home is the state folder.
func (e *env) home() string {
	return agent.Home(runtime.GOOS, e.userHome(), e.getenv)
}

// userHome is the person's home folder.
func (e *env) userHome() string { return home.User(e.getenv) }

// client talks to the running agent.
func (e *env) client() *client.Client { return client.New(agent.SocketPath(e.home())) }
