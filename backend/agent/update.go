package agent

import (
	"context"
	"fmt"
	"time"

	"pilotlight/backend"
	"pilotlight/backend/rule/newer"
	"pilotlight/backend/source/release"
)

const (
	// updateState is under what the store keeps what is known of newer versions.
	updateState = "update"
	// updateNotice is the id of the notice that there is one.
	updateNotice = "update"
	// updateEvery is how often the page of releases is asked, where a person wants
	// that; updateAgain where it gave no answer.
	updateEvery = 24 * time.Hour
	updateAgain = 4 * time.Hour
)

// updates is what is known of newer versions. It belongs to the loop.
type updates struct {
	row    *backend.Update // never changed, only replaced; nil where this build does not know where to ask
	asking bool
}

// restoreUpdate picks up what was known before, so that a restart asks nobody. What
// another version of Pilotlight found is compared with this one.
func (a *Agent) restoreUpdate(ctx context.Context) error {
	if a.cfg.Releases == "" {
		return nil
	}
	var was backend.Update
	if err := a.restore(ctx, updateState, &was); err != nil {
		return err
	}
	if was.Where != a.cfg.Releases {
		was = backend.Update{Where: a.cfg.Releases}
	}
	a.showUpdate(was)
	return nil
}

// updateIfDue asks for the newest version where a person wants that and it is time.
// It has no timer of its own: it goes with whatever turn comes.
func (a *Agent) updateIfDue(now time.Time) {
	if a.update.row == nil || a.update.asking || !a.settings.Updates || !updateDue(*a.update.row, now) {
		return
	}
	a.update.asking = true
	a.beside(func(ctx context.Context) {
		found, err := release.Latest(ctx, a.cfg.Releases)
		a.post(func() { a.learnedUpdate(found, err) })
	})
}

// updateDue says whether the page should be asked again. A clock that was set back
// does not put it off.
func updateDue(u backend.Update, now time.Time) bool {
	if u.CheckedAt == nil {
		return true
	}
	age, wait := now.Sub(u.CheckedAt.Time), updateEvery
	if u.Error != nil {
		wait = updateAgain
	}
	return age >= wait || age < 0
}

// CheckUpdate asks for the newest version at once. It fails with CodeUnsupported
// where this build does not know where versions are published; that the page gave no
// answer is in the Update.
func (a *Agent) CheckUpdate(ctx context.Context) (backend.Update, error) {
	if a.cfg.Releases == "" {
		return backend.Update{}, NoReleases()
	}
	found, err := release.Latest(ctx, a.cfg.Releases)
	return inLoop(ctx, a, func() (backend.Update, error) {
		a.learnedUpdate(found, err)
		return *a.update.row, nil
	})
}

// NoReleases says that a build does not know where versions are published.
func NoReleases() error {
	return &backend.Error{
		Code: backend.CodeUnsupported, Message: "This build does not know where new versions are published.",
		Hint: "Set PILOTLIGHT_RELEASES to the page of the project's releases, as https://…/releases.",
	}
}

// learnedUpdate takes an answer in. An answer that failed leaves what was known.
func (a *Agent) learnedUpdate(found backend.Release, err error) {
	a.update.asking = false
	at := backend.At(a.cfg.Now())
	u := *a.update.row
	u.CheckedAt, u.Error = &at, nil
	if err == nil {
		u.Latest, u.Page = found.Version, found.Page
	} else {
		e := *backend.AsError(err)
		e.Err = nil
		u.Error = &e
		a.cfg.Log.Info("no newest version", "error", err)
	}
	a.showUpdate(u)
	a.keepState(updateState, a.update.row)
}

// showUpdate makes u what is known, and tells of a version that is newer.
func (a *Agent) showUpdate(u backend.Update) {
	u.Newer = newer.Than(a.cfg.Version, u.Latest)
	a.update.row = &u
	if u.Newer == nil || !*u.Newer {
		a.notices.drop(updateNotice)
		return
	}
	a.notices.raise(a.cfg.Now(), backend.Notice{
		ID: updateNotice, Level: backend.NoticeInfo, Code: "update",
		Text: fmt.Sprintf("Pilotlight %s is published; this is %s.", u.Latest, a.cfg.Version),
		Hint: "What is new, and how to get it: " + u.Page,
	})
}
