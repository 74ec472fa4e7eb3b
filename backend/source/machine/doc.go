// Package machine reads what this machine has and uses: RAM, pressure, CPU,
// graphics processors, and the programs that hold models. It owns how each
// figure is found out on each system, decides nothing, and keeps no history.
//
// It must never guess: what cannot be read is absent, and every reading names
// its source. It never forks in the steady state, never waits for a reader
// longer than Limit, and never asks one again while it still hangs. Of other
// programs' arguments it keeps nothing but the role that they give away.
//
// Everything that interprets bytes is a pure function in a file that is built
// and tested on every system; files that end in _linux.go or _darwin.go hold
// only the calls.
package machine
