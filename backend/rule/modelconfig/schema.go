package modelconfig

import (
	"fmt"
	"slices"
	"strings"

	"pilotlight/backend"
	"pilotlight/backend/json5"
)

// kind is what a value must be.
type kind uint8

const (
	anything  kind = iota
	aText          // not empty
	aString        // may be empty
	aBool          //
	aPositive      // a number above 0
	aCount         // a whole number above 0
	aNumber        //
	anObject       // with any keys
	aSecret        // a text, or since 2026.3 an object that says where it is found
	textList       //
	textMap        // of texts or secrets
)

var kindWords = map[kind]string{ //nolint:gosec // words about secrets
	aText: "a text that is not empty", aString: "a text", aBool: "true or false", aPositive: "a number above 0",
	aCount: "a whole number above 0", aNumber: "a number", anObject: "an object",
	aSecret: "a text, or an object with source, provider and id", textList: "a list of texts", textMap: "an object of texts",
}

// field is a key of a strict object.
type field struct {
	kind     kind
	in       generation // that know the key; 0 is all
	required generation
	values   map[string]generation // the texts it may be
}

type fields map[string]field

// apis are the protocols that a provider may speak.
var apis = map[string]generation{
	"openai-completions": all, "openai-responses": all, "anthropic-messages": all, "google-generative-ai": all,
	"github-copilot": all, "bedrock-converse-stream": all, "openai-codex-responses": gen3, "ollama": gen3 | gen9,
	"openai-chatgpt-responses": gen9, "google-vertex": gen9, "pi-messages": gen9, "azure-openai-responses": gen9,
}

func words(names ...string) map[string]generation {
	m := map[string]generation{}
	for _, n := range names {
		m[n] = all
	}
	return m
}

var (
	modelsFields = fields{
		"mode": {kind: aText, values: words("merge", "replace")}, "providers": {kind: anObject},
		"bedrockDiscovery": {kind: anObject, in: gen2 | gen3}, "catalogRefresh": {in: gen9},
	}
	providerFields = fields{
		"baseUrl": {kind: aText, required: gen2 | gen3}, "apiKey": {kind: aSecret},
		"auth": {kind: aText, values: words("api-key", "aws-sdk", "oauth", "token")}, "api": {kind: aText, values: apis},
		"headers": {kind: textMap}, "authHeader": {kind: aBool}, "models": {required: gen2 | gen3},
		"injectNumCtxForOpenAICompat": {kind: aBool, in: gen3 | gen9}, "maxTokens": {kind: aPositive, in: gen9},
		"timeoutSeconds": {kind: aCount, in: gen9}, "region": {kind: aText, in: gen9}, "params": {kind: anObject, in: gen9},
		"agentRuntime": {kind: anObject, in: gen9}, "localService": {kind: anObject, in: gen9}, "request": {kind: anObject, in: gen9},
	}
	modelFields = fields{
		"id": {kind: aText, required: all}, "name": {kind: aText, required: all}, "api": {kind: aText, values: apis},
		"reasoning": {kind: aBool}, "input": {kind: textList}, "cost": {kind: anObject}, "contextWindow": {kind: aPositive},
		"maxTokens": {kind: aPositive}, "headers": {kind: textMap}, "compat": {kind: anObject},
		"baseUrl": {kind: aText, in: gen9}, "contextTokens": {kind: aCount, in: gen9}, "thinkingLevelMap": {kind: anObject, in: gen9},
		"params": {kind: anObject, in: gen9}, "agentRuntime": {kind: anObject, in: gen9}, "mediaInput": {kind: anObject, in: gen9},
		"metadataSource": {kind: aText, in: gen9},
	}
	costFields = fields{
		"input": {kind: aNumber}, "output": {kind: aNumber}, "cacheRead": {kind: aNumber}, "cacheWrite": {kind: aNumber},
		"tieredPricing": {in: gen9},
	}
	choiceFields = fields{"primary": {kind: aString}, "fallbacks": {kind: textList}}
	mediaFields  = fields{"primary": {kind: aString}, "fallbacks": {kind: textList}, "timeoutMs": {kind: aCount, in: gen9}}
	entryFields  = fields{
		"alias": {kind: aString}, "params": {kind: anObject}, "streaming": {kind: aBool}, "agentRuntime": {kind: anObject, in: gen9},
		"pickerRuntimes": {kind: textList, in: gen9}, "codeMode": {kind: aBool, in: gen9},
	}
	policyFields = fields{"allow": {kind: textList}}
	// inputs are what a model may take.
	inputs = map[string]generation{"text": all, "image": all, "video": gen9, "audio": gen9}
)

// report collects what is found.
type report struct {
	version Version
	issues  []backend.ConfigIssue
}

// maxIssues bounds what a broken config can make us tell.
const maxIssues = 100

func (r *report) add(i backend.ConfigIssue) {
	if len(r.issues) < maxIssues {
		i.Source = "pilotlight"
		r.issues = append(r.issues, i)
	}
}

func (r *report) fault(p json5.Path, code, hint, format string, args ...any) {
	r.add(backend.ConfigIssue{Path: p.String(), Severity: backend.SeverityError, Code: code, Hint: hint, Message: fmt.Sprintf(format, args...)})
}

// schema checks what OpenClaw is strict about in the model part. Other parts of a
// config are not looked at.
func (r *report) schema(config map[string]any) {
	if v, has := config["models"]; has {
		r.models(v)
	}
	defaults := object(config, "agents", "defaults")
	p := at("agents", "defaults")
	r.settings(defaults, p, true)
	for _, a := range agents(config) {
		r.settings(a.entry, a.path, false)
	}
	for i, v := range list(object(config, "agents")["list"]) {
		if e, ok := v.(map[string]any); ok && text(e["id"]) == "" {
			r.fault(at("agents", "list", i), "missing_key", "Give the agent an id.", "An agent in the list has no id.")
		}
	}
	if _, has := object(config, "agents")["entries"]; has {
		r.since(at("agents", "entries"), "agents.entries", gen9, "Use agents.list there.")
	}
}

// settings checks the models of the defaults or of one agent.
func (r *report) settings(s map[string]any, p json5.Path, defaults bool) {
	r.choice(s["model"], below(p, "model"), choiceFields, defaults)
	r.choice(s["imageModel"], below(p, "imageModel"), mediaFields, defaults)
	r.choice(s["pdfModel"], below(p, "pdfModel"), mediaFields, false)
	if v, has := s["models"]; has {
		if !defaults {
			r.since(below(p, "models"), "models of one agent", gen9, "Use agents.defaults.models there.")
		}
		if m, ok := v.(map[string]any); !ok {
			r.wrong(below(p, "models"), anObject)
		} else {
			for _, ref := range sorted(m) {
				r.strict(m[ref], below(p, "models", ref), entryFields)
			}
		}
	}
	if v, has := s["modelPolicy"]; has {
		r.since(below(p, "modelPolicy"), "modelPolicy", gen9, "There agents.defaults.models is the list of what is allowed.")
		r.strict(v, below(p, "modelPolicy"), policyFields)
	}
	if v, has := s["utilityModel"]; has {
		r.since(below(p, "utilityModel"), "utilityModel", gen9, "Remove it for that version.")
		if _, ok := v.(string); !ok {
			r.wrong(below(p, "utilityModel"), aString)
		}
	}
}

// since tells of a key that older versions do not know: an error where one of those
// reads the config, a warning where that is not known.
func (r *report) since(p json5.Path, what string, g generation, hint string) {
	switch {
	case r.version.only(g):
	case !r.version.may(g) && r.version.sure:
		r.fault(p, "not_in_version", hint, "%s does not know %s and would not start.", r.version, what)
	default:
		r.add(backend.ConfigIssue{
			Path: p.String(), Severity: backend.SeverityWarning, Code: "not_in_version", Hint: hint,
			Message: fmt.Sprintf("Not every OpenClaw knows %s; one that does not would not start.", what),
		})
	}
}

// choice checks a model with its fallbacks. objectOnly says that 2026.2 takes no
// text there.
func (r *report) choice(v any, p json5.Path, f fields, objectOnly bool) {
	switch v := v.(type) {
	case nil:
	case string:
		if objectOnly && r.version.may(gen2) {
			message := backend.ConfigIssue{
				Path: p.String(), Code: "text_model", Severity: backend.SeverityWarning,
				Message: "OpenClaw 2026.2 takes no plain text here, only an object with primary.", Hint: "Write { primary: … }, which every version takes.",
				Edits: []backend.ConfigEdit{edit(p, map[string]any{"primary": v})},
			}
			if r.version.only(gen2) && r.version.sure {
				message.Severity = backend.SeverityError
			}
			r.add(message)
		}
	default:
		r.strict(v, p, f)
	}
}

func (r *report) models(v any) {
	p := at("models")
	if !r.strict(v, p, modelsFields) {
		return
	}
	providers := object(v.(map[string]any), "providers")
	for _, id := range sorted(providers) {
		p := below(p, "providers", id)
		if !r.strict(providers[id], p, providerFields) {
			continue
		}
		provider := object(providers, id)
		models, has := provider["models"]
		if _, ok := models.([]any); has && !ok {
			r.fault(below(p, "models"), "wrong_type", "Write a list in brackets.", "models of a provider must be a list.")
		}
		for i, m := range list(models) {
			r.model(m, below(p, "models", i))
		}
	}
}

func (r *report) model(v any, p json5.Path) {
	if !r.strict(v, p, modelFields) {
		return
	}
	m := v.(map[string]any)
	if cost, has := m["cost"]; has {
		r.strict(cost, below(p, "cost"), costFields)
	}
	for i, in := range list(m["input"]) {
		if s, ok := in.(string); ok {
			r.oneOf(s, below(p, "input", i), inputs)
		}
	}
}

// strict checks an object that takes no other keys than its fields.
func (r *report) strict(v any, p json5.Path, f fields) bool {
	m, ok := v.(map[string]any)
	if !ok {
		r.wrong(p, anObject)
		return false
	}
	for _, k := range sorted(m) {
		switch known, has := f[k]; {
		case !has:
			r.unknown(p, k, f)
		case known.in != 0 && !r.version.only(known.in):
			r.since(below(p, k), k, known.in, "Remove it for that version.")
			r.value(m[k], below(p, k), known)
		default:
			r.value(m[k], below(p, k), known)
		}
	}
	for _, k := range sorted(f) {
		if _, has := m[k]; !has && f[k].required != 0 && r.version.may(f[k].required) {
			issue := backend.ConfigIssue{
				Path: p.String(), Severity: backend.SeverityError, Code: "missing_key",
				Message: fmt.Sprintf("%s is missing; OpenClaw does not start without it.", k), Hint: "Add " + k + ".",
			}
			if !r.version.only(f[k].required) {
				issue.Severity, issue.Message = backend.SeverityWarning, fmt.Sprintf("%s is missing; OpenClaw before 2026.9 does not start without it.", k)
			}
			r.add(issue)
		}
	}
	return true
}

func (r *report) unknown(p json5.Path, k string, f fields) {
	issue := backend.ConfigIssue{
		Path: below(p, k).String(), Severity: backend.SeverityError, Code: "unknown_key",
		Message: fmt.Sprintf("%q is no key of %s; OpenClaw does not start with it.", k, p), Hint: "Remove it.",
	}
	if near := nearest(k, sorted(f)); near != "" {
		issue.Hint = fmt.Sprintf("Did you mean %s?", near)
	}
	if !r.version.sure {
		issue.Severity = backend.SeverityWarning
		issue.Message = fmt.Sprintf("%q is no key of %s that Pilotlight knows. OpenClaw does not start with a key that it does not know.", k, p)
	}
	r.add(issue)
}

func (r *report) wrong(p json5.Path, k kind) {
	r.fault(p, "wrong_type", "", "%s must be %s.", p, kindWords[k])
}

// value checks one value.
func (r *report) value(v any, p json5.Path, f field) {
	if !fits(v, f.kind) {
		r.wrong(p, f.kind)
		return
	}
	if ref, ok := v.(map[string]any); ok && f.kind == aSecret {
		r.since(p, "a reference to a secret", gen3|gen9, "Write ${NAME} there.")
		for _, k := range []string{"source", "provider", "id"} {
			if text(ref[k]) == "" {
				r.fault(p, "missing_key", "Give all of source, provider and id.", "A reference to a secret needs %s.", k)
			}
		}
	}
	if s, ok := v.(string); ok && f.values != nil {
		r.oneOf(s, p, f.values)
	}
}

func (r *report) oneOf(s string, p json5.Path, values map[string]generation) {
	if opaque(s) {
		return
	}
	in, has := values[s]
	if !has {
		issue := backend.ConfigIssue{
			Path: p.String(), Severity: backend.SeverityError, Code: "unknown_value",
			Message: fmt.Sprintf("%q is none of the values of %s.", s, p), Hint: "Use one of: " + strings.Join(sorted(values), ", ") + ".",
		}
		if near := nearest(s, sorted(values)); near != "" {
			issue.Hint = fmt.Sprintf("Did you mean %s?", near)
			issue.Edits = []backend.ConfigEdit{edit(p, near)}
		}
		if !r.version.sure {
			issue.Severity = backend.SeverityWarning
		}
		r.add(issue)
		return
	}
	r.since(p, fmt.Sprintf("%q here", s), in, "Use a value that it knows.")
}

// fits tells whether a value is of a kind.
func fits(v any, k kind) bool {
	n, isNumber := number(v)
	s, isText := v.(string)
	m, isObject := v.(map[string]any)
	switch k {
	case aText:
		return isText && s != ""
	case aString:
		return isText
	case aBool:
		_, ok := v.(bool)
		return ok
	case aPositive:
		return isNumber && n > 0
	case aCount:
		return count(v) != nil
	case aNumber:
		return isNumber
	case anObject:
		return isObject
	case aSecret:
		return isText || isObject
	case textList:
		l, ok := v.([]any)
		return ok && !slices.ContainsFunc(l, func(x any) bool { _, ok := x.(string); return !ok })
	case textMap:
		for _, x := range m {
			if !fits(x, aSecret) {
				return false
			}
		}
		return isObject
	}
	return true
}
