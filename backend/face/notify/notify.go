// Package notify shows a notice on the person's desktop.
//
// It owns how that is done on each system, and nothing else: whether there is
// something to tell, and in which words, is decided elsewhere. It must never
// start a session bus or a program that stays.
package notify

import (
	"context"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"sync/atomic"

	"github.com/gen2brain/beeep"

	"pilotlight/backend"
)

// Desktop shows notices, one at a time.
type Desktop struct {
	getenv func(string) string
	busy   atomic.Bool
}

// NewDesktop makes one; getenv is the environment of the person's session.
func NewDesktop(getenv func(string) string) *Desktop { return &Desktop{getenv: getenv} }

// Show shows a notice. It fails with CodeUnsupported where the session has
// nobody to show it, and with CodeBusy while an earlier one hangs. When ctx ends
// first, the notice may still appear.
func (d *Desktop) Show(ctx context.Context, title, text string) error {
	if runtime.GOOS == "linux" && !hasBus(d.getenv) {
		return &backend.Error{
			Code: backend.CodeUnsupported, Message: "This session has no desktop that shows notices.",
			Hint: "The dashboard and the menu show them.",
		}
	}
	if !d.busy.CompareAndSwap(false, true) {
		return &backend.Error{Code: backend.CodeBusy, Message: "The desktop has not taken the notice before this one yet."}
	}
	shown := make(chan error, 1)
	// The library cannot be interrupted, so a desktop that hangs keeps this
	// goroutine until it answers; busy keeps a second one from joining it.
	go func() {
		defer d.busy.Store(false)
		beeep.AppName = "Pilotlight"
		shown <- beeep.Notify(plain.Replace(title), plain.Replace(text), "")
	}()
	select {
	case err := <-shown:
		if err != nil {
			return &backend.Error{
				Code: backend.CodeUnsupported, Message: "The desktop did not show a notice.",
				Hint: "The dashboard and the menu show it.", Err: err,
			}
		}
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

// plain takes the meaning from what desktops read as markup (Desktop
// Notifications Specification 1.2, "Markup"): names in a notice may come from
// other programs. Escaping would be shown as it is where there is no markup.
var plain = strings.NewReplacer("<", "‹", ">", "›", "&", "+")

// hasBus says whether the session has a bus where godbus looks for it. Without
// one godbus would launch a bus of its own.
func hasBus(getenv func(string) string) bool {
	if getenv("DBUS_SESSION_BUS_ADDRESS") != "" {
		return true
	}
	dir := getenv("XDG_RUNTIME_DIR")
	fi, err := os.Stat(filepath.Join(dir, "bus"))
	return dir != "" && err == nil && fi.Mode()&os.ModeSocket != 0
}
