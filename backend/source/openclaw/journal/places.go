package journal

import (
	"cmp"
	"errors"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"syscall"
	"time"
)

// Places are the files to read. They can change while the reader runs: a config
// that names another log, another state folder.
type Places struct {
	// LogFile is logging.file of OpenClaw's config, or --openclaw-log; "" is
	// OpenClaw's default: day files in LogDir.
	LogFile string
	// LogDir is the default folder, /tmp/openclaw as a rule, also on macOS.
	LogDir string
	// LogPrefix is "openclaw-" or "openclaw-<profile>-". The day files are
	// LogPrefix, YYYY-MM-DD and ".log"; rotated ones have ".1" and so on before it.
	LogPrefix string
	// StateDir is ~/.openclaw as a rule. "" is none.
	StateDir string
	// Quiet says that logging.level hides warnings, so that the log, though
	// readable, does not tell of fallbacks.
	Quiet bool
}

// The most files of a kind that are looked at.
const (
	maxLogs     = 256
	maxAgents   = 64
	maxFollowed = 64 // transcripts, the newest
)

// logFile is one file of the log.
type logFile struct {
	seen
	active bool // written to, as far as can be told: a half line may still be completed
}

// logs finds the log's files, the oldest first. The error is of the newest place:
// why there is nothing to read, or not what there should be.
func (p Places) logs() ([]logFile, error) {
	dir, pattern := p.LogDir, dayPattern(p.LogPrefix)
	if p.LogFile != "" {
		dir, pattern = filepath.Dir(p.LogFile), rotatedPattern(filepath.Base(p.LogFile))
	}
	var files []logFile
	var err error
	for range 5 { // until two looks agree: a rotation may be under way
		var again []logFile
		again, err = lookLogs(dir, pattern)
		if slices.EqualFunc(files, again, func(a, b logFile) bool { return a.path == b.path && a.id == b.id }) {
			files = again
			break
		}
		files = again
	}
	if p.LogFile != "" {
		if _, trouble := look(p.LogFile); trouble != nil {
			return files, trouble
		}
	}
	return files, err
}

// logPath is the file that the log is expected at.
func (p Places) logPath(now time.Time) string {
	if p.LogFile != "" {
		return p.LogFile
	}
	return filepath.Join(p.LogDir, p.LogPrefix+now.Format(time.DateOnly)+".log")
}

// order is where a file stands among the log's: by day, then the oldest rotation
// first.
type order struct {
	day      string
	rotation int // 0 is the file that is written to
}

// lookLogs looks at the files of a folder whose names tell an order.
func lookLogs(dir string, orderOf func(name string) (order, bool)) ([]logFile, error) {
	names, err := readNames(dir)
	if err != nil {
		return nil, err
	}
	type found struct {
		logFile
		order
	}
	var list []found
	var trouble error
	ids := map[identity]bool{}
	for _, name := range names {
		o, ok := orderOf(name)
		if !ok {
			continue
		}
		s, err := look(filepath.Join(dir, name))
		if err != nil {
			trouble = err
			continue
		}
		if !ids[s.id] { // a link to a file of the same log is not another
			ids[s.id] = true
			list = append(list, found{logFile{seen: s}, o})
		}
	}
	slices.SortFunc(list, func(a, b found) int {
		return cmp.Or(cmp.Compare(a.day, b.day), -cmp.Compare(a.rotation, b.rotation), cmp.Compare(a.path, b.path))
	})
	list = list[max(0, len(list)-maxLogs):]
	files := make([]logFile, len(list))
	for i, f := range list {
		files[i] = f.logFile
		files[i].active = i == len(list)-1 && f.rotation == 0
	}
	if len(files) == 0 && trouble == nil {
		trouble = fs.ErrNotExist
	}
	if len(files) > 0 {
		trouble = nil
	}
	return files, trouble
}

// dayPattern knows prefix + "2026-11-22.log" and prefix + "2026-11-22.1.log".
func dayPattern(prefix string) func(string) (order, bool) {
	return func(name string) (order, bool) {
		rest, ok := strings.CutPrefix(name, prefix)
		if !ok || len(rest) < len(time.DateOnly) {
			return order{}, false
		}
		day, rest := rest[:len(time.DateOnly)], rest[len(time.DateOnly):]
		if _, err := time.Parse(time.DateOnly, day); err != nil {
			return order{}, false
		}
		if rest == ".log" {
			return order{day: day}, true
		}
		n, ok := strings.CutSuffix(rest, ".log")
		if !ok {
			n, ok = strings.CutPrefix(rest, ".log") // as logrotate numbers
		}
		rotation, ok2 := rotationOf(n)
		return order{day, rotation}, ok && ok2
	}
}

// rotatedPattern knows a file's own name, and it rotated: "a.log", "a.1.log" and
// "a.log.1".
func rotatedPattern(base string) func(string) (order, bool) {
	ext := filepath.Ext(base)
	stem := strings.TrimSuffix(base, ext)
	return func(name string) (order, bool) {
		if name == base {
			return order{}, true
		}
		if n, ok := strings.CutPrefix(name, base); ok {
			rotation, ok := rotationOf(n)
			return order{rotation: rotation}, ok
		}
		rest, ok := strings.CutPrefix(name, stem)
		if !ok {
			return order{}, false
		}
		n, ok := strings.CutSuffix(rest, ext)
		rotation, ok2 := rotationOf(n)
		return order{rotation: rotation}, ok && ok2
	}
}

// rotationOf reads ".1".
func rotationOf(s string) (int, bool) {
	digits, ok := strings.CutPrefix(s, ".")
	if !ok || len(digits) == 0 || len(digits) > 3 || strings.Trim(digits, "0123456789") != "" {
		return 0, false
	}
	n, err := strconv.Atoi(digits)
	return n, err == nil && n > 0
}

// maxNames bounds how much of a folder is looked at.
const maxNames = 20_000

func readNames(dir string) ([]string, error) {
	if info, err := os.Stat(dir); err != nil {
		return nil, err
	} else if !info.IsDir() {
		return nil, &fs.PathError{Op: "read", Path: dir, Err: syscall.ENOTDIR}
	}
	f, err := os.Open(dir)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	names, err := f.Readdirnames(maxNames)
	if len(names) == 0 && err != nil && !errors.Is(err, io.EOF) {
		return nil, err
	}
	return names, nil
}

// agents are the ids of the agents that have a folder.
func (p Places) agents() []string {
	if p.StateDir == "" {
		return nil
	}
	names, err := readNames(filepath.Join(p.StateDir, "agents"))
	if err != nil {
		return nil
	}
	slices.Sort(names)
	return names[:min(len(names), maxAgents)]
}

func (p Places) sessionsDir(agent string) string {
	return filepath.Join(p.StateDir, "agents", agent, "sessions")
}

func (p Places) stateFile(agent string) string {
	return filepath.Join(p.StateDir, "agents", agent, "agent", "openclaw-agent.sqlite")
}

// transcripts are an agent's newest transcripts, the oldest of them first.
func (p Places) transcripts(agent string) ([]seen, error) {
	dir := p.sessionsDir(agent)
	names, err := readNames(dir)
	if err != nil {
		return nil, err
	}
	var list []seen
	for _, name := range names {
		if filepath.Ext(name) != ".jsonl" { // .jsonl.deleted.…, .jsonl.lock, .bak: OpenClaw's own business
			continue
		}
		if s, err := look(filepath.Join(dir, name)); err == nil {
			list = append(list, s)
		}
	}
	slices.SortFunc(list, func(a, b seen) int {
		return cmp.Or(a.changed.Compare(b.changed), strings.Compare(a.path, b.path))
	})
	return list[max(0, len(list)-maxFollowed):], nil
}
