package openclaw

import (
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"syscall"
	"time"
)

// Paths are the places of one OpenClaw.
type Paths struct {
	Config   string // may be absent
	StateDir string // sessions, transcripts and databases; may be absent
	// LogFile is logging.file of the config; "" means day files in LogDirs. Find
	// leaves it empty, a Reading fills it.
	LogFile   string
	LogDir    string   // where new day files go, as far as can be seen: the first of LogDirs
	LogDirs   []string // every folder where day files may be, the likeliest first
	LogPrefix string   // of a day file's name: "openclaw-", before YYYY-MM-DD.log
	Profile   string   // "" for none
}

const (
	stateName  = ".openclaw"
	configName = "openclaw.json"
	logSuffix  = ".log"
)

// The names of OpenClaw's earlier lives, which it still reads where the new one
// is absent. 2026.9.6 knows only the first of each.
var (
	legacyStates  = [...]string{".clawdbot", ".moldbot", ".moltbot"}
	legacyConfigs = [...]string{"clawdbot.json", "moldbot.json", "moltbot.json"}
)

// profileName is what OpenClaw accepts as a profile (src/cli/profile.ts); the
// name goes into a path.
var profileName = regexp.MustCompile(`^[A-Za-z0-9][A-Za-z0-9_-]{0,63}$`)

// Find tells where OpenClaw's files are, or would be. It looks only whether they
// are there.
func Find(env Env) Paths {
	p := Paths{Profile: profile(env), LogPrefix: "openclaw-"}
	if p.Profile != "" {
		p.LogPrefix = "openclaw-" + p.Profile + "-"
	}
	p.StateDir = stateDir(env, p.Profile)
	p.Config = configPath(env, p)
	p.LogDirs = logDirs(env)
	p.LogDir = p.LogDirs[0]
	return p
}

// LogNow is the file that a line logged now goes to: LogFile, or the day file
// of now's day in now's own time zone, in the first folder that has it.
func (p Paths) LogNow(now time.Time) string {
	if p.LogFile != "" {
		return p.LogFile
	}
	name := p.LogPrefix + now.Format(time.DateOnly) + logSuffix
	for _, dir := range p.LogDirs {
		if file := filepath.Join(dir, name); exists(file) {
			return file
		}
	}
	return filepath.Join(p.LogDir, name)
}

func profile(env Env) string {
	name := env.get("OPENCLAW_PROFILE")
	if strings.EqualFold(name, "default") || !profileName.MatchString(name) {
		return ""
	}
	return name
}

func stateDir(env Env, profile string) string {
	if dir := env.get("OPENCLAW_STATE_DIR"); dir != "" {
		return env.path(dir)
	}
	home := env.home()
	if profile != "" {
		return filepath.Join(home, stateName+"-"+profile)
	}
	usual := filepath.Join(home, stateName)
	if exists(usual) {
		return usual
	}
	for _, name := range legacyStates {
		if dir := filepath.Join(home, name); exists(dir) {
			return dir
		}
	}
	return usual
}

// configPath looks for a config in the state folder and, where nobody chose
// that folder, in the folders of earlier lives too.
func configPath(env Env, p Paths) string {
	if file := env.get("OPENCLAW_CONFIG_PATH"); file != "" {
		return env.path(file)
	}
	dirs := []string{p.StateDir}
	if p.Profile == "" && env.get("OPENCLAW_STATE_DIR") == "" {
		home := env.home()
		dirs = append(dirs, filepath.Join(home, stateName))
		for _, name := range legacyStates {
			dirs = append(dirs, filepath.Join(home, name))
		}
	}
	for _, dir := range dirs {
		if file := filepath.Join(dir, configName); exists(file) {
			return file
		}
		for _, name := range legacyConfigs {
			if file := filepath.Join(dir, name); exists(file) {
				return file
			}
		}
	}
	return filepath.Join(p.StateDir, configName)
}

// logDirs lists both folders that day files may be in. OpenClaw takes
// /tmp/openclaw unless somebody else could have put something there; a version
// that mends such a folder, or one that does not look, uses it all the same.
func logDirs(env Env) []string {
	shared := filepath.Join(env.sharedTmp(), "openclaw")
	own := filepath.Join(env.osTmp(), "openclaw")
	if env.UID >= 0 {
		own += "-" + strconv.Itoa(env.UID)
	}
	switch {
	case own == shared:
		return []string{shared}
	case safe(shared, env.UID):
		return []string{shared, own}
	}
	return []string{own, shared}
}

// safe says whether OpenClaw would keep its logs in dir: a folder of this
// person's that nobody else may write to, or one that is not there yet.
func safe(dir string, uid int) bool {
	fi, err := os.Lstat(dir)
	if os.IsNotExist(err) {
		return true
	}
	if err != nil || fi.Mode().Type() != fs.ModeDir {
		return false
	}
	if uid < 0 {
		return true
	}
	st, ok := fi.Sys().(*syscall.Stat_t)
	return ok && int(st.Uid) == uid && fi.Mode().Perm()&0o022 == 0
}
