//go:build !linux

package rig

import (
	"errors"
	"net"
)

// Network is a network of its own; only Linux has such.
type Network struct{}

// NewNetwork fails: only Linux has such networks.
func NewNetwork() (*Network, error) { return nil, errors.ErrUnsupported }

// Do runs f.
func (n *Network) Do(f func() error) { _ = f() }

// Listen listens.
func (n *Network) Listen(addr string) (net.Listener, error) { return net.Listen("tcp", addr) }

// Cut fails.
func (n *Network) Cut(bool) error { return errors.ErrUnsupported }

// Close does nothing.
func (n *Network) Close() {}
