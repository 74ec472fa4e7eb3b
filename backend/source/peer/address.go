package peer

import (
	"net"
	"net/url"
	"strconv"
	"strings"

	"pilotlight/backend"
)

// usualPort is where a Pilotlight listens unless it was told otherwise.
const usualPort = "7456"

// addressCap bounds an address, in bytes.
const addressCap = 300

// Address reads an address as a person writes it, studio.local or
// http://192.168.1.20:7456, and gives the one way to write it: scheme, host and
// port. The error is invalid.
func Address(text string) (string, error) {
	text = strings.TrimSpace(text)
	if !strings.Contains(text, "://") {
		text = "http://" + text
	}
	u, err := url.Parse(text)
	switch {
	case err != nil || len(text) > addressCap || u.Hostname() == "" || !hostSafe(u.Hostname()):
		return "", badAddress("This is no address: Pilotlight cannot read it.")
	case u.Scheme != "http" && u.Scheme != "https":
		return "", badAddress("An address must begin with http:// or https://.")
	case u.User != nil:
		return "", badAddress("The address must have no name and password in it.")
	case u.Path != "" && u.Path != "/", u.RawQuery != "", u.Fragment != "":
		return "", badAddress("The address must end after the port: a path is not used.")
	}
	port := u.Port()
	if n, err := strconv.Atoi(port); port != "" && (err != nil || n < 1 || n > 65535) {
		return "", badAddress("The address has a port that does not exist.")
	}
	if port == "" {
		port = usualPort
		if u.Scheme == "https" {
			port = "443"
		}
	}
	return u.Scheme + "://" + net.JoinHostPort(strings.ToLower(u.Hostname()), port), nil
}

// hostSafe refuses what no host is called and what would make an odd header.
func hostSafe(host string) bool {
	return !strings.ContainsFunc(host, func(r rune) bool { return r <= ' ' || r > '~' || strings.ContainsRune(`"'<>\^{|}`+"`", r) })
}

func badAddress(message string) *backend.Error {
	return &backend.Error{
		Code: backend.CodeInvalid, Message: message,
		Hint: "Write it as http://192.168.1.20:7456, with the other machine's own address.",
	}
}

// Token reads a token as it was pasted. The error is invalid.
func Token(text string) (string, error) {
	text = strings.TrimSpace(text)
	bad := strings.ContainsFunc(text, func(r rune) bool { return r <= ' ' || r > '~' })
	if text == "" || bad || len(text) > textCap {
		return "", &backend.Error{
			Code: backend.CodeInvalid, Message: "This is no token of Pilotlight's.",
			Hint: "On the other machine run: pilotlight token --read. Copy the one line that it prints.",
		}
	}
	return text, nil
}
