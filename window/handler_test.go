package window_test

import (
	"encoding/json"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"pilotlight/window"
)

// socketDir is a folder whose path is short enough for a socket.
func socketDir(t *testing.T) string {
	t.Helper()
	dir, err := os.MkdirTemp("", "plw")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { os.RemoveAll(dir) })
	return dir
}

// agentAt serves h on a socket, as the agent does.
func agentAt(t *testing.T, h http.Handler) (socket string) {
	t.Helper()
	socket = filepath.Join(socketDir(t), "agent.sock")
	ln, err := net.Listen("unix", socket)
	if err != nil {
		t.Fatal(err)
	}
	srv := &http.Server{Handler: h}
	go func() { _ = srv.Serve(ln) }()
	t.Cleanup(func() { srv.Close() })
	return socket
}

func handlerFor(socket string) *window.Handler {
	return window.NewHandler(socket, slog.New(slog.DiscardHandler))
}

// pipeWriter is a writer as Wails has it: no flush, no deadlines, and what is
// written goes out at once.
type pipeWriter struct {
	header http.Header
	status int
	out    *io.PipeWriter
}

func (w *pipeWriter) Header() http.Header { return w.header }
func (w *pipeWriter) WriteHeader(status int) {
	if w.status == 0 {
		w.status = status
	}
}

func (w *pipeWriter) Write(b []byte) (int, error) {
	w.WriteHeader(http.StatusOK)
	return w.out.Write(b)
}

func serve(h http.Handler, r *http.Request) *httptest.ResponseRecorder {
	w := httptest.NewRecorder()
	h.ServeHTTP(w, r)
	return w
}

type problem struct {
	Status int
	Detail string
	Code   string
	Hint   string
}

func problemIn(t *testing.T, w *httptest.ResponseRecorder) problem {
	t.Helper()
	if got := w.Header().Get("Content-Type"); got != "application/problem+json" {
		t.Fatalf("the answer is %s: %s", got, w.Body)
	}
	var p problem
	if err := json.Unmarshal(w.Body.Bytes(), &p); err != nil {
		t.Fatal(err)
	}
	if p.Status != w.Code || p.Detail == "" || p.Hint == "" {
		t.Errorf("the problem with status %d is %+v", w.Code, p)
	}
	return p
}

func TestRequestReachesTheAgent(t *testing.T) {
	type seen struct {
		method, uri, host, body string
		header                  http.Header
	}
	var got seen
	h := handlerFor(agentAt(t, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		b, _ := io.ReadAll(r.Body)
		got = seen{r.Method, r.RequestURI, r.Host, string(b), r.Header}
		w.Header().Set("X-From", "agent")
		w.WriteHeader(http.StatusAccepted)
		io.WriteString(w, "done")
	})))
	r := httptest.NewRequest(http.MethodPut, "/api/keep?x=1", strings.NewReader(`{"model":"m"}`))
	r.ContentLength = -1 // as Wails says of every body
	r.Host = "wails"
	for name, value := range map[string]string{
		"Origin": "wails://wails", "Referer": "wails://wails/", "Cookie": "a=b", "Connection": "keep-alive, X-Hop",
		"X-Hop": "1", "Accept-Encoding": "gzip, br", "Content-Type": "application/json", "If-Match": `"tag"`, "If-None-Match": `"tag"`,
	} {
		r.Header.Set(name, value)
	}
	w := serve(h, r)
	if w.Code != http.StatusAccepted || w.Body.String() != "done" || w.Header().Get("X-From") != "agent" {
		t.Errorf("the answer was %d %q %v", w.Code, w.Body, w.Header())
	}
	if got.method != "PUT" || got.uri != "/api/keep?x=1" || got.body != `{"model":"m"}` || got.host != "pilotlight" {
		t.Errorf("the agent got %+v", got)
	}
	for _, name := range []string{"Origin", "Referer", "Cookie", "X-Hop", "Accept-Encoding", "If-None-Match", "X-Forwarded-For"} {
		if v, ok := got.header[name]; ok {
			t.Errorf("the agent got %s: %v", name, v)
		}
	}
	if got.header.Get("Content-Type") != "application/json" || got.header.Get("If-Match") != `"tag"` {
		t.Errorf("headers are missing in %v", got.header)
	}
}

func TestEventsPassOneByOne(t *testing.T) {
	next := make(chan string)
	left := make(chan struct{})
	h := handlerFor(agentAt(t, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		defer close(left)
		w.Header().Set("Content-Type", "text/event-stream")
		for {
			select {
			case <-r.Context().Done():
				return
			case e := <-next:
				fmt.Fprintf(w, "data: %s\n\n", e)
				w.(http.Flusher).Flush()
			}
		}
	})))
	read, write := io.Pipe()
	w := &pipeWriter{header: http.Header{}, out: write}
	ended := make(chan struct{})
	go func() {
		defer close(ended)
		h.ServeHTTP(w, httptest.NewRequest(http.MethodGet, "/api/events", nil))
	}()
	buf := make([]byte, 256)
	for _, e := range []string{"one", "two", "three"} {
		next <- e
		n, err := read.Read(buf)
		if want := "data: " + e + "\n\n"; err != nil || string(buf[:n]) != want {
			t.Fatalf("read %q, %v, want %q", buf[:n], err, want)
		}
	}
	// The page goes: the next event cannot be written, and the agent is left.
	read.Close()
	next <- "four"
	<-left
	<-ended
}

func TestNewPageEndsTheStreamOfTheOld(t *testing.T) {
	arrived, left := make(chan int, 2), make(chan int, 2)
	no := 0
	h := handlerFor(agentAt(t, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		no++
		me := no
		w.WriteHeader(http.StatusOK)
		w.(http.Flusher).Flush()
		arrived <- me
		<-r.Context().Done()
		left <- me
	})))
	stream := func() { h.ServeHTTP(httptest.NewRecorder(), httptest.NewRequest(http.MethodGet, "/api/events", nil)) }
	go stream()
	<-arrived
	second := make(chan struct{})
	go func() { defer close(second); stream() }()
	if got := <-arrived; got != 2 {
		t.Fatalf("stream %d arrived", got)
	}
	if got := <-left; got != 1 {
		t.Errorf("stream %d ended, want the first", got)
	}
	go stream()
	<-arrived
	<-second
}

func TestStreamThatBreaksOffEnds(t *testing.T) {
	h := handlerFor(agentAt(t, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		fmt.Fprint(w, "data: one\n\n")
		w.(http.Flusher).Flush()
		panic(http.ErrAbortHandler) // as when the agent is killed
	})))
	w := serve(h, httptest.NewRequest(http.MethodGet, "/api/events", nil))
	if w.Code != http.StatusOK || w.Body.String() != "data: one\n\n" {
		t.Errorf("the answer was %d %q", w.Code, w.Body)
	}
}

func TestAgentMissing(t *testing.T) {
	dir := socketDir(t)
	dead := filepath.Join(dir, "dead.sock")
	ln, err := net.Listen("unix", dead)
	if err != nil {
		t.Fatal(err)
	}
	ln.(*net.UnixListener).SetUnlinkOnClose(false)
	ln.Close()
	for name, socket := range map[string]string{
		"never ran": filepath.Join(dir, "none.sock"), "was killed": dead, "path too long": "/" + strings.Repeat("x", 200),
	} {
		t.Run(name, func(t *testing.T) {
			h := handlerFor(socket)
			for _, path := range []string{"/", "/index.html"} {
				w := serve(h, httptest.NewRequest(http.MethodGet, path, nil))
				if w.Code != http.StatusOK || !strings.Contains(w.Body.String(), "Pilotlight is not running") {
					t.Errorf("%s is %d %q", path, w.Code, w.Body)
				}
				if !strings.Contains(w.Header().Get("Content-Security-Policy"), "default-src 'none'") {
					t.Errorf("%s has the policy %q", path, w.Header().Get("Content-Security-Policy"))
				}
			}
			for _, path := range []string{"/api/status", "/api/events", "/assets/index-abc.js"} {
				w := serve(h, httptest.NewRequest(http.MethodGet, path, nil))
				if p := problemIn(t, w); w.Code != http.StatusServiceUnavailable || p.Code != "agent_down" {
					t.Errorf("%s is %d with %+v", path, w.Code, p)
				}
			}
		})
	}
}

func TestBuiltInPageHasItsFiles(t *testing.T) {
	h := handlerFor(filepath.Join(socketDir(t), "none.sock"))
	page := serve(h, httptest.NewRequest(http.MethodGet, "/", nil)).Body.String()
	for path, kind := range map[string]string{
		"/pilotlight-window/away.css": "text/css; charset=utf-8", "/pilotlight-window/away.js": "text/javascript; charset=utf-8",
	} {
		if !strings.Contains(page, `"`+path+`"`) {
			t.Errorf("the page does not want %s", path)
		}
		w := serve(h, httptest.NewRequest(http.MethodGet, path, nil))
		if w.Code != http.StatusOK || w.Header().Get("Content-Type") != kind || w.Body.Len() == 0 {
			t.Errorf("%s is %d %s", path, w.Code, w.Header().Get("Content-Type"))
		}
	}
	if strings.Contains(page, "<script>") || strings.Contains(page, "style=") {
		t.Error("the page has a script or style that its own policy forbids")
	}
}

func TestRedirects(t *testing.T) {
	mux := http.NewServeMux()
	mux.HandleFunc("/open", func(w http.ResponseWriter, r *http.Request) { http.Redirect(w, r, "/there?x=1", http.StatusSeeOther) })
	mux.HandleFunc("/there", func(w http.ResponseWriter, r *http.Request) { io.WriteString(w, "there "+r.URL.RawQuery) })
	mux.HandleFunc("/loop", func(w http.ResponseWriter, r *http.Request) { http.Redirect(w, r, "/loop", http.StatusFound) })
	mux.HandleFunc("/away", func(w http.ResponseWriter, r *http.Request) {
		http.Redirect(w, r, "http://elsewhere.example/", http.StatusFound)
	})
	h := handlerFor(agentAt(t, mux))
	if w := serve(h, httptest.NewRequest(http.MethodGet, "/open", nil)); w.Code != http.StatusOK || w.Body.String() != "there x=1" {
		t.Errorf("the redirect led to %d %q", w.Code, w.Body)
	}
	for _, path := range []string{"/loop", "/away"} {
		w := serve(h, httptest.NewRequest(http.MethodGet, path, nil))
		if p := problemIn(t, w); w.Code != http.StatusBadGateway || p.Code != "network" {
			t.Errorf("%s is %d with %+v", path, w.Code, p)
		}
	}
}

func TestForeignPageIsRefused(t *testing.T) {
	asked := false
	h := handlerFor(agentAt(t, http.HandlerFunc(func(http.ResponseWriter, *http.Request) { asked = true })))
	for _, origin := range []string{"https://elsewhere.example", "null", "http://wails", "wails://other", "%"} {
		r := httptest.NewRequest(http.MethodPost, "/api/keep/resume", nil)
		r.Header.Set("Origin", origin)
		w := serve(h, r)
		if p := problemIn(t, w); w.Code != http.StatusForbidden || p.Code != "forbidden" {
			t.Errorf("%s got %d with %+v", origin, w.Code, p)
		}
	}
	if asked {
		t.Error("the agent was asked")
	}
}

func TestLargeBodyIsRefused(t *testing.T) {
	got := -1
	h := handlerFor(agentAt(t, http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		b, _ := io.ReadAll(r.Body)
		got = len(b)
	})))
	const limit = 1 << 20
	if w := serve(h, httptest.NewRequest(http.MethodPut, "/api/config/text", strings.NewReader(strings.Repeat("x", limit)))); w.Code != http.StatusOK || got != limit {
		t.Errorf("1 MB got %d, and %d bytes arrived", w.Code, got)
	}
	w := serve(h, httptest.NewRequest(http.MethodPut, "/api/config/text", strings.NewReader(strings.Repeat("x", limit+1))))
	if p := problemIn(t, w); w.Code != http.StatusRequestEntityTooLarge || p.Code != "too_large" || got != limit {
		t.Errorf("more than 1 MB got %d with %+v", w.Code, p)
	}
}

// A load waits for a model server longer than anything else may take.
func TestSlowAnswerOfAnActionIsWaitedFor(t *testing.T) {
	release := make(chan struct{})
	h := handlerFor(agentAt(t, http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		<-release
		io.WriteString(w, "loaded")
	})))
	answer := make(chan *httptest.ResponseRecorder, 1)
	go func() { answer <- serve(h, httptest.NewRequest(http.MethodPost, "/api/models/load", nil)) }()
	select {
	case w := <-answer:
		t.Fatalf("it was answered early: %d %s", w.Code, w.Body)
	case <-time.After(100 * time.Millisecond):
	}
	close(release)
	if w := <-answer; w.Code != http.StatusOK || w.Body.String() != "loaded" {
		t.Errorf("the answer was %d %s", w.Code, w.Body)
	}
}

// Nothing is served from the disk here, and no address leads anywhere but to the socket.
func TestWhateverIsAskedGoesToTheAgent(t *testing.T) {
	var uri, host string
	h := handlerFor(agentAt(t, http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) { uri, host = r.RequestURI, r.Host })))
	for _, target := range []string{
		"/../../etc/passwd", "/..%2f..%2fetc%2fpasswd", "/%2e%2e/token", `/..%5ctoken`, "//elsewhere.example/x", "http://elsewhere.example/x", "http://169.254.169.254/latest", "/a%0d%0aX-Evil:%20yes",
	} {
		uri, host = "", ""
		w := serve(h, httptest.NewRequest(http.MethodGet, target, nil))
		if w.Code != http.StatusOK || host != "pilotlight" || uri == "" || strings.ContainsAny(uri, "\r\n") {
			t.Errorf("%s got %d and led to %q of %q", target, w.Code, uri, host)
		}
	}
}
