package openclaw

import (
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"os"
	"strings"
	"sync"
	"time"

	"pilotlight/backend"
)

// Reading is one look at OpenClaw's files. What it refers to is never changed
// after it was given out.
type Reading struct {
	OpenClaw    backend.OpenClaw // without Chain and Gateway, which are not in files
	Paths       Paths
	Aliases     map[string]string   // ref -> alias, as agents.defaults.models sets them
	Providers   map[string]Provider // by their name in the config
	Hosts       []string            // names of this machine, as Env gave them
	GatewayPort int
	Safety      *backend.ConfigSafety // nil where the config could not be read
	Quiet       bool                  // logging.level hides warnings, so that the log does not tell of fallbacks
	Hash        string                // sha256 of the config file, in hex; "" where it could not be read
	// Err says why the config could not be read, nil where it was. Where there is
	// no config file its code is CodeNotFound.
	Err    *backend.Error
	ReadAt time.Time // when the config was last read, not looked at
}

// Reader reads OpenClaw's config again when it changed. It may be called from
// any goroutine.
type Reader struct {
	env Env

	mu    sync.Mutex
	last  Reading
	marks []mark
	dirty bool // a change might not show in the marks
}

// NewReader makes a reader for the OpenClaw of an environment.
func NewReader(env Env) *Reader { return &Reader{env: env} }

// Read tells what OpenClaw's files say. It costs a look at each file where
// nothing changed. It never fails: what is wrong is in Err and in the issues.
func (r *Reader) Read(now time.Time) Reading {
	r.mu.Lock()
	defer r.mu.Unlock()
	paths := Find(r.env)
	if !r.fresh(paths) {
		r.read(paths, now)
	}
	out := r.last
	// The log is another file, which comes and goes with the days; whether its
	// usual folder is safe is not in the config either.
	out.Paths.LogDir, out.Paths.LogDirs = paths.LogDir, paths.LogDirs
	oc := &out.OpenClaw
	oc.LogPath = out.Paths.LogNow(now)
	oc.LogReadable, oc.LogError = readable(oc.LogPath)
	return out
}

func (r *Reader) fresh(paths Paths) bool {
	if r.marks == nil || r.dirty || paths.Config != r.last.Paths.Config || paths.StateDir != r.last.Paths.StateDir {
		return false
	}
	for _, m := range r.marks {
		if !m.same() {
			return false
		}
	}
	return true
}

func (r *Reader) read(paths Paths, now time.Time) {
	// The marks are made before the files are read: a change in between shows
	// at the next look.
	marks := []mark{markOf(paths.Config), markOf(dotenvPath(paths))}
	t := newTree(paths.Config, r.env)
	r.last = load(t, paths, r.env)
	r.last.ReadAt = now
	// What could not be read is read again, whatever the marks say: who is in the midst
	// of a write hides it for a moment, and a clock that was set makes the marks of that
	// moment look old.
	r.marks, r.dirty = append(marks, t.marks...), r.last.Err != nil && r.last.Err.Code != backend.CodeNotFound
	for _, m := range r.marks {
		r.dirty = r.dirty || !m.settled(now)
	}
}

// load reads and understands the config at paths.
func load(t *tree, paths Paths, env Env) Reading {
	r := Reading{Paths: paths, Hosts: env.Hosts, Aliases: map[string]string{}, Providers: map[string]Provider{}}
	r.OpenClaw = backend.OpenClaw{
		ConfigPath: paths.Config, Gateway: "unknown",
		Issues: []backend.ConfigIssue{}, Fallbacks: []string{}, Chain: []backend.Hop{},
	}
	p, fixed := port(env, paths.Profile)
	r.GatewayPort = p
	text, err := readFile(paths.Config, configCap)
	r.OpenClaw.Found = !errors.Is(err, os.ErrNotExist) || exists(paths.StateDir)
	if err != nil {
		r.fail(unreadable(paths.Config, err), "", "The config file: "+plainly(err)+".")
		return r
	}
	sum := sha256.Sum256(text)
	r.Hash = hex.EncodeToString(sum[:])
	config, bad := understand(t, paths.Config, text)
	if bad != nil {
		r.fail(&backend.Error{
			Code:    backend.CodeInvalid,
			Message: "OpenClaw's config cannot be understood: " + bad.text + ".",
			Hint:    "Mend " + paths.Config + ", or let \"openclaw doctor\" restore the last good one.",
		}, bad.at, bad.text)
		return r
	}
	s := &scan{vars: newVariables(env, dotenvPath(paths), config), missing: map[string]bool{}}
	s.fill(&r, config, env)
	if fixed {
		r.GatewayPort = p
	}
	r.OpenClaw.Issues = append(r.OpenClaw.Issues, s.issues...)
	return r
}

// understand parses the config with all that it includes.
func understand(t *tree, path string, text []byte) (map[string]any, *fault) {
	v, err := decode(text)
	if err != nil {
		return nil, &fault{"", err.Error()}
	}
	v, err = t.resolve(v, path, "", []string{path})
	if f, ok := errors.AsType[*fault](err); ok {
		return nil, f
	} else if err != nil {
		return nil, &fault{"", err.Error()}
	}
	config, ok := v.(map[string]any)
	if !ok {
		return nil, &fault{"", "the config is not an object"}
	}
	return config, nil
}

func (r *Reading) fail(err *backend.Error, at, issue string) {
	r.Err = err
	r.OpenClaw.ConfigValid = false
	r.OpenClaw.Issues = append(r.OpenClaw.Issues, backend.ConfigIssue{Path: at, Message: issue})
}

// unreadable tells why a config file could not be read, and what to do.
func unreadable(path string, err error) *backend.Error {
	e := &backend.Error{Code: backend.CodeRefused, Message: fmt.Sprintf("OpenClaw's config %s cannot be read: %s.", path, plainly(err)), Err: err}
	switch {
	case errors.Is(err, os.ErrNotExist):
		e.Code = backend.CodeNotFound
		e.Message = "There is no OpenClaw config at " + path + "."
		e.Hint = "Set OpenClaw up with \"openclaw onboard\", or start Pilotlight with OPENCLAW_CONFIG_PATH set to your config."
	case errors.Is(err, os.ErrPermission):
		e.Hint = "It belongs to another user. Start Pilotlight as the user that OpenClaw runs as."
	case errors.Is(err, errNotFile):
		e.Hint = "Something else has its name. Move it away; \"openclaw doctor\" can restore the last good config."
	case errors.Is(err, errTooLarge):
		e.Code = backend.CodeTooLarge
		e.Hint = "A config has a few kilobytes. Look what was written into it."
	default:
		e.Hint = "Look whether OPENCLAW_CONFIG_PATH and OPENCLAW_STATE_DIR name what you mean."
	}
	return e
}

// readable says whether a log can be read. One that is not there yet is no
// error: OpenClaw makes it with its first line.
func readable(path string) (bool, *backend.Error) {
	f, err := openFile(path)
	if err == nil {
		_ = f.Close()
		return true, nil
	}
	if errors.Is(err, os.ErrNotExist) {
		return false, nil
	}
	e := &backend.Error{Code: backend.CodeRefused, Message: fmt.Sprintf("OpenClaw's log %s cannot be read: %s.", path, plainly(err)), Err: err}
	switch {
	case errors.Is(err, os.ErrPermission):
		e.Hint = "It belongs to another user. Start Pilotlight as the user that OpenClaw runs as."
	case errors.Is(err, errNotFile):
		e.Hint = "Something else has its name. Move it away, or set logging.file in OpenClaw's config."
	default:
		e.Hint = "Look at the folder it is in."
	}
	return false, e
}

// Resolve puts the model that an alias stands for in its place; a name that is
// no alias stays as it is. Aliases do not mind capitals.
func (r *Reading) Resolve(name string) string {
	found := ""
	for ref, alias := range r.Aliases {
		if strings.EqualFold(alias, name) && (found == "" || ref < found) {
			found = ref // of two with one alias always the same one
		}
	}
	if found != "" {
		return found
	}
	return name
}
