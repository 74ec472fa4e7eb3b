package doctor

import (
	"cmp"
	"fmt"
	"strings"

	"pilotlight/backend"
)

// edit tells what became of the last edit of ours.
func (s *scene) edit() backend.Check {
	d := about("config_edit", groupTrouble, "OpenClaw took the last edit")
	e := s.Edit
	switch {
	case e == nil:
		return d.skip("Pilotlight has not edited OpenClaw's config.")
	case e.Verdict == nil:
		return d.skip("What became of the edit of %s is not known.", clock(e.At.Time, s.Now))
	}
	what := "The edit of " + clock(e.At.Time, s.Now)
	if e.Note != "" {
		what += " (" + clip(e.Note, maxWord) + ")"
	}
	said := fmt.Sprintf("%s: %s", what, ended(clip(e.Verdict.Text, 4*maxWord)))
	if e.Verdict.Text == "" {
		said = what + "."
	}
	hint := clip(e.Verdict.Hint, 4*maxWord)
	restore := backend.Fix{
		ID: "restore", Label: "Put the edit back", Do: backend.Mending{Kind: backend.MendRestore, Revision: e.ID},
		Does: fmt.Sprintf("Writes OpenClaw's config as it was after the edit of %s; what was changed since is kept as a revision.", clock(e.At.Time, s.Now)),
	}
	switch e.Verdict.Code {
	case backend.VerdictAccepted, backend.VerdictRestart:
		return d.ok("%s", said)
	case backend.VerdictRejected:
		issue := s.firstError()
		return on("config", mends(d.fail(cmp.Or(hint, "Correct it in Config, or put an earlier state back there."), "%s", said), issueFix("mend_config", "Mend the config", issue)))
	case backend.VerdictUndone:
		return on("config", mends(d.fail(cmp.Or(hint, "Put it back while OpenClaw's gateway runs."), "%s", said), restore))
	case backend.VerdictReplaced:
		return on("config", mends(d.warn(cmp.Or(hint, "Look in Config whether what is there now is what you want."), "%s", said), restore))
	}
	return d.skip("%s", said)
}

// journal tells whether fallbacks can be seen at all.
func (s *scene) journal() backend.Check {
	d := about("fallback_log", groupTrouble, "Fallbacks can be seen")
	const open = "Let Pilotlight read the file, or name another with --openclaw-log."
	switch why := s.noClaw(); {
	case why != "":
		return d.skip("%s", why)
	case s.claw.LogError != nil, s.claw.LogPath != "" && !s.claw.LogReadable:
		return on("fallbacks", d.warn(hintOf(s.claw.LogError, open), "%s %s", "OpenClaw's log "+clip(s.claw.LogPath, 2*maxWord)+" cannot be read.", messageOf(s.claw.LogError)))
	case s.Quiet != nil && *s.Quiet:
		return on("fallbacks", mends(d.warn("Set logging.level to info, which is OpenClaw's own choice.",
			"OpenClaw's log leaves out warnings (logging.level), and with them every fallback."), configFix("log_level", "Set it to info", set("logging.level", "info"))))
	case s.claw.LogPath == "":
		return d.skip("OpenClaw has not written a log yet.")
	case strings.HasPrefix(strings.TrimPrefix(s.Version, "v"), "2026.2."):
		return d.ok("OpenClaw 2026.2 logs no fallback, so Pilotlight reads them from its records of conversations, without their words.")
	case s.Quiet == nil:
		return d.skip("%s can be read; whether it leaves out warnings is not known.", clip(s.claw.LogPath, 2*maxWord))
	}
	return d.ok("%s can be read.", clip(s.claw.LogPath, 2*maxWord))
}
