package openclaw

import (
	"os"
	"path/filepath"
	"strings"
)

// Env is what OpenClaw's places depend on. Pilotlight's environment may differ
// from the gateway's, which a service manager starts: what is found here is the
// best guess, not the gateway's own word.
type Env struct {
	Getenv    func(string) string
	Home      string   // the person's home folder; "" asks HOME, then USERPROFILE
	UID       int      // the person's number; negative where the system has none
	Dir       string   // the folder that a relative path starts from; "" leaves it relative
	SharedTmp string   // "" means /tmp
	Hosts     []string // names and addresses of this machine, besides the loopback's
}

// get reads a variable the way OpenClaw does: what a shell or a service file
// writes for "nothing" is nothing.
func (e Env) get(name string) string {
	if e.Getenv == nil {
		return ""
	}
	v := strings.TrimSpace(e.Getenv(name))
	if v == "undefined" || v == "null" {
		return ""
	}
	return v
}

// systemHome is the person's home as the system tells it.
func (e Env) systemHome() string {
	for _, h := range []string{e.Home, e.get("HOME"), e.get("USERPROFILE")} {
		if h != "" {
			return h
		}
	}
	return ""
}

// home is the folder that OpenClaw takes for the home: OPENCLAW_HOME moves it.
func (e Env) home() string {
	h := e.get("OPENCLAW_HOME")
	if h == "" {
		return e.systemHome()
	}
	return e.absolute(expand(h, e.systemHome()))
}

// path makes a path that a person wrote usable.
func (e Env) path(p string) string { return e.absolute(expand(p, e.home())) }

func (e Env) absolute(p string) string {
	if !filepath.IsAbs(p) && e.Dir != "" {
		p = filepath.Join(e.Dir, p)
	}
	return filepath.Clean(p)
}

// expand puts home in the place of a leading ~. "~bob" is a name like any other.
func expand(p, home string) string {
	p = strings.TrimSpace(p)
	if p == "~" {
		return home
	}
	if strings.HasPrefix(p, "~/") {
		return filepath.Join(home, p[2:])
	}
	return p
}

// osTmp is what os.tmpdir() of Node says.
func (e Env) osTmp() string {
	for _, name := range []string{"TMPDIR", "TMP", "TEMP"} {
		if dir := e.get(name); dir != "" {
			return filepath.Clean(dir)
		}
	}
	return "/tmp"
}

func (e Env) sharedTmp() string {
	if e.SharedTmp != "" {
		return e.SharedTmp
	}
	return "/tmp"
}

func exists(path string) bool {
	_, err := os.Stat(path)
	return err == nil
}
