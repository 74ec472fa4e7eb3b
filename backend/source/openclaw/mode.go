package openclaw

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"syscall"

	"pilotlight/backend"
)

// othersMay are the permissions of everybody but the owner.
const othersMay fs.FileMode = 0o077

// OwnerOnly takes everybody but the owner the permissions of files and folders
// that lie in OpenClaw's folder, or are its config. It goes by no link: what
// another path leads to is somebody else's business. What is not there any more
// is passed over; the first that is refused ends it.
func (p Paths) OwnerOnly(paths []string) error {
	for _, path := range paths {
		if err := p.ownerOnly(path); err != nil && !errors.Is(err, fs.ErrNotExist) {
			return err
		}
	}
	return nil
}

func (p Paths) ownerOnly(path string) error {
	folder, name := p.StateDir, "" //nolint:wastedassign // one of the two is given below
	if path == p.Config {
		folder, name = filepath.Split(path)
	} else if rel, err := filepath.Rel(p.StateDir, path); err == nil && filepath.IsLocal(rel) {
		name = rel
	} else {
		return &backend.Error{
			Code: backend.CodeRefused, Message: path + " is not in OpenClaw's folder.", Hint: "Run: chmod go-rwx '" + path + "', if you are sure.",
		}
	}
	root, err := os.OpenRoot(folder)
	if err != nil {
		return notChanged(path, err)
	}
	defer root.Close()
	// Not to block on a pipe that somebody put there, and not to follow a link.
	f, err := root.OpenFile(name, os.O_RDONLY|syscall.O_NOFOLLOW|syscall.O_NONBLOCK, 0)
	if err != nil {
		return notChanged(path, err)
	}
	defer f.Close()
	info, err := f.Stat()
	if err != nil {
		return notChanged(path, err)
	}
	if !info.Mode().IsRegular() && !info.IsDir() {
		return notChanged(path, errNotFile)
	}
	if err := f.Chmod(info.Mode().Perm() &^ othersMay); err != nil {
		return notChanged(path, err)
	}
	return nil
}

func notChanged(path string, err error) error {
	if errors.Is(err, fs.ErrNotExist) {
		return err
	}
	e := &backend.Error{
		Code: backend.CodeRefused, Message: fmt.Sprintf("The permissions of %s were not changed: %s.", path, plainly(err)),
		Hint: "Look at it and run: chmod go-rwx '" + path + "'", Err: err,
	}
	if errors.Is(err, syscall.ELOOP) {
		e.Message = "The permissions of " + path + " were not changed: it is a link to something else."
	}
	return e
}
