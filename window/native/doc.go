// Package native reaches the few things of the web view and the desktop that
// Wails v2 has no call for: real page zoom, the web view's editing commands,
// and where on the desktop windows may be. Built with the tag desktop only; it
// must never hold state.
package native
