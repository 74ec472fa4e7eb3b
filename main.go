//go:build desktop

// Command pilotlight-window is the dashboard in a window of its own: a web view
// around what the agent serves on its socket. It is open as long as its window
// is, so that nobody pays for a web view that is closed.
package main

import (
	"errors"
	"flag"
	"fmt"
	"io"
	"log/slog"
	"os"
	"runtime"

	"github.com/wailsapp/wails/v2"
	"github.com/wailsapp/wails/v2/pkg/logger"
	"github.com/wailsapp/wails/v2/pkg/options"
	"github.com/wailsapp/wails/v2/pkg/options/assetserver"
	"github.com/wailsapp/wails/v2/pkg/options/linux"
	"github.com/wailsapp/wails/v2/pkg/options/mac"

	"pilotlight/backend"
	"pilotlight/backend/home"
	"pilotlight/window"
)

// version is set at build time with -ldflags "-X main.version=…".
var version = "dev"

func main() {
	if len(os.Args) > 1 && os.Args[1] == window.DetachCommand {
		fail(window.BecomeDetached(os.Args[2:]))
	}
	var path string
	var demo, printVersion bool
	flags := flag.NewFlagSet("pilotlight-window", flag.ContinueOnError)
	flags.SetOutput(io.Discard)
	flags.StringVar(&path, "path", "", "")
	flags.BoolVar(&demo, "demo", false, "")
	flags.BoolVar(&printVersion, "version", false, "")
	if err := flags.Parse(os.Args[1:]); err != nil || flags.NArg() > 0 {
		fmt.Fprintln(os.Stderr, "usage: pilotlight-window [--path /models] [--demo] [--version]")
		os.Exit(2)
	}
	if printVersion {
		fmt.Println("pilotlight-window", version)
		return
	}
	err := run(path, demo)
	if err != nil && !errors.Is(err, window.ErrRaised) {
		fail(err)
	}
}

// fail says what went wrong and ends the program.
func fail(err error) {
	e := backend.AsError(err)
	fmt.Fprintln(os.Stderr, "error:", e.Message)
	if e.Hint != "" {
		fmt.Fprintln(os.Stderr, "hint:", e.Hint)
	}
	os.Exit(1)
}

// run is the window's whole life. window.ErrRaised says that another was open.
func run(path string, demo bool) error {
	route, err := window.Route(path)
	if err != nil {
		return err
	}
	user := home.User(os.Getenv)
	dir := home.Dir(runtime.GOOS, user, os.Getenv)
	if demo {
		dir = home.Demo(dir)
	}
	// Wails adds to the environment what is for its own toolkit alone.
	env := os.Environ()
	starter, err := window.NewStarter(runtime.GOOS, env, demo)
	if err != nil {
		return err
	}
	log := slog.New(slog.NewTextHandler(os.Stderr, nil))
	app := newApp(dir, route, window.NewAgent(dir, starter), env, log)
	claim, err := window.ClaimWindow(dir, route, app.raise)
	if err != nil {
		return err
	}
	defer claim.Close()
	defer app.end()
	return show(app.options(window.NewHandler(home.Socket(dir), log)))
}

// show opens the window and waits until it is closed. Without a display Wails
// panics (Wails 2.15, linux/frontend.go, NewFrontend), which tells nobody
// anything.
func show(o *options.App) (err error) {
	defer func() {
		if r := recover(); r != nil {
			err = &backend.Error{
				Code: backend.CodeRefused, Message: fmt.Sprintf("No window can be opened here: %v.", r),
				Hint: "Use the dashboard in a browser: pilotlight open --print",
			}
		}
	}()
	return wails.Run(o)
}

// options are the window as Wails makes it.
func (a *App) options(h *window.Handler) *options.App {
	ground := a.place.Background
	o := &options.App{
		Title:  "Pilotlight",
		Width:  a.place.Width,
		Height: a.place.Height,
		// On Linux they hold from the first page on: see domReady.
		MinWidth:           window.MinWidth,
		MinHeight:          window.MinHeight,
		BackgroundColour:   options.NewRGB(ground[0], ground[1], ground[2]),
		AssetServer:        &assetserver.Options{Handler: h},
		Menu:               a.menu(),
		Logger:             quietLogger{a.log},
		LogLevelProduction: logger.ERROR,
		OnStartup:          a.startup,
		OnDomReady:         a.domReady,
		OnBeforeClose:      a.beforeClose,
		Bind:               []any{a},
		DragAndDrop:        &options.DragAndDrop{DisableWebViewDrop: true},
		Mac: &mac.Options{
			Preferences:                  &mac.Preferences{TabFocusesLinks: mac.Enabled},
			DisableEscapeExitsFullscreen: true,
		},
		Linux: &linux.Options{
			Icon:        icon,
			ProgramName: "pilotlight-window",
			// The GPU's memory belongs to the models, and a page of text and
			// lines needs none of it.
			WebviewGpuPolicy: linux.WebviewGpuPolicyNever,
		},
	}
	if a.place.Maximised {
		o.WindowStartState = options.Maximised
	}
	return o
}
