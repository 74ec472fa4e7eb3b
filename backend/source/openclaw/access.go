package openclaw

import (
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"syscall"

	"pilotlight/backend"
)

const (
	maxAgentDirs = 64  // of agents that are looked at
	maxAccess    = 300 // files and folders that are told of
)

// Access tells who may look into OpenClaw's files that hold keys or conversations,
// those that are there: the state folder first, then what is in it. Nothing is
// opened; a link is left out, since its own permissions mean nothing, but for the
// state folder and the config. A config that is a link is told by where it leads.
// Last come the folders above that nobody else can enter.
func Access(paths Paths) []backend.FileAccess {
	l := &lister{seen: map[string]bool{}}
	state := paths.StateDir
	if fi, err := os.Stat(state); err == nil {
		l.note(state, fi)
	}
	config := paths.Config
	if to, err := filepath.EvalSymlinks(config); err == nil && isLink(config) {
		config = to
	}
	l.add(config)
	for _, copied := range []string{".bak", ".bak.1", ".bak.2", ".bak.3", ".bak.4", ".last-good"} {
		l.add(paths.Config + copied) // OpenClaw's own copies, with the same keys
	}
	l.add(filepath.Join(state, ".env"))
	l.in(filepath.Join(state, "credentials"))
	l.in(filepath.Join(state, "secrets"))
	l.add(filepath.Join(state, "state"))
	l.add(filepath.Join(state, "state", "openclaw.sqlite"))
	l.add(filepath.Join(state, "logs"))
	l.agents(filepath.Join(state, "agents"))
	if paths.LogFile != "" {
		l.add(paths.LogFile)
	} else if paths.LogDir != "" {
		l.add(paths.LogDir)
	}
	if len(l.found) > 0 {
		l.closed(state)
	}
	return l.found
}

// closed adds the folders above that keep everybody else out, as many homes do:
// what is in them is private, whatever its own permissions.
func (l *lister) closed(path string) {
	for dir := filepath.Dir(path); dir != filepath.Dir(dir); dir = filepath.Dir(dir) {
		if fi, err := os.Lstat(dir); err == nil && fi.IsDir() && fi.Mode().Perm()&0o011 == 0 {
			l.note(dir, fi)
		}
	}
}

func isLink(path string) bool {
	fi, err := os.Lstat(path)
	return err == nil && fi.Mode().Type() == fs.ModeSymlink
}

type lister struct {
	found []backend.FileAccess
	seen  map[string]bool
}

// add tells of a file or a folder that is there; true for a folder.
func (l *lister) add(path string) bool {
	fi, err := os.Lstat(path)
	return err == nil && l.note(path, fi)
}

func (l *lister) note(path string, fi fs.FileInfo) bool {
	if l.seen[path] || len(l.found) == maxAccess || !fi.IsDir() && !fi.Mode().IsRegular() {
		return false
	}
	l.seen[path] = true
	st, ok := fi.Sys().(*syscall.Stat_t)
	l.found = append(l.found, backend.FileAccess{
		Path: path, Mode: fi.Mode() & (fs.ModeDir | fs.ModePerm), Mine: ok && int(st.Uid) == os.Getuid(),
	})
	return fi.IsDir()
}

// in adds a folder with what lies directly in it.
func (l *lister) in(dir string) {
	if l.add(dir) {
		for _, name := range firstNames(dir, maxAgentDirs) {
			l.add(filepath.Join(dir, name))
		}
	}
}

// agents adds what each agent has: keys, and what was said.
func (l *lister) agents(dir string) {
	if !l.add(dir) {
		return
	}
	for _, id := range firstNames(dir, maxAgentDirs) {
		if strings.HasPrefix(id, ".") || !l.add(filepath.Join(dir, id)) {
			continue
		}
		for _, name := range []string{
			"agent", "agent/auth-profiles.json", "agent/auth.json", "agent/models.json", "agent/openclaw-agent.sqlite",
			"sessions", "sessions/sessions.json",
		} {
			l.add(filepath.Join(dir, id, name))
		}
	}
}

// firstNames are at most n names in a folder, in the order of the folder.
func firstNames(dir string, n int) []string {
	f, err := os.Open(dir)
	if err != nil {
		return nil
	}
	defer f.Close()
	names, _ := f.Readdirnames(n)
	return names
}
