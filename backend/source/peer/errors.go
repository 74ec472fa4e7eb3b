package peer

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"encoding/json"
	"errors"
	"fmt"
	"net"
	"net/http"
	"os"
	"slices"

	"pilotlight/backend"
)

// passed are the codes of a peer's errors that mean the same here. Others, as
// "you are not signed in", would be taken for our own.
var passed = []backend.Code{
	backend.CodeInvalid, backend.CodeNotFound, backend.CodeRefused, backend.CodeConflict, backend.CodeBusy,
	backend.CodeServerOff, backend.CodeAppOff, backend.CodeNetwork, backend.CodeTimeout, backend.CodeNeedsToken,
	backend.CodeUnsupported, backend.CodeSchema, backend.CodeModelMissing, backend.CodeGuardrail,
	backend.CodeLoadFailed, backend.CodeModelCrashed, backend.CodeTooLarge,
}

// refusal reads a peer's error back.
func (c *Client) refusal(status int, body []byte) error {
	var p struct {
		Detail string       `json:"detail"`
		Code   backend.Code `json:"code"`
		Hint   string       `json:"hint"`
	}
	if json.Unmarshal(body, &p) != nil || p.Code == "" || p.Detail == "" {
		return c.notPilotlight(fmt.Sprintf("it answers with the HTTP status %d", status))
	}
	e := &backend.Error{Code: p.Code, Message: c.clean.text(p.Detail), Hint: c.clean.text(p.Hint)}
	switch {
	case slices.Contains(passed, p.Code):
	case p.Code == backend.CodeForbidden:
		e.Code, e.Message = backend.CodeRefused, "The other Pilotlight refuses this: "+e.Message
	default:
		e.Code, e.Message = backend.CodeProtocol, "The other Pilotlight has trouble: "+e.Message
	}
	return e
}

func (c *Client) needsToken() error {
	return &backend.Error{
		Code: backend.CodeNeedsToken, Message: "The Pilotlight at " + c.url + " does not accept this token.",
		Hint: "On that machine run: pilotlight token --read (or pilotlight token, to act there too), and give the token here.",
	}
}

func (c *Client) notPilotlight(why string) error {
	return &backend.Error{
		Code: backend.CodeProtocol, Message: "What answers at " + c.url + " is not a Pilotlight: " + why + ".",
		Hint: "Check address and port. On the other machine pilotlight status shows where its dashboard is.",
	}
}

// noAnswer says in words why there is no answer.
func (c *Client) noAnswer(ctx context.Context, err error) error {
	e := &backend.Error{Code: backend.CodeNetwork, Err: err}
	dns, noName := errors.AsType[*net.DNSError](err)
	switch {
	case errors.Is(err, context.Canceled):
		e.Code, e.Message, e.Hint = backend.CodeTimeout, "The request to the other machine was given up.", "What was asked may still happen there."
	case badCertificate(err) != "":
		e.Message = "The connection to " + c.url + " is not safe: " + badCertificate(err) + "."
		e.Hint = "Give that machine a certificate which this one trusts, or reach it through a VPN or an ssh tunnel."
	case noTLS(err):
		e.Message = "What answers at " + c.url + " does not speak https."
		e.Hint = "Write the address with http://, if the way there is a VPN, an ssh tunnel or a network that you trust."
	case noName && dns.IsNotFound:
		e.Message = "No machine is known as " + dns.Name + "."
		e.Hint = "Check the name, or write its IP address."
	case timedOut(ctx, err):
		e.Code, e.Message = backend.CodeTimeout, "Nothing answers at "+c.url+" in time."
		e.Hint = "Check that the other machine is on and awake, and that no firewall stands between."
	case dialFailed(err):
		e.Message = "Nothing answers at " + c.url + "."
		e.Hint = "Check that the other machine is on, that Pilotlight runs there, and that it listens there: --listen ADDRESS:7456 --listen-unsafe."
	default:
		e.Message = "The connection to " + c.url + " broke off."
		e.Hint = "See whether Pilotlight runs well there: pilotlight status."
	}
	return e
}

// badCertificate says what is wrong with a certificate, "" for other trouble.
func badCertificate(err error) string {
	if _, ok := errors.AsType[x509.UnknownAuthorityError](err); ok {
		return "its certificate is of nobody whom this machine trusts"
	}
	if _, ok := errors.AsType[x509.HostnameError](err); ok {
		return "its certificate is for another name"
	}
	if e, ok := errors.AsType[x509.CertificateInvalidError](err); ok {
		if e.Reason == x509.Expired {
			return "its certificate has expired, or is not valid yet"
		}
		return "its certificate is not valid"
	}
	if _, ok := errors.AsType[*tls.CertificateVerificationError](err); ok {
		return "its certificate could not be verified"
	}
	return ""
}

func noTLS(err error) bool {
	// net/http tells a plain answer to a TLS greeting by a text alone
	// (http.Transport, "server gave HTTP response to HTTPS client").
	_, ok := errors.AsType[tls.RecordHeaderError](err)
	return ok || errors.Is(err, http.ErrSchemeMismatch)
}

func timedOut(ctx context.Context, err error) bool {
	ne, ok := errors.AsType[net.Error](err)
	return errors.Is(err, context.DeadlineExceeded) || errors.Is(err, os.ErrDeadlineExceeded) || ctx.Err() != nil || ok && ne.Timeout()
}

func dialFailed(err error) bool {
	op, ok := errors.AsType[*net.OpError](err)
	return ok && op.Op == "dial"
}
