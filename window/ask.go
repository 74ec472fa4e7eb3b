package window

import (
	"net/url"
	"os"
	"path/filepath"
	"regexp"
	"strings"

	"pilotlight/backend"
)

const maxAddress = 2048

// WebAddress checks an address that a page wants to be opened in the browser:
// the opener of a desktop would run programs for other schemes.
func WebAddress(raw string) (string, error) {
	u, err := url.Parse(raw)
	if err != nil || len(raw) > maxAddress || u.Scheme != "https" && u.Scheme != "http" || u.Hostname() == "" || u.User != nil {
		return "", &backend.Error{
			Code: backend.CodeInvalid, Message: "This is not an address that a browser can open.",
			Hint: "It must begin with https:// or http:// and name a site.",
		}
	}
	return u.String(), nil
}

// ExistingFile checks a path that a page wants to be shown in the file manager.
func ExistingFile(path string) (string, error) {
	if !filepath.IsAbs(path) || strings.ContainsRune(path, 0) {
		return "", &backend.Error{
			Code: backend.CodeInvalid, Message: "A file is shown by its full path.", Hint: "Begin with a slash.",
		}
	}
	path = filepath.Clean(path)
	if _, err := os.Lstat(path); err != nil {
		return "", &backend.Error{
			Code: backend.CodeNotFound, Message: "There is no such file: " + path, Hint: "It may have been moved or deleted.", Err: err,
		}
	}
	return path, nil
}

// route is a place of the dashboard, as in its address after the #.
var route = regexp.MustCompile(`^/[A-Za-z0-9/._~%=&?:,+-]{0,512}$`)

// Route turns the path that a program asked for into the dashboard's hash; ""
// leaves the dashboard where it is.
func Route(path string) (string, error) {
	if path == "" {
		return "", nil
	}
	if !route.MatchString(path) {
		return "", &backend.Error{
			Code: backend.CodeInvalid, Message: "This is not a place of the dashboard.", Hint: "For example: --path /models",
		}
	}
	return "#" + path, nil
}
