package api_test

import (
	"context"
	"errors"
	"fmt"
	"go/ast"
	"go/parser"
	gotoken "go/token"
	"net/http"
	"strconv"
	"strings"
	"testing"

	"pilotlight/backend"
	"pilotlight/backend/face/api"
)

// codes reads every Code constant from the domain's source, so that a new one
// cannot be forgotten here.
func codes(t *testing.T) []backend.Code {
	t.Helper()
	file, err := parser.ParseFile(gotoken.NewFileSet(), "../../error.go", nil, 0)
	if err != nil {
		t.Fatal(err)
	}
	var all []backend.Code
	ast.Inspect(file, func(n ast.Node) bool {
		spec, ok := n.(*ast.ValueSpec)
		if !ok {
			return true
		}
		if typ, ok := spec.Type.(*ast.Ident); ok && typ.Name == "Code" {
			text, err := strconv.Unquote(spec.Values[0].(*ast.BasicLit).Value)
			if err != nil {
				t.Fatal(err)
			}
			all = append(all, backend.Code(text))
		}
		return true
	})
	if len(all) < 20 {
		t.Fatalf("found %d codes in the source", len(all))
	}
	return all
}

func TestEveryCodeHasAStatusAndAHint(t *testing.T) {
	for _, code := range codes(t) {
		t.Run(string(code), func(t *testing.T) {
			status := api.StatusOf(code)
			if (status == http.StatusInternalServerError) != (code == backend.CodeInternal) {
				t.Fatalf("status of %s = %d", code, status)
			}
			r := start(t, &fakeAgent{release: func(context.Context) (backend.Keep, error) {
				return backend.Keep{}, &backend.Error{Code: code, Message: "it did not work"}
			}})
			p := wantProblem(t, r.overSocket(t, "DELETE", "/api/keep", ""), status, code)
			if code != backend.CodeInternal && p.Detail != "it did not work" {
				t.Errorf("detail = %q", p.Detail)
			}
		})
	}
}

func TestStatusOfContract(t *testing.T) {
	for code, want := range map[backend.Code]int{
		backend.CodeInvalid: 422, backend.CodeNotFound: 404, backend.CodeRefused: 409, backend.CodeBusy: 409,
		backend.CodeModelMissing: 404, backend.CodeGuardrail: 409, backend.CodeSchema: 502, backend.CodeLoadFailed: 502,
		backend.CodeModelCrashed: 502, backend.CodeServerOff: 503, backend.CodeAppOff: 503, backend.CodeNetwork: 503,
		backend.CodeTimeout: 504, backend.CodeNeedsToken: 503, backend.CodeUnsupported: 501, backend.CodeTooLarge: 413,
		backend.CodeUnauthorized: 401, backend.CodeForbidden: 403, backend.CodeInternal: 500, "nobody knows": 500,
	} {
		if got := api.StatusOf(code); got != want {
			t.Errorf("StatusOf(%s) = %d, want %d", code, got, want)
		}
	}
}

func TestErrorsKeepCodeAndHint(t *testing.T) {
	wrapped := fmt.Errorf("load: %w", &backend.Error{
		Code: backend.CodeGuardrail, Message: "It needs more memory than there is.", Hint: "Choose a smaller one.",
	})
	r := start(t, &fakeAgent{load: func(context.Context, string, string, *int) (backend.Load, error) {
		return backend.Load{}, wrapped
	}})
	p := wantProblem(t, r.overSocket(t, "POST", "/api/models/load", `{"model":"m"}`, asJSON), 409, backend.CodeGuardrail)
	if p.Detail != "It needs more memory than there is." || p.Hint != "Choose a smaller one." {
		t.Errorf("got %+v", p)
	}
}

func TestInternalErrorsAreLoggedAndNotShown(t *testing.T) {
	log := newLog()
	r := start(t, &fakeAgent{release: func(context.Context) (backend.Keep, error) {
		return backend.Keep{}, errors.New("open /private/path: no such file")
	}}, log.into)
	got := r.overSocket(t, "DELETE", "/api/keep", "")
	wantProblem(t, got, 500, backend.CodeInternal)
	if strings.Contains(got.body, "/private/path") {
		t.Errorf("the answer tells the cause: %s", got.body)
	}
	if !strings.Contains(log.String(), "/private/path") {
		t.Errorf("the log does not tell the cause: %s", log)
	}
}

func TestInvalidRequests(t *testing.T) {
	r := start(t, &fakeAgent{})
	for _, c := range []struct {
		name, method, path, body string
		status                   int
		detail                   string
	}{
		{"no model", "POST", "/api/models/load", `{}`, 422, "model"},
		{"unknown field", "POST", "/api/models/load", `{"model":"m","context_lenght":1}`, 422, "context_lenght"}, //nolint:misspell // a typing error, as people make it
		{"context too small", "POST", "/api/models/load", `{"model":"m","context_length":0}`, 422, "context_length"},
		{"wrong type", "POST", "/api/models/unload", `{"instance_id":7}`, 422, "instance_id"},
		{"no instance", "POST", "/api/models/check", `{"instance_id":""}`, 422, "instance_id"},
		{"not JSON", "PUT", "/api/keep", `{"model":`, 400, "not valid JSON"},
		{"no body", "PUT", "/api/keep", ``, 400, "no body"},
		{"unknown policy", "PUT", "/api/keep", `{"model":"m","policy":"never"}`, 422, "policy"},
		{"pause of nothing", "POST", "/api/keep/pause", `{"seconds":0}`, 422, "seconds"},
		{"pause of years", "POST", "/api/keep/pause", `{"seconds":1e9}`, 422, "seconds"},
		{"limit of zero", "GET", "/api/loads?limit=0", ``, 422, "limit"},
		{"limit too high", "GET", "/api/loads?limit=1001", ``, 422, "limit"},
		{"limit of words", "GET", "/api/loads?limit=many", ``, 422, "limit"},
		{"no time", "GET", "/api/loads?since=yesterday", ``, 422, "since"},
		{"unknown cause", "GET", "/api/loads?cause=magic", ``, 422, "cause"},
		{"unknown event", "GET", "/api/loads?event=gone", ``, 422, "event"},
		{"cursor of words", "GET", "/api/loads?before=x", ``, 422, "before"},
		{"unknown query", "GET", "/api/loads?modle=x", ``, 422, "modle"}, //nolint:misspell // a typing error, as people make it
		{"bad resume point", "GET", "/api/events?after=x", ``, 422, "after"},
	} {
		t.Run(c.name, func(t *testing.T) {
			p := wantProblem(t, r.overSocket(t, c.method, c.path, c.body, asJSON), c.status, backend.CodeInvalid)
			if !strings.Contains(p.Detail, c.detail) {
				t.Errorf("detail = %q, want it to name %q", p.Detail, c.detail)
			}
		})
	}
}

func TestInvalidRequestsAreNotEchoed(t *testing.T) {
	r := start(t, &fakeAgent{})
	for _, body := range []string{`{"model":"m","prompt":"my-private-text"}`, `{"model": my-private-text`} {
		if got := r.overSocket(t, "PUT", "/api/keep", body, asJSON); strings.Contains(got.body, "my-private-text") {
			t.Errorf("the answer repeats what was sent: %s", got.body)
		}
	}
}

func TestWrongMediaType(t *testing.T) {
	r := start(t, &fakeAgent{})
	for _, ct := range []string{"text/plain", "application/x-www-form-urlencoded", "multipart/form-data; boundary=x"} {
		wantProblem(t, r.overSocket(t, "PUT", "/api/keep", `{"model":"m"}`, "Content-Type: "+ct), 415, backend.CodeInvalid)
		wantProblem(t, r.do(t, "PUT", "/api/keep", `{"model":"m"}`, "Content-Type: "+ct, bearer), 415, backend.CodeInvalid)
	}
	wantProblem(t, r.do(t, "PUT", "/api/keep", `{"model":"m"}`, bearer), 415, backend.CodeInvalid)
}

func TestUnknownPathsAndMethods(t *testing.T) {
	r := start(t, &fakeAgent{})
	for _, c := range []struct {
		method, path string
		status       int
		code         backend.Code
		allow        string
	}{
		{"GET", "/api/nothing", 404, backend.CodeNotFound, ""},
		{"POST", "/api/", 404, backend.CodeNotFound, ""},
		{"GET", "/api/status.json", 404, backend.CodeNotFound, ""},
		{"GET", "/missing.js", 404, backend.CodeNotFound, ""},
		{"POST", "/api/status", 405, backend.CodeInvalid, "GET, HEAD"},
		{"GET", "/api/models/load", 405, backend.CodeInvalid, "POST"},
		{"PATCH", "/api/keep", 405, backend.CodeInvalid, "GET, HEAD, PUT, DELETE"},
		{"OPTIONS", "/api/keep", 405, backend.CodeInvalid, "GET, HEAD, PUT, DELETE"},
		{"POST", "/metrics", 405, backend.CodeInvalid, "GET, HEAD"},
		{"POST", "/openapi.json", 405, backend.CodeInvalid, "GET, HEAD"},
		{"POST", "/healthz", 405, backend.CodeInvalid, "GET, HEAD"},
		{"POST", "/open", 405, backend.CodeInvalid, "GET, HEAD"},
		{"DELETE", "/", 405, backend.CodeInvalid, "GET, HEAD"},
		{"PUT", "/history", 405, backend.CodeInvalid, "GET, HEAD"},
	} {
		t.Run(c.method+" "+c.path, func(t *testing.T) {
			got := r.overSocket(t, c.method, c.path, "")
			wantProblem(t, got, c.status, c.code)
			if allow := got.Header.Get("Allow"); allow != c.allow {
				t.Errorf("Allow = %q, want %q", allow, c.allow)
			}
		})
	}
}
