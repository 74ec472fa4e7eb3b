//go:build cgo

package store

import (
	"errors"

	"github.com/mattn/go-sqlite3"
)

func resultOf(err error) (result, bool) {
	e, ok := errors.AsType[sqlite3.Error](err)
	if !ok {
		return result{}, false
	}
	return result{primary: int(e.Code), extended: int(e.ExtendedCode), errno: e.SystemErrno}, true
}
