// Package agent is the hub: it starts everything, carries events one way and
// ends everything.
//
// One goroutine, the loop, owns all state. What takes time (a look at a
// server, a load, a write to the store) runs beside it and comes back as a
// function for the loop to call, so there is nothing to lock and the order of
// events is the order in which the loop saw them.
//
// It must never believe its own command: a load that a server called done is
// told only when a list shows it. It is the one package that knows the others.
package agent
