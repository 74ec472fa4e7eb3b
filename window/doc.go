// Package window is all of the dashboard's window that is not the web view: the
// way to the agent, the page that stands in when there is no agent, starting
// it, the one-window lock, the window's place, and the checks of what a page
// may ask for. The program at the root of the module puts it into Wails.
//
// It holds no state of its own but the window's place and no copy of the
// dashboard, and it must never decide anything about models. It builds and is
// tested without a display and without a web view.
package window
