//go:build !darwin

package machine

import "errors"

// ReadWorkingSet fails: only macOS has Metal.
func ReadWorkingSet() (WorkingSet, error) {
	return WorkingSet{}, errors.New("only macOS has Metal")
}
