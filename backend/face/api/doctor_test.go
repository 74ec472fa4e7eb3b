package api_test

import (
	"context"
	"net/http"
	"strings"
	"testing"

	"pilotlight/backend"
)

func TestDoctor(t *testing.T) {
	t.Parallel()
	var fresh []bool
	size := int64(7)
	report := backend.Report{Items: []backend.Check{
		{ID: "server", Title: "It is on", Group: "setup", Verdict: backend.FindingFail, Detail: "It is off.", Hint: "Switch it on.",
			Fix: &backend.Fix{ID: "start", Label: "Switch it on", Does: "Switches it on.", Bytes: &size, Do: backend.Mending{Kind: backend.MendStartServer, Server: "s"}}},
		{ID: "disk", Title: "Room", Group: "machine", Verdict: backend.FindingSkip, Detail: "Not known."},
	}, Fail: 1}
	a := &fakeAgent{
		doctor: func(_ context.Context, f bool) (backend.Report, error) {
			fresh = append(fresh, f)
			return report, nil
		},
		doctorText: func(context.Context) (string, error) { return "# Pilotlight doctor\n", nil },
	}
	r := start(t, a)
	got := r.do(t, http.MethodGet, "/api/doctor", "", bearer)
	if v := wantJSON[backend.Report](t, got); v.Fail != 1 || len(v.Items) != 2 || v.Items[0].Fix == nil || v.Items[0].Fix.Label != "Switch it on" {
		t.Errorf("got %+v", v)
	}
	if strings.Contains(got.body, "start_server") || strings.Contains(got.body, "Do\"") {
		t.Errorf("how it is mended is told: %s", got.body)
	}
	wantJSON[backend.Report](t, r.do(t, http.MethodGet, "/api/doctor?fresh=true", "", bearer))
	if len(fresh) != 2 || fresh[0] || !fresh[1] {
		t.Errorf("asked %v", fresh)
	}
	wantProblem(t, r.do(t, http.MethodGet, "/api/doctor?fresh=perhaps", "", bearer), http.StatusUnprocessableEntity, backend.CodeInvalid)
	wantProblem(t, r.do(t, http.MethodGet, "/api/doctor", ""), http.StatusUnauthorized, backend.CodeUnauthorized)

	report = backend.Report{}
	if got := r.do(t, http.MethodGet, "/api/doctor", "", bearer); !strings.Contains(got.body, `"items":[]`) {
		t.Errorf("no checks are %s", got.body)
	}
	text := r.do(t, http.MethodGet, "/api/doctor/report", "", bearer)
	if text.StatusCode != http.StatusOK || text.Header.Get("Content-Type") != "text/markdown; charset=utf-8" || text.body != "# Pilotlight doctor\n" {
		t.Errorf("the report is %d %v %q", text.StatusCode, text.Header, text.body)
	}
}

func TestMend(t *testing.T) {
	t.Parallel()
	type asked struct {
		check, fix string
		dry        bool
	}
	var got []asked
	var fails error
	r := start(t, &fakeAgent{mend: func(_ context.Context, check, fix string, dry bool) (backend.Mended, error) {
		got = append(got, asked{check, fix, dry})
		return backend.Mended{Text: "Done.", Dry: dry, Check: &backend.Check{ID: check, Verdict: backend.FindingOK}}, fails
	}})
	for _, c := range []struct {
		path, body string
		want       asked
	}{
		{"/api/doctor/server/fix", "", asked{"server", "", false}},
		{"/api/doctor/server/fix", "{}", asked{"server", "", false}},
		{"/api/doctor/server/fix", `{"fix":"start","dry_run":true}`, asked{"server", "start", true}},
		{"/api/doctor/server%3Aa%2Fb%20c/fix", `{"fix":"x"}`, asked{"server:a/b c", "x", false}},
	} {
		got = nil
		v := wantJSON[backend.Mended](t, r.do(t, http.MethodPost, c.path, c.body, bearer, asJSON))
		if len(got) != 1 || got[0] != c.want || v.Dry != c.want.dry || v.Check == nil || v.Check.ID != c.want.check {
			t.Errorf("%s %s asked %+v and got %+v", c.path, c.body, got, v)
		}
	}
	for code, status := range map[backend.Code]int{
		backend.CodeNotFound: http.StatusNotFound, backend.CodeRefused: http.StatusConflict, backend.CodeConflict: http.StatusPreconditionFailed,
	} {
		fails = &backend.Error{Code: code, Message: "No.", Hint: "Look."}
		wantProblem(t, r.do(t, http.MethodPost, "/api/doctor/server/fix", "", bearer), status, code)
	}
	wantProblem(t, r.do(t, http.MethodPost, "/api/doctor/server/fix", `{"fix":7}`, bearer, asJSON), http.StatusUnprocessableEntity, backend.CodeInvalid)
	wantProblem(t, r.do(t, http.MethodPost, "/api/doctor/server/fix", `{"force":true}`, bearer, asJSON), http.StatusUnprocessableEntity, backend.CodeInvalid)
}

func TestClientSeesTheDoctor(t *testing.T) {
	t.Parallel()
	ctx := t.Context()
	r := start(t, &fakeAgent{
		doctor: func(_ context.Context, fresh bool) (backend.Report, error) {
			return backend.Report{Items: []backend.Check{{ID: "x"}}, Warn: 3, Fail: map[bool]int{true: 1}[fresh]}, nil
		},
		doctorText: func(context.Context) (string, error) { return "text", nil },
		mend: func(_ context.Context, check, fix string, dry bool) (backend.Mended, error) {
			if check != "a/b" {
				return backend.Mended{}, &backend.Error{Code: backend.CodeNotFound, Message: "No.", Hint: "Look."}
			}
			return backend.Mended{Text: fix, Diff: "diff", Dry: dry}, nil
		},
	})
	c := r.dial(t)
	for _, fresh := range []bool{false, true} {
		if got, err := c.Doctor(ctx, fresh); err != nil || got.Warn != 3 || got.Fail == 1 != fresh || len(got.Items) != 1 {
			t.Errorf("got %+v, %v", got, err)
		}
	}
	if got, err := c.DoctorText(ctx); err != nil || got != "text" {
		t.Errorf("got %q, %v", got, err)
	}
	if got, err := c.Mend(ctx, "a/b", "f", true); err != nil || got.Text != "f" || got.Diff != "diff" || !got.Dry {
		t.Errorf("got %+v, %v", got, err)
	}
	if _, err := c.Mend(ctx, "c", "", false); backend.CodeOf(err) != backend.CodeNotFound {
		t.Errorf("got %v", err)
	}
}
