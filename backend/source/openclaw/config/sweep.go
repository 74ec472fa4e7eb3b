package config

import (
	"os"
	"path/filepath"
	"strings"
	"time"

	"pilotlight/backend/home"
	"pilotlight/backend/source/openclaw"
)

// tempHead begins the name of a file on its way in. It is none of the names that
// OpenClaw gives its own copies.
const (
	tempHead = ".pilotlight-"
	tempTail = ".tmp"
	swapTail = ".swap"
	// swapHash is how much of a hash stands in a name, in hex digits.
	swapHash = 16
)

// swapName is the name of a new text that is whole and about to be exchanged with
// the file. It tells which text is to go out and which is to come in: who finds it
// after a crash can tell what it holds by then.
func swapName(temp, old, ours string) string {
	return strings.TrimSuffix(temp, tempTail) + "-" + old[:swapHash] + "-" + ours[:swapHash] + swapTail
}

// Sweep clears away what a crash left beside the config, and gives back what
// somebody else's text it was amid giving back.
func (s *Source) Sweep() {
	path := openclaw.Find(s.env).Config
	f := file{path: path, real: realPath(path)}
	f.sweep(time.Now())
}

func (f *file) sweep(now time.Time) {
	dir := filepath.Dir(f.real)
	for _, name := range home.Left(dir, tempHead, now) {
		path := filepath.Join(dir, name)
		if strings.HasSuffix(name, swapTail) && !f.undo(path) {
			continue
		}
		_ = os.Remove(path)
	}
}

// undo looks at a swap that a crash ended. What it left is our own text, which never
// came in; or the text that was to go out and did; or what somebody else wrote in
// the last moment: that goes back, as giveBack would have done, unless they have
// written once more since. It says whether the file can go.
func (f *file) undo(path string) bool {
	parts := strings.Split(strings.TrimSuffix(filepath.Base(path), swapTail), "-")
	if len(parts) < 3 {
		return true
	}
	old, ours := parts[len(parts)-2], parts[len(parts)-1]
	_, text, bad := readConfig(path)
	if bad != nil {
		return false
	}
	hash := hashOf(text)
	if strings.HasPrefix(hash, ours) || strings.HasPrefix(hash, old) || !strings.HasPrefix(currentHash(f.real), ours) {
		return true
	}
	return os.Rename(path, f.real) == nil
}
