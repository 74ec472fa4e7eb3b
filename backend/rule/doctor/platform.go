package doctor

import (
	"fmt"
	"strings"

	"pilotlight/backend"
)

// The groups that checks are shown in.
const (
	groupFiles   = "files"
	groupAgent   = "agent"
	groupDesktop = "desktop"
	groupMachine = "machine"
	groupServer  = "server"
)

// Platform judges everything that Pilotlight needs from the machine. Every
// check is listed on every system, so that two reports can be compared; what
// does not apply is skipped.
func Platform(p backend.Platform) []backend.Check {
	checks := []backend.Check{stateFolder(p.State), socketPath(p.Socket), agent(p), port(p)}
	checks = append(checks, window(p), display(p), sessionBus(p), trayHost(p), statusItem(p), notices(p), loginItem(p.Login))
	checks = append(checks, memory(p.Memory), memorySize(p), gpuLimit(p), gpu(p))
	return append(checks, server(p.Server))
}

// Failed says whether something is broken.
func Failed(checks []backend.Check) bool {
	for _, c := range checks {
		if c.Verdict == backend.FindingFail {
			return true
		}
	}
	return false
}

// draft is a check whose outcome is still open.
type draft struct{ c backend.Check }

func about(id, group, title string) draft {
	return draft{backend.Check{ID: id, Group: group, Title: title}}
}

func (d draft) ends(f backend.Finding, hint, format string, args ...any) backend.Check {
	d.c.Verdict, d.c.Hint, d.c.Detail = f, hint, fmt.Sprintf(format, args...)
	return d.c
}

func (d draft) ok(format string, args ...any) backend.Check {
	return d.ends(backend.FindingOK, "", format, args...)
}

func (d draft) skip(format string, args ...any) backend.Check {
	return d.ends(backend.FindingSkip, "", format, args...)
}

func (d draft) warn(hint, format string, args ...any) backend.Check {
	return d.ends(backend.FindingWarn, hint, format, args...)
}

func (d draft) fail(hint, format string, args ...any) backend.Check {
	return d.ends(backend.FindingFail, hint, format, args...)
}

// ownerOnly are the permissions of the state folder.
const ownerOnly = 0o700

func stateFolder(s backend.StateFolder) backend.Check {
	d := about("state_folder", groupFiles, "State folder")
	switch {
	case s.Err != nil:
		return d.fail("Make the folder writable for you and free some disk space, or set PILOTLIGHT_HOME to another folder.",
			"Nothing can be written in %s: %v.", s.Path, s.Err)
	case len(s.Open) > 0:
		return d.fail("Run: chmod 600 "+strings.Join(s.Open, " ")+" in that folder.",
			"Others can read %s in %s.", strings.Join(s.Open, ", "), s.Path)
	case !s.Exists:
		return d.ok("%s will be made at the first start.", s.Path)
	case s.Mode != ownerOnly:
		return d.warn("Run: chmod 700 '"+s.Path+"'. The agent does that too when it starts.",
			"%s has mode %04o, so others may look into it.", s.Path, s.Mode)
	}
	return d.ok("%s can be written, and is yours alone.", s.Path)
}

func socketPath(s backend.AgentSocket) backend.Check {
	d := about("socket_path", groupFiles, "Socket path")
	if n := len(s.Path); n > s.Max {
		return d.fail("Set PILOTLIGHT_HOME to a folder with a shorter path.",
			"%s has %d bytes, and a socket's path may have %d.", s.Path, n, s.Max)
	}
	return d.ok("%d of at most %d bytes.", len(s.Path), s.Max)
}

func agent(p backend.Platform) backend.Check {
	d := about("agent", groupAgent, "Agent")
	switch s := p.Socket; {
	case s.Version == "" && s.Exists:
		return d.warn("Start it: pilotlight agent. It takes the old socket over.",
			"%s is there, but no agent answers: %v.", s.Path, s.Err)
	case s.Version == "":
		return d.warn("Start it: pilotlight agent.", "No agent is running.")
	case s.Version != p.Version:
		return d.warn("Quit the one that runs and start it again.",
			"The running agent is version %s, this program is %s.", s.Version, p.Version)
	}
	return d.ok("Version %s answers on %s.", p.Socket.Version, p.Socket.Path)
}

func port(p backend.Platform) backend.Check {
	d := about("port", groupAgent, "Dashboard address")
	switch {
	case p.Port.Ours:
		return d.ok("A Pilotlight answers at %s.", p.Port.Addr)
	case p.Port.Err != nil:
		return d.fail("Another program may use it. Choose another with PILOTLIGHT_LISTEN=127.0.0.1:0 (any free one).",
			"Pilotlight cannot listen on %s: %v.", p.Port.Addr, p.Port.Err)
	}
	return d.ok("%s is free.", p.Port.Addr)
}

func server(s backend.ServerProbe) backend.Check {
	d := about("lmstudio", groupServer, "LM Studio")
	switch {
	case s.Err != nil:
		return d.fail("Write it like http://127.0.0.1:1234.", "%v", s.Err)
	case s.Folder == "":
		return d.warn("Install LM Studio and start it once, or name another machine's with PILOTLIGHT_LMSTUDIO_URL.",
			"No files of LM Studio were found; Pilotlight would ask at %s.", s.URL)
	}
	return d.ok("Its files are in %s; Pilotlight asks at %s.", s.Folder, s.URL)
}
