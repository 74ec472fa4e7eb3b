package store

import (
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"

	"pilotlight/backend"
)

// applicationID marks a database as ours ("PILT" in ASCII), for us and for
// file(1).
const applicationID = 0x50494C54

// headerSize and the offsets below are SQLite's file format, section 1.3
// (sqlite.org/fileformat2.html).
const (
	headerSize          = 100
	headerMagic         = "SQLite format 3\x00"
	headerUserVersion   = 60
	headerApplicationID = 68
)

// inspect reads the head of the file without SQLite, so that a file that is
// not for us is not touched in any way: SQLite itself makes files beside a
// database that it only looks at. It reports whether there is a database to
// open. The error is *damaged for what is no database.
func inspect(path string, known int64) (found bool, err error) {
	info, err := os.Stat(path)
	if errors.Is(err, fs.ErrNotExist) {
		return false, orphanLog(path)
	}
	if err != nil {
		return false, fileError("open its database", path, err)
	}
	if !info.Mode().IsRegular() {
		return false, &backend.Error{Code: backend.CodeRefused,
			Message: fmt.Sprintf("%s is not a file, so it cannot be Pilotlight's database.", path),
			Hint:    "Move it away, or give Pilotlight another state folder with PILOTLIGHT_HOME."}
	}
	if info.Size() == 0 {
		return false, orphanLog(path)
	}
	// For writing, although nothing is written: SQLite opens a file that it may
	// only read without a word, and the first load would be the first to fail.
	f, err := os.OpenFile(path, os.O_RDWR, 0)
	if err != nil {
		return false, fileError("open its database", path, err)
	}
	defer f.Close()
	head := make([]byte, headerSize)
	switch _, err := io.ReadFull(f, head); {
	case errors.Is(err, io.ErrUnexpectedEOF):
		return false, &damaged{why: "the file is too short to be a database"}
	case err != nil:
		return false, fileError("read its database", path, err)
	}
	if string(head[:len(headerMagic)]) != headerMagic {
		return false, &damaged{why: "the file is not a database"}
	}
	id := binary.BigEndian.Uint32(head[headerApplicationID:])
	return true, acceptable(path, int64(id), versionIn(head), known)
}

// schemaVersion reads the version of a database that no connection has open.
func schemaVersion(path string) (int64, bool) {
	f, err := os.Open(path)
	if err != nil {
		return 0, false
	}
	defer f.Close()
	head := make([]byte, headerSize)
	if _, err := io.ReadFull(f, head); err != nil || string(head[:len(headerMagic)]) != headerMagic {
		return 0, false
	}
	return versionIn(head), true
}

func versionIn(head []byte) int64 {
	return int64(int32(binary.BigEndian.Uint32(head[headerUserVersion:])))
}

// acceptable refuses another program's database and a newer schema.
func acceptable(path string, id, version, known int64) error {
	if id != applicationID {
		return &backend.Error{Code: backend.CodeRefused,
			Message: fmt.Sprintf("%s is the database of another program. It was not touched.", path),
			Hint:    "Move it away, or give Pilotlight another state folder with PILOTLIGHT_HOME."}
	}
	if version > known {
		return &backend.Error{Code: backend.CodeRefused,
			Message: fmt.Sprintf("The history in %s was written by a newer Pilotlight: it has version %d, and this program knows up to version %d. It was not touched.", path, version, known),
			Hint:    "Update Pilotlight and start it again."}
	}
	return nil
}

// orphanLog finds a write-ahead log whose database is gone. SQLite would play
// it into a new database of the same name, which would ruin that.
func orphanLog(path string) error {
	if uncleanStop(path) {
		return &damaged{why: "the database was gone or empty and only its write-ahead log was left"}
	}
	return nil
}

// uncleanStop reports that the last user of the database did not close it: a
// clean close removes the write-ahead log. So SQLite keeps this mark for us, on
// every path out of the program, without a write of ours. Another program that
// has the database open looks the same; then there is one check too many.
func uncleanStop(path string) bool {
	info, err := os.Stat(path + "-wal")
	return err == nil && info.Size() > 0
}
