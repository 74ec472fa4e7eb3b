//go:build !linux || !amd64

package rig

import (
	"errors"
	"time"
)

// Clock moves a running program's clock; only on Linux and amd64.
type Clock struct{}

// TakeClock fails: there is no way here.
func TakeClock(int) (*Clock, error) { return nil, errors.ErrUnsupported }

// Move fails.
func (c *Clock) Move(time.Duration) error { return errors.ErrUnsupported }

// Close does nothing.
func (c *Clock) Close() {}
