//go:build desktop

package main

import (
	goruntime "runtime"

	"github.com/wailsapp/wails/v2/pkg/menu"
	"github.com/wailsapp/wails/v2/pkg/menu/keys"
	"github.com/wailsapp/wails/v2/pkg/runtime"

	"pilotlight/window/native"
)

// menu is the native menu: the system's own where it has one (macOS), a menu
// bar in the window elsewhere.
func (a *App) menu() *menu.Menu {
	m := menu.NewMenu()
	onMac := goruntime.GOOS == "darwin"
	if onMac {
		m.Append(menu.AppMenu())
	}
	file := m.AddSubmenu("File")
	file.AddText("Close Window", keys.CmdOrCtrl("w"), a.does(a.quit))
	if onMac {
		m.Append(menu.EditMenu())
	} else {
		// The agent goes on, and a person who quits should not wonder.
		file.AddText("Quit Dashboard", keys.CmdOrCtrl("q"), a.does(a.quit))
		editMenu(m.AddSubmenu("Edit"))
	}
	view := m.AddSubmenu("View")
	view.AddText("Now", keys.CmdOrCtrl("1"), a.does(func() { a.goTo("#/") }))
	view.AddText("Models", keys.CmdOrCtrl("2"), a.does(func() { a.goTo("#/models") }))
	view.AddSeparator()
	view.AddText("Zoom In", keys.CmdOrCtrl("+"), a.does(func() { a.Zoom(1) }))
	view.AddText("Zoom Out", keys.CmdOrCtrl("-"), a.does(func() { a.Zoom(-1) }))
	view.AddText("Actual Size", keys.CmdOrCtrl("0"), a.does(func() { a.Zoom(0) }))
	view.AddSeparator()
	view.AddText("Reload", keys.CmdOrCtrl("r"), a.does(func() { runtime.WindowReload(a.ctx) }))
	if onMac {
		m.Append(menu.WindowMenu())
	} else {
		win := m.AddSubmenu("Window")
		win.AddText("Minimise", keys.CmdOrCtrl("m"), a.does(func() { runtime.WindowMinimise(a.ctx) }))
		win.AddText("Maximise", nil, a.does(func() { runtime.WindowToggleMaximise(a.ctx) }))
	}
	help := m.AddSubmenu("Help")
	help.AddText("Show Log File", nil, a.does(func() { a.tell(a.ShowLog()) }))
	help.AddText("Show State Folder", nil, a.does(func() { a.tell(a.RevealFile(a.dir)) }))
	return m
}

// editMenu has no keys on purpose: the web view knows them itself, and a menu
// that takes them first would keep them from the page, whose editor has a
// history of its own.
func editMenu(m *menu.Menu) {
	for _, item := range [][]string{{"Undo"}, {"Redo"}, {}, {"Cut"}, {"Copy"}, {"Paste"}, {}, {"Select All", "SelectAll"}} {
		if len(item) == 0 {
			m.AddSeparator()
			continue
		}
		command := item[len(item)-1]
		m.AddText(item[0], nil, func(*menu.CallbackData) { native.Edit(command) })
	}
}

// does makes a menu item's callback of f, once the window is there and until it
// closes.
func (a *App) does(f func()) menu.Callback {
	return func(*menu.CallbackData) {
		select {
		case <-a.ready:
			f()
		case <-a.over:
		}
	}
}

func (a *App) quit() { runtime.Quit(a.ctx) }

// tell shows an error that a menu item ended with.
func (a *App) tell(err error) {
	if err == nil {
		return
	}
	_, err = runtime.MessageDialog(a.ctx, runtime.MessageDialogOptions{
		Type: runtime.ErrorDialog, Title: "Pilotlight", Message: err.Error(),
	})
	if err != nil {
		a.log.Warn("a message could not be shown", "error", err.Error())
	}
}
