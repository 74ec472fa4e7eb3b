package home

import (
	"errors"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"time"
)

// leftAfter is the age at which a temporary file was left behind whoever made it.
const leftAfter = time.Hour

// TempPattern is for os.CreateTemp: the name begins with head and says which
// process made the file, so that Sweep can tell what a crash left from what
// another program is just writing.
func TempPattern(head string) string { return head + strconv.Itoa(os.Getpid()) + "-*" }

// Sweep removes the files of TempPattern(head) in a folder whose process has
// ended, and any with this head that are older than an hour. It is called by who
// writes there next; what it cannot remove stays for the next time.
func Sweep(dir, head string, now time.Time) {
	for _, name := range Left(dir, head, now) {
		_ = os.Remove(filepath.Join(dir, name))
	}
}

// Left names the files that Sweep would remove.
func Left(dir, head string, now time.Time) (names []string) {
	entries, err := os.ReadDir(dir)
	if err != nil {
		return nil
	}
	for _, e := range entries {
		rest, ok := strings.CutPrefix(e.Name(), head)
		if !ok || !e.Type().IsRegular() {
			continue
		}
		digits, _, _ := strings.Cut(rest, "-")
		pid, err := strconv.Atoi(digits)
		info, ierr := e.Info()
		if err == nil && pid > 0 && ended(pid) || ierr == nil && now.Sub(info.ModTime()) > leftAfter {
			names = append(names, e.Name())
		}
	}
	return names
}

// ended says that no process has this number (kill(2), signal 0).
func ended(pid int) bool { return errors.Is(syscall.Kill(pid, 0), syscall.ESRCH) }
