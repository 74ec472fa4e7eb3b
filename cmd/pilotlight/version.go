package main

import (
	"cmp"

	"pilotlight/backend/agent"
	"pilotlight/backend/rule/newer"
	"pilotlight/backend/source/release"
)

type versionCmd struct {
	Check bool `name:"check" help:"Ask the page that publishes versions whether there is a newer one. It is not asked otherwise, unless you switch that on."`
}

// versionAnswer is what the command prints as JSON.
type versionAnswer struct {
	Version string `json:"version"`
	Latest  string `json:"latest,omitempty"`
	Page    string `json:"page,omitempty"`
	Newer   *bool  `json:"newer,omitempty"`
}

// Run prints the version of this program, and with --check the newest one.
func (c versionCmd) Run(e *env) error {
	answer := versionAnswer{Version: version}
	if c.Check {
		if e.releases() == "" {
			return agent.NoReleases()
		}
		found, err := release.Latest(e.ctx, e.releases())
		if err != nil {
			return err
		}
		answer.Latest, answer.Page, answer.Newer = found.Version, found.Page, newer.Than(version, found.Version)
	}
	return e.show(answer, func() {
		e.line("pilotlight %s", version)
		switch {
		case answer.Latest == "":
		case answer.Newer == nil:
			e.line("Published is %s; this build has no version to compare it with. See %s", answer.Latest, answer.Page)
		case *answer.Newer:
			e.line("A newer version is published: %s. See %s", answer.Latest, answer.Page)
		default:
			e.line("No newer version is published.")
		}
	})
}

// releases is the page that publishes versions; "" where neither the person nor the
// build says which.
func (e *env) releases() string { return cmp.Or(e.getenv("PILOTLIGHT_RELEASES"), releases) }
