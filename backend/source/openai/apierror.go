package openai

import (
	"encoding/json"
	"net/http"
	"strings"

	"pilotlight/backend/wire"
)

// excerptCap bounds what is shown of a server's own words, in bytes.
const excerptCap = 300

// apiError is what a server put under "error" or "detail": a string, or an object
// as OpenAI's API has it.
type apiError struct {
	code string
	text string // its own words; for classification, shown only as an excerpt
}

// parseAPIError reads any form; nil for null. A type that tells nothing is an
// error without words.
func parseAPIError(raw json.RawMessage) *apiError {
	if len(raw) == 0 || string(raw) == "null" {
		return nil
	}
	var s looseString
	if _ = s.UnmarshalJSON(raw); s != "" {
		return &apiError{text: string(s)}
	}
	var o struct {
		Code    looseString     `json:"code"`
		Message looseString     `json:"message"`
		Error   json.RawMessage `json:"error"` // LiteLLM nests it in FastAPI's detail
	}
	if !object(raw, &o) {
		return &apiError{}
	}
	if o.Message == "" && len(o.Error) > 0 && len(o.Error) < len(raw) {
		if inner := parseAPIError(o.Error); inner != nil {
			return inner
		}
	}
	return &apiError{code: string(o.Code), text: string(o.Message)}
}

// saidIn is what an answer says went wrong, nil where it says nothing.
func saidIn(body []byte) *apiError {
	var v struct {
		Error  json.RawMessage `json:"error"`
		Detail json.RawMessage `json:"detail"`
	}
	if !object(body, &v) {
		return nil
	}
	if e := parseAPIError(v.Error); e != nil {
		return e
	}
	return parseAPIError(v.Detail)
}

func unauthorized(status int) bool {
	return status == http.StatusUnauthorized || status == http.StatusForbidden
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

// excerpt is the first line of a server's words, fit to be shown, without the
// token.
func (c *Client) excerpt(e *apiError) string {
	if e == nil {
		return ""
	}
	text := e.text
	if len(c.cfg.Token) > 3 {
		text = strings.ReplaceAll(text, c.cfg.Token, "…")
	}
	line, _, _ := strings.Cut(strings.TrimSpace(text), "\n")
	return wire.Clean(line, excerptCap)
}

// said puts an excerpt behind a sentence, if there is one.
func (c *Client) said(sentence string, e *apiError) string {
	if text := c.excerpt(e); text != "" {
		return sentence + ": " + text
	}
	return sentence + "."
}
