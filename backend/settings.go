package backend

// Settings are what a person chose of Pilotlight itself.
type Settings struct {
	Notify NotifySettings `json:"notify"`
	// Updates is off unless a person wants it: nothing is asked of the world unasked.
	Updates bool `json:"updates,omitempty" doc:"Look once a day whether a newer version is published"`
	// Welcomed is that a person is done with what a first start offers.
	Welcomed bool `json:"welcomed,omitempty" doc:"A person is done with what the first start offers"`
}

// NotifySettings say when a fallback is told on the desktop. Between QuietFrom
// and QuietTo, "22:00" of this machine's clock, it is not; both empty is never
// quiet, and a span may reach over midnight.
type NotifySettings struct {
	Fallbacks bool   `json:"fallbacks" doc:"Tell of fallbacks on the desktop"`
	QuietFrom string `json:"quiet_from,omitempty" pattern:"^([01][0-9]|2[0-3]):[0-5][0-9]$" patternDescription:"HH:MM" doc:"HH:MM; both or none"`
	QuietTo   string `json:"quiet_to,omitempty" pattern:"^([01][0-9]|2[0-3]):[0-5][0-9]$" patternDescription:"HH:MM"`
}

// Login is how Pilotlight stands to starting when the person logs in.
type Login struct {
	Enabled   bool   `json:"enabled"`
	Foreign   bool   `json:"foreign" doc:"Somebody else's file lies in its place, and is left alone"`
	Program   string `json:"program,omitempty" doc:"What it starts, where that can be told"`
	Available bool   `json:"available" doc:"It can be switched on from here"`
	Hint      string `json:"hint,omitempty" doc:"Why it cannot be, and what to do"`
}

// Fixed is what came of a remedy.
type Fixed struct {
	Text string `json:"text" doc:"What was done, in words"`
}
