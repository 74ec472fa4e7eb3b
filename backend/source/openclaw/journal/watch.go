package journal

import (
	"context"
	"errors"
	"io/fs"
	"path/filepath"
	"runtime"
	"slices"
	"sync"
	"time"

	"github.com/fsnotify/fsnotify"
)

// watchFolders says whether watching a folder is cheap. On macOS it opens every
// file of the folder, so there the files that are read are watched, and folders
// are looked at now and then.
const watchFolders = runtime.GOOS == "linux"

// How often is looked without being told.
const (
	restLook    = 30 * time.Second       // nothing should change untold
	missingLook = 5 * time.Second        // a folder to watch is not there yet
	kqueueBusy  = 2 * time.Second        // folders cannot be watched, and something happened lately
	kqueueIdle  = 10 * time.Second       // folders cannot be watched
	pollBusy    = 250 * time.Millisecond // nothing can be watched, and something happened just now
	pollIdle    = 2 * time.Second        // nothing can be watched
	burst       = 25 * time.Millisecond  // the least between two looks
	lately      = time.Minute
)

// maxWatched bounds what is watched: folders on Linux, files elsewhere.
const (
	maxWatchedFolders = 4 + 3*maxAgents
	maxWatchedFiles   = 32
)

// dirty are the folders in which something changed.
type dirty struct {
	all  bool
	dirs map[string]bool
}

func (d dirty) has(dir string) bool { return d.all || d.dirs[dir] }
func (d dirty) everything() bool    { return d.all }

// watch tells when to look again. Its goroutine only gathers what the system
// tells, so that nothing queues while the reader is busy.
type watch struct {
	r      *Reader
	system *fsnotify.Watcher // nil: nothing can be watched
	done   sync.WaitGroup
	signal chan struct{}

	mu   sync.Mutex
	next dirty

	watched  map[string]identity // what is watched, as it was then
	alias    map[string]string   // a folder that is watched for another one
	places   Places
	missing  []string      // what was to be watched and was not there
	looked   time.Time     // the last look at everything
	happened time.Time     // the last time something changed
	pause    time.Duration // while polling
	handed   int
}

func (r *Reader) newWatch() *watch {
	w := &watch{r: r, signal: make(chan struct{}, 1), watched: map[string]identity{}, alias: map[string]string{}, pause: pollBusy}
	system, err := fsnotify.NewWatcher()
	if err != nil {
		w.poll(err)
		return w
	}
	w.system = system
	w.done.Go(w.gather)
	return w
}

func (w *watch) close() {
	if w.system != nil {
		_ = w.system.Close()
	}
	w.done.Wait()
}

// poll gives up on being told.
func (w *watch) poll(why error) {
	w.r.cfg.Log.Warn("OpenClaw's files cannot be watched; looking at them now and then instead", "error", why)
	if w.system != nil {
		_ = w.system.Close()
		w.done.Wait()
		w.system = nil
	}
	w.r.mu.Lock()
	w.r.health.Polling = true
	w.r.mu.Unlock()
}

// gather notes which folders changed, until the watcher is closed.
func (w *watch) gather() {
	for {
		select {
		case e, ok := <-w.system.Events:
			if !ok {
				return
			}
			w.note(e.Name, e.Op)
		case err, ok := <-w.system.Errors:
			if !ok {
				return
			}
			if err != nil {
				w.note("", 0) // too many at once, most likely
			}
		}
		select {
		case w.signal <- struct{}{}:
		default:
		}
	}
}

// note takes in one change.
func (w *watch) note(path string, op fsnotify.Op) {
	w.mu.Lock()
	defer w.mu.Unlock()
	dir := filepath.Dir(path)
	if other, ok := w.alias[dir]; ok {
		dir = other
	}
	base := filepath.Base(path)
	_, itself := w.watched[path] // what is watched went away
	structure := op.Has(fsnotify.Create|fsnotify.Remove|fsnotify.Rename) &&
		(itself || base == "sessions" || base == "agent" || filepath.Base(dir) == "agents")
	if path == "" || structure || len(w.next.dirs) > maxWatchedFolders {
		w.next.all = true
		return
	}
	if w.next.dirs == nil {
		w.next.dirs = map[string]bool{}
	}
	w.next.dirs[dir] = true
}

// aim watches what is to be watched at these places, and says what to look at now.
func (w *watch) aim(places Places) dirty {
	now := time.Now()
	w.mu.Lock()
	due := w.next
	w.next = dirty{}
	w.mu.Unlock()
	if len(due.dirs) > 0 || due.all {
		w.happened = now
	}
	if places != w.places || w.isDue(now) {
		due.all = true
	}
	if due.all {
		w.looked, w.places = now, places
		w.arm(places)
	}
	return due
}

// isDue says whether it is time to look at everything without being told. Where
// something is missing, whether it is there now is all that has to be asked as often.
func (w *watch) isDue(now time.Time) bool {
	since := now.Sub(w.looked)
	switch {
	case w.looked.IsZero() || w.system == nil:
		return true
	case watchFolders && len(w.missing) > 0:
		return since >= restLook || slices.ContainsFunc(w.missing, isThere)
	}
	return since >= w.rest()
}

func isThere(path string) bool {
	_, err := identify(path)
	return !errors.Is(err, fs.ErrNotExist)
}

// arm watches what is not watched yet. It comes before the look, so that no
// change falls between the two.
func (w *watch) arm(places Places) {
	if w.system == nil {
		return
	}
	w.missing = nil
	wanted := w.folders(places)
	if !watchFolders {
		wanted = w.files()
	}
	keep := map[string]bool{}
	for _, path := range wanted {
		keep[path] = true
		if !w.add(path) {
			return
		}
	}
	for path := range w.watched {
		if !keep[path] {
			_ = w.system.Remove(path)
			w.forget(path)
		}
	}
}

func (w *watch) forget(path string) {
	w.mu.Lock()
	defer w.mu.Unlock()
	delete(w.watched, path)
}

// add watches one path; false says that no more can be watched.
func (w *watch) add(path string) bool {
	id, err := identify(path)
	if err != nil {
		if errors.Is(err, fs.ErrNotExist) {
			w.missing = append(w.missing, path)
		}
		w.forget(path)
		return true
	}
	if w.watched[path] == id {
		return true
	}
	_ = w.system.Remove(path) // another one stood there
	if err := w.system.Add(path); err != nil {
		if errors.Is(err, fs.ErrNotExist) || errors.Is(err, fs.ErrPermission) {
			return true
		}
		w.poll(err)
		return false
	}
	w.mu.Lock()
	defer w.mu.Unlock()
	w.watched[path] = id
	return true
}

// folders are the folders in which something can appear or change.
func (w *watch) folders(places Places) []string {
	list := []string{logDir(places)}
	w.mu.Lock()
	clear(w.alias)
	if real, err := filepath.EvalSymlinks(places.LogFile); err == nil && places.LogFile != "" && filepath.Dir(real) != list[0] {
		w.alias[filepath.Dir(real)] = list[0]
		list = append(list, filepath.Dir(real))
	}
	w.mu.Unlock()
	if places.StateDir != "" {
		list = append(list, filepath.Join(places.StateDir, "agents"))
	}
	for _, agent := range places.agents() {
		for _, dir := range []string{
			filepath.Join(places.StateDir, "agents", agent), places.sessionsDir(agent), filepath.Dir(places.stateFile(agent)),
		} {
			if _, err := identify(dir); err == nil { // not every version has each
				list = append(list, dir)
			}
		}
	}
	return list[:min(len(list), maxWatchedFolders)]
}

// files are the files that are read now and can change, the log first.
func (w *watch) files() []string {
	var list []string
	for i := len(w.r.logs) - 1; i >= 0 && len(list) < 4; i-- {
		list = append(list, w.r.logs[i].path)
	}
	for path := range w.r.transcripts {
		list = append(list, path)
	}
	for path := range w.r.states {
		list = append(list, path, path+"-wal")
	}
	return list[:min(len(list), maxWatchedFiles)]
}

// rest is how long nothing is looked at untold.
func (w *watch) rest() time.Duration {
	switch {
	case w.system == nil:
		return w.pause
	case !watchFolders && time.Since(w.happened) < lately:
		return kqueueBusy
	case !watchFolders:
		return kqueueIdle
	case len(w.missing) > 0:
		return missingLook
	}
	return restLook
}

// wait waits until it is time to look again; false says that ctx ended. soon is
// when the reader itself has something to do, 0 for never.
func (w *watch) wait(ctx context.Context, soon time.Duration) bool {
	if w.system == nil {
		w.pause = min(2*w.pause, pollIdle)
		if w.r.handed != w.handed {
			w.pause = pollBusy
		}
	}
	if w.handed != w.r.handed {
		w.handed, w.happened = w.r.handed, time.Now()
	}
	rest := w.rest()
	if soon > 0 {
		rest = max(min(rest, soon), burst)
	}
	ended, late := time.Now(), slack(rest)
	w.r.due.Store(ended.Add(rest - late).UnixNano())
	defer w.r.due.Store(never)
	t := time.NewTimer(rest + late)
	defer t.Stop()
	select {
	case <-ctx.Done():
		return false
	case <-w.signal: // what comes in a burst is looked at together
		soonest := burst - time.Since(ended)
		return soonest <= 0 || sleep(ctx, soonest)
	case <-w.r.awake:
	case <-t.C:
	}
	return true
}

// slack is by how much an untold look may come early, together with something else
// that the program does, or late, because it waits for that: waking up for it alone
// costs more than the look.
func slack(rest time.Duration) time.Duration {
	if rest < missingLook {
		return 0
	}
	return rest / 8
}
