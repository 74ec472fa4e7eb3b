package api_test

import (
	"context"
	"encoding/json"
	"io"
	"net"
	"net/http"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"go.uber.org/goleak"

	"pilotlight/backend"
	"pilotlight/backend/face/api"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

const token = "correct-horse-battery-staple"

// fakeAgent is an agent of functions; a test gives those it needs.
type fakeAgent struct {
	api.Configs // nil: a test that needs it gives one
	api.Peers   // the same

	status    func() *backend.Status
	counts    backend.Counts
	setKeep   func(context.Context, backend.Target) (backend.Keep, error)
	release   func(context.Context) (backend.Keep, error)
	pause     func(context.Context, time.Duration) (backend.Keep, error)
	resume    func(context.Context) (backend.Keep, error)
	replace   func(context.Context) (backend.Keep, error)
	load      func(context.Context, string, string, *int) (backend.Load, error)
	unload    func(context.Context, string, string, bool) (backend.Load, error)
	check     func(context.Context, string, string) error
	fit       func(context.Context, backend.FitQuery) (backend.WhatIf, error)
	subscribe func(uint64) *api.Subscription
	loads     func(context.Context, backend.LoadQuery) (backend.Page[backend.Load], error)

	doctor     func(context.Context, bool) (backend.Report, error)
	doctorText func(context.Context) (string, error)
	mend       func(context.Context, string, string, bool) (backend.Mended, error)

	fallback    func(context.Context, int64) (backend.FallbackStory, error)
	summary     func(context.Context, backend.Time, backend.Time) (backend.FallbackSummary, error)
	fix         func(context.Context, int64) (backend.Fixed, error)
	see         func(context.Context) error
	settings    func(context.Context) (backend.Settings, error)
	setSettings func(context.Context, backend.Settings) (backend.Settings, error)
	update      func(context.Context) (backend.Update, error)
	login       func(context.Context) (backend.Login, error)
	setLogin    func(context.Context, bool) (backend.Login, error)
	fallbacks   func(context.Context, backend.FallbackQuery) (backend.Page[backend.Fallback], error)
	eachLoad    func(context.Context, backend.LoadQuery, func(backend.Load) error) error
	eachFell    func(context.Context, backend.FallbackQuery, func(backend.Fallback) error) error
	samples     func(context.Context, backend.SampleQuery) (backend.Samples, error)
	eachSample  func(context.Context, backend.SampleRowQuery, func(backend.SampleRow) error) error
	loadedAt    func(context.Context, backend.Time) ([]backend.Load, error)
	walkLoads   func(context.Context, backend.Time, backend.Time, func(backend.Load)) error
	marks       func(context.Context, backend.Time, backend.Time, time.Duration, int) ([]backend.FallbackMark, error)
	changes     func(context.Context, string, backend.Time, backend.Time) ([]backend.ServerChange, error)
	uses        func(context.Context, backend.Time, backend.Time, time.Duration) ([]backend.UseSum, error)
	eachUse     func(context.Context, *backend.Time, *backend.Time, func(backend.Use) error) error
}

var (
	_ api.Agent   = (*fakeAgent)(nil)
	_ api.History = (*fakeAgent)(nil)
)

func (a *fakeAgent) Samples(ctx context.Context, q backend.SampleQuery) (backend.Samples, error) {
	return a.samples(ctx, q)
}

func (a *fakeAgent) EachSample(ctx context.Context, q backend.SampleRowQuery, f func(backend.SampleRow) error) error {
	return a.eachSample(ctx, q, f)
}

func (a *fakeAgent) LoadedAt(ctx context.Context, at backend.Time) ([]backend.Load, error) {
	return a.loadedAt(ctx, at)
}

func (a *fakeAgent) WalkLoads(ctx context.Context, since, until backend.Time, f func(backend.Load)) error {
	return a.walkLoads(ctx, since, until, f)
}

func (a *fakeAgent) FallbackMarks(ctx context.Context, since, until backend.Time, bin time.Duration, most int) ([]backend.FallbackMark, error) {
	return a.marks(ctx, since, until, bin, most)
}

func (a *fakeAgent) ServerChanges(ctx context.Context, server string, since, until backend.Time) ([]backend.ServerChange, error) {
	return a.changes(ctx, server, since, until)
}

func (a *fakeAgent) Uses(ctx context.Context, since, until backend.Time, bin time.Duration) ([]backend.UseSum, error) {
	return a.uses(ctx, since, until, bin)
}

func (a *fakeAgent) EachUse(ctx context.Context, since, until *backend.Time, f func(backend.Use) error) error {
	return a.eachUse(ctx, since, until, f)
}

func (a *fakeAgent) Status() *backend.Status {
	if a.status == nil {
		return &backend.Status{}
	}
	return a.status()
}

func (a *fakeAgent) Counts() backend.Counts { return a.counts }

func (a *fakeAgent) SetKeep(ctx context.Context, t backend.Target) (backend.Keep, error) {
	return a.setKeep(ctx, t)
}
func (a *fakeAgent) Release(ctx context.Context) (backend.Keep, error) { return a.release(ctx) }
func (a *fakeAgent) Pause(ctx context.Context, d time.Duration) (backend.Keep, error) {
	return a.pause(ctx, d)
}
func (a *fakeAgent) Replace(ctx context.Context) (backend.Keep, error) { return a.replace(ctx) }
func (a *fakeAgent) Resume(ctx context.Context) (backend.Keep, error)  { return a.resume(ctx) }
func (a *fakeAgent) Load(ctx context.Context, server, model string, n *int) (backend.Load, error) {
	return a.load(ctx, server, model, n)
}
func (a *fakeAgent) Unload(ctx context.Context, server, id string, force bool) (backend.Load, error) {
	return a.unload(ctx, server, id, force)
}
func (a *fakeAgent) Check(ctx context.Context, server, id string) error {
	return a.check(ctx, server, id)
}
func (a *fakeAgent) Fit(ctx context.Context, q backend.FitQuery) (backend.WhatIf, error) {
	return a.fit(ctx, q)
}
func (a *fakeAgent) Loads(ctx context.Context, q backend.LoadQuery) (backend.Page[backend.Load], error) {
	return a.loads(ctx, q)
}

func (a *fakeAgent) Fallback(ctx context.Context, id int64) (backend.FallbackStory, error) {
	return a.fallback(ctx, id)
}
func (a *fakeAgent) FallbackSummary(ctx context.Context, since, until backend.Time) (backend.FallbackSummary, error) {
	return a.summary(ctx, since, until)
}
func (a *fakeAgent) FixFallback(ctx context.Context, id int64) (backend.Fixed, error) {
	return a.fix(ctx, id)
}
func (a *fakeAgent) SeeFallbacks(ctx context.Context) error { return a.see(ctx) }
func (a *fakeAgent) Settings(ctx context.Context) (backend.Settings, error) {
	return a.settings(ctx)
}
func (a *fakeAgent) SetSettings(ctx context.Context, s backend.Settings) (backend.Settings, error) {
	return a.setSettings(ctx, s)
}
func (a *fakeAgent) CheckUpdate(ctx context.Context) (backend.Update, error) {
	return a.update(ctx)
}
func (a *fakeAgent) Login(ctx context.Context) (backend.Login, error) { return a.login(ctx) }
func (a *fakeAgent) SetLogin(ctx context.Context, on bool) (backend.Login, error) {
	return a.setLogin(ctx, on)
}
func (a *fakeAgent) Fallbacks(ctx context.Context, q backend.FallbackQuery) (backend.Page[backend.Fallback], error) {
	return a.fallbacks(ctx, q)
}
func (a *fakeAgent) EachLoad(ctx context.Context, q backend.LoadQuery, f func(backend.Load) error) error {
	return a.eachLoad(ctx, q, f)
}
func (a *fakeAgent) EachFallback(ctx context.Context, q backend.FallbackQuery, f func(backend.Fallback) error) error {
	return a.eachFell(ctx, q, f)
}

func (a *fakeAgent) Doctor(ctx context.Context, fresh bool) (backend.Report, error) {
	return a.doctor(ctx, fresh)
}
func (a *fakeAgent) DoctorText(ctx context.Context) (string, error) { return a.doctorText(ctx) }
func (a *fakeAgent) Mend(ctx context.Context, check, fix string, dry bool) (backend.Mended, error) {
	return a.mend(ctx, check, fix, dry)
}

func (a *fakeAgent) Subscribe(after uint64) *api.Subscription {
	if a.subscribe == nil {
		return &api.Subscription{Close: func() {}}
	}
	return a.subscribe(after)
}

// clock is a clock that a test sets.
type clock struct {
	mu sync.Mutex
	at time.Time
}

func newClock() *clock { return &clock{at: time.Date(2026, 11, 23, 8, 0, 0, 0, time.UTC)} }

func (c *clock) now() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.at
}

func (c *clock) add(d time.Duration) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.at = c.at.Add(d)
}

// rig is a server behind real listeners.
type rig struct {
	*api.Server
	clock  *clock
	addr   string // of the loopback listener, host:port
	socket string // path
	agent  *fakeAgent
}

// start serves an agent over loopback and a unix socket until the test ends.
func start(t testing.TB, agent *fakeAgent, change ...func(*api.Config)) *rig {
	t.Helper()
	r := &rig{clock: newClock(), agent: agent, socket: filepath.Join(t.TempDir(), "agent.sock")}
	c := api.Config{Agent: agent, History: agent, Version: "1.2.3", Token: token, Now: r.clock.now}
	for _, f := range change {
		f(&c)
	}
	r.Server = api.New(c)
	tcp, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	unix, err := net.Listen("unix", r.socket)
	if err != nil {
		t.Fatal(err)
	}
	r.addr = tcp.Addr().String()
	serve(t, r.HTTPServer(r.LoopbackHandler(r.addr)), tcp)
	serve(t, r.HTTPServer(r.SocketHandler()), unix)
	return r
}

func serve(t testing.TB, srv *http.Server, l net.Listener) {
	t.Helper()
	done := make(chan struct{})
	go func() {
		defer close(done)
		_ = srv.Serve(l) // always ErrServerClosed, or the test has failed by then
	}()
	t.Cleanup(func() {
		_ = srv.Close()
		<-done
	})
}

// reply is an answer that was read whole.
type reply struct {
	*http.Response
	body string
}

// do sends a request over loopback, without following redirects. Headers come
// as "Name: value".
func (r *rig) do(t testing.TB, method, path, body string, headers ...string) reply {
	t.Helper()
	return do(t, http.DefaultTransport.(*http.Transport).Clone(), "http://"+r.addr, method, path, body, headers...)
}

// overSocket sends a request over the unix socket.
func (r *rig) overSocket(t testing.TB, method, path, body string, headers ...string) reply {
	t.Helper()
	return do(t, r.socketTransport(), "http://pilotlight", method, path, body, headers...)
}

func (r *rig) socketTransport() *http.Transport {
	return &http.Transport{DialContext: func(ctx context.Context, _, _ string) (net.Conn, error) {
		return new(net.Dialer).DialContext(ctx, "unix", r.socket)
	}}
}

func do(t testing.TB, transport *http.Transport, base, method, path, body string, headers ...string) reply {
	t.Helper()
	defer transport.CloseIdleConnections()
	transport.DisableCompression = true
	var in io.Reader
	if body != "" {
		in = strings.NewReader(body)
	}
	req, err := http.NewRequest(method, base+path, in)
	if err != nil {
		t.Fatal(err)
	}
	setHeaders(req, headers)
	resp, err := transport.RoundTrip(req)
	if err != nil {
		t.Fatalf("%s %s: %v", method, path, err)
	}
	defer resp.Body.Close()
	b, err := io.ReadAll(resp.Body)
	if err != nil {
		t.Fatalf("%s %s: %v", method, path, err)
	}
	return reply{resp, string(b)}
}

func setHeaders(req *http.Request, headers []string) {
	for _, h := range headers {
		name, value, _ := strings.Cut(h, ": ")
		if name == "Host" {
			req.Host = value
			continue
		}
		req.Header.Add(name, value)
	}
}

const (
	bearer = "Authorization: Bearer " + token
	asJSON = "Content-Type: application/json"
)

// wantProblem checks that a reply is a whole problem.
func wantProblem(t testing.TB, got reply, status int, code backend.Code) api.Problem {
	t.Helper()
	var p api.Problem
	if err := json.Unmarshal([]byte(got.body), &p); err != nil {
		t.Fatalf("not a problem: status %d, body %q", got.StatusCode, got.body)
	}
	if ct := got.Header.Get("Content-Type"); ct != "application/problem+json" {
		t.Errorf("Content-Type = %q, want application/problem+json", ct)
	}
	if got.StatusCode != status || p.Status != status || p.Code != code {
		t.Errorf("status %d, problem %d %q, want %d %q (%s)", got.StatusCode, p.Status, p.Code, status, code, p.Detail)
	}
	if p.Detail == "" || p.Hint == "" || p.Title == "" || p.Type == "" {
		t.Errorf("something is missing in %+v", p)
	}
	if cc := got.Header.Get("Cache-Control"); cc != "no-store" {
		t.Errorf("Cache-Control = %q, want no-store", cc)
	}
	return p
}

// wantJSON checks status and type, and decodes the body.
func wantJSON[T any](t testing.TB, got reply) T {
	t.Helper()
	var v T
	if got.StatusCode != http.StatusOK || got.Header.Get("Content-Type") != "application/json" {
		t.Fatalf("status %d, Content-Type %q, body %q", got.StatusCode, got.Header.Get("Content-Type"), got.body)
	}
	if err := json.Unmarshal([]byte(got.body), &v); err != nil {
		t.Fatalf("%v in %q", err, got.body)
	}
	return v
}

func ptr[T any](v T) *T { return &v }
