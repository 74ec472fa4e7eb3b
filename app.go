//go:build desktop

package main

import (
	"context"
	_ "embed"
	"log/slog"
	"path/filepath"
	goruntime "runtime"
	"sync"

	"github.com/wailsapp/wails/v2/pkg/runtime"

	"pilotlight/backend/home"
	"pilotlight/window"
	"pilotlight/window/native"
)

//go:embed window/icon.png
var icon []byte

// App is what a page may ask of the window: its exported methods are bound by
// Wails as window.go.main.App. Whatever a page passes in is checked.
type App struct {
	dir   string
	agent *window.Agent
	log   *slog.Logger
	env   []string

	ready chan struct{}   // closed by startup
	over  chan struct{}   // closed by end
	ctx   context.Context // Wails' own, for its runtime; set before ready is closed

	mu    sync.Mutex
	place window.Place
	route string // where the first page goes
	ended bool
}

func newApp(dir, route string, agent *window.Agent, env []string, log *slog.Logger) *App {
	return &App{
		dir: dir, agent: agent, log: log, env: env,
		ready: make(chan struct{}), over: make(chan struct{}), place: window.LoadPlace(dir), route: route,
	}
}

// AgentState tells whether the agent answers, and why not.
func (a *App) AgentState() window.AgentState { return a.agent.State(a.ctx) }

// StartAgent starts the agent and tells how that began.
func (a *App) StartAgent() window.AgentState {
	if err := a.agent.Start(); err != nil {
		return window.Failed(err)
	}
	return a.agent.State(a.ctx)
}

// OpenInBrowser opens a web address in the person's own browser.
func (a *App) OpenInBrowser(address string) error {
	address, err := window.WebAddress(address)
	if err != nil {
		return err
	}
	return window.OpenAddress(goruntime.GOOS, a.env, address)
}

// RevealFile shows a file or folder in the file manager.
func (a *App) RevealFile(path string) error {
	path, err := window.ExistingFile(path)
	if err != nil {
		return err
	}
	return window.Reveal(goruntime.GOOS, a.env, path)
}

// ShowLog shows the agent's log in the file manager, or the state folder where
// there is no log yet.
func (a *App) ShowLog() error {
	if err := a.RevealFile(home.Log(a.dir)); err != nil {
		return a.RevealFile(a.dir)
	}
	return nil
}

// Raise brings the window to the front.
func (a *App) Raise() { _ = a.raise("") }

// Zoom makes the page larger (by > 0), smaller (by < 0) or 100 % (0).
func (a *App) Zoom(by int) {
	a.mu.Lock()
	a.place.Zoom = window.NextZoom(a.place.Zoom, by)
	factor := a.place.Zoom
	a.mu.Unlock()
	native.Zoom(factor)
	a.Placed()
}

// Background tells the page's ground, which the window takes on: it is what is
// seen before the next page is there, today and at the next start.
func (a *App) Background(red, green, blue uint8) {
	a.mu.Lock()
	a.place.Background = window.RGB{red, green, blue}
	a.mu.Unlock()
	runtime.WindowSetBackgroundColour(a.ctx, red, green, blue, 255)
	a.Placed()
}

// Placed keeps the window's place for the next start. A page calls it when the
// window has changed its size or lost the focus.
func (a *App) Placed() {
	a.mu.Lock()
	defer a.mu.Unlock()
	if a.ended || runtime.WindowIsMinimised(a.ctx) || runtime.WindowIsFullscreen(a.ctx) {
		return
	}
	p := a.place
	if p.Maximised = runtime.WindowIsMaximised(a.ctx); !p.Maximised {
		p.Width, p.Height = runtime.WindowGetSize(a.ctx)
		p.X, p.Y = runtime.WindowGetPosition(a.ctx)
		p.Placed = true
	}
	a.place = p
	if err := p.Save(a.dir); err != nil {
		a.log.Warn("the window's place was not kept", "file", filepath.Join(a.dir, "window.json"), "error", err.Error())
	}
}
