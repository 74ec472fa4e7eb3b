package login

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"

	"pilotlight/backend"
	"pilotlight/backend/home"
)

// maxFile bounds what is read of a file that may not be ours, in bytes.
const maxFile = 64 << 10

// Item is the file that starts Pilotlight at login.
type Item struct {
	path string
	kind kind
}

// kind is what differs between systems.
type kind interface {
	// content is the file to write, or the reason why there can be none.
	content() ([]byte, error)
	// read says whether a file is ours, and whether the system would act on it.
	// What the file starts is the program's path, "" where it cannot be told.
	read(data []byte) (ours, active bool, program string)
}

// New describes the login item of this person. goos is runtime.GOOS, home the
// person's home folder, exe the running program as os.Executable gives it, and
// getenv is os.Getenv. Nothing is read or written yet.
func New(goos, home, exe string, getenv func(string) string) *Item {
	if goos == "darwin" {
		return &Item{
			path: filepath.Join(home, "Library", "LaunchAgents", launchLabel+".plist"),
			kind: launchAgent{bundle: bundleOf(exe)},
		}
	}
	dir := getenv("XDG_CONFIG_HOME")
	if !filepath.IsAbs(dir) { // the XDG base directory specification ignores relative ones
		dir = filepath.Join(home, ".config")
	}
	return &Item{path: filepath.Join(dir, "autostart", "pilotlight.desktop"), kind: autostart{exe: exe}}
}

// Path is where the file lies, or would lie.
func (i *Item) Path() string { return i.path }

// Enabled says whether Pilotlight starts at login by our file. A file of
// somebody else's in its place is not ours: false.
func (i *Item) Enabled() bool {
	s, err := i.State()
	return err == nil && s.Enabled
}

// State is what lies in the item's place.
type State struct {
	Exists  bool
	Ours    bool
	Enabled bool   // ours, and the system would act on it
	Program string // what it starts, "" where that cannot be told
}

// State reads the item. The error is that of reading; a missing file is none.
func (i *Item) State() (State, error) {
	data, err := i.read()
	if errors.Is(err, fs.ErrNotExist) {
		return State{}, nil
	}
	if err != nil {
		return State{Exists: true}, err
	}
	ours, active, program := i.kind.read(data)
	return State{Exists: true, Ours: ours, Enabled: ours && active, Program: program}, nil
}

// Ready says whether Set(true) has what it needs, without writing anything: nil,
// or the *backend.Error that it would answer with.
func (i *Item) Ready() error {
	s, err := i.State()
	switch {
	case err != nil:
		return i.cannot("read", err)
	case s.Exists && !s.Ours:
		return i.foreign()
	}
	_, err = i.kind.content()
	return err
}

// Set makes Pilotlight start at login, or no longer. The error is a
// *backend.Error: CodeRefused where a file that is not ours is in the way, or
// where this copy of the program is not in a place that stays.
func (i *Item) Set(on bool) error {
	s, err := i.State()
	if err != nil {
		return i.cannot("read", err)
	}
	if s.Exists && !s.Ours {
		return i.foreign()
	}
	if !on {
		if err := os.Remove(i.path); err != nil && !errors.Is(err, fs.ErrNotExist) {
			return i.cannot("remove", err)
		}
		return nil
	}
	data, err := i.kind.content()
	if err != nil {
		return err
	}
	if err := replace(i.path, data); err != nil {
		return i.cannot("write", err)
	}
	return nil
}

func (i *Item) foreign() error {
	return &backend.Error{
		Code:    backend.CodeRefused,
		Message: fmt.Sprintf("%s was not made by Pilotlight, so it was left alone.", i.path),
		Hint:    "Move that file away if you do not need it, then try again.",
	}
}

// read opens without following a link: what a link leads to is somebody else's.
func (i *Item) read() ([]byte, error) {
	fi, err := os.Lstat(i.path)
	if err != nil {
		return nil, err
	}
	if !fi.Mode().IsRegular() {
		return nil, nil // no content that could be ours
	}
	f, err := os.Open(i.path)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	return io.ReadAll(io.LimitReader(f, maxFile))
}

func (i *Item) cannot(do string, err error) error {
	if pe, ok := errors.AsType[*fs.PathError](err); ok {
		err = pe.Err
	}
	return &backend.Error{
		Code: backend.CodeInternal, Err: err,
		Message: fmt.Sprintf("Pilotlight could not %s %s: %v.", do, i.path, err),
		Hint:    "Make the file and its folder yours and writable, then try again.",
	}
}

// replace writes the file in one step, so that a login in this very moment
// finds the old one or the new one. launchd passes over files that others can
// write; desktops must read them.
func replace(path string, data []byte) error {
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil { //nolint:gosec // as desktops make it
		return err
	}
	return home.WriteFile(path, data, 0o644)
}
