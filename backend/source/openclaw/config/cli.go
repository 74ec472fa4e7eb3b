package config

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"time"

	"pilotlight/backend"
)

// CLI is an installed openclaw command.
type CLI struct {
	Path    string // the command
	Version string // of its package; "" where that cannot be read
	search  string // PATH for it: it needs a node that fits
}

const (
	// validateFor is how long a check may take. It takes 1 to 4 s on two cores.
	validateFor = 30 * time.Second
	outputCap   = 1 << 20
)

// places are where installers put commands on this and other systems, below the
// home folder where they begin with ~.
var places = []string{
	"~/.openclaw/bin", "~/.local/bin", "~/.npm-global/bin", "~/.npm/bin", "~/.volta/bin", "~/.bun/bin", "~/Library/pnpm",
	"~/.local/share/pnpm", "~/.nvm/versions/node/*/bin", "~/.local/share/fnm/node-versions/*/installation/bin",
	"~/Library/Application Support/fnm/node-versions/*/installation/bin", "~/.asdf/shims", "~/.local/share/mise/shims",
	"/opt/homebrew/bin", "/usr/local/bin", "/home/linuxbrew/.linuxbrew/bin", "/usr/bin",
}

// FindCLI looks for an installed openclaw, on PATH and where installers put it:
// a program that was started from the desktop does not have the shell's PATH. It
// runs nothing.
func (s *Source) FindCLI() (CLI, bool) {
	getenv, home := s.env.Getenv, s.env.Home
	if getenv == nil {
		getenv = func(string) string { return "" }
	}
	if home == "" {
		home = getenv("HOME")
	}
	dirs := filepath.SplitList(getenv("PATH"))
	for _, p := range places {
		if rest, ok := strings.CutPrefix(p, "~/"); ok {
			if home == "" {
				continue
			}
			p = filepath.Join(home, rest)
		}
		if found, err := filepath.Glob(p); err == nil {
			for i := len(found) - 1; i >= 0; i-- { // the newest node has the last name
				dirs = append(dirs, found[i])
			}
		}
	}
	for _, dir := range dirs {
		path := filepath.Join(dir, "openclaw")
		fi, err := os.Stat(path)
		if err != nil || !fi.Mode().IsRegular() || fi.Mode()&0o111 == 0 || !filepath.IsAbs(dir) {
			continue
		}
		version, at := installedVersion(path)
		search := append([]string{dir, filepath.Dir(at)}, dirs...)
		return CLI{Path: path, Version: version, search: strings.Join(search, string(os.PathListSeparator))}, true
	}
	return CLI{}, false
}

// installedVersion reads the version in the package that a command belongs to, and
// tells where the command really lies.
func installedVersion(path string) (version, real string) {
	real, err := filepath.EvalSymlinks(path)
	if err != nil {
		real = path
	}
	for _, dir := range []string{filepath.Dir(real), filepath.Join(filepath.Dir(real), ".."), filepath.Join(filepath.Dir(real), "..", "lib", "node_modules", "openclaw")} {
		f, text, bad := readConfig(filepath.Join(dir, "package.json"))
		if bad != nil || !f.exists {
			continue
		}
		var pkg struct{ Name, Version string }
		if json.Unmarshal(text, &pkg) == nil && pkg.Name == "openclaw" && len(pkg.Version) < 64 {
			return pkg.Version, real
		}
	}
	return "", real
}

// Ruling is what OpenClaw's own check says of a candidate.
type Ruling struct {
	Ran    bool   // the check was made
	Why    string // why it was not
	Valid  bool
	Issues []backend.ConfigIssue // of the candidate that the file does not have too
}

// Validate asks an installed OpenClaw what it thinks of a candidate: on a copy
// without secrets, in a folder that is thrown away, with next to no environment. A
// check that cannot be made is no error; the answer says why.
func (c *Candidate) Validate(ctx context.Context, cli CLI) Ruling {
	if why := c.uncheckable(cli); why != "" {
		return Ruling{Why: why}
	}
	after, err := cli.validate(ctx, c.masked.text)
	if err != nil {
		return Ruling{Why: err.Error()}
	}
	r := Ruling{Ran: true, Valid: after.Valid, Issues: after.issues()}
	if r.Valid || len(c.doc.masked.text) == 0 {
		return r
	}
	// A plugin that is not in the throw-away folder makes a good config invalid
	// there. Only what the edit adds counts.
	before, err := cli.validate(ctx, c.doc.masked.text)
	if err != nil {
		return r
	}
	had := map[string]bool{}
	for _, i := range before.Issues {
		had[i.Path+"\x00"+i.Message] = true
	}
	r.Valid = true
	for i, issue := range after.Issues {
		r.Issues[i].Existing = had[issue.Path+"\x00"+issue.Message]
		r.Valid = r.Valid && r.Issues[i].Existing
	}
	return r
}

// uncheckable says why a candidate cannot be checked by a copy.
func (c *Candidate) uncheckable(cli CLI) string {
	if cli.Path == "" {
		return "no openclaw command was found"
	}
	if year, month, ok := yearMonth(cli.Version); ok && (year < 2026 || year == 2026 && month < 3) {
		return fmt.Sprintf("the installed OpenClaw %s has no command to check a config", cli.Version)
	}
	if bytes.Contains(c.masked.text, []byte("$include")) {
		return "the config includes other files, which a copy in another folder would not find"
	}
	return ""
}

var versionParts = regexp.MustCompile(`^v?(\d{4})\.(\d{1,2})\.`)

func yearMonth(version string) (year, month int, ok bool) {
	m := versionParts.FindStringSubmatch(version)
	if m == nil {
		return 0, 0, false
	}
	year, _ = strconv.Atoi(m[1])
	month, _ = strconv.Atoi(m[2])
	return year, month, true
}

// answer is what `openclaw config validate --json` prints: {valid, path, issues} in
// 2026.3.13, with ok, error and warnings in 2026.9.6.
type answer struct {
	Valid    bool
	Issues   []said
	Warnings []said
	known    bool
}

type said struct {
	Path    string
	Message string
}

func (a answer) issues() []backend.ConfigIssue {
	out := []backend.ConfigIssue{}
	for i, list := range [][]said{a.Issues, a.Warnings} {
		for _, s := range list[:min(len(list), maxIssues)] {
			severity := backend.SeverityError
			if i == 1 {
				severity = backend.SeverityWarning
			}
			out = append(out, backend.ConfigIssue{
				Path: clip(s.Path, 512), Message: clip(s.Message, 512), Severity: severity, Code: "openclaw", Source: "openclaw",
			})
		}
	}
	return out
}

// validate runs the check on a text.
func (cli CLI) validate(ctx context.Context, text []byte) (answer, error) {
	dir, err := os.MkdirTemp("", "pilotlight-check-")
	if err != nil {
		return answer{}, fmt.Errorf("no folder for the check: %s", plainly(err))
	}
	defer os.RemoveAll(dir)
	path := filepath.Join(dir, "openclaw.json")
	if err := os.WriteFile(path, text, 0o600); err != nil {
		return answer{}, fmt.Errorf("no copy for the check: %s", plainly(err))
	}
	ctx, cancel := context.WithTimeout(ctx, validateFor)
	defer cancel()
	cmd := exec.CommandContext(ctx, cli.Path, "config", "validate", "--json")
	cmd.Dir = dir
	cmd.WaitDelay = 2 * time.Second
	cmd.Env = []string{
		"PATH=" + cli.search, "HOME=" + dir, "TMPDIR=" + dir, "LANG=C.UTF-8", "NO_COLOR=1",
		"OPENCLAW_CONFIG_PATH=" + path, "OPENCLAW_STATE_DIR=" + filepath.Join(dir, "state"), "OPENCLAW_HOME=" + dir,
	}
	out := &capped{left: outputCap}
	cmd.Stdout = out
	err = cmd.Run()
	a := parseAnswer(out.text)
	switch {
	case a.known:
		return a, nil // an invalid config ends with 1, and says so
	case ctx.Err() != nil:
		return a, errors.New("openclaw took too long to check it")
	case err != nil:
		return a, fmt.Errorf("openclaw could not check it: %s", plainly(err))
	}
	return a, errors.New("openclaw's answer could not be understood")
}

// parseAnswer finds the answer in what was printed: there may be other lines around
// it, and other JSON before it. It begins a line.
func parseAnswer(out []byte) answer {
	for len(out) > 0 {
		if out[0] == '{' {
			var got struct {
				Valid    *bool  `json:"valid"`
				Issues   []said `json:"issues"`
				Warnings []said `json:"warnings"`
			}
			if json.NewDecoder(bytes.NewReader(out)).Decode(&got) == nil && got.Valid != nil {
				return answer{Valid: *got.Valid, Issues: got.Issues, Warnings: got.Warnings, known: true}
			}
		}
		next := bytes.IndexByte(out, '\n')
		if next < 0 {
			break
		}
		out = out[next+1:]
	}
	return answer{}
}

// capped keeps the beginning of what is written to it.
type capped struct {
	text []byte
	left int
}

func (c *capped) Write(p []byte) (int, error) {
	n := min(len(p), c.left)
	c.text, c.left = append(c.text, p[:n]...), c.left-n
	return len(p), nil
}
