package tray

import "fmt"

// How many items there are to fill: the menu's library cannot remove one, so
// none is made later.
const (
	mostModels = 40
	mostGPUs   = 4
	mostPeers  = 8
	mostLines  = 3 // of one text
	pauses     = 3 // lengths to choose from
)

// place is one line that the menu can have. One without an id is a separator,
// which the library can neither hide nor find again: each stands between lines
// of which some are always there.
type place struct {
	id    string
	under string // the item in whose submenu it is
	check bool   // has a box to check
}

// layout is every line that there can be, in the order in which View lists them.
func layout() []place {
	var all []place
	add := func(under string, ids ...string) {
		for _, id := range ids {
			all = append(all, place{id: id, under: under, check: id == "keep" || id == "login"})
		}
	}
	many := func(under, id string, n int) {
		for i := range n {
			add(under, fmt.Sprintf("%s.%d", id, i))
		}
	}
	add("", "headline")
	many("", "sub", mostLines)
	many("", "hint", mostLines)
	many("", "failure", mostLines)
	add("", "", "keep", "another")
	many("another", "model", mostModels)
	add("another", "more")
	add("", "pause")
	many("pause", "pause", pauses)
	add("", "resume", "replace", "unload", "", "memory")
	many("", "gpu", mostGPUs)
	add("", "fallback", "today", "peers")
	many("peers", "peer", mostPeers)
	add("peers", "peers_more")
	add("", "", "open", "doctor", "login", "quit")
	return all
}
