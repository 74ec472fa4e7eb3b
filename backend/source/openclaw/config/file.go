package config

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"time"

	"golang.org/x/sys/unix"

	"pilotlight/backend"
)

const (
	// sizeCap bounds a config, in bytes. Real ones have a few KB.
	sizeCap   = 8 << 20
	maxIssues = 100
)

// file is what was found at a config's path.
type file struct {
	path     string // as OpenClaw names it
	real     string // the file itself, where path is a link
	exists   bool
	mode     fs.FileMode // permissions
	uid, gid int
	links    uint64
	inode    uint64
	modified time.Time
}

// readConfig reads the file at a path. A file that is not there is no error.
func readConfig(path string) (f file, text []byte, bad *backend.Error) {
	f = file{path: path, real: realPath(path)}
	h, err := openConfig(f.real)
	if errors.Is(err, fs.ErrNotExist) {
		return f, nil, nil
	}
	if err != nil {
		f.exists = true
		return f, nil, unreadable(path, err)
	}
	defer h.Close()
	fi, err := h.Stat()
	if err != nil {
		return f, nil, unreadable(path, err)
	}
	f.fill(fi)
	if !fi.Mode().IsRegular() {
		what := "something that is no file"
		if fi.IsDir() {
			what = "a folder"
		}
		return f, nil, &backend.Error{
			Code: backend.CodeRefused, Message: fmt.Sprintf("There is %s where the config should be: %s.", what, path),
			Hint: "Move it away. \"openclaw doctor\" can restore the last good config.",
		}
	}
	text, err = io.ReadAll(io.LimitReader(h, sizeCap+1))
	if err != nil {
		return f, nil, unreadable(path, err)
	}
	if len(text) > sizeCap {
		return f, nil, &backend.Error{
			Code: backend.CodeTooLarge, Message: fmt.Sprintf("The config %s has more than %d MiB.", path, sizeCap>>20),
			Hint: "A config has a few kilobytes. Look what was written into it.",
		}
	}
	return f, text, nil
}

// openConfig opens without waiting for a pipe's other end, but waits for the end
// of a hold.
func openConfig(path string) (*os.File, error) {
	h, err := os.OpenFile(path, os.O_RDONLY|syscall.O_NONBLOCK, 0)
	if !errors.Is(err, syscall.EAGAIN) {
		return h, err
	}
	if fi, serr := os.Stat(path); serr != nil || !fi.Mode().IsRegular() {
		return nil, err
	}
	return os.Open(path)
}

func (f *file) fill(fi fs.FileInfo) {
	f.exists, f.mode, f.modified = true, fi.Mode().Perm(), fi.ModTime()
	if st, ok := fi.Sys().(*syscall.Stat_t); ok {
		f.uid, f.gid, f.inode, f.links = int(st.Uid), int(st.Gid), st.Ino, uint64(st.Nlink) //nolint:unconvert // narrower on a Mac
	}
}

// maxLinks bounds the links that are followed, as systems do.
const maxLinks = 40

// realPath follows links at a path, also to a file that is not there yet. The
// folders on the way are the system's to follow.
func realPath(path string) string {
	real := path
	for range maxLinks {
		to, err := os.Readlink(real)
		if err != nil {
			return real
		}
		if !filepath.IsAbs(to) {
			dir := filepath.Dir(real)
			if d, err := filepath.EvalSymlinks(dir); err == nil {
				dir = d // ".." of a linked folder leads elsewhere than its name says
			}
			to = filepath.Join(dir, to)
		}
		real = to
	}
	return real
}

func unreadable(path string, err error) *backend.Error {
	e := &backend.Error{Code: backend.CodeRefused, Message: fmt.Sprintf("The config %s cannot be read: %s.", path, plainly(err)), Err: err}
	switch {
	case errors.Is(err, fs.ErrPermission):
		e.Hint = "It belongs to another user. Start Pilotlight as the user that OpenClaw runs as."
	default:
		e.Hint = "Look whether OPENCLAW_CONFIG_PATH and OPENCLAW_STATE_DIR name what you mean."
	}
	return e
}

// writable says why a file cannot be replaced, as far as can be seen beforehand.
func (f *file) writable() *backend.Error {
	if f.exists && f.mode&0o200 == 0 {
		return &backend.Error{
			Code: backend.CodeRefused, Message: fmt.Sprintf("The config %s is write-protected.", f.real),
			Hint: "Allow it with: chmod u+w " + quoted(f.real),
		}
	}
	if me := os.Geteuid(); f.exists && me != 0 && f.uid != me {
		return &backend.Error{
			Code: backend.CodeRefused, Message: fmt.Sprintf("The config %s belongs to another user.", f.real),
			Hint: "Start Pilotlight as the user that OpenClaw runs as.",
		}
	}
	dir := filepath.Dir(f.real)
	if err := unix.Access(dir, unix.W_OK|unix.X_OK); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return cannotWrite(dir, err)
	}
	return nil
}

// cannotWrite says why a write failed, and that nothing was changed by it.
func cannotWrite(where string, err error) *backend.Error {
	e := &backend.Error{
		Code: backend.CodeRefused, Err: err,
		Message: fmt.Sprintf("The config was not written: %s. The old one stands as it was.", plainly(err)),
	}
	switch {
	case errors.Is(err, syscall.ENOSPC), errors.Is(err, syscall.EDQUOT):
		e.Hint = "Make room on the disk of " + where + " and save again."
	case errors.Is(err, fs.ErrPermission), errors.Is(err, syscall.EROFS):
		e.Hint = "Pilotlight needs to write in " + where + ". Look at that folder's owner and permissions."
	default:
		e.Hint = "Look at the folder " + where + " and save again."
	}
	return e
}

// plainly says what an error is, without the path in it.
func plainly(err error) string {
	for {
		switch e := err.(type) { //nolint:errorlint // it is unwrapped here, layer by layer
		case *os.PathError:
			err = e.Err
			continue
		case *os.LinkError:
			err = e.Err
			continue
		case *os.SyscallError:
			err = e.Err
			continue
		}
		break
	}
	switch {
	case errors.Is(err, fs.ErrPermission):
		return "this user may not do that there"
	case errors.Is(err, fs.ErrNotExist):
		return "its folder is not there"
	case errors.Is(err, syscall.ENOSPC):
		return "the disk is full"
	case errors.Is(err, syscall.EDQUOT):
		return "the disk quota is used up"
	case errors.Is(err, syscall.EROFS):
		return "the disk is read-only"
	}
	return err.Error()
}

// quoted is a path for a shell.
func quoted(path string) string { return "'" + strings.ReplaceAll(path, "'", `'\''`) + "'" }
