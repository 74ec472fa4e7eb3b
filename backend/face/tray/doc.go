// Package tray is the menu bar: an icon of a flame in one of four still shapes
// and the menu below it.
//
// View is pure: it turns the agent's state into a Menu. The rest keeps what is
// on the screen equal to the newest Menu, touching only what differs, and hands
// clicks to the agent as commands. It learns of changes from the agent's events
// and never asks on its own. It must never decide anything that the agent
// should decide, and never take the agent down: where there is no display, no
// session bus or no panel, and where one of them goes away, the agent runs on.
package tray
