package login

import (
	"fmt"
	"path/filepath"
	"strings"

	"pilotlight/backend"
)

// mark tells our entry from one that somebody wrote under the same name. Keys
// that begin with X- are free for programs (Desktop Entry Specification 1.5).
const mark = "X-Pilotlight-Managed"

// autostart is an entry of the XDG autostart specification.
type autostart struct {
	exe string
}

func (a autostart) content() ([]byte, error) {
	if !filepath.IsAbs(a.exe) || strings.ContainsFunc(a.exe, func(r rune) bool { return r < ' ' }) {
		return nil, &backend.Error{
			Code:    backend.CodeRefused,
			Message: fmt.Sprintf("%q is no program that can be started at login.", a.exe),
			Hint:    "Install Pilotlight with make install or its package, and try again with the installed one.",
		}
	}
	return fmt.Appendf(nil, `[Desktop Entry]
Type=Application
Name=Pilotlight
Comment=Keeps a local model warm
Exec=%s agent
Icon=pilotlight
Terminal=false
NoDisplay=true
X-GNOME-Autostart-enabled=true
%s=true
`, quoteExec(a.exe), mark), nil
}

// read knows the two ways in which desktops switch an entry off: Hidden by the
// specification, and GNOME's own key.
func (a autostart) read(data []byte) (ours, active bool, program string) {
	active = true
	group := ""
	for line := range strings.Lines(string(data)) {
		line = strings.TrimSpace(line)
		if strings.HasPrefix(line, "[") {
			group = line
			continue
		}
		key, value, ok := strings.Cut(line, "=")
		if !ok || group != "[Desktop Entry]" {
			continue
		}
		key, value = strings.TrimSpace(key), strings.TrimSpace(value)
		switch key {
		case mark:
			ours = value == "true"
		case "Hidden":
			active = active && value != "true"
		case "X-GNOME-Autostart-enabled":
			active = active && value != "false"
		case "Exec":
			program = unquoteExec(value)
		}
	}
	return ours, active, program
}

// quoteExec writes one argument of Exec: quoted, with the characters that the
// quotes do not protect escaped, then once more for being a string in the file,
// and with the percent sign doubled, which begins a field code.
func quoteExec(arg string) string {
	arg = strings.NewReplacer(`\`, `\\`, `"`, `\"`, "`", "\\`", `$`, `\$`).Replace(arg)
	arg = strings.NewReplacer(`\`, `\\`, `%`, `%%`).Replace(arg)
	return `"` + arg + `"`
}

// unquoteExec gives back the first argument of Exec.
func unquoteExec(line string) string {
	line = strings.NewReplacer(`\\`, `\`, `%%`, `%`).Replace(line)
	if !strings.HasPrefix(line, `"`) {
		first, _, _ := strings.Cut(line, " ")
		return first
	}
	var out strings.Builder
	for rest := line[1:]; rest != ""; rest = rest[1:] {
		switch rest[0] {
		case '"':
			return out.String()
		case '\\':
			if len(rest) > 1 {
				rest = rest[1:]
			}
		}
		out.WriteByte(rest[0])
	}
	return out.String()
}
