package openclaw

import (
	"regexp"
	"strconv"
	"strings"
)

const (
	maxClear   = 50 // how many keys in clear text are named
	clearDepth = 32 // how deep one is looked for
)

// secretTails are how the names of the members end that hold a key (SecretInput in
// the schemas of 2026.3.13 and 2026.9.6).
var secretTails = [...]string{"apikey", "token", "password", "secret", "privatekey", "authorization"}

// unread are parts of the config in which OpenClaw takes no reference to a secret
// in the place of a text: values for the process, and its own notes.
var unread = map[string]bool{"env": true, "meta": true}

// clearText names the members that hold a key written out. Keys themselves are
// looked at only as far as it takes to tell them from a reference, and left there.
func clearText(config map[string]any) []string {
	w := &clearWalk{}
	for _, key := range sortedKeys(config) {
		if !unread[key] {
			w.look(config[key], join("", key), key, 1)
		}
	}
	return w.found
}

type clearWalk struct{ found []string }

func (w *clearWalk) look(v any, at, key string, depth int) {
	if depth > clearDepth || len(w.found) == maxClear {
		return
	}
	switch v := v.(type) {
	case string:
		if holdsSecret(key) && isWrittenOut(v) {
			w.found = append(w.found, at)
		}
	case map[string]any:
		for _, k := range sortedKeys(v) {
			w.look(v[k], join(at, clip(k, maxName)), k, depth+1)
		}
	case []any:
		for i, e := range v {
			w.look(e, at+"["+strconv.Itoa(i)+"]", "", depth+1) // a list is of no one's key
		}
	}
}

func holdsSecret(key string) bool {
	key = strings.ToLower(strings.NewReplacer("-", "", "_", "").Replace(key))
	for _, tail := range secretTails {
		if strings.HasSuffix(key, tail) {
			return true
		}
	}
	return false
}

// placeholders are what stands in the place of a key where none is needed: what
// OpenClaw writes itself, and what people write for a server that asks for none.
var placeholders = map[string]bool{
	"lmstudio": true, "lm-studio": true, "ollama": true, "vllm": true, "sglang": true, "llama.cpp": true, "litellm": true,
	"lmstudio-local": true, "ollama-local": true, "custom-local": true, "vllm-local": true, "sglang-local": true,
	"none": true, "null": true, "dummy": true, "local": true, "not-needed": true, "no-key": true, "sk-no-key-required": true,
	"empty": true, "unused": true, "test": true, "x": true, "__openclaw_redacted__": true,
	"minimax-oauth": true, "codex-app-server": true, "gcp-vertex-credentials": true, "aws-sdk": true,
}

// elsewhere are how notes of OpenClaw's begin that the key is kept in another place.
var elsewhere = [...]string{"oauth:", "secretref-env:", "secretref-managed"}

// bareVariable is a variable's bare name, which OpenClaw keeps in the place of a key
// that it took from the environment.
var bareVariable = regexp.MustCompile(`^[A-Z][A-Z0-9]*(_[A-Z0-9]+)+$`)

// isWrittenOut says whether a text is a key, and no reference to one or stand-in.
func isWrittenOut(s string) bool {
	s = strings.TrimSpace(s)
	if s == "" || placeholders[strings.ToLower(s)] || bareVariable.MatchString(s) {
		return false
	}
	for _, head := range elsewhere {
		if strings.HasPrefix(s, head) {
			return false
		}
	}
	for _, ref := range variable.FindAllString(s, -1) {
		if !strings.HasPrefix(ref, "$$") {
			return false
		}
	}
	return true
}
