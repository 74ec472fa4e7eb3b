// Package late makes what few runs of the program need when the first of them needs
// it: a regular expression takes tens of kilobytes, and the agent is idle for most of
// its life. It knows nothing of what it makes.
package late

import (
	"regexp"
	"sync"
)

// Regexp compiles an expression at its first use. One that is wrong panics then, so
// each has a test that uses it.
func Regexp(expr string) func() *regexp.Regexp {
	return sync.OnceValue(func() *regexp.Regexp { return regexp.MustCompile(expr) })
}
