package api_test

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"time"

	"pilotlight/backend"
	"pilotlight/backend/face/api"
)

// stream is an open event stream. Its methods wait.
type stream struct {
	t    *testing.T
	resp *http.Response
	in   *bufio.Reader
}

// message is one event, or a comment.
type message struct{ event, id, data, comment, retry string }

// listen opens an event stream over the socket; the test's end closes it.
func (r *rig) listen(t *testing.T, query string, headers ...string) *stream {
	t.Helper()
	transport := r.socketTransport()
	ctx, cancel := context.WithCancel(t.Context())
	req, err := http.NewRequestWithContext(ctx, "GET", "http://x/api/events"+query, nil)
	if err != nil {
		t.Fatal(err)
	}
	setHeaders(req, headers)
	resp, err := transport.RoundTrip(req)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		cancel()
		resp.Body.Close()
		transport.CloseIdleConnections()
	})
	return &stream{t, resp, bufio.NewReader(resp.Body)}
}

// next reads up to the next empty line.
func (s *stream) next() message {
	s.t.Helper()
	m, err := s.read()
	if err != nil {
		s.t.Fatalf("the stream ended: %v", err)
	}
	return m
}

func (s *stream) read() (message, error) {
	var m message
	for {
		line, err := s.in.ReadString('\n')
		if err != nil {
			return m, err
		}
		line = strings.TrimSuffix(line, "\n")
		field, value, _ := strings.Cut(line, ": ")
		switch field {
		case "":
			if line == "" {
				return m, nil
			}
			m.comment = value
		case "event":
			m.event = value
		case "id":
			m.id = value
		case "data":
			m.data = value
		case "retry":
			m.retry = value
		default:
			s.t.Errorf("odd line %q", line)
		}
	}
}

// first skips the retry line and gives the first event.
func (s *stream) first() message {
	s.t.Helper()
	if m := s.next(); m.retry == "" {
		s.t.Errorf("no retry line but %+v", m)
	}
	return s.next()
}

// end reads on until the stream ends, and says how: io.EOF is in order.
func (s *stream) end() error {
	for {
		if _, err := s.read(); err != nil {
			return err
		}
	}
}

// hub is one subscription that a test feeds.
type hub struct {
	events chan backend.Event
	replay []backend.Event
	after  chan uint64
	closed chan struct{}
	once   sync.Once
	slow   bool
}

func newHub(replay ...backend.Event) *hub {
	return &hub{events: make(chan backend.Event), after: make(chan uint64, 1), closed: make(chan struct{}), replay: replay}
}

func (h *hub) subscribe(after uint64) *api.Subscription {
	h.after <- after
	return &api.Subscription{
		Events: h.events, Replay: h.replay,
		Close:   func() { h.once.Do(func() { close(h.closed) }) },
		Dropped: func() bool { return h.slow },
	}
}

func TestEvents(t *testing.T) {
	h := newHub()
	agent := &fakeAgent{subscribe: h.subscribe, status: func() *backend.Status { return &backend.Status{Version: "now"} }}
	s := start(t, agent).listen(t, "")
	if ct := s.resp.Header.Get("Content-Type"); ct != "text/event-stream" {
		t.Errorf("Content-Type = %q", ct)
	}
	m := s.first()
	if m.event != "state" || m.id != "" || !strings.Contains(m.data, `"version":"now"`) || !strings.Contains(m.data, `"servers":[]`) {
		t.Errorf("first = %+v", m)
	}
	if after := <-h.after; after != 0 {
		t.Errorf("subscribed after %d", after)
	}
	at := backend.At(newClock().now())
	for _, c := range []struct {
		e    backend.Event
		want message
	}{
		{backend.Event{ID: 7, Kind: backend.EventState, Data: &backend.Status{Version: "next"}},
			message{event: "state", id: "7", data: `{"version":"next"`}},
		{backend.Event{ID: 8, Kind: backend.EventLoad, Data: backend.Load{ID: 3, At: at, Model: "a\nb"}},
			message{event: "load", id: "8", data: `{"id":3,"at":"2026-11-23T08:00:00.000Z","server":"","model":"a\nb"`}},
		{backend.Event{ID: 9, Kind: backend.EventNotice, Data: &backend.Notice{ID: "n", At: at}},
			message{event: "notice", id: "9", data: `{"id":"n"`}},
		{backend.Event{ID: 10, Kind: backend.EventSample, Data: &backend.Sample{At: at}},
			message{event: "sample", id: "10", data: `{"at":"2026-11-23T08:00:00.000Z","gpus":[],"processes":[]}`}},
		{backend.Event{ID: 11, Kind: backend.EventFallback, Data: backend.Fallback{}},
			message{event: "fallback", id: "11", data: `{"id":0`}},
	} {
		h.events <- c.e
		got := s.next()
		if got.event != c.want.event || got.id != c.want.id || !strings.HasPrefix(got.data, c.want.data) || !json.Valid([]byte(got.data)) {
			t.Errorf("got %+v, want %+v", got, c.want)
		}
		if strings.Contains(got.data, `"attempts":null`) || strings.Contains(got.data, `"evidence":null`) {
			t.Errorf("a list is null: %s", got.data)
		}
	}
}

func TestEventsResume(t *testing.T) {
	replay := []backend.Event{
		{ID: 4, Kind: backend.EventLoad, Data: backend.Load{ID: 1}},
		{ID: 5, Kind: backend.EventState, Data: &backend.Status{Version: "old"}},
		{ID: 6, Kind: backend.EventKeep, Data: backend.Keep{Model: "old"}},
		{ID: 7, Kind: backend.EventNotice, Data: backend.Notice{ID: "n"}},
	}
	for _, c := range []struct {
		name, query string
		headers     []string
		want        uint64
	}{
		{"header", "", []string{"Last-Event-ID: 3"}, 3},
		{"query", "?after=3", nil, 3},
		{"the header counts", "?after=9", []string{"Last-Event-ID: 3"}, 3},
		{"not an id of ours", "", []string{"Last-Event-ID: x"}, 0},
	} {
		t.Run(c.name, func(t *testing.T) {
			h := newHub(replay...)
			s := start(t, &fakeAgent{subscribe: h.subscribe}).listen(t, c.query, c.headers...)
			if after := <-h.after; after != c.want {
				t.Errorf("resumed after %d, want %d", after, c.want)
			}
			if m := s.first(); m.event != "state" || strings.Contains(m.data, "old") {
				t.Errorf("first = %+v", m)
			}
			// What is older than the state just sent must not undo it.
			if m := s.next(); m.event != "load" || m.id != "4" {
				t.Errorf("second = %+v", m)
			}
			if m := s.next(); m.event != "notice" || m.id != "7" {
				t.Errorf("third = %+v", m)
			}
		})
	}
}

func TestHeartbeat(t *testing.T) {
	r := start(t, &fakeAgent{subscribe: newHub().subscribe}, func(c *api.Config) { c.Heartbeat = time.Millisecond })
	s := r.listen(t, "")
	s.first()
	for range 3 {
		m := s.next()
		if m.comment != "heartbeat" || m.event != "heartbeat" || m.id != "" || m.data != `{"at":"2026-11-23T08:00:00.000Z"}` {
			t.Errorf("got %+v", m)
		}
	}
}

// The limit is for one write, not for the stream.
func TestStreamOutlivesTheWriteTimeout(t *testing.T) {
	r := start(t, &fakeAgent{subscribe: newHub().subscribe}, func(c *api.Config) {
		c.Heartbeat, c.WriteTimeout = 20*time.Millisecond, 50*time.Millisecond
	})
	s := r.listen(t, "")
	s.first()
	for range 10 {
		s.next()
	}
}

func TestListenerThatLeavesGivesItsPlaceBack(t *testing.T) {
	h := newHub()
	r := start(t, &fakeAgent{subscribe: h.subscribe})
	s := r.listen(t, "")
	s.first()
	s.resp.Body.Close()
	<-h.closed
}

func TestDroppedListenerIsTold(t *testing.T) {
	for _, slow := range []bool{true, false} {
		h := newHub()
		h.slow = slow
		s := start(t, &fakeAgent{subscribe: h.subscribe}).listen(t, "")
		s.first()
		close(h.events)
		m, err := s.read()
		if slow && (err != nil || !strings.HasPrefix(m.comment, "dropped")) {
			t.Errorf("got %+v, %v", m, err)
		}
		if !slow && !errors.Is(err, io.EOF) {
			t.Errorf("got %+v, %v", m, err)
		}
		<-h.closed
	}
}

// A client that stops reading fills the socket's buffers, and the next write
// runs into its deadline.
func TestListenerThatDoesNotReadIsCutOff(t *testing.T) {
	h := newHub()
	r := start(t, &fakeAgent{subscribe: h.subscribe}, func(c *api.Config) { c.WriteTimeout = 100 * time.Millisecond })
	conn, err := net.Dial("unix", r.socket)
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	fmt.Fprint(conn, "GET /api/events HTTP/1.1\r\nHost: x\r\n\r\n")
	big := backend.Notice{Text: strings.Repeat("x", 1<<20)}
	for {
		select {
		case h.events <- backend.Event{ID: 1, Kind: backend.EventNotice, Data: big}:
		case <-h.closed:
			return
		}
	}
}

func TestStreamsAreBounded(t *testing.T) {
	agent := &fakeAgent{}
	r := start(t, agent)
	var open []*stream
	for range 32 {
		s := r.listen(t, "")
		s.first()
		open = append(open, s)
	}
	wantProblem(t, r.overSocket(t, "GET", "/api/events", ""), 503, backend.CodeBusy)
	open[0].resp.Body.Close()
	for { // the server notices a little later
		s := r.listen(t, "")
		if s.resp.StatusCode == 200 {
			return
		}
		s.resp.Body.Close()
		time.Sleep(time.Millisecond)
	}
}

func TestShutdownEndsStreams(t *testing.T) {
	agent := &fakeAgent{subscribe: newHub().subscribe}
	server := api.New(api.Config{Agent: agent, History: agent})
	srv := server.HTTPServer(server.SocketHandler())
	l, err := net.Listen("unix", t.TempDir()+"/s")
	if err != nil {
		t.Fatal(err)
	}
	serve(t, srv, l)
	s := (&rig{socket: l.Addr().String()}).listen(t, "")
	s.first()
	if err := srv.Shutdown(t.Context()); err != nil {
		t.Fatal(err)
	}
	if err := s.end(); !errors.Is(err, io.EOF) {
		t.Errorf("the stream ended with %v", err)
	}
	server.EndStreams() // once more does no harm
}

func TestEventsOfAHEADRequest(t *testing.T) {
	r := start(t, &fakeAgent{subscribe: func(uint64) *api.Subscription { panic("a HEAD request needs no subscription") }})
	if got := r.overSocket(t, "HEAD", "/api/events", ""); got.StatusCode != 200 || got.body != "" {
		t.Errorf("got %d %q", got.StatusCode, got.body)
	}
}

// plainWriter can neither flush nor take deadlines.
type plainWriter struct {
	h       http.Header
	body    strings.Builder
	refused int
}

func (w *plainWriter) Header() http.Header { return w.h }
func (w *plainWriter) WriteHeader(int)     {}
func (w *plainWriter) Write(b []byte) (int, error) {
	if strings.Contains(w.body.String(), "event: load") {
		w.refused++
		return 0, errors.New("full")
	}
	w.body.Write(b)
	return len(b), nil
}

func TestEventsThroughAWriterThatCannotFlush(t *testing.T) {
	h := newHub(backend.Event{ID: 1, Kind: backend.EventKeep}, backend.Event{ID: 2, Kind: backend.EventLoad, Data: backend.Load{}})
	s := api.New(api.Config{Agent: &fakeAgent{subscribe: h.subscribe}, History: &fakeAgent{}, Heartbeat: time.Millisecond})
	w := &plainWriter{h: http.Header{}}
	// The stream goes on without flushing, until the heartbeat's write fails.
	s.SocketHandler().ServeHTTP(w, httptest.NewRequest("GET", "/api/events", nil))
	if got := w.body.String(); !strings.Contains(got, "event: state") || !strings.Contains(got, "event: load\nid: 2\n") || w.refused == 0 {
		t.Errorf("got %q, and %d writes after it", got, w.refused)
	}
}
