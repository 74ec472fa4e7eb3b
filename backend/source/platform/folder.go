package platform

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"pilotlight/backend"
)

// maxListed bounds how many files with loose permissions are named.
const maxListed = 5

// State looks at the state folder. Whether it can be written is found out with
// a file that is gone again at once, since permissions alone do not tell about
// read-only or full disks. A folder that is not there yet is asked of its
// nearest ancestor.
func State(path string) backend.StateFolder {
	s := backend.StateFolder{Path: path}
	fi, err := os.Stat(path)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		s.Err = writable(existing(path))
		return s
	case err != nil:
		s.Err = err
		return s
	}
	s.Exists, s.Mode = true, fi.Mode().Perm()
	s.Err = writable(path)
	entries, err := os.ReadDir(path)
	if err != nil {
		s.Err = err
	}
	for _, e := range entries {
		info, err := e.Info()
		if err == nil && info.Mode().Perm()&0o077 != 0 && info.Mode().IsRegular() && secret(e.Name()) && len(s.Open) < maxListed {
			s.Open = append(s.Open, e.Name())
		}
	}
	return s
}

// secret names the files that nobody else should read even where the folder's
// own permissions do not keep them out.
func secret(name string) bool {
	return name == "token" || name == "token.read" || strings.HasPrefix(name, "peers.json") || strings.HasPrefix(name, "pilotlight.db")
}

func existing(path string) string {
	for {
		parent := filepath.Dir(path)
		if _, err := os.Stat(parent); err == nil || parent == path {
			return parent
		}
		path = parent
	}
}

func writable(dir string) error {
	f, err := os.CreateTemp(dir, ".pilotlight-probe-*")
	if err != nil {
		return reason(err)
	}
	_, err = f.WriteString("x")
	if cerr := f.Close(); err == nil {
		err = cerr
	}
	if rerr := os.Remove(f.Name()); err == nil {
		err = rerr
	}
	return reason(err)
}

// reason is the bare cause of a file error: the path is told beside it.
func reason(err error) error {
	if pe, ok := errors.AsType[*fs.PathError](err); ok {
		return pe.Err
	}
	return err
}
