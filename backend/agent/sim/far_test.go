package sim

import "pilotlight/backend"

// farAway is what happens to the servers of other machines, beyond what happens to any
// LM Studio, and to the config that names them.
func farAway() map[string]deed {
	gate := func(w *world) *lmstudio { return w.gate }
	hangs := func(s *lmstudio) *bool { return &s.hangs }
	return map[string]deed{
		"hang":  {4, toggle(func(w *world) *lmstudio { return w.den }, hangs)},
		"other": {3, func(w *world, n int) { w.den.request(shelf[n%2].key, busyFor(n)) }},
		"gate-keep": {2, func(w *world, n int) {
			w.keeps(backend.Target{Server: w.gate.id(), Model: shelf[n%2].key, Policy: backend.RespectManual, Ask: true})
		}},
		"gate-off":   {2, func(w *world, _ int) { w.gate.stop(true) }},
		"gate-on":    {3, func(w *world, _ int) { w.gate.begin() }},
		"gate-token": {1, toggle(gate, func(s *lmstudio) *bool { return &s.token })},
		"gate-hang":  {1, toggle(gate, hangs)},
		"gate-odd":   {1, func(w *world, n int) { w.gate.odd = 1 + n%4 }},
		// The config loses a provider, or has it again.
		"config-drop": {3, func(w *world, n int) {
			name := pickOf(n, denName, denName, gateName)
			w.rewrites(func(c config) { delete(c, name) })
		}},
		"config-add": {5, func(w *world, _ int) {
			w.rewrites(w.namesAll)
		}},
		// A provider is found by another path, on another machine, or where another one was.
		"config-move": {3, func(w *world, n int) {
			w.rewrites(func(c config) {
				switch away := c[denName] == "http://shed:1234/v1"; {
				case n%3 == 0:
					c[denName] = w.den.url + "/studio/v1"
				case n%3 == 1:
					c[denName] = "http://shed:1234/v1"
				case !away: // or else the id that was chosen would be nobody's
					c[denName], c[gateName] = w.gate.url+"/v1", w.den.url+"/v1"
				}
			})
		}},
		"config-half": {1, func(w *world, _ int) { w.halfWritten() }},
	}
}

// begin starts a server.
func (s *lmstudio) begin() {
	s.app, s.on = true, true
	s.changed()
}
