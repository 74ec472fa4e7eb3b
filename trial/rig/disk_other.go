//go:build !linux

package rig

import "errors"

// Disk is a small disk of its own; only on Linux.
type Disk struct{ Dir string }

// NewDisk fails.
func NewDisk(string, int) (*Disk, error) { return nil, errors.ErrUnsupported }

// Fill fails.
func (d *Disk) Fill() error { return errors.ErrUnsupported }

// Free does nothing.
func (d *Disk) Free() {}

// Close does nothing.
func (d *Disk) Close() {}

// LimitFiles fails.
func LimitFiles(int, uint64) error { return errors.ErrUnsupported }
