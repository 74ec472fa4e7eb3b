package store

import (
	"context"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"time"
)

// setAside moves a damaged database out of the way and returns its new path, or
// that of its log when there was nothing else.
// It keeps the log beside it under the name that SQLite's own repair tools
// look for. The database goes first: killed in between, the next Open finds
// the lone log and sets that aside too.
func setAside(path, why string, at time.Time) (string, error) {
	const doing = "set its damaged history aside"
	base := path + ".corrupt-" + at.UTC().Format("20060102T150405Z")
	aside := base
	for n := 2; taken(aside); n++ {
		aside = base + "-" + strconv.Itoa(n)
	}
	if err := markAside(path, aside, why); err != nil {
		return "", fileError(doing, path, err)
	}
	moved := ""
	for _, suffix := range parts {
		err := os.Rename(path+suffix, aside+suffix)
		if err != nil && !errors.Is(err, fs.ErrNotExist) {
			return "", fileError(doing, path+suffix, err)
		}
		if err == nil && moved == "" {
			moved = aside + suffix
		}
	}
	if err := remove(suspectMark(path)); err != nil {
		return "", fileError(doing, path, err)
	}
	if err := syncDir(filepath.Dir(path)); err != nil {
		return "", fileError(doing, path, err)
	}
	return moved, nil
}

func taken(path string) bool {
	for _, suffix := range parts {
		if _, err := os.Lstat(path + suffix); err == nil {
			return true
		}
	}
	return false
}

// asideMark is the file that says which database was set aside and why, until Settle. A
// program that is killed before it could tell its person so, or before it took over what
// the person chose, tells it at its next start.
func asideMark(path string) string { return path + ".aside" }

// maxAside bounds what is believed of it, in bytes.
const maxAside = 4 << 10

// markAside writes the mark before anything is moved: a mark that was not finished, or
// whose database was not moved, is followed by another.
func markAside(path, aside, why string) error {
	mark := asideMark(path)
	if err := remove(mark); err != nil {
		return err
	}
	f, err := os.OpenFile(mark, os.O_CREATE|os.O_EXCL|os.O_WRONLY, 0o600)
	if err != nil {
		return err
	}
	_, err = f.WriteString(filepath.Base(aside) + "\n" + why)
	return errors.Join(err, f.Sync(), f.Close())
}

// unsettled tells once more of a database that an earlier Open set aside and nobody
// settled.
func (s *Store) unsettled(ctx context.Context, report *Report) {
	text, err := os.ReadFile(asideMark(s.path))
	if err != nil || len(text) > maxAside {
		return
	}
	name, why, whole := strings.Cut(string(text), "\n")
	aside := s.beside(name)
	if !whole || aside == "" {
		return
	}
	report.SetAside, report.SetAsideWhy = aside, why
	if filepath.Base(aside) == name { // and not its log alone
		report.States = s.salvage(ctx, aside)
	}
}

// beside finds a database that was set aside by the name that setAside gave it, or its
// log where there was nothing else; "" is none. The name comes from a file: only one
// that is among the folder's own is believed.
func (s *Store) beside(name string) string {
	list, err := os.ReadDir(filepath.Dir(s.path))
	if err != nil {
		return ""
	}
	for _, suffix := range parts {
		for _, e := range list {
			if e.Name() == name+suffix && strings.HasPrefix(e.Name(), filepath.Base(s.path)+".corrupt-") {
				return filepath.Join(filepath.Dir(s.path), e.Name())
			}
		}
	}
	return ""
}

// Settle says that what the Report told of a database that was set aside is known to
// whom it concerns. Until then each Open tells it again.
func (s *Store) Settle() error {
	if err := remove(asideMark(s.path)); err != nil {
		return fileError("note that its damaged history was told of", s.path, err)
	}
	return nil
}
