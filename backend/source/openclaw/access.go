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
// config and the state folder, which may well be links.
func Access(paths Paths) []backend.FileAccess {
	l := &lister{seen: map[string]bool{}}
	state := real(paths.StateDir)
	l.add(state)
	config := real(paths.Config)
	l.add(config)
	for _, copied := range []string{".bak", ".bak.1", ".bak.2", ".bak.3", ".bak.4", ".last-good"} {
		l.add(config + copied) // OpenClaw's own copies, with the same keys
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
	return l.found
}

// real is where a path leads; a path that leads nowhere stays as it is.
func real(path string) string {
	if to, err := filepath.EvalSymlinks(path); err == nil {
		return to
	}
	return path
}

type lister struct {
	found []backend.FileAccess
	seen  map[string]bool
}

func (l *lister) add(path string) bool {
	if l.seen[path] || len(l.found) == maxAccess {
		return false
	}
	fi, err := os.Lstat(path)
	if err != nil || !fi.IsDir() && !fi.Mode().IsRegular() {
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
