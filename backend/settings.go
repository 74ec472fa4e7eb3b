package backend

// Settings are what a person chose of Pilotlight itself.
type Settings struct {
	Notify NotifySettings `json:"notify"`
}

// NotifySettings say when a fallback is told on the desktop. Between QuietFrom
// and QuietTo, "22:00" of this machine's clock, it is not; both empty is never
// quiet, and a span may reach over midnight.
type NotifySettings struct {
	Fallbacks bool   `json:"fallbacks" doc:"Tell of fallbacks on the desktop"`
	QuietFrom string `json:"quiet_from,omitempty" pattern:"^([01][0-9]|2[0-3]):[0-5][0-9]$" patternDescription:"HH:MM" doc:"HH:MM; both or none"`
	QuietTo   string `json:"quiet_to,omitempty" pattern:"^([01][0-9]|2[0-3]):[0-5][0-9]$" patternDescription:"HH:MM"`
}

// Fixed is what came of a remedy.
type Fixed struct {
	Text string `json:"text" doc:"What was done, in words"`
}
