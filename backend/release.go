package backend

// Update is what is known of newer versions of Pilotlight itself.
type Update struct {
	Where     string `json:"where" doc:"The page that lists the published versions"`
	Latest    string `json:"latest,omitempty" doc:"The newest published version, as of checked_at"`
	Page      string `json:"page,omitempty" doc:"What is said about that version"`
	Newer     *bool  `json:"newer,omitempty" doc:"Whether it is newer than this one; left out where that cannot be told"`
	CheckedAt *Time  `json:"checked_at,omitempty" format:"date-time"`
	Error     *Error `json:"error,omitempty" doc:"Why the last look brought nothing"`
}

// Release is a published version.
type Release struct {
	Version string // as its tag says, "v1.2.3"
	Page    string // what is said about it
}
