package openclaw

import (
	"path/filepath"
	"strings"

	"pilotlight/backend"
)

// Values are what a config text says once its includes are put in: plain values
// as encoding/json has them, with numbers as json.Number and variables as they are
// written. path is where the text lies, or would. files are the included files
// that were asked for. What cannot be put together is an issue and no values.
//
// The values of included files are whole: whoever calls must drop their secrets
// before anything else sees them.
func Values(path string, text []byte, env Env) (values map[string]any, files []string, issue *backend.ConfigIssue) {
	t := newTree(path, env)
	values, bad := understand(t, path, text)
	for _, m := range t.marks {
		files = append(files, m.path)
	}
	if bad != nil {
		return nil, files, &backend.ConfigIssue{Path: bad.at, Message: bad.text}
	}
	return values, files, nil
}

// managed are the variables by which somebody says that another program writes
// the config; OpenClaw then writes nothing itself.
var managed = [...]string{"OPENCLAW_CONFIG_READONLY", "OPENCLAW_NIX_MODE"}

// ManagedBy names the variable that says that the config is written by another
// program, "" where there is none.
func (e Env) ManagedBy() string {
	for _, name := range managed {
		switch strings.ToLower(e.get(name)) {
		case "", "0", "false", "no", "off":
		default:
			return name
		}
	}
	return ""
}

// IncludePath is the file that an $include of that name in the file from leads to.
func IncludePath(from, name string) string {
	if filepath.IsAbs(name) {
		return filepath.Clean(name)
	}
	return filepath.Join(filepath.Dir(from), name)
}
