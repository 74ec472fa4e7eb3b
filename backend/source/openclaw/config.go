package openclaw

import (
	"encoding/json"
	"fmt"
	"math"
	"net/url"
	"slices"
	"strconv"
	"strings"

	"pilotlight/backend"
)

// DefaultPort is where the gateway listens unless told otherwise; devPort is
// the one of the profile "dev" (src/cli/profile.ts).
const (
	DefaultPort = 18789
	devPort     = 19001
)

// Provider is one entry of models.providers. Its one secret is in a type that
// tells it to nobody.
type Provider struct {
	BaseURL string // without user, password, query and fragment; "" where the config sets none
	// Hidden says that the config does set a baseUrl, but it hangs on a variable
	// that Pilotlight does not see, or it is no URL.
	Hidden         bool
	API            string
	TimeoutSeconds *float64
	Preload        *bool // params.preload: whether OpenClaw loads an LM Studio model itself
	HasKey         bool  // a key is set, in the config or by reference
	// Key is that key as far as the config, its variables and the environment
	// tell it; none where it is in a file, or a program tells it.
	Key    backend.Secret
	Models map[string]Model
}

// Model is one entry of a provider's models, by its id.
type Model struct {
	Name          string
	ContextWindow *int // tokens
	ContextTokens *int // tokens; the cap on what is used of the window, 2026.9.6
}

// scan reads one config's values and notes what it cannot read.
type scan struct {
	vars    *variables
	missing map[string]bool // variables that were told of already
	issues  []backend.ConfigIssue
}

func (s *scan) note(at, format string, args ...any) {
	if len(s.issues) < maxIssues {
		s.issues = append(s.issues, backend.ConfigIssue{Path: at, Message: fmt.Sprintf(format, args...)})
	}
}

// maxIssues bounds what a broken file can make us tell.
const maxIssues = 100

// text reads a string and resolves its variables; ok is false where there is
// none or a variable is missing, which is noted.
func (s *scan) text(v any, at string) (text string, ok bool) {
	raw, ok := v.(string)
	if !ok {
		return "", false
	}
	text, missing := s.vars.expand(raw)
	for _, name := range missing {
		if !s.missing[name] {
			s.missing[name] = true
			s.note(at, "${%s} has no value that Pilotlight can see: not in its environment, not in OpenClaw's .env file", name)
		}
	}
	return strings.TrimSpace(text), len(missing) == 0
}

// fill reads what is wanted of a config into a reading.
func (s *scan) fill(r *Reading, config map[string]any, env Env) {
	r.OpenClaw.Version = s.version(config)
	defaults := object(object(config, "agents"), "defaults")
	r.Aliases = s.aliases(object(defaults, "models"))
	r.Providers = s.providers(object(object(config, "models"), "providers"))
	valid := s.model(r, defaults["model"])
	if file, ok := s.text(object(config, "logging")["file"], "logging.file"); ok && file != "" {
		r.Paths.LogFile = env.path(file)
	}
	r.Safety = s.safety(config)
	r.Quiet = quiet(object(config, "logging")["level"])
	if port, ok := integer(object(config, "gateway")["port"]); ok && port >= 1 && port <= 65535 {
		r.GatewayPort = port
	}
	r.OpenClaw.ConfigValid = valid
}

// quiet says whether a logging.level leaves warnings out of the log, and with
// them everything about fallbacks (OpenClaw's levels: silent, fatal, error,
// warn, info, debug, trace).
func quiet(level any) bool {
	name, _ := level.(string)
	return slices.Contains([]string{"silent", "fatal", "error"}, strings.ToLower(strings.TrimSpace(name)))
}

func (s *scan) version(config map[string]any) string {
	v, _ := object(config, "meta")["lastTouchedVersion"].(string)
	return clip(v, 64)
}

// model reads agents.defaults.model: a ref, or a primary with its fallbacks.
func (s *scan) model(r *Reading, v any) bool {
	const at = "agents.defaults.model"
	switch v := v.(type) {
	case nil:
		return true
	case string:
		r.OpenClaw.Primary = s.ref(r, v, at)
		return true
	case map[string]any:
		valid := true
		if p, has := v["primary"]; has {
			if _, ok := p.(string); !ok {
				s.note(at+".primary", "the first model must be given as text, like \"lmstudio/model\"")
				valid = false
			}
			r.OpenClaw.Primary = s.ref(r, p, at+".primary")
		}
		list, ok := v["fallbacks"].([]any)
		if _, has := v["fallbacks"]; has && !ok {
			s.note(at+".fallbacks", "the fallbacks must be a list")
			valid = false
		}
		for i, f := range list {
			where := fmt.Sprintf("%s.fallbacks[%d]", at, i)
			if _, ok := f.(string); !ok {
				s.note(where, "a fallback must be given as text, like \"lmstudio/model\"")
				valid = false
			} else if ref := s.ref(r, f, where); ref != "" {
				r.OpenClaw.Fallbacks = append(r.OpenClaw.Fallbacks, ref)
			}
		}
		return valid
	}
	s.note(at, "the model must be text or an object with primary and fallbacks")
	return false
}

// ref reads a model's name and puts what an alias stands for in its place.
func (s *scan) ref(r *Reading, v any, at string) string {
	name, ok := s.text(v, at)
	if !ok {
		return ""
	}
	return clip(r.Resolve(name), 512)
}

func (s *scan) aliases(models map[string]any) map[string]string {
	out := map[string]string{}
	for ref, v := range models {
		entry, _ := v.(map[string]any)
		if alias, ok := s.text(entry["alias"], join(join("agents.defaults.models", ref), "alias")); ok && alias != "" {
			out[ref] = clip(alias, 128)
		}
	}
	return out
}

func (s *scan) providers(all map[string]any) map[string]Provider {
	out := map[string]Provider{}
	for _, name := range sortedKeys(all) {
		if v, ok := all[name].(map[string]any); ok {
			out[name] = s.provider(v, join("models.providers", name))
		}
	}
	return out
}

func (s *scan) provider(v map[string]any, at string) Provider {
	p := Provider{Models: map[string]Model{}, HasKey: s.key(v["apiKey"], join(at, "apiKey")), Key: s.secret(v["apiKey"])}
	if raw, has := v["baseUrl"]; has {
		text, ok := s.text(raw, join(at, "baseUrl"))
		if ok && text != "" {
			if p.BaseURL, ok = bareURL(text); !ok {
				s.note(join(at, "baseUrl"), "this is no URL")
			}
		}
		p.Hidden = !ok
	}
	p.API, _ = v["api"].(string)
	p.API = clip(p.API, 64)
	if n, ok := number(v["timeoutSeconds"]); ok && n > 0 {
		p.TimeoutSeconds = &n
	}
	if b, ok := object(v, "params")["preload"].(bool); ok {
		p.Preload = &b
	}
	list, _ := v["models"].([]any)
	for _, m := range list {
		entry, _ := m.(map[string]any)
		id, ok := entry["id"].(string)
		if !ok || id == "" {
			continue
		}
		var model Model
		model.Name, _ = entry["name"].(string)
		model.ContextWindow = positive(entry["contextWindow"])
		model.ContextTokens = positive(entry["contextTokens"])
		p.Models[id] = model
	}
	return p
}

// key says whether a key is set, and looks at none: a text, or an object that
// tells where OpenClaw finds it.
func (s *scan) key(v any, at string) bool {
	switch v := v.(type) {
	case string:
		_, _ = s.text(v, at) // notes a missing variable
		return strings.TrimSpace(v) != ""
	case map[string]any:
		return len(v) > 0
	}
	return false
}

// secret is the key itself: a text, or what a variable holds that the text or a
// reference of the kind "env" names. Files are not opened for it, and no program
// is run.
func (s *scan) secret(v any) backend.Secret {
	switch v := v.(type) {
	case string:
		return backend.NewSecret(s.written(v))
	case map[string]any:
		source, _ := v["source"].(string)
		id, _ := v["id"].(string)
		if source == "env" && secretRefName.MatchString(id) {
			return backend.NewSecret(strings.TrimSpace(s.vars.lookup(id)))
		}
	}
	return backend.Secret{}
}

// written is the key that a text stands for, "" for none. A bare variable's name is
// what OpenClaw writes for a key that it took from there; its other notes say that
// the key is kept where Pilotlight does not look.
func (s *scan) written(v string) string {
	text, missing := s.vars.expand(v)
	text = strings.TrimSpace(text)
	if len(missing) > 0 {
		return ""
	}
	name, noted := strings.CutPrefix(strings.TrimSpace(v), "secretref-env:")
	if noted || bareVariable.MatchString(name) {
		return strings.TrimSpace(s.vars.lookup(name))
	}
	for _, head := range elsewhere {
		if strings.HasPrefix(text, head) {
			return ""
		}
	}
	return text
}

// bareURL is a URL without what may be a secret.
func bareURL(s string) (string, bool) {
	u, err := url.Parse(s)
	if err != nil || u.Host == "" || u.Scheme != "http" && u.Scheme != "https" {
		return "", false
	}
	u.User, u.RawQuery, u.ForceQuery, u.Fragment, u.RawFragment = nil, "", false, "", ""
	return u.String(), true
}

func object(m map[string]any, key string) map[string]any {
	v, _ := m[key].(map[string]any)
	return v
}

func number(v any) (float64, bool) {
	n, ok := v.(json.Number)
	if !ok {
		return 0, false
	}
	f, err := n.Float64()
	return f, err == nil && !math.IsInf(f, 0)
}

func integer(v any) (int, bool) {
	f, ok := number(v)
	if !ok || f != math.Trunc(f) || math.Abs(f) > 1<<53 {
		return 0, false
	}
	return int(f), true
}

func positive(v any) *int {
	if n, ok := integer(v); ok && n > 0 {
		return &n
	}
	return nil
}

func sortedKeys(m map[string]any) []string {
	keys := make([]string, 0, len(m))
	for k := range m {
		keys = append(keys, k)
	}
	slices.Sort(keys)
	return keys
}

// clip keeps a name of somebody else's from growing without bound.
func clip(s string, n int) string {
	if len(s) <= n {
		return s
	}
	return strings.ToValidUTF8(s[:n], "")
}

// port is the gateway's port before the config is read, and whether a variable
// set it, which then counts more than the config.
func port(env Env, profile string) (port int, fixed bool) {
	if n, err := strconv.Atoi(env.get("OPENCLAW_GATEWAY_PORT")); err == nil && n >= 1 && n <= 65535 {
		return n, true
	}
	if profile == "dev" {
		return devPort, true
	}
	return DefaultPort, false
}
