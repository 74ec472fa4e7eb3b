package openclaw

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"strings"
	"syscall"
	"time"

	"pilotlight/backend"
	"pilotlight/backend/wire"
)

const (
	// reachCap bounds an answer in bytes, and reachModels the ids that are kept
	// of it.
	reachCap    = 4 << 20
	reachModels = 500
	maxModelID  = 256
)

// mostCalls bounds the providers that are asked.
const mostCalls = 24

// Calls are the requests to the providers of the chain, each once, in its order. A
// hosted one gets no key: that it can be reached is all that is asked.
func Calls(r Reading) []Call {
	var calls []Call
	seen := map[string]bool{}
	for _, ref := range append([]string{r.OpenClaw.Primary}, r.OpenClaw.Fallbacks...) {
		name, _, ok := strings.Cut(ref, "/")
		p := r.provider(name)
		raw := p.address(name)
		at, known := endpointOf(raw, r.Hosts)
		if !ok || seen[name] || p.Hidden || !known || len(calls) == mostCalls {
			continue
		}
		seen[name] = true
		c := Call{Provider: name, BaseURL: raw, API: p.API, Hosted: at.host != "" && !backend.Nearby(at.host)}
		if p.BaseURL == "" {
			c.own()
		}
		if !c.Hosted {
			c.Key = p.Key
		}
		calls = append(calls, c)
	}
	return calls
}

// Call is one request for a provider's models, as OpenClaw's gateway sends it.
type Call struct {
	Provider string // its name in the config
	BaseURL  string
	API      string         // openai-responses and so on
	Hosted   bool           // somebody's service, over the internet
	Key      backend.Secret // goes to the host of BaseURL alone; none is sent without it
}

// own makes the call of a provider that the config gives no address: of its own
// one OpenClaw knows the whole (its bundled providers, 2026.9.6).
func (c *Call) own() {
	switch name := strings.ToLower(c.Provider); name {
	case "ollama":
		c.API = "ollama"
	case "google":
		c.API = "google-generative-ai"
	case "openrouter":
		c.BaseURL += "/api/v1"
	case "groq":
		c.BaseURL += "/openai/v1"
	default:
		c.BaseURL += "/v1"
	}
}

// Reach makes the request and tells what came of it; what went wrong is in its
// Error. No redirect is followed and no proxy asked: OpenClaw asks none by itself
// (2026.9.6), and a key must not land elsewhere. ctx bounds it.
func Reach(ctx context.Context, c Call, now func() time.Time) backend.Reach {
	r := backend.Reach{Provider: c.Provider, At: backend.At(now())}
	target, err := c.target()
	if err != nil {
		r.URL, r.Error = c.BaseURL, &backend.Error{
			Code: backend.CodeInvalid, Message: "The address of " + c.Provider + " is no URL.", Hint: "Write it like http://127.0.0.1:1234/v1.", Err: err,
		}
		return r
	}
	r.URL = target.String()
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, r.URL, nil)
	if err != nil {
		r.Error = &backend.Error{Code: backend.CodeInternal, Message: "The request could not be made.", Err: err}
		return r
	}
	r.Keyed = c.sign(req)
	client := http.Client{
		Transport:     wire.Once(0), // ctx bounds it
		CheckRedirect: wire.Stay,
	}
	began := now()
	res, err := client.Do(req)
	if err != nil {
		r.Error = unreached(ctx, target, now().Sub(began), err)
		return r
	}
	defer res.Body.Close()
	body, err := io.ReadAll(io.LimitReader(res.Body, reachCap+1))
	if err != nil {
		r.Error = unreached(ctx, target, now().Sub(began), err)
		return r
	}
	took := now().Sub(began).Seconds()
	r.Status, r.LatencySeconds = res.StatusCode, &took
	understandList(&r, res, body, target)
	return r
}

// target is where the models are listed. A baseUrl is taken as it is: that it lacks
// its /v1 is what shall show.
func (c Call) target() (*url.URL, error) {
	bare, ok := bareURL(c.BaseURL)
	if !ok {
		return nil, errors.New("no URL")
	}
	u, err := url.Parse(bare)
	if err != nil {
		return nil, err
	}
	path := strings.TrimRight(u.Path, "/")
	switch {
	case c.API == "ollama":
		u.Path = strings.TrimSuffix(path, "/v1") + "/api/tags"
	case c.API == "google-generative-ai" && path == "":
		u.Path = "/v1beta/models"
	case c.API == "anthropic-messages" && !strings.HasSuffix(path, "/v1"):
		u.Path = path + "/v1/models"
	default:
		u.Path = path + "/models"
	}
	u.RawPath = ""
	return u, nil
}

// sign puts the key into the request, where there is one that a header can hold.
func (c Call) sign(req *http.Request) bool {
	req.Header.Set("Accept", "application/json")
	req.Header.Set("User-Agent", "Pilotlight")
	key := c.Key.Reveal()
	if key == "" || strings.ContainsFunc(key, func(r rune) bool { return r < ' ' || r > '~' }) {
		return false
	}
	if c.API == "anthropic-messages" {
		req.Header.Set("X-Api-Key", key)
	} else {
		req.Header.Set("Authorization", "Bearer "+key)
	}
	return true
}

// listing is a list of models as OpenAI's API has it, or Ollama's.
type listing struct {
	Data   []struct{ ID string }
	Models []struct{ Name string }
}

// understandList reads an answer. One that is no list is told as such; what an error
// says is not read: it may repeat anything.
func understandList(r *backend.Reach, res *http.Response, body []byte, at *url.URL) {
	switch {
	case res.StatusCode >= 300 && res.StatusCode < 400:
		r.Error = &backend.Error{
			Code: backend.CodeProtocol, Message: "It sends on to " + elsewhereAt(res, at) + ".",
			Hint: "Put the address that it leads to into the config, if it is yours: Pilotlight follows no redirect with a key.",
		}
		return
	case res.StatusCode != http.StatusOK:
		return
	case len(body) > reachCap:
		r.Error = &backend.Error{Code: backend.CodeTooLarge, Message: "Its list of models has more than 4 MB.", Hint: "Look whether the address is that of a model server."}
		return
	}
	var l listing
	if err := json.Unmarshal(body, &l); err != nil || l.Data == nil && l.Models == nil {
		r.Error = &backend.Error{
			Code: backend.CodeProtocol, Message: "What answers there is no list of models.",
			Hint: "Look whether the address is right: for OpenAI's API it ends in /v1.", Err: err,
		}
		return
	}
	for _, m := range l.Data {
		r.Models = append(r.Models, m.ID)
	}
	for _, m := range l.Models {
		r.Models = append(r.Models, m.Name)
	}
	r.Lists = len(r.Models) <= reachModels
	r.Models = r.Models[:min(len(r.Models), reachModels)]
	for i, id := range r.Models {
		r.Models[i] = clip(id, maxModelID)
	}
}

// elsewhereAt is the machine that a redirect leads to.
func elsewhereAt(res *http.Response, at *url.URL) string {
	to, err := at.Parse(res.Header.Get("Location"))
	if err != nil || to.Host == "" {
		return "another address"
	}
	return clip(to.Scheme+"://"+to.Host, maxModelID)
}

// unreached says in words why no answer came.
func unreached(ctx context.Context, at *url.URL, waited time.Duration, err error) *backend.Error {
	e := &backend.Error{Code: backend.CodeNetwork, Err: err}
	var (
		dns     *net.DNSError
		unknown x509.UnknownAuthorityError
		name    x509.HostnameError
		old     x509.CertificateInvalidError
		verify  *tls.CertificateVerificationError
		record  tls.RecordHeaderError
	)
	switch {
	case errors.Is(err, wire.ErrMetadata):
		e.Code, e.Message = backend.CodeRefused, at.Host+" is where a cloud keeps this machine's own passwords: Pilotlight does not ask there."
		e.Hint = "No model server is there. Look who wrote this address into the config."
	case errors.Is(ctx.Err(), context.DeadlineExceeded) || errors.Is(err, context.DeadlineExceeded):
		e.Code, e.Message = backend.CodeTimeout, fmt.Sprintf("No answer in %.0f s.", max(waited.Seconds(), 1))
		e.Hint = "Look whether that machine is awake and not too busy to answer."
	case errors.Is(err, syscall.ECONNREFUSED):
		e.Message, e.Hint = "Nothing listens at "+at.Host+".", "Start the server there, or mend the address in the config."
	case errors.As(err, &dns):
		e.Message, e.Hint = "There is no machine with the name "+at.Hostname()+".", "Mend the address in the config, or look whether that machine is on."
	case errors.Is(err, syscall.EHOSTUNREACH), errors.Is(err, syscall.ENETUNREACH), errors.Is(err, syscall.EHOSTDOWN):
		e.Message, e.Hint = at.Host+" cannot be reached on the network.", "Look whether that machine is on, and in the same network or VPN."
	case errors.As(err, &name):
		e.Message, e.Hint = "Its certificate is for another name than "+at.Hostname()+".", "Use the name that the certificate is for."
	case errors.As(err, &old):
		e.Message, e.Hint = "Its certificate is not valid: "+clip(old.Error(), maxModelID)+".", "Renew it, or use http within your own network."
	case errors.As(err, &unknown), errors.As(err, &verify):
		e.Message, e.Hint = "Its certificate is signed by nobody that this machine trusts.", "Have the system trust it, or use http within your own network."
	case errors.As(err, &record):
		e.Message, e.Hint = "It does not speak https.", "Write http:// in the config."
	case errors.Is(err, io.EOF), errors.Is(err, io.ErrUnexpectedEOF), errors.Is(err, syscall.ECONNRESET):
		e.Message, e.Hint = "It broke the connection off.", "Look into that server's log."
	case strings.Contains(err.Error(), "server gave HTTP response to HTTPS client"):
		e.Message, e.Hint = "It does not speak https.", "Write http:// in the config."
	default:
		e.Message, e.Hint = "It cannot be reached.", "Look whether that machine is on and the address is right."
	}
	return e
}
