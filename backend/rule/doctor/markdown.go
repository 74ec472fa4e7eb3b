package doctor

import (
	"fmt"
	"strings"
	"time"

	"pilotlight/backend"
)

// GroupTitle is what a group of checks is called; one without a title is called
// by its name.
func GroupTitle(group string) string {
	titles := map[string]string{
		groupSetup: "Set-up", groupTrouble: "Trouble", groupSafety: "Safety", groupMachine: "Machine", groupServers: "Servers",
		groupFiles: "Files", groupAgent: "Agent", groupDesktop: "Desktop", groupServer: "Server",
	}
	if t, ok := titles[group]; ok {
		return t
	}
	return group
}

// Markdown is a report to send to somebody, under a line that says what it is
// about: versions, for example. Nothing that is private is in it.
func Markdown(about string, r backend.Report, p Private) string {
	h := p.hider()
	var b strings.Builder
	fmt.Fprintf(&b, "# Pilotlight doctor\n\n%s\n\n%s\n", escaped(h.hide(about)), Summary(r))
	if !r.At.IsZero() {
		fmt.Fprintf(&b, "\nLooked at %s.\n", r.At.UTC().Format(time.RFC3339))
	}
	group := ""
	for _, c := range r.Items {
		if c.Group != group {
			group = c.Group
			fmt.Fprintf(&b, "\n## %s\n\n", escaped(h.hide(GroupTitle(group))))
		}
		fmt.Fprintf(&b, "- %s **%s**: %s\n", Word(c.Verdict), escaped(h.hide(c.Title)), escaped(h.hide(c.Detail)))
		if c.Hint != "" && (c.Verdict == backend.FindingWarn || c.Verdict == backend.FindingFail) {
			fmt.Fprintf(&b, "  %s\n", escaped(h.hide(c.Hint)))
		}
	}
	return b.String()
}

// Word is a verdict in one word, for a text.
func Word(f backend.Finding) string {
	switch f {
	case backend.FindingOK:
		return "ok"
	case backend.FindingWarn:
		return "warn"
	case backend.FindingFail:
		return "FAIL"
	}
	return "–"
}

// Summary is a report in one sentence.
func Summary(r backend.Report) string {
	switch {
	case r.Fail == 0 && r.Warn == 0:
		return "All is well."
	case r.Fail == 0:
		return fmt.Sprintf("Nothing is broken; %d to know of.", r.Warn)
	case r.Warn == 0:
		return fmt.Sprintf("%d to mend.", r.Fail)
	}
	return fmt.Sprintf("%d to mend, %d to know of.", r.Fail, r.Warn)
}

// escaped is a text as Markdown shows it, on one line: names from outside must
// not become markup, nor <host-1> a tag.
func escaped(s string) string {
	s = strings.Join(strings.Fields(s), " ")
	return strings.NewReplacer(`\`, `\\`, "`", "\\`", "*", `\*`, "<", `\<`, "[", `\[`, "|", `\|`).Replace(s)
}
