package doctor

import (
	"time"

	"pilotlight/backend"
)

// Facts is all that the doctor goes by. Whatever is nil is not known, and a check
// that needs it skips and says so; it is never taken for well. A list that is there
// and empty says that nothing was found: of Loads, Fallbacks and Patterns that is
// good news.
type Facts struct {
	Now      time.Time
	OS       string          // as runtime.GOOS
	Unified  bool            // models live in the machine's RAM
	Status   *backend.Status // the newest; never nil
	LMStudio backend.LMStudioSeen

	// Of OpenClaw's config; nil where there is none or it cannot be read.
	Config  *backend.ConfigForm
	Issues  []backend.ConfigIssue // as "config check" tells them
	Safety  *backend.ConfigSafety
	Version string            // of OpenClaw, "" if unknown
	Edit    *backend.Revision // the last edit of ours, with what became of it
	Quiet   *bool             // its logging.level leaves warnings out of the log
	Preload map[string]bool   // params.preload by provider, of those that set it

	Fallbacks []backend.Fallback // of the last week, newest first, bounded
	Patterns  []backend.Pattern
	Loads     []backend.Load  // of the last week, newest first, bounded
	Cold      map[Held]Cold   // how long loads take
	Fits      map[Held]Fitted // what the models of the chain take

	Reach     map[string]backend.Reach // by provider
	Files     []backend.FileAccess
	Listening []backend.Listening
	Disk      *backend.DiskSpace
	Sleep     *backend.SleepRule
}

// Held names a model on a server.
type Held struct{ Server, Model string }

// Cold is how long loads of a model took.
type Cold struct {
	Median, P95 time.Duration
	N           int
}

// Fitted is what a model takes: at the context that OpenClaw's config asks for,
// and at the one that it is loaded with.
type Fitted struct {
	AtConfig *backend.Fit
	AtLoaded *backend.Fit
	FitsUpTo *int // tokens; the longest context that fits
}
