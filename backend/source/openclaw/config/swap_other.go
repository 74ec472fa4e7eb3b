//go:build !linux && !darwin

package config

import (
	"errors"
	"os"
)

// exchange swaps two files in one step, which nothing but Linux and macOS can.
func exchange(_, _ string) error { return errors.ErrUnsupported }

// placeNew puts a file where none is; fs.ErrExist if there is one.
func placeNew(from, to string) error { return placeByLink(from, to) }

// hold does nothing here.
func hold(*os.File) {}
