package openai

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
	"os"

	"pilotlight/backend"
	"pilotlight/backend/wire"
)

func badAddress() *backend.Error {
	return &backend.Error{
		Code:    backend.CodeInvalid,
		Message: "The address of this server cannot be used.",
		Hint:    "In OpenClaw's config write the provider's baseUrl like http://192.168.1.20:8000/v1, without a password in it.",
	}
}

// netError says in words why a request brought no answer. pending is the hint for
// a request that may have reached the server: what was asked may still happen.
func (c *Client) netError(err error, pending string) *backend.Error {
	if e, ok := errors.AsType[*backend.Error](err); ok {
		return e
	}
	where := c.at.base
	if e := tlsError(where, err); e != nil {
		return e
	}
	switch {
	case c.life.Err() != nil:
		return &backend.Error{Code: backend.CodeNetwork, Message: "Pilotlight ended while it waited for " + where + ".", Hint: pending, Err: err}
	case errors.Is(err, wire.ErrMetadata):
		return &backend.Error{
			Code: backend.CodeRefused, Message: where + " is where a cloud keeps this machine's own passwords: Pilotlight does not ask there.",
			Hint: "No model server is there. Look who wrote this address into OpenClaw's config.", Err: err,
		}
	case noSuchHost(err):
		return &backend.Error{
			Code: backend.CodeNetwork, Message: "No computer called " + c.at.host + " is known.",
			Hint: "Check the name in OpenClaw's config and that this computer is on the network; an address in figures works without a name.", Err: err,
		}
	case dialFailed(err):
		return &backend.Error{Code: backend.CodeNetwork, Message: "Nothing answers at " + where + ".", Hint: c.startIt(), Err: err}
	case errors.Is(err, context.Canceled):
		return &backend.Error{Code: backend.CodeTimeout, Message: "The request to " + where + " was given up before it answered.", Hint: pending, Err: err}
	case timedOut(err):
		return &backend.Error{Code: backend.CodeTimeout, Message: where + " takes connections, but did not answer in time.", Hint: pending, Err: err}
	default:
		return &backend.Error{Code: backend.CodeNetwork, Message: "The connection to " + where + " broke before it answered.", Hint: pending, Err: err}
	}
}

// startIt is the hint for a server at which nothing answers.
func (c *Client) startIt() string {
	if c.at.local {
		return "Start the program that serves there, or correct the baseUrl in OpenClaw's config."
	}
	return "Check that the other computer is on and that its server listens on the network, not only on 127.0.0.1; or correct the baseUrl in OpenClaw's config."
}

// tlsError describes trouble with the certificate, which nothing but the person
// can mend, or nil for other trouble.
func tlsError(where string, err error) *backend.Error {
	e := &backend.Error{Code: backend.CodeNetwork, Err: err}
	if _, plain := errors.AsType[tls.RecordHeaderError](err); plain || errors.Is(err, http.ErrSchemeMismatch) {
		e.Message = where + " is asked by https, but does not speak it."
		e.Hint = "Write http:// in the provider's baseUrl, or switch on TLS at the server."
		return e
	}
	e.Hint = "Add the certificate, or the authority that signed it, to those that this computer trusts, and see that OpenClaw trusts it too (NODE_EXTRA_CA_CERTS). Pilotlight does not pass over it, because the token would be sent to whoever answers."
	if h, ok := errors.AsType[x509.HostnameError](err); ok {
		e.Message = "The certificate of " + where + " is for another name" + namesOf(h.Certificate) + "."
		e.Hint = "Use the name that the certificate is for in the provider's baseUrl, or give the server a certificate for this one."
		return e
	}
	if i, ok := errors.AsType[x509.CertificateInvalidError](err); ok && i.Reason == x509.Expired {
		e.Message = "The certificate of " + where + " has expired or is not valid yet."
		e.Hint = "Renew it at the server, and check this computer's clock."
		return e
	}
	_, unknown := errors.AsType[x509.UnknownAuthorityError](err)
	_, other := errors.AsType[*tls.CertificateVerificationError](err)
	if unknown || other {
		e.Message = "The certificate of " + where + " is not trusted by this computer; it may be self-signed."
		return e
	}
	return nil
}

func namesOf(cert *x509.Certificate) string {
	if cert == nil || len(cert.DNSNames) == 0 {
		return ""
	}
	return ", " + wire.Clean(cert.DNSNames[0], 100)
}

// dialFailed says that there was no connection at all, so that nothing was asked
// of anyone.
func dialFailed(err error) bool {
	op, ok := errors.AsType[*net.OpError](err)
	return ok && op.Op == "dial"
}

func noSuchHost(err error) bool {
	dns, ok := errors.AsType[*net.DNSError](err)
	return ok && dns.IsNotFound
}

func timedOut(err error) bool {
	n, ok := errors.AsType[net.Error](err)
	return errors.Is(err, context.DeadlineExceeded) || errors.Is(err, os.ErrDeadlineExceeded) || ok && n.Timeout()
}

// oddAnswer describes an answer that came and is not what was asked for. err is
// what reading it brought, nil where it was read.
func (c *Client) oddAnswer(a answer, err error) *backend.Error {
	e := &backend.Error{
		Code:    backend.CodeProtocol,
		Message: "The program at " + c.at.base + " answers, but not as a model server does.",
		Hint:    "Check that the provider's baseUrl in OpenClaw's config leads to the server's API.",
		Err:     err,
	}
	_, syntax := errors.AsType[*json.SyntaxError](err)
	said := saidIn(a.body)
	switch {
	case a.status >= 300 && a.status < 400:
		e.Message = "The program at " + c.at.base + " sends us elsewhere" + hostOf(a.to) + ", which is not followed: the token would go there too."
		e.Hint = "Write the address that it leads to into the provider's baseUrl, if you trust it."
	case has(string(a.body), "http request to an https server", "http request was sent to https port"):
		e.Message = c.at.base + " speaks https, but is asked without it."
		e.Hint = "Write https:// in the provider's baseUrl."
	case a.cut:
		e.Message = fmt.Sprintf("The answer of %s is larger than %d MB, which no list of models should be.", c.at.base, listCap>>20)
	case a.status >= 500:
		e.Message = c.said(fmt.Sprintf("%s answers with error %d", c.at.base, a.status), said)
		e.Hint = "The server, or the one behind it, is in trouble. Look into its log; if this goes on, restart it."
	case len(a.body) > 0 && a.body[0] == '<':
		e.Message = "The program at " + c.at.base + " answers with a web page, not with a list of models."
	case a.status >= 400:
		e.Message = c.said(fmt.Sprintf("%s refuses the question for its models (%d)", c.at.base, a.status), said)
	case brokenOff(err, syntax):
		e.Message = "The answer of " + c.at.base + " broke off in the middle."
		e.Hint = "If this goes on, restart the server."
	}
	return e
}

// brokenOff says that an answer ended too early. One with Content-Length that is
// cut off, and one without, look different.
func brokenOff(err error, syntax bool) bool {
	return err != nil && (errors.Is(err, io.ErrUnexpectedEOF) || errors.Is(err, io.EOF) ||
		!syntax && !errors.Is(err, errNotList) && !errors.Is(err, errTrailing))
}

// hostOf is the host of a redirect, for showing.
func hostOf(location string) string {
	u, err := url.Parse(location)
	if err != nil || u.Host == "" {
		return ""
	}
	return ", to " + wire.Clean(u.Host, 100)
}

func (c *Client) needsToken() *backend.Error {
	e := &backend.Error{
		Code:    backend.CodeNeedsToken,
		Message: c.at.base + " asks for a key.",
		Hint:    "Put the server's key into the provider's apiKey in OpenClaw's config.",
	}
	if c.cfg.Token != "" {
		e.Message = c.at.base + " does not accept the key from OpenClaw's config."
		e.Hint = "Correct the provider's apiKey there. OpenClaw would be refused as well."
	}
	return e
}

func unknown(e *backend.Error) backend.Observation {
	return backend.Observation{State: backend.ServerUnknown, Err: e}
}
