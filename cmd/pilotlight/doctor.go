package main

import (
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"strings"

	"pilotlight/backend"
	"pilotlight/backend/rule/doctor"
)

type doctorCmd struct {
	Look doctorLookCmd `cmd:"" default:"withargs" help:"Look at everything: what is fine, what is not, what to do (the default)."`
	Fix  doctorFixCmd  `cmd:"" help:"Mend what a check found."`
}

type doctorLookCmd struct {
	Platform bool   `name:"platform" help:"Check what Pilotlight itself needs from this machine."`
	Fresh    bool   `name:"fresh" help:"Ask servers anew whatever was asked within the last half minute, hosted ones too."`
	Report   bool   `name:"report" help:"Print a report to send to somebody, without anything private."`
	Listen   string `name:"listen" from:"PILOTLIGHT_LISTEN" default:"127.0.0.1:7456" help:"The dashboard's address to check, with --platform."`
}

// Run prints every check with its verdict, and exits 1 where one failed.
func (c doctorLookCmd) Run(e *env) error {
	if c.Platform {
		return c.platform(e, nil)
	}
	client := e.client()
	defer client.Close()
	r, err := client.Doctor(e.ctx, c.Fresh)
	if backend.CodeOf(err) == backend.CodeAgentDown {
		return c.platform(e, backend.AsError(err)) // all that can be known without it
	}
	if err != nil {
		return err
	}
	if c.Report {
		text, err := client.DoctorText(e.ctx)
		if err != nil {
			return err
		}
		if err := e.show(map[string]string{"text": text}, func() { e.text(text) }); err != nil {
			return err
		}
	} else if err := e.show(r, func() { e.report(r) }); err != nil {
		return err
	}
	if r.Fail > 0 {
		return errReported
	}
	return nil
}

// platformReport is what can be told without an agent, and why it is not more.
type platformReport struct {
	backend.Page[backend.Check]
	Error *backend.Error `json:"error,omitempty"`
}

// platform checks the machine alone. down says why the agent cannot tell the rest;
// it is what the command ends with.
func (c doctorLookCmd) platform(e *env, down *backend.Error) error {
	seen, err := e.lookAround(c.Listen)
	if err != nil {
		return err
	}
	checks := doctor.Platform(seen)
	r := doctor.Summed(backend.At(e.now()), checks)
	err = e.show(platformReport{backend.Page[backend.Check]{Items: checks}, down}, func() {
		if c.Report {
			e.text(doctor.Markdown(e.about(), r, e.private()))
		} else {
			e.report(r)
		}
	})
	switch {
	case err != nil:
		return err
	case down != nil && e.json:
		return errNoAgent
	case down != nil:
		return down
	case r.Fail > 0:
		return errReported
	}
	return nil
}

func (e *env) about() string {
	return fmt.Sprintf("Pilotlight %s on %s/%s, of which no agent runs.", version, runtime.GOOS, runtime.GOARCH)
}

// private is what a report of this machine must not tell.
func (e *env) private() doctor.Private {
	home := e.userHome()
	p := doctor.Private{Homes: []string{home}, Users: []string{filepath.Base(home), e.getenv("USER")}}
	if name, err := os.Hostname(); err == nil {
		p.Hosts = []string{name}
	}
	return p
}

// findingMarks are the verdicts by shape and word.
var findingMarks = map[backend.Finding]string{
	backend.FindingOK: "✓ ok  ", backend.FindingWarn: "! warn", backend.FindingFail: "✗ FAIL", backend.FindingSkip: "– skip",
}

// report prints the checks group by group.
func (e *env) report(r backend.Report) {
	group := ""
	for _, c := range r.Items {
		if c.Group != group {
			if group != "" {
				e.line("")
			}
			group = c.Group
			e.line("%s", doctor.GroupTitle(group))
		}
		e.finding(c)
	}
	e.line("\n%s", doctor.Summary(r))
}

// finding prints one check, with what to do where something is wrong.
func (e *env) finding(c backend.Check) {
	const under = "          "
	e.line("  %s  %s: %s", findingMarks[c.Verdict], c.Title, c.Detail)
	if c.Hint != "" {
		e.line("%s%s", under, c.Hint)
	}
	if c.Fix == nil {
		return
	}
	e.line("%smend: %s → pilotlight doctor fix %s", under, c.Fix.Label, word(c.ID))
	for _, f := range c.Others {
		e.line("%s  or: %s → pilotlight doctor fix %s %s", under, f.Label, word(c.ID), word(f.ID))
	}
}

// word is a text as a shell takes it for one word.
func word(s string) string {
	plain := func(r rune) bool {
		return r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z' || r >= '0' && r <= '9' || strings.ContainsRune("_-.:/@", r)
	}
	if s != "" && strings.IndexFunc(s, func(r rune) bool { return !plain(r) }) < 0 {
		return s
	}
	return "'" + strings.ReplaceAll(s, "'", `'\''`) + "'"
}

type doctorFixCmd struct {
	Check  string `arg:"" help:"The check's name, as pilotlight doctor shows it."`
	Fix    string `arg:"" optional:"" help:"Which of its fixes; the first when left out."`
	DryRun bool   `name:"dry-run" help:"Tell what would be done, and do nothing."`
}

// Run mends, and says what came of it.
func (c doctorFixCmd) Run(e *env) error {
	client := e.client()
	defer client.Close()
	done, err := client.Mend(e.ctx, c.Check, c.Fix, c.DryRun)
	if err != nil {
		return err
	}
	return e.show(done, func() {
		e.line("%s", done.Text)
		if done.Diff != "" {
			e.line("\n%s", strings.TrimRight(done.Diff, "\n"))
		}
		if done.Check != nil {
			e.finding(*done.Check)
		}
	})
}
