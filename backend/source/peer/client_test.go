package peer

import (
	"context"
	"fmt"
	"io"
	"log"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"pilotlight/backend"
)

const secret = "0123456789abcdef0123456789abcdef"

// patient is for what should happen: the machine may be slow.
const patient = 30 * time.Second

// least is the status of a version that tells hardly anything.
const least = `{"version":"1.0","started_at":"2026-11-30T08:00:00.000Z","servers":[]}`

// other is a machine that answers with these bodies, by path.
func other(t *testing.T, bodies map[string]string) *Client {
	t.Helper()
	return answering(t, func(w http.ResponseWriter, r *http.Request) {
		body, ok := bodies[r.URL.Path]
		if !ok {
			w.WriteHeader(http.StatusNotFound)
			body = `{"code":"not_found","detail":"There is no such thing.","hint":"No."}`
		}
		_, _ = io.WriteString(w, body)
	})
}

func answering(t *testing.T, h http.HandlerFunc) *Client {
	t.Helper()
	s := httptest.NewServer(h)
	t.Cleanup(s.Close)
	c := New(s.URL, secret, patient)
	t.Cleanup(c.Close)
	return c
}

func look(t *testing.T, c *Client) (Report, error) {
	t.Helper()
	return c.Look(t.Context(), time.Now)
}

func TestLookSendsTheTokenAndAsksItsRightsOnce(t *testing.T) {
	t.Parallel()
	var asked atomic.Int32
	c := answering(t, func(w http.ResponseWriter, r *http.Request) {
		if r.Header.Get("Authorization") != "Bearer "+secret {
			w.WriteHeader(http.StatusUnauthorized)
			return
		}
		if r.URL.Path == "/api/rights" {
			asked.Add(1)
			_, _ = io.WriteString(w, `{"rights":"read"}`)
			return
		}
		_, _ = io.WriteString(w, least)
	})
	for range 3 {
		r, err := look(t, c)
		if err != nil || r.Rights != backend.RightsRead || r.Version != "1.0" {
			t.Fatalf("got %+v, %v", r, err)
		}
	}
	if n := asked.Load(); n != 1 {
		t.Errorf("the rights were asked %d times", n)
	}
}

func TestRights(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name   string
		answer string
		want   backend.Rights
	}{
		{"full", `{"rights":"full"}`, backend.RightsFull},
		{"read", `{"rights":"read"}`, backend.RightsRead},
		{"of a later version", `{"rights":"keep-only"}`, backend.RightsRead},
		{"of another type", `{"rights":7}`, backend.RightsRead},
	} {
		r, err := look(t, other(t, map[string]string{"/api/status": least, "/api/rights": c.answer}))
		if err != nil || r.Rights != c.want {
			t.Errorf("%s: %q, %v", c.name, r.Rights, err)
		}
	}
	r, err := look(t, other(t, map[string]string{"/api/status": least}))
	if err != nil || r.Rights != backend.RightsFull {
		t.Errorf("a version without rights: %q, %v", r.Rights, err)
	}
}

func TestNotAPilotlight(t *testing.T) {
	t.Parallel()
	for name, body := range map[string]string{
		"a web page":    "<!DOCTYPE html><title>Router</title>",
		"other JSON":    `{"object":"list","data":[]}`,
		"its list":      `[1,2]`,
		"no JSON":       "hello",
		"nothing":       "",
		"half":          least[:40],
		"other types":   `{"version":1,"started_at":"now","servers":{}}`,
		"no start":      `{"version":"1","servers":[]}`,
		"far too large": `{"version":"1","x":"` + strings.Repeat("a", bodyCap) + `"}`,
	} {
		_, err := look(t, other(t, map[string]string{"/api/status": body, "/api/rights": `{"rights":"full"}`}))
		if backend.CodeOf(err) != backend.CodeProtocol || !strings.Contains(err.Error(), "not a Pilotlight") || backend.AsError(err).Hint == "" {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func TestRefusals(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name   string
		status int
		body   string
		want   backend.Code
	}{
		{"a wrong token", 401, `{"code":"unauthorized","detail":"You are not signed in.","hint":"x"}`, backend.CodeNeedsToken},
		{"forbidden", 403, `{"code":"forbidden","detail":"This token may only look.","hint":"x"}`, backend.CodeRefused},
		{"its own trouble", 500, `{"code":"internal","detail":"Something went wrong.","hint":"x"}`, backend.CodeProtocol},
		{"its model server", 503, `{"code":"app_off","detail":"LM Studio is not open.","hint":"x"}`, backend.CodeAppOff},
		{"a code of a later version", 418, `{"code":"teapot","detail":"I am one.","hint":"x"}`, backend.CodeProtocol},
		{"another program", 404, `{"error":"Unexpected endpoint"}`, backend.CodeProtocol},
		{"a proxy", 502, `<html>Bad Gateway</html>`, backend.CodeProtocol},
	} {
		client := answering(t, func(w http.ResponseWriter, _ *http.Request) {
			w.WriteHeader(c.status)
			_, _ = io.WriteString(w, c.body)
		})
		if _, err := look(t, client); backend.CodeOf(err) != c.want {
			t.Errorf("%s: %v (%s), want %s", c.name, err, backend.CodeOf(err), c.want)
		}
		if _, err := client.Resume(t.Context()); backend.CodeOf(err) != c.want {
			t.Errorf("%s, acting: %v (%s), want %s", c.name, err, backend.CodeOf(err), c.want)
		}
	}
}

func TestRedirectsAreNotFollowed(t *testing.T) {
	t.Parallel()
	var reached atomic.Int32
	elsewhere := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		reached.Add(1)
		_, _ = io.WriteString(w, least)
	}))
	defer elsewhere.Close()
	for _, status := range []int{301, 302, 303, 307, 308} {
		c := answering(t, func(w http.ResponseWriter, r *http.Request) {
			http.Redirect(w, r, elsewhere.URL+r.URL.Path, status)
		})
		if _, err := look(t, c); backend.CodeOf(err) != backend.CodeProtocol || !strings.Contains(err.Error(), "redirect") {
			t.Errorf("%d: %v", status, err)
		}
		if _, err := c.Release(t.Context()); err == nil {
			t.Errorf("%d: acting went on", status)
		}
	}
	if n := reached.Load(); n != 0 {
		t.Errorf("%d requests went to another host", n)
	}
}

func TestNoAnswer(t *testing.T) {
	t.Parallel()
	closed := httptest.NewServer(http.NotFoundHandler())
	closed.Close()
	plain := httptest.NewServer(http.NotFoundHandler())
	defer plain.Close()
	quiet := log.New(io.Discard, "", 0)
	secure := httptest.NewUnstartedServer(http.NotFoundHandler())
	secure.Config.ErrorLog = quiet
	secure.StartTLS()
	defer secure.Close()
	cut := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { panic(http.ErrAbortHandler) }))
	defer cut.Close()
	for _, c := range []struct {
		name, url, says string
		code            backend.Code
	}{
		{"nobody there", closed.URL, "Nothing answers at", backend.CodeNetwork},
		{"http at an https address", strings.Replace(plain.URL, "http://", "https://", 1), "does not speak https", backend.CodeNetwork},
		{"https at an http address", strings.Replace(secure.URL, "https://", "http://", 1), "not a Pilotlight", backend.CodeProtocol},
		{"a certificate of nobody", secure.URL, "certificate", backend.CodeNetwork},
		{"cut off", cut.URL, "broke off", backend.CodeNetwork},
	} {
		client := New(c.url, secret, patient)
		_, err := look(t, client)
		client.Close()
		if backend.CodeOf(err) != c.code || !strings.Contains(err.Error(), c.says) || backend.AsError(err).Hint == "" {
			t.Errorf("%s: %v (%s)", c.name, err, backend.CodeOf(err))
		}
	}
}

func TestOneThatHangsIsGivenUp(t *testing.T) {
	t.Parallel()
	l, err := net.Listen("tcp", "127.0.0.1:0") // takes connections and says nothing
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	c := New("http://"+l.Addr().String(), secret, 200*time.Millisecond)
	defer c.Close()
	if _, err := look(t, c); backend.CodeOf(err) != backend.CodeTimeout {
		t.Errorf("got %v (%s)", err, backend.CodeOf(err))
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := c.Resume(ctx); backend.CodeOf(err) != backend.CodeTimeout || !strings.Contains(err.Error(), "given up") {
		t.Errorf("got %v", err)
	}
}

func TestThePeerCannotRepeatTheToken(t *testing.T) {
	t.Parallel()
	status := fmt.Sprintf(`{"version":"v %[1]s","started_at":"2026-11-30T08:00:00.000Z","host":"%[1]s","servers":[{"id":"%[1]s","name":"%[1]s","error":{"code":"x","message":"%[1]s"},`+
		`"models":[{"key":"%[1]s","name":"\u0030123456789abcdef0123456789abcdef","instances":[{"id":"%[1]s"}]}]}],"keep":{"state":"warm","model":"%[1]s","reason":{"code":"a","message":"%[1]s"}}}`, secret)
	r, err := look(t, other(t, map[string]string{"/api/status": status, "/api/rights": `{"rights":"full"}`}))
	if err != nil {
		t.Fatal(err)
	}
	if all := fmt.Sprintf("%+v %+v %+v %+v", r, r.View, *r.View.Keep, *r.View.Keep.Reason); strings.Contains(all, secret) {
		t.Errorf("kept: %s", all)
	}
	c := answering(t, func(w http.ResponseWriter, r *http.Request) {
		w.WriteHeader(409)
		_, _ = fmt.Fprintf(w, `{"code":"refused","detail":"not with %s","hint":"%s"}`, secret, r.Header.Get("Authorization"))
	})
	if _, err := c.Resume(t.Context()); strings.Contains(errText(err), secret) {
		t.Errorf("the error repeats it: %s", errText(err))
	}
}
