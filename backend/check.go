package backend

// Finding is how a check of the doctor ended.
type Finding string

// The findings of a check. A warning is something to know that breaks nothing;
// skipped is what does not apply here or cannot be known.
const (
	FindingOK   Finding = "ok"
	FindingWarn Finding = "warn"
	FindingFail Finding = "fail"
	FindingSkip Finding = "skip"
)

// Check is one thing that the doctor looked at.
type Check struct {
	ID      string  `json:"id"`
	Title   string  `json:"title"`
	Group   string  `json:"group"`
	Verdict Finding `json:"verdict" enum:"ok,warn,fail,skip"`
	Detail  string  `json:"detail" doc:"What was seen"`
	Hint    string  `json:"hint,omitempty" doc:"What to do about it"`
	Fix     *Fix    `json:"fix,omitempty" doc:"What Pilotlight can do about it"`
}

// Fix is a remedy that Pilotlight can carry out itself.
type Fix struct {
	Label string `json:"label"`
}
