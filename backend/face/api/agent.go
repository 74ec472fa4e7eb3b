package api

import (
	"context"
	"time"

	"pilotlight/backend"
)

// Agent is what the API needs of the hub. Errors that a person should see are
// *backend.Error; anything else is shown as an internal error and logged.
type Agent interface {
	// Status is the present state: a snapshot that is never changed after it
	// was handed out, and the same pointer until something changes.
	Status() *backend.Status

	// Counts is what happened since the agent started.
	Counts() backend.Counts

	// SetKeep, Release, Pause and Resume change the keep and answer with how it
	// stands then. Pause with 0 lasts until Resume.
	SetKeep(ctx context.Context, t backend.Target) (backend.Keep, error)
	Release(ctx context.Context) (backend.Keep, error)
	Pause(ctx context.Context, length time.Duration) (backend.Keep, error)
	Resume(ctx context.Context) (backend.Keep, error)

	// Replace is a person's word that the instance which stands in the keep's
	// way may be unloaded although nothing proves that it is idle.
	Replace(ctx context.Context) (backend.Keep, error)

	// Load and Unload block until the server is done and answer with the row of
	// the history. A load goes on when ctx ends: only the waiting stops. An
	// empty server means the only or first one.
	Load(ctx context.Context, server, model string, contextLength *int) (backend.Load, error)
	Unload(ctx context.Context, server, instanceID string, force bool) (backend.Load, error)

	// Fit reckons what a load would take; it loads nothing. The error is
	// not_found or model_missing, or invalid for a name that fits several models.
	Fit(ctx context.Context, q backend.FitQuery) (backend.WhatIf, error)

	// Check asks a loaded instance for one token, to see that it still answers.
	Check(ctx context.Context, server, instanceID string) error

	// Fallback is one fallback with what happened around it, or not_found.
	Fallback(ctx context.Context, id int64) (backend.FallbackStory, error)
	// FallbackSummary counts the fallbacks from since until until, and names the
	// patterns in them.
	FallbackSummary(ctx context.Context, since, until backend.Time) (backend.FallbackSummary, error)
	// FixFallback carries out the action of a fallback's remedy; refused where
	// it has none.
	FixFallback(ctx context.Context, id int64) (backend.Fixed, error)
	// SeeFallbacks is told that a person has seen what there is.
	SeeFallbacks(ctx context.Context) error

	Doctor

	Configs
	Peers

	// Settings and SetSettings are what the person chose of Pilotlight itself.
	Settings(ctx context.Context) (backend.Settings, error)
	SetSettings(ctx context.Context, s backend.Settings) (backend.Settings, error)

	// CheckUpdate asks now whether a newer version is published.
	CheckUpdate(ctx context.Context) (backend.Update, error)

	// Login and SetLogin are whether Pilotlight starts when the person logs in.
	Login(ctx context.Context) (backend.Login, error)
	SetLogin(ctx context.Context, on bool) (backend.Login, error)

	// Subscribe starts a subscription to events. Events after the id `after`
	// that are still remembered come as its Replay; 0, or an id not reached yet
	// because the agent was restarted, replays nothing.
	Subscribe(after uint64) *Subscription
}

// Doctor is what the API needs of the doctor.
type Doctor interface {
	// Doctor looks at everything and judges it. What has to be asked for is asked
	// for anew where fresh is set, and else where it is older than half a minute.
	Doctor(ctx context.Context, fresh bool) (backend.Report, error)
	// DoctorText is the newest report as Markdown, without anything private.
	DoctorText(ctx context.Context) (string, error)
	// Mend carries a check's fix out, its first where fix is ""; dry tells only
	// what would be done. The error is not_found for a check that there is not,
	// and refused where it has no such fix any more.
	Mend(ctx context.Context, check, fix string, dry bool) (backend.Mended, error)
}

// Configs is what the API needs for OpenClaw's config. expected is the hash of
// the file that a change was made for: where it is another by now, the change is
// refused with conflict. A result that OpenClaw would not take is refused with a
// *backend.InvalidConfig. dry changes nothing.
type Configs interface {
	Config(ctx context.Context) (backend.ConfigDoc, error)
	// DraftConfig works a change out on the file as it is, or on the change's text,
	// whether the result is valid or not.
	DraftConfig(ctx context.Context, c backend.ConfigChange) (backend.ConfigPlan, error)
	ChangeConfig(ctx context.Context, expected string, c backend.ConfigChange, by backend.ConfigAuthor, dry bool) (backend.ConfigSaved, error)
	// CheckConfig asks the rules, and where ask is set an installed OpenClaw.
	CheckConfig(ctx context.Context, ask bool) (backend.ConfigCheck, error)
	// Revisions are the states of the file that Pilotlight knows of, newest first
	// and without their texts.
	Revisions(ctx context.Context, before int64, limit int) (backend.Page[backend.Revision], error)
	Revision(ctx context.Context, id int64) (backend.Revision, error)
	RestoreConfig(ctx context.Context, expected string, id int64, by backend.ConfigAuthor, dry bool) (backend.ConfigSaved, error)
	Recipes(ctx context.Context, c backend.RecipeChoice) ([]backend.Recipe, error)
	ApplyRecipe(ctx context.Context, expected, id string, c backend.RecipeChoice, by backend.ConfigAuthor, dry bool) (backend.ConfigSaved, error)
}

// Subscription is one listener's place at the hub. The publisher never waits
// for it: who does not keep up is dropped.
type Subscription struct {
	// Events brings what happens from now on, in order. The hub closes it when
	// it dropped the subscriber and when it ends.
	Events <-chan backend.Event
	// Replay is what was missed, oldest first.
	Replay []backend.Event
	// Close gives the place back. It may be called more than once.
	Close func()
	// Dropped tells, once Events is closed, whether the subscriber was too
	// slow. It may be nil.
	Dropped func() bool
}

// History reads the stored past.
type History interface {
	// Loads answers loads and unloads, newest first. The store caps the limit.
	Loads(ctx context.Context, q backend.LoadQuery) (backend.Page[backend.Load], error)
	// Fallbacks answers fallbacks, newest first. The store caps the limit.
	Fallbacks(ctx context.Context, q backend.FallbackQuery) (backend.Page[backend.Fallback], error)
	// EachLoad and EachFallback call f for every row that fits, newest first,
	// whatever the limit says; an error of f ends it and comes back.
	EachLoad(ctx context.Context, q backend.LoadQuery, f func(backend.Load) error) error
	EachFallback(ctx context.Context, q backend.FallbackQuery, f func(backend.Fallback) error) error

	// Samples answers the machine's figures over time, in at most as many rows as
	// asked for; EachSample calls f for every row that fits, newest first.
	Samples(ctx context.Context, q backend.SampleQuery) (backend.Samples, error)
	EachSample(ctx context.Context, q backend.SampleRowQuery, f func(backend.SampleRow) error) error
	// LoadedAt answers the loads of what was in memory at a moment; WalkLoads calls
	// f for the loads from since until until, which is not in it, oldest first. f
	// must be quick.
	LoadedAt(ctx context.Context, at backend.Time) ([]backend.Load, error)
	WalkLoads(ctx context.Context, since, until backend.Time, f func(backend.Load)) error
	// FallbackMarks answers the fallbacks of a span of time, oldest first: each,
	// or where there are more than most, those of each bin together.
	FallbackMarks(ctx context.Context, since, until backend.Time, bin time.Duration, most int) ([]backend.FallbackMark, error)
	// ServerChanges answers how the servers stood from since to until, oldest first.
	ServerChanges(ctx context.Context, server string, since, until backend.Time) ([]backend.ServerChange, error)
	// Uses answers what is known of the use of instances from since until until,
	// which is not in it: the stretches that begin in one bin together, ordered by
	// instance and time. EachUse calls f for every stretch that begins from since
	// until until, nil for no bound.
	Uses(ctx context.Context, since, until backend.Time, bin time.Duration) ([]backend.UseSum, error)
	EachUse(ctx context.Context, since, until *backend.Time, f func(backend.Use) error) error
}
