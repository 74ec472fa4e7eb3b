package main

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"log/slog"
	"net"
	"os"
	"runtime"
	"runtime/debug"
	"strings"
	"time"

	"gopkg.in/natefinch/lumberjack.v2"

	"pilotlight/backend"
	"pilotlight/backend/agent"
	"pilotlight/backend/face/notify"
	"pilotlight/backend/face/tray"
	"pilotlight/backend/rule/keep"
	"pilotlight/backend/source/lmstudio"
	"pilotlight/backend/source/machine"
	"pilotlight/backend/source/openai"
	"pilotlight/backend/source/openclaw"
	"pilotlight/frontend"
)

// serveFlags are shared by the agent and the demo.
type serveFlags struct {
	NoTray       bool          `name:"no-tray" help:"Run without the menu bar."`
	Listen       string        `name:"listen" from:"PILOTLIGHT_LISTEN" default:"127.0.0.1:7456" help:"The dashboard's address; port 0 takes any free one."`
	ListenUnsafe bool          `name:"listen-unsafe" help:"Allow an address that other machines can reach."`
	Poll         time.Duration `name:"poll" default:"5s" help:"How often to look at LM Studio; 250ms at least."`
}

type agentCmd struct {
	serveFlags
	LMStudio      string `name:"lmstudio" from:"PILOTLIGHT_LMSTUDIO_URL" help:"LM Studio's address; found by itself when left out."`
	OpenClawLog   string `name:"openclaw-log" help:"OpenClaw's log file; found by OpenClaw's config when left out." type:"path"`
	DemoIfNew     bool   `name:"demo-if-new" hidden:"" help:"Run the demo where there is neither an LM Studio nor an earlier state."`
	OpenIfRunning bool   `name:"open-if-running" hidden:"" help:"Open the dashboard where an agent runs already."`
}

// Run runs the agent in the foreground until it is told to stop.
func (c agentCmd) Run(e *env) error {
	user := e.getenv("HOME")
	found, err := lmstudio.Discover(c.LMStudio, user, e.getenv)
	if err != nil {
		return err
	}
	src := lmstudio.New(found)
	if c.DemoIfNew && e.isNew() && src.Look(e.ctx, e.now).State == backend.ServerDown {
		_ = src.Close()
		fmt.Fprintf(e.err, "No LM Studio answers at %s, and Pilotlight has not run here before: starting the demo.\n", found.URL)
		return demoCmd{serveFlags: c.serveFlags}.Run(e)
	}
	cfg, err := e.config(c.serveFlags, e.home())
	if err != nil {
		return err
	}
	sampler := e.newSampler(c.Poll)
	defer sampler.Close()
	cfg.Source, cfg.Sample, cfg.Unified = src, sampler.Sample, machine.Unified()
	cfg.ModelHome = func() agent.ModelHome {
		p := lmstudio.ReadPreferences(user)
		return agent.ModelHome{Folder: p.ModelsFolder, Context: p.Context, LongestContext: p.LongestContext}
	}
	cfg.Checkup = e.checkup()
	cfg.NewSource = newSource
	cfg.OpenClaw = e.openClaw()
	cfg.OpenClawLog = c.OpenClawLog
	err = e.serve(cfg, c.serveFlags)
	if c.OpenIfRunning && backend.CodeOf(err) == backend.CodeRunning {
		// Who starts it a second time from a menu wants to see it.
		return openCmd{}.Run(e)
	}
	return err
}

// newSource speaks with a server of OpenClaw's config: by what it turns out to be,
// and once that is an LM Studio, as one. Its key goes to its own host alone.
func newSource(s agent.ServerSpec) agent.Source {
	if s.Engine == backend.EngineLMStudio {
		return lmstudio.New(lmstudio.Config{ID: s.ID, URL: s.Root, Token: s.Token.Reveal()})
	}
	return openai.New(openai.Config{ID: s.ID, URL: s.URL, Token: s.Token.Reveal(), Hosted: s.Hosted, AskAllowed: true}) // the hub asks only where a person wants it
}

// openClaw is where the person's OpenClaw is looked for.
func (e *env) openClaw() *openclaw.Env {
	env := &openclaw.Env{Getenv: e.getenv, Home: e.getenv("HOME"), UID: os.Getuid()}
	env.Hosts = ownNames()
	return env
}

// ownNames are the names and addresses that lead to this machine, as of now: a
// config may name it by that of a network.
func ownNames() []string {
	var names []string
	if name, err := os.Hostname(); err == nil {
		names = append(names, name)
		if short, _, _ := strings.Cut(name, "."); short != "" {
			names = append(names, short, short+".local")
		}
	}
	addrs, err := net.InterfaceAddrs()
	if err != nil {
		return names
	}
	for _, a := range addrs {
		if n, ok := a.(*net.IPNet); ok && !n.IP.IsLoopback() {
			names = append(names, n.IP.String())
		}
	}
	return names
}

// isNew says that no agent has run here yet.
func (e *env) isNew() bool {
	_, err := os.Stat(agent.DatabasePath(e.home()))
	return errors.Is(err, fs.ErrNotExist)
}

func (e *env) config(f serveFlags, home string) (agent.Config, error) {
	dashboard, err := frontend.Dist()
	if err != nil {
		return agent.Config{}, err
	}
	return agent.Config{
		Home: home, Listen: f.Listen, ListenUnsafe: f.ListenUnsafe, Poll: f.Poll,
		ServerName: "LM Studio", Keep: keep.Defaults(), Version: version, Releases: e.releases(), Dashboard: dashboard, Now: e.now,
		Ready: func(url, link string) {
			// Scripts read this one line; the link is for people.
			e.line("ready %s", url)
			fmt.Fprintln(e.err, "Open the dashboard, signed in (works once):", link)
		},
	}, nil
}

// collectAt is by how many percent of what is in use the heap grows before garbage
// is collected. An agent has 2 MB in use and is idle for most of its life: half of
// that saves more memory than the collecting costs time.
const collectAt = 50

// mostThreads is on how many threads at once Go runs at most: a person's own page
// needs no more, and each has memory set aside.
const mostThreads = 4

// rest makes what tells Go that one thread is enough for a while: looks come one by
// one, and to wake others for each, which find nothing to do, is a third of what an
// idle agent costs.
func rest() func(resting bool) {
	threads := min(runtime.GOMAXPROCS(0), mostThreads)
	runtime.GOMAXPROCS(threads)
	return func(resting bool) {
		if resting {
			runtime.GOMAXPROCS(1)
		} else {
			runtime.GOMAXPROCS(threads)
		}
	}
}

// serve runs an agent with its log in the state folder, and its menu bar.
func (e *env) serve(cfg agent.Config, f serveFlags) error {
	log := logFile(cfg.Home)
	defer log.Close()
	cfg.Log = slog.New(slog.NewTextHandler(log, &slog.HandlerOptions{Level: slog.LevelInfo}))
	if !cfg.Demo { // what the demo plays is nothing to interrupt anybody for
		cfg.Notify = notify.NewDesktop(e.getenv).Show
		item, err := e.loginItem()
		if err != nil {
			cfg.Log.Warn("no login item", "error", err)
		}
		cfg.Login = item
	}
	debug.SetGCPercent(collectAt)
	cfg.GiveBack = giveBackPages
	cfg.Rest = rest()
	if !tray.Built || f.NoTray {
		return agent.Run(e.ctx, cfg)
	}
	bar := e.newBar(cfg)
	defer bar.close()
	cfg.Started = bar.start
	return agent.Run(bar.ctx, cfg)
}

// logFile is agent.log, at most 2 MB and one older file. It is made with the
// first line, which is after the agent has made the folder.
func logFile(home string) io.WriteCloser {
	return &lumberjack.Logger{Filename: agent.LogPath(home), MaxSize: 2, MaxBackups: 1}
}
