package agent

import (
	"cmp"

	"pilotlight/backend"
)

// writer is who writes to the store by itself.
type writer int

const (
	byRecorder writer = iota
	byFollower
)

// unwritten is why each could not write the last time, nil where it could.
type unwritten [byFollower + 1]*backend.Error

// historyNotice is the id of what is told while something cannot be written.
const historyNotice = "history"

// wrote takes in that a writer could not write, or can again. The person is told for as
// long as any cannot, and anew only when there is something else to do: which of the
// writes has no room changes from try to try, and some find room where others do not.
func (a *Agent) wrote(by writer, err error) {
	a.unwritten[by] = nil
	if err != nil {
		a.unwritten[by] = backend.AsError(err)
	}
	e := cmp.Or(a.unwritten[byRecorder], a.unwritten[byFollower])
	if e == nil {
		a.notices.drop(historyNotice)
		return
	}
	if n, up := a.notices.find(historyNotice); up && n.Hint == e.Hint {
		return
	}
	a.notices.raise(a.cfg.Now(), backend.Notice{
		ID: historyNotice, Level: backend.NoticeError, Code: "history_not_written",
		Text: "The history cannot be written: " + e.Message, Hint: e.Hint,
	})
}
