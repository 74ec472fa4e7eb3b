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
	Others  []Fix   `json:"other_fixes,omitempty" doc:"What it can do instead"`
	Page    string  `json:"page,omitempty" enum:"now,timeline,fallbacks,models,config" doc:"The place of the dashboard that shows more"`
}

// Fix is a remedy that Pilotlight can carry out itself. ID is unique in its check.
type Fix struct {
	ID    string  `json:"id"`
	Label string  `json:"label"`
	Does  string  `json:"does" doc:"What exactly will be done, before it is"`
	Bytes *int64  `json:"bytes,omitempty" doc:"The memory that is likely taken afterwards by what it is about"`
	Do    Mending `json:"-"`
}

// MendingKind is a way to mend.
type MendingKind string

// The ways to mend. What each does is what the buttons elsewhere do, with all
// their refusals.
const (
	MendLoad        MendingKind = "load"         // Server, Model, Context: load once
	MendKeep        MendingKind = "keep"         // Server, Model, Context: keep it loaded
	MendResume      MendingKind = "resume"       // go on keeping after a pause or giving up
	MendStartServer MendingKind = "start_server" // Server: switch LM Studio's HTTP server on; the app runs
	MendUnload      MendingKind = "unload"       // Server, Instance: unload it while it is idle
	MendCheck       MendingKind = "check"        // Server, Instance: ask for one token
	MendConfig      MendingKind = "config"       // Edits: change OpenClaw's config
	MendRestore     MendingKind = "restore"      // Revision: put an edit of OpenClaw's config back
	MendMode        MendingKind = "mode"         // Paths: make these files and folders readable for their owner alone
)

// Mending is what a fix does. Only what its kind names is set.
type Mending struct {
	Kind     MendingKind
	Server   string
	Model    string // a model's key
	Instance string
	Context  *int // tokens
	Edits    []ConfigEdit
	Revision int64
	Paths    []string
}

// Report is all that the doctor found.
type Report struct {
	At    Time    `json:"at" format:"date-time"`
	Items []Check `json:"items"`
	Fail  int     `json:"fail" doc:"How many checks failed"`
	Warn  int     `json:"warn" doc:"How many warn"`
}

// DoctorSummary is how the doctor found things when it last looked.
type DoctorSummary struct {
	Fail int  `json:"fail" doc:"How many checks failed"`
	Warn int  `json:"warn" doc:"How many warn"`
	At   Time `json:"at" format:"date-time"`
}

// Mended is what a fix did, or with dry_run would do.
type Mended struct {
	Text  string `json:"text"`
	Diff  string `json:"diff,omitempty" doc:"Of OpenClaw's config, unified"`
	Dry   bool   `json:"dry_run,omitempty"`
	Check *Check `json:"check,omitempty" doc:"The check afterwards"`
}
