// Package newer compares versions of Pilotlight. It owns what a version's name
// means, and must never guess where a name means nothing.
package newer

import (
	"regexp"

	"golang.org/x/mod/semver"
)

// after is what git describe adds for commits after a tag and for changed files.
var after = regexp.MustCompile(`(-\d+-g[0-9a-f]+)?(-dirty)?$`)

// Than says whether the published version latest is newer than the program's own.
// A program built from commits after a tag counts as that version. nil is that one
// of the two is no version, as of a build without tags.
func Than(own, latest string) *bool {
	own = after.ReplaceAllString(own, "")
	if !semver.IsValid(own) || !semver.IsValid(latest) {
		return nil
	}
	is := semver.Compare(own, latest) < 0
	return &is
}
