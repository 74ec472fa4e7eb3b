package config

import (
	"context"
	"strings"
	"time"

	"pilotlight/backend"
)

const (
	// WatchFor is how long a gateway may take to say what it makes of an edit. It
	// takes 0.2 to 1 s (2026.9.6); a restart announces itself at once.
	WatchFor = 5 * time.Second
	// weighsFor is how long it may take on a busy machine, once it said that it saw the
	// change: it has been seen to take 2 s, and to refuse one only after 5 s.
	weighsFor = 15 * time.Second
	lookAt    = 100 * time.Millisecond
	// lookLater is how often it is looked after WatchFor: only a busy gateway speaks so
	// late, and what it says waits in the log.
	lookLater = 500 * time.Millisecond
	// settles is how long a file that the gateway took over is looked at further:
	// another program may be about to undo it.
	settles = 400 * time.Millisecond
	// lookBack is how much of the log is read, in bytes, for what was said of a text
	// before it was found: a busy gateway logs less in 15 s.
	lookBack = 1 << 20
)

// Watch waits for what OpenClaw makes of an edit: at most for WatchFor, for longer
// only while a gateway weighs it, or until ctx ends. It never fails: where nothing was said, the verdict is unknown.
func (w *Written) Watch(ctx context.Context) backend.ConfigVerdict {
	start := time.Now()
	mine := standing{path: w.path, hash: w.Hash}
	tick := time.NewTicker(lookAt)
	defer tick.Stop()
	var said word
	var detail string
	var since time.Time // when it was said
	for {
		w.log.read(w.src.log(w.src.now()), func(line []byte) {
			if s, d := gatewaySays(line); s >= noticed {
				said, detail = s, d
			}
		})
		if !mine.stands(w.src.now()) {
			if v, over := w.changed(); over {
				return v
			}
		}
		if said > noticed {
			if since.IsZero() {
				since = time.Now()
			}
			if said == skipped || time.Since(since) >= settles {
				return w.verdict(said, detail)
			}
		}
		limit := WatchFor
		if said == noticed {
			limit = weighsFor
		}
		if time.Since(start) > limit {
			return w.verdict(said, detail)
		}
		select {
		case <-ctx.Done():
			return w.verdict(said, detail)
		case <-tick.C:
		}
	}
}

// Heard waits for what a gateway says of a text that another program wrote, or said of
// it before it was found: as long as a busy gateway may need, and no longer than the text
// stands. It is false where nothing was said.
func (d *Document) Heard(ctx context.Context) (backend.ConfigVerdict, bool) {
	w := &Written{Hash: d.hash, src: d.src, path: d.file.path}
	w.log.startBack(d.src.log(d.src.now()), lookBack)
	wrote := d.file.modified.Truncate(time.Millisecond) // the log is no finer
	text := standing{path: d.file.path, hash: d.hash}
	tick := time.NewTicker(lookAt)
	defer tick.Stop()
	var said word
	var detail string
	for start, late := time.Now(), false; time.Since(start) < weighsFor; {
		w.log.read(d.src.log(d.src.now()), func(line []byte) {
			if s, text := gatewaySays(line); s >= noticed && !saidAt(line).Before(wrote) {
				said, detail = s, text
			}
		})
		if said > noticed {
			return w.verdict(said, detail), true
		}
		if !text.stands(d.src.now()) {
			return backend.ConfigVerdict{}, false
		}
		if !late && time.Since(start) >= WatchFor {
			late = true
			tick.Reset(lookLater)
		}
		select {
		case <-ctx.Done():
			return backend.ConfigVerdict{}, false
		case <-tick.C:
		}
	}
	return backend.ConfigVerdict{}, false
}

// changed looks whether the file still has the text.
func (w *Written) changed() (v backend.ConfigVerdict, over bool) {
	_, text, bad := readConfig(w.path)
	hash := hashOf(text)
	if bad == nil && hash == w.Hash {
		return v, false
	}
	v = backend.ConfigVerdict{At: backend.At(w.src.now()), Hash: hash}
	if name, ok := foundAs(w.path, w.Hash, w.known); ok {
		return undone(v, name), true
	}
	v.Code = backend.VerdictReplaced
	if hash == w.Parent {
		v.Code = backend.VerdictUndone
		v.Text = "The file is as it was before the edit: somebody put it back."
		v.Hint = "Save again. If it happens again, another program manages this file."
		return v, true
	}
	if w.src.Open(w.path).Holds(w.edits) {
		v.Text = "Another program wrote the file right after the edit, and kept what was edited."
		v.Code = backend.VerdictAccepted
		return v, true
	}
	v.Text = "Another program wrote the file right after the edit, and what was edited no longer holds."
	v.Hint = "Put the edit on top of what is there now."
	return v, true
}

func (w *Written) verdict(said word, detail string) backend.ConfigVerdict {
	v := backend.ConfigVerdict{At: backend.At(w.src.now()), Hash: w.Hash, Code: backend.VerdictUnknown}
	detail = string(w.src.cut([]byte(detail), byForm([]byte(detail), 0, false), nil).text)
	if (said == skipped || said == nothing) && w.isLastGood() {
		// A gateway that has this config already says nothing to it (2026.9.6): after a
		// restore of what stood before an edit that it did not take. What it refuses then
		// is that edit: a busy one says so late.
		v.Code, v.Text = backend.VerdictAccepted, "It is the same text that OpenClaw's gateway took over last."
		return v
	}
	switch said {
	case applied:
		v.Code, v.Text = backend.VerdictAccepted, "OpenClaw's gateway took it over without a restart."
	case restarts:
		v.Code, v.Text = backend.VerdictRestart, "OpenClaw's gateway took it and restarts for it."
	case skipped:
		v.Code = backend.VerdictRejected
		v.Text = "OpenClaw's gateway does not take it: " + strings.Trim(strings.TrimPrefix(detail, "(invalid config):"), " :") + "."
		v.Hint = "The gateway goes on with the config before it, and would not start with this one. Restore the version before, or mend it."
	case restored:
		v.Code, v.Text = backend.VerdictUndone, "OpenClaw put its backup in the place of the config."
		v.Hint = "Put the edit back while the gateway runs."
	case noticed:
		v.Text = "It is saved. OpenClaw's gateway saw it, and did not say yet what it makes of it."
	default:
		v.Text = "It is saved. No gateway said anything to it: none may run, or it had this text already."
	}
	return v
}

// isLastGood says whether the text is the one that a gateway took over last, by the copy
// that it keeps of it.
func (w *Written) isLastGood() bool {
	_, text, bad := readConfig(w.path + lastGood)
	return bad == nil && hashOf(text) == w.Hash
}
