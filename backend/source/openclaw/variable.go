package openclaw

import (
	"path/filepath"
	"regexp"
	"strings"
)

// variable is what OpenClaw takes for a reference: ${NAME} in capitals, with a
// second $ before it to mean the text itself. Anything else, ${NAME:-default}
// too, is plain text.
var variable = regexp.MustCompile(`\$?\$\{[A-Z_][A-Z0-9_]*\}`)

// secretRefName is what a SecretRef of the kind "env" may name.
var secretRefName = regexp.MustCompile(`^[A-Z][A-Z0-9_]{0,127}$`)

// variables resolves references. Values are secrets more often than not: they
// live in it for the length of one reading, and leave it only as part of what
// the config makes of them.
type variables struct {
	env    Env
	config map[string]string // the config's own env block
	dotenv map[string]string // ~/.openclaw/.env
}

// newVariables reads the .env of the state folder. config is the whole config,
// whose env block counts where the process has no such variable.
func newVariables(env Env, dotenv string, config map[string]any) *variables {
	v := &variables{env: env, config: map[string]string{}}
	if text, err := readFile(dotenv, dotenvCap); err == nil {
		v.dotenv = parseDotenv(string(text))
	}
	block, _ := config["env"].(map[string]any)
	vars, _ := block["vars"].(map[string]any)
	for _, m := range []map[string]any{block, vars} {
		for k, x := range m {
			if s, ok := x.(string); ok {
				v.config[k] = s
			}
		}
	}
	return v
}

func dotenvPath(p Paths) string { return filepath.Join(p.StateDir, ".env") }

func (v *variables) lookup(name string) string {
	if s := v.env.Getenv; s != nil && s(name) != "" {
		return s(name)
	}
	if s := v.dotenv[name]; s != "" {
		return s
	}
	return v.config[name]
}

// expand resolves the references of s; missing names the variables that have no
// value as far as can be seen, in which case the text is of no use.
func (v *variables) expand(s string) (text string, missing []string) {
	text = variable.ReplaceAllStringFunc(s, func(ref string) string {
		if strings.HasPrefix(ref, "$$") {
			return ref[1:]
		}
		name := ref[2 : len(ref)-1]
		value := v.lookup(name)
		if value == "" {
			missing = append(missing, name)
		}
		return value
	})
	return text, missing
}

// parseDotenv reads NAME=value lines: "export" before a name, quotes around a
// value, and a comment after a bare one are taken off.
func parseDotenv(text string) map[string]string {
	out := map[string]string{}
	for line := range strings.Lines(text) {
		line = strings.TrimSpace(line)
		line = strings.TrimSpace(strings.TrimPrefix(line, "export "))
		name, value, ok := strings.Cut(line, "=")
		if !ok || strings.HasPrefix(line, "#") {
			continue
		}
		value = strings.TrimSpace(value)
		if q := strings.IndexAny(value, `"'`+"`"); q == 0 {
			if end := strings.LastIndexByte(value, value[0]); end > 0 {
				value = value[1:end]
			}
		} else if at := strings.Index(value, " #"); at >= 0 {
			value = strings.TrimSpace(value[:at])
		}
		out[strings.TrimSpace(name)] = value
	}
	return out
}
