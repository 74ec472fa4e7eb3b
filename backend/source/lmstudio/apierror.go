package lmstudio

import (
	"encoding/json"
	"net/http"
	"regexp"
	"strings"

	"pilotlight/backend"
	"pilotlight/backend/wire"
)

// excerptCap bounds what is shown of a server's own words, in bytes.
const excerptCap = 300

// apiError is what LM Studio put under "error", which is a string or an object,
// at any status, 200 included.
type apiError struct {
	status    int // of the answer that held it, 0 over the WebSocket
	typ, code string
	text      string // its own words; for classification, shown only as an excerpt
}

// parseAPIError reads either form; nil for null. Any other type is an error
// without words.
func parseAPIError(raw json.RawMessage) *apiError {
	if len(raw) == 0 || string(raw) == "null" {
		return nil
	}
	var s looseString
	if _ = s.UnmarshalJSON(raw); s != "" {
		return &apiError{text: string(s)}
	}
	var o struct {
		Type    looseString `json:"type"`
		Code    looseString `json:"code"`
		Message looseString `json:"message"`
		// The WebSocket's errors have these instead (lmstudio-js,
		// serializedLMSExtendedError).
		Title     looseString `json:"title"`
		RootTitle looseString `json:"rootTitle"`
		Cause     looseString `json:"cause"`
		Display   displayData `json:"displayData"`
	}
	if !object(raw, &o) {
		return &apiError{}
	}
	text := string(o.Message)
	for _, more := range []looseString{o.Title, o.RootTitle, o.Cause} {
		if more != "" && !strings.Contains(text, string(more)) {
			text = strings.TrimSpace(text + " " + string(more))
		}
	}
	e := &apiError{typ: string(o.Type), code: string(o.Code), text: text}
	if e.code == "" {
		e.code = string(o.Display.code)
	}
	return e
}

// displayData is {"code":"generic.pathNotFound",…} (lmstudio-js,
// GenericErrorDisplayData.ts).
type displayData struct{ code looseString }

// UnmarshalJSON never fails.
func (d *displayData) UnmarshalJSON(b []byte) error {
	*d = displayData{}
	var v struct {
		Code looseString `json:"code"`
	}
	if object(b, &v) {
		d.code = v.Code
	}
	return nil
}

// unknownRoute says that the server has no such route, as opposed to having it
// and failing.
func (e *apiError) unknownRoute() bool {
	return e != nil && has(e.text, "unexpected endpoint", "unknown endpoint", "no such endpoint")
}

// unauthorized says that the server wants a token, or another one.
func (e *apiError) unauthorized() bool {
	return e != nil && (unauthorizedStatus(e.status) || e.code == "invalid_api_key" || has(e.text, "lm studio api token"))
}

func unauthorizedStatus(status int) bool {
	return status == http.StatusUnauthorized || status == http.StatusForbidden
}

// unrecognized says that the request had a member the server does not know.
func (e *apiError) unrecognized() bool {
	return e != nil && (e.code == "unrecognized_keys" || has(e.text, "unrecognized key"))
}

// has says whether text holds one of the words, whatever their case.
func has(text string, words ...string) bool {
	text = strings.ToLower(text)
	for _, w := range words {
		if strings.Contains(text, w) {
			return true
		}
	}
	return false
}

// colours are a terminal's, which LM Studio's WebSocket errors carry.
var colours = regexp.MustCompile(`\x1b\[[0-9;]*m`)

// excerpt is the first line of a server's words, fit to be shown, without the
// token.
func (c *Client) excerpt(text string) string {
	if c.cfg.Token != "" {
		text = strings.ReplaceAll(text, c.cfg.Token, "…")
		if _, pass, ok := strings.Cut(c.cfg.Token, ":"); ok && len(pass) >= 8 {
			text = strings.ReplaceAll(text, pass, "…")
		}
	}
	line, _, _ := strings.Cut(strings.TrimSpace(colours.ReplaceAllString(text, "")), "\n")
	return wire.Clean(line, excerptCap)
}

// said puts an excerpt behind a sentence, if there is one.
func (c *Client) said(sentence string, e *apiError) string {
	text := ""
	if e != nil {
		text = c.excerpt(e.text)
	}
	if text == "" {
		return sentence + "."
	}
	return sentence + ": " + text
}

func (c *Client) needsToken() *backend.Error {
	e := &backend.Error{
		Code:    backend.CodeNeedsToken,
		Message: "LM Studio asks for an API token.",
		Hint:    "Create one in LM Studio (Developer, Server Settings, Manage Tokens), put it into LM_API_TOKEN and start Pilotlight again; or switch off \"Require Authentication\" there.",
	}
	if c.cfg.Token != "" {
		e.Message = "LM Studio does not accept the API token that Pilotlight has."
	}
	return e
}

// neededMemory finds the figure in a guardrail's refusal: "… this model
// requires approximately 273.25 GB of memory …", in the same words over REST and
// over the WebSocket.
var neededMemory = regexp.MustCompile(`(?i)approximately ([0-9][0-9.,]{0,15} ?[KMGT]i?B)\b`)

// guardrail is LM Studio's refusal to load for lack of memory.
func guardrail(model string, e *apiError) *backend.Error {
	msg := "LM Studio did not load " + model + ", because it thinks there is not enough memory for it."
	if m := neededMemory.FindStringSubmatch(e.text); m != nil {
		msg = "LM Studio did not load " + model + ", because it thinks there is not enough memory: it reckons that the model needs about " + m[1] + "."
	}
	return &backend.Error{
		Code:    backend.CodeGuardrail,
		Message: msg,
		Hint:    "Unload another model, choose a smaller context length or a smaller model, or relax the model loading guardrails in LM Studio's settings.",
	}
}

// loadError translates a refusal to load model, over REST or the WebSocket.
func (c *Client) loadError(model string, e *apiError) *backend.Error {
	model = wire.Clean(model, stringCap)
	switch {
	case e.unauthorized():
		return c.needsToken()
	case e.unknownRoute():
		return cannotLoad()
	case has(e.text, "insufficient system resources", "guardrail"):
		return guardrail(model, e)
	case e.modelMissing():
		return &backend.Error{
			Code:    backend.CodeModelMissing,
			Message: "LM Studio does not have a model called " + model + ".",
			Hint:    "Look for it in LM Studio under My Models and download it if it is missing. If it is there, load it in LM Studio itself: it may be of a kind that cannot be loaded from outside.",
		}
	case e.unrecognized() || e.code == "missing_required_parameter" || e.code == "invalid_value" || e.code == "invalid_type":
		return &backend.Error{
			Code:    backend.CodeSchema,
			Message: c.said("LM Studio did not understand the request to load "+model, e),
			Hint:    "This version of LM Studio may be newer or older than Pilotlight knows. Update both.",
		}
	case has(e.text, "no lm runtime found"):
		return &backend.Error{
			Code:    backend.CodeLoadFailed,
			Message: c.said("LM Studio has no engine that can run "+model, e),
			Hint:    "In LM Studio open Settings, Runtime, and install the engine for this kind of model.",
		}
	default:
		return &backend.Error{
			Code:    backend.CodeLoadFailed,
			Message: c.said("LM Studio could not load "+model, e),
			Hint:    "Load it once in LM Studio itself to see more. A smaller context length may help; so may downloading the model again.",
		}
	}
}

func cannotLoad() *backend.Error {
	return &backend.Error{
		Code:    backend.CodeUnsupported,
		Message: "This version of LM Studio cannot be told to load or unload a model.",
		Hint:    "Update LM Studio to 0.4 or later, or do it in LM Studio itself.",
	}
}

// noInstance is the answer about an instance that is not loaded (any more).
func noInstance(id string) *backend.Error {
	return &backend.Error{
		Code:    backend.CodeNotFound,
		Message: "LM Studio has no loaded model called " + wire.Clean(id, stringCap) + ".",
		Hint:    "It may have been unloaded meanwhile. Look at the list again.",
	}
}

// modelMissing says that an error is about a model that is not downloaded.
func (e *apiError) modelMissing() bool {
	switch {
	case e.code == "model_not_found", e.code == "generic.pathNotFound", e.typ == "model_not_found":
		return true
	case e.status == http.StatusNotFound && !has(e.text, "failed to load"):
		return true
	}
	return has(e.text, "model not found", "invalid model identifier", "cannot find a model", "no model found", "could not find model", "cannot find model")
}

// instanceGone says that an error is about an instance that is not there.
func (e *apiError) instanceGone() bool {
	switch e.code {
	case "model_not_found", "instance_not_found", "generic.identifierNotFound", "generic.noModelMatchingQuery", "generic.specificModelUnloaded":
		return true
	}
	return e.status == http.StatusNotFound && !e.unknownRoute() || e.typ == "model_not_found" ||
		has(e.text, "not found", "no model loaded", "no models loaded", "is not loaded", "cannot find", "could not find", "multiple models are loaded", "model unloaded", "model is unloaded", "invalid model identifier")
}
