package tray

import (
	"time"

	"pilotlight/backend"
	"pilotlight/backend/rule/say"
)

// Menu is what should be seen.
type Menu struct {
	Shape   say.Flame
	Tooltip string
	Items   []Item
}

// Item is one line of the menu. IDs are stable and come in the order of the
// layout; an item that is not in the Menu is not shown.
type Item struct {
	ID       string
	Text     string
	Off      bool // greyed out: information, or nothing to do now
	Check    Check
	Do       Action
	Children []Item
}

// Check is an item's check mark.
type Check int

// The states of a check mark.
const (
	NoCheck Check = iota
	Unchecked
	Checked
)

// Verb is what a click asks for.
type Verb string

// The verbs. At most one command of a verb is under way at any time.
const (
	DoNothing Verb = ""
	DoKeep    Verb = "keep"
	DoRelease Verb = "release"
	DoPause   Verb = "pause"
	DoResume  Verb = "resume"
	DoReplace Verb = "replace"
	DoUnload  Verb = "unload"
	DoOpen    Verb = "open"
	DoLogin   Verb = "login"
	DoQuit    Verb = "quit"
)

// Action is what a click on an item does. Fields that a verb does not need are
// left zero.
type Action struct {
	Verb     Verb
	Target   backend.Target // DoKeep
	Length   Length         // DoPause
	Server   string         // DoUnload
	Instance string         // DoUnload
	Path     string         // DoOpen: the place in the dashboard, "" for the first
	On       bool           // DoLogin
}

// Length is how long a pause lasts.
type Length int

// The lengths of a pause that the menu offers.
const (
	UntilResume Length = iota
	ForAnHour
	UntilMorning
)

// morning is the hour at which "tomorrow" begins for who works at night.
const morning = 6

// From is the length counted from now; 0 lasts until somebody resumes.
func (l Length) From(now time.Time) time.Duration {
	switch l {
	case ForAnHour:
		return time.Hour
	case UntilMorning:
		at := time.Date(now.Year(), now.Month(), now.Day(), morning, 0, 0, 0, now.Location())
		if !at.After(now) {
			at = time.Date(now.Year(), now.Month(), now.Day()+1, morning, 0, 0, 0, now.Location())
		}
		return at.Sub(now)
	}
	return 0
}
