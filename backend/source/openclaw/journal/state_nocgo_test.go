//go:build !cgo

package journal_test

func playOpenClaw(string) {}
