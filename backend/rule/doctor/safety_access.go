package doctor

import (
	"fmt"
	"io/fs"
	"net/netip"
	"path/filepath"
	"slices"
	"strings"

	"pilotlight/backend"
)

// serverOpen warns of servers that the whole network may use.
func (g *guard) serverOpen() backend.Check {
	d := about("server_open", groupSafety, "Model servers are not open to the network")
	if len(g.Listening) == 0 {
		return d.skip("It is not known on which addresses a server on this machine takes connections.")
	}
	var open, unsure, fine []string
	lm := false
	for _, l := range g.Listening {
		srv := g.serverBy(l.Server)
		name := clip(l.Server, maxWord)
		if srv != nil {
			name = host(srv)
		}
		switch {
		case !l.All:
			fine = append(fine, name+" takes connections from this machine alone")
			continue
		case l.Token == nil:
			unsure = append(unsure, name+" takes connections from the network, and it is not known whether it wants a token")
		case *l.Token:
			fine = append(fine, name+" takes connections from the network, with a token")
			continue
		default:
			open = append(open, name+" takes connections from the network, and wants no token")
		}
		lm = lm || srv == nil || isLMStudio(srv)
	}
	hint := "Have it listen on 127.0.0.1, or want a token: as it is, everybody on the network can use it, and with it what it has read."
	if lm {
		hint = "In LM Studio open Developer, Server Settings: switch \"Serve on Local Network\" off, or \"Require Authentication\" on and give OpenClaw and Pilotlight a token. As it is, everybody on the network can load models and ask them."
	}
	switch said := several(slices.Concat(open, unsure, fine), 4) + "."; {
	case len(open) > 0:
		return d.fail(hint, "%s", said)
	case len(unsure) > 0:
		return d.warn(hint, "%s", said)
	default:
		return d.ok("%s", said)
	}
}

// beyond are the binds of OpenClaw's gateway that others can reach, in words.
var beyond = map[string]string{
	"lan": "on every interface", "tailnet": "in your tailnet", "custom": "at an address of its own",
	"auto": "on the loopback, or where it has none on every interface",
}

// gatewayOpen goes by OpenClaw's own audit (gateway.bind_no_auth).
func (g *guard) gatewayOpen() backend.Check {
	d := about("gateway_open", groupSafety, "OpenClaw's gateway is guarded")
	if why := g.noClaw(); why != "" {
		return d.skip("%s", why)
	}
	if g.Safety == nil {
		return d.skip("OpenClaw's config cannot be read.")
	}
	s := g.Safety
	where, open := beyond[s.GatewayBind]
	if s.GatewayBind == "custom" && onLoopback(s.GatewayHost) {
		open = false
	}
	const hint = "Set gateway.bind to \"loopback\", or gateway.auth to a token, and restart the gateway. Whoever reaches it can use your agent. Pilotlight does not touch this part of the config."
	switch none := s.GatewayAuth == "none"; {
	case open && none:
		return on("config", d.fail(hint, "It listens %s, and asks nobody who they are: gateway.auth.mode is none.", where))
	case open && s.GatewayAuth == "trusted-proxy":
		return d.ok("It listens %s, and a proxy before it says who somebody is.", where)
	case open && !s.GatewayKey:
		return on("config", d.warn(hint, "It listens %s, and no token or password for it is in the config or in a variable that Pilotlight can see.", where))
	case open:
		return d.ok("It listens %s, and wants a token or password.", where)
	case none:
		return on("config", d.warn("Set gateway.auth.mode to \"token\": any program on this machine, and any proxy before it, can use your agent.",
			"It listens on this machine alone, and asks nobody who they are: gateway.auth.mode is none."))
	case s.GatewayBind == "" || s.GatewayBind == "loopback" || s.GatewayBind == "custom":
		return d.ok("It listens on this machine alone.")
	}
	return d.skip("It is not known what gateway.bind %q means.", clip(s.GatewayBind, maxWord))
}

func onLoopback(host string) bool {
	if host == "localhost" {
		return true
	}
	a, err := netip.ParseAddr(strings.Trim(host, "[]"))
	return err == nil && a.Unmap().IsLoopback()
}

const (
	othersRead  fs.FileMode = 0o044
	othersWrite fs.FileMode = 0o022
	othersEnter fs.FileMode = 0o011
)

// filesPrivate looks who may look into OpenClaw's files. What lies in a folder that
// others cannot enter is private, whatever its own permissions.
func (g *guard) filesPrivate() backend.Check {
	d := about("files_private", groupSafety, "OpenClaw's files are yours alone")
	if len(g.Files) == 0 {
		return d.skip("Nothing is known of OpenClaw's files.")
	}
	loose := g.loose()
	if len(loose) == 0 {
		return d.ok("Nobody else can look into the %s that hold keys and conversations.", counted(len(g.Files), "file or folder", "files and folders"))
	}
	var words, paths, rest []string
	worst := false
	for _, f := range loose {
		words = append(words, fmt.Sprintf("%s (%04o)", clip(f.Path, 160), f.Mode.Perm()))
		worst = worst || !f.Mode.IsDir() && f.Mode&othersRead != 0 || f.Mode&othersWrite != 0
		if g.mendable(f) {
			paths = append(paths, f.Path)
		} else {
			rest = append(rest, f.Path)
		}
	}
	hint := "Take everybody else's permissions away: chmod go-rwx, on each of them."
	if len(rest) > 0 && len(paths) > 0 {
		hint += fmt.Sprintf(" Pilotlight does it in OpenClaw's folder alone, not for %s.", several(clipped(rest), 3))
	}
	end := d.warn
	if worst {
		end = d.fail
	}
	return mends(end(hint, "Others on this machine can get at %s.", several(words, 5)), private(paths))
}

// loose are the files and folders that others can get at.
func (g *guard) loose() (list []backend.FileAccess) {
	var closed []string
	for _, f := range g.Files {
		if f.Mode.IsDir() && f.Mode&othersEnter == 0 {
			closed = append(closed, f.Path+string(filepath.Separator))
		}
	}
	for _, f := range g.Files {
		inside := slices.ContainsFunc(closed, func(dir string) bool { return strings.HasPrefix(f.Path, dir) })
		// A folder that others may only go through shows them nothing.
		if !inside && f.Mode&(othersRead|othersWrite) != 0 {
			list = append(list, f)
		}
	}
	return list
}

// mendable tells whether Pilotlight may change its permissions: the person's own
// files in OpenClaw's folder, which comes first in the list, and the config.
func (g *guard) mendable(f backend.FileAccess) bool {
	first := g.Files[0]
	config := g.claw != nil && f.Path == g.claw.ConfigPath
	in := first.Mode.IsDir() && (f.Path == first.Path || strings.HasPrefix(f.Path, first.Path+string(filepath.Separator)))
	return f.Mine && (config || in)
}

// private makes files and folders their owner's alone.
func private(paths []string) backend.Fix {
	if len(paths) == 0 {
		return backend.Fix{}
	}
	return backend.Fix{
		ID: "private", Label: "Make them yours alone", Do: backend.Mending{Kind: backend.MendMode, Paths: paths},
		Does: fmt.Sprintf("chmod go-rwx on %s. OpenClaw itself runs as you and goes on reading them.", several(clipped(paths), 10)),
	}
}

func clipped(paths []string) []string {
	out := make([]string, len(paths))
	for i, p := range paths {
		out[i] = clip(p, 160)
	}
	return out
}

func counted(n int, one, many string) string {
	if n == 1 {
		return "one " + one
	}
	return thousands(n) + " " + many
}

// clearText names the keys that stand in the config itself.
func (g *guard) clearText() backend.Check {
	d := about("keys_in_clear_text", groupSafety, "No keys in clear text")
	if why := g.noClaw(); why != "" {
		return d.skip("%s", why)
	}
	if g.Safety == nil {
		return d.skip("OpenClaw's config cannot be read.")
	}
	keys := g.Safety.ClearTextKeys
	if len(keys) == 0 {
		return d.ok("The config refers to its keys, or has none.")
	}
	var names []string
	for _, k := range keys {
		names = append(names, clip(k, 160))
	}
	hint := "Put each key into ~/.openclaw/.env as NAME=…, and write \"${NAME}\" in its place: then copies, backups and screens of the config do not have it. Pilotlight does not do that for you, since OpenClaw may not start where the variable is missing."
	if g.takesReferences() {
		hint = "Put each key into ~/.openclaw/.env as NAME=…, and in its place write \"${NAME}\", or {source: \"env\", provider: \"default\", id: \"NAME\"}: then copies, backups and screens of the config do not have it. Pilotlight does not do that for you, since it never handles the keys themselves."
	}
	return on("config", d.warn(hint, "%s in the config in clear text: %s.", was(len(keys)), several(names, 6)))
}

func was(n int) string {
	if n == 1 {
		return "One key stands"
	}
	return fmt.Sprintf("%d keys stand", n)
}
