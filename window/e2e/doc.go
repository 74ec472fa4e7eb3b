// Package e2e drives the real window on a desktop without a screen. It has tests
// only; make test-window runs them.
package e2e
