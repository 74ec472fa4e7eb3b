package lmstudio

import (
	"encoding/json"
	"io"
	"net"
	"net/url"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"

	"pilotlight/backend"
	"pilotlight/backend/wire"
)

const (
	// defaultPort is LM Studio's HTTP server port as installed.
	defaultPort = 1234

	// fileCap bounds every file of LM Studio's that is read, in bytes. Real
	// ones are below one kilobyte.
	fileCap = 64 << 10
)

// wellKnownPorts are where the app's internal API listens, one of them, as long
// as the app runs (lmstudio-js, lms-common/apiServerPorts.ts, 2026-08).
var wellKnownPorts = [...]int{41343, 52993, 16141, 39414, 22931}

// Config says where LM Studio is.
type Config struct {
	ID            string // the server's id in everything that Pilotlight tells
	URL           string // of the HTTP server, without a trailing slash
	Token         string // "" for none; never logged, never in an error
	InternalPorts []int  // of the always-on internal API, in the order to try; asked on a loopback host only
	NoWebSocket   bool   // REST alone
}

// Discover finds LM Studio on this machine from files alone: it neither runs
// lms nor connects anywhere. A file that is missing or makes no sense is passed
// over. explicit is a URL a person gave, "" for none; home is the person's home
// directory, getenv is os.Getenv. The error is CodeInvalid: an explicit URL or
// a token that cannot be used.
func Discover(explicit, home string, getenv func(string) string) (Config, error) {
	cfg := Config{ID: "lmstudio"}
	dir := lmstudioHome(home)
	port, ok := portIn(inside(dir, ".internal", "http-server-config.json"))
	if !ok {
		port = defaultPort
	}
	cfg.URL = "http://127.0.0.1:" + strconv.Itoa(port)
	if explicit = strings.TrimSpace(explicit); explicit != "" {
		u, err := cleanURL(explicit)
		if err != nil {
			return Config{}, err
		}
		cfg.URL = u
	}
	cfg.Token = strings.TrimSpace(getenv("LM_API_TOKEN"))
	if !wire.HeaderSafe(cfg.Token) {
		return Config{}, &backend.Error{
			Code:    backend.CodeInvalid,
			Message: "LM_API_TOKEN holds characters that a token cannot have.",
			Hint:    "Copy the token again from LM Studio: Developer, Server Settings, Manage Tokens.",
		}
	}
	if u, err := url.Parse(cfg.URL); err == nil && backend.Loopback(u.Hostname()) {
		cfg.InternalPorts = internalPorts(dir, getenv("LMS_API_SERVER_INFO_PATH"), u.Port())
	}
	return cfg, nil
}

// cleanURL checks a URL that a person gave. A path that belongs to an API, as
// people copy it from other programs' settings, is taken off; any other path is
// kept, for a server behind a reverse proxy. The URL itself is not repeated in
// the error, since what is wrong with it may be a password.
func cleanURL(s string) (string, error) {
	bad := func(what string) (string, error) {
		return "", &backend.Error{
			Code:    backend.CodeInvalid,
			Message: "The address of LM Studio " + what + ".",
			Hint:    "Write it like http://127.0.0.1:1234.",
		}
	}
	if !strings.Contains(s, "://") {
		return bad("must begin with http:// or https://")
	}
	u, err := url.Parse(s)
	switch {
	case err != nil:
		return bad("cannot be read as an address")
	case u.Scheme != "http" && u.Scheme != "https":
		return bad("must begin with http:// or https://")
	case u.User != nil:
		return bad("must not hold a user name or a password")
	case u.Hostname() == "":
		return bad("names no computer")
	case u.RawQuery != "" || u.ForceQuery || u.Fragment != "":
		return bad("must not have a ? or a # in it")
	case !validPort(u):
		return bad("has a port that does not exist")
	}
	path := strings.TrimRight(u.EscapedPath(), "/")
	for _, api := range []string{"/api/v1", "/api/v0", "/v1"} {
		if cut, ok := strings.CutSuffix(path, api); ok {
			path = strings.TrimRight(cut, "/")
			break
		}
	}
	return u.Scheme + "://" + u.Host + path, nil
}

func validPort(u *url.URL) bool {
	if u.Port() == "" {
		return !strings.HasSuffix(u.Host, ":")
	}
	n, err := strconv.Atoi(u.Port())
	return err == nil && n >= 1 && n <= 65535
}

// lmstudioHome is the folder that LM Studio keeps its state in, by the order of
// lmstudio-js (findLMStudioHome.ts): a pointer file, an old place if it is
// there, the usual place. "" when the home directory is not known.
func lmstudioHome(home string) string {
	if home == "" {
		return ""
	}
	if b, err := readSmall(filepath.Join(home, ".lmstudio-home-pointer")); err == nil {
		if p := strings.TrimSpace(string(b)); filepath.IsAbs(p) {
			return filepath.Clean(p)
		}
	}
	old := filepath.Join(home, ".cache", "lm-studio")
	if fi, err := os.Stat(old); err == nil && fi.IsDir() {
		return old
	}
	return filepath.Join(home, ".lmstudio")
}

// Folder is where LM Studio keeps its files on this machine, "" where it has
// none. home is the person's home directory.
func Folder(home string) string {
	dir := lmstudioHome(home)
	if fi, err := os.Stat(dir); dir == "" || err != nil || !fi.IsDir() {
		return ""
	}
	return dir
}

func inside(dir string, elem ...string) string {
	if dir == "" {
		return ""
	}
	return filepath.Join(append([]string{dir}, elem...)...)
}

// internalPorts lists where the internal API may listen: first the port that
// the app publishes (since July 2026), then the well-known ones. The HTTP
// server's own port is never one of them.
func internalPorts(dir, override, httpPort string) []int {
	file := inside(dir, ".internal", "http-server.json")
	if override != "" {
		file = override
	}
	var ports []int
	add := func(p int) {
		if strconv.Itoa(p) != httpPort && !slices.Contains(ports, p) {
			ports = append(ports, p)
		}
	}
	if p, ok := portIn(file); ok {
		add(p)
	}
	for _, p := range wellKnownPorts {
		add(p)
	}
	return ports
}

// portIn reads {"port":N} from a file; false for anything else.
func portIn(file string) (int, bool) {
	if file == "" {
		return 0, false
	}
	b, err := readSmall(file)
	if err != nil {
		return 0, false
	}
	var v struct{ Port looseNumber }
	if json.Unmarshal(b, &v) != nil {
		return 0, false
	}
	p := v.Port.Integer(65535)
	if p == nil {
		return 0, false
	}
	return *p, true
}

func readSmall(file string) ([]byte, error) {
	// A pipe or a device in the file's place would block for ever.
	fi, err := os.Stat(file)
	if err != nil {
		return nil, err
	}
	if !fi.Mode().IsRegular() {
		return nil, os.ErrInvalid
	}
	f, err := os.Open(file)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	return io.ReadAll(io.LimitReader(f, fileCap))
}

// onPort is base's host at another port.
func onPort(host string, port int) string {
	return net.JoinHostPort(host, strconv.Itoa(port))
}
