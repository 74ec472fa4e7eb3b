// Package login makes Pilotlight start when a person logs in: a LaunchAgent on
// macOS, an autostart entry on Linux. It owns that one file and nothing else.
//
// It must never start or stop anything now, never need more rights than the
// person has, and never touch a file that somebody else made.
package login
