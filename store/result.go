package store

import "syscall"

// result is what SQLite said of a failure.
type result struct {
	primary  int
	extended int
	errno    syscall.Errno // the operating system's reason, 0 when SQLite has none
}
