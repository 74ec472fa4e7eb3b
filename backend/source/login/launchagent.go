package login

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"

	"howett.net/plist"

	"pilotlight/backend"
)

// launchLabel names the job to launchd; it is the app's bundle id.
const launchLabel = "app.pilotlight"

// usualBundle is where people put apps.
const usualBundle = "/Applications/Pilotlight.app"

// opener starts an app the way a double click does, so that macOS takes it for
// the app, with its name, icon and permissions, and not for a lone program; and
// it starts no second one where one runs.
const opener = "/usr/bin/open"

// launchAgent is the LaunchAgent of macOS (launchd.plist(5)).
type launchAgent struct {
	bundle string
}

type launchPlist struct {
	Label            string   `plist:"Label"`
	ProgramArguments []string `plist:"ProgramArguments"`
	RunAtLoad        bool     `plist:"RunAtLoad"`
	Disabled         bool     `plist:"Disabled,omitempty"`
}

// bundleOf is the outermost app that exe lies in: the window's own bundle lies
// inside the agent's. Outside of any app it is the usual place.
func bundleOf(exe string) string {
	bundle := usualBundle
	for dir := filepath.Clean(exe); dir != "/" && dir != "."; dir = filepath.Dir(dir) {
		if strings.HasSuffix(dir, ".app") {
			bundle = dir
		}
	}
	return bundle
}

// content has no KeepAlive: open ends at once, and who quits Pilotlight means it.
func (l launchAgent) content() ([]byte, error) {
	if err := l.stays(); err != nil {
		return nil, err
	}
	return plist.MarshalIndent(launchPlist{
		Label: launchLabel, ProgramArguments: []string{opener, "-g", "-a", l.bundle},
		RunAtLoad: true,
	}, plist.XMLFormat, "\t")
}

// stays refuses an app that is not there, or will not be at the next login: on
// a disk image, or in the random folder where macOS runs what was downloaded
// and not moved (App Translocation).
func (l launchAgent) stays() error {
	move := "Move Pilotlight.app to the Applications folder, start it from there, and try again."
	if strings.Contains(l.bundle, "/AppTranslocation/") || strings.HasPrefix(l.bundle, "/Volumes/") {
		return &backend.Error{
			Code: backend.CodeRefused, Hint: move,
			Message: "This copy of Pilotlight lies in a place that is gone at the next login.",
		}
	}
	if fi, err := os.Stat(l.bundle); err != nil || !fi.IsDir() {
		return &backend.Error{
			Code: backend.CodeRefused, Err: err, Hint: move,
			Message: fmt.Sprintf("There is no app at %s to start at login.", l.bundle),
		}
	}
	return nil
}

func (l launchAgent) read(data []byte) (ours, active bool, program string) {
	var p launchPlist
	if _, err := plist.Unmarshal(data, &p); err != nil {
		return false, false, ""
	}
	if n := len(p.ProgramArguments); n > 0 {
		program = p.ProgramArguments[n-1]
	}
	ours = p.Label == launchLabel && len(p.ProgramArguments) > 1 && p.ProgramArguments[0] == opener
	return ours, p.RunAtLoad && !p.Disabled, program
}
