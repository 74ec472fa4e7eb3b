package lmstudiotest_test

import (
	"context"
	"encoding/json"
	"io"
	"net/http"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/coder/websocket"
	"go.uber.org/goleak"

	"pilotlight/backend/source/lmstudio/lmstudiotest"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

const (
	gemma = "google/gemma-3-1b"
	qwen  = "qwen/qwen3-0.6b"
	third = "ibm/granite-4-h-1b"
	nomic = "text-embedding-nomic-embed-text-v1.5"
	token = "sk-lm-abcdefgh:01234567890123456789"
)

// patience is how long anything that must happen may take; nothing is asserted
// about how fast it does.
const patience = 20 * time.Second

func start(t *testing.T, o lmstudiotest.Options) *lmstudiotest.Server {
	t.Helper()
	if o.Models == nil {
		o.Models = lmstudiotest.SmallModels()
	}
	return lmstudiotest.Start(t, o)
}

// clock is a time that stands still until it is moved.
type clock struct {
	mu  sync.Mutex
	now time.Time
}

func newClock() *clock { return &clock{now: time.Date(2026, 11, 1, 12, 0, 0, 0, time.UTC)} }

func (c *clock) Now() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.now
}

func (c *clock) add(d time.Duration) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.now = c.now.Add(d)
}

// client keeps no connection, so that each request meets the server as it is.
var client = &http.Client{Transport: &http.Transport{DisableKeepAlives: true}}

type answer struct {
	status int
	body   string
}

func try(ctx context.Context, method, url, body string, header ...string) (answer, error) {
	request, err := http.NewRequestWithContext(ctx, method, url, strings.NewReader(body))
	if err != nil {
		return answer{}, err
	}
	for i := 0; i+1 < len(header); i += 2 {
		request.Header.Set(header[i], header[i+1])
	}
	response, err := client.Do(request)
	if err != nil {
		return answer{}, err
	}
	defer response.Body.Close()
	text, err := io.ReadAll(response.Body)
	return answer{response.StatusCode, string(text)}, err
}

func do(t *testing.T, method, url, body string, header ...string) answer {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), patience)
	defer cancel()
	got, err := try(ctx, method, url, body, header...)
	if err != nil {
		t.Fatalf("%s %s: %v", method, url, err)
	}
	return got
}

func get(t *testing.T, url string, header ...string) answer {
	t.Helper()
	return do(t, http.MethodGet, url, "", header...)
}

func post(t *testing.T, url, body string, header ...string) answer {
	t.Helper()
	return do(t, http.MethodPost, url, body, header...)
}

func (a answer) is(t *testing.T, status int, body string) {
	t.Helper()
	if a.status != status || a.body != body {
		t.Errorf("answer = %d %s\nwant     %d %s", a.status, a.body, status, body)
	}
}

func (a answer) has(t *testing.T, status int, parts ...string) {
	t.Helper()
	if a.status != status {
		t.Errorf("status = %d, want %d; body %.300s", a.status, status, a.body)
	}
	for _, part := range parts {
		if !strings.Contains(a.body, part) {
			t.Errorf("body = %.600s\nwant %s in it", a.body, part)
		}
	}
}

// ids lists the instances in memory.
func ids(s *lmstudiotest.Server) string {
	var list []string
	for _, i := range s.Instances() {
		list = append(list, i.ID)
	}
	return strings.Join(list, " ")
}

func wantIDs(t *testing.T, s *lmstudiotest.Server, want string) {
	t.Helper()
	if got := ids(s); got != want {
		t.Errorf("instances = %q, want %q", got, want)
	}
}

// eventually waits until ok is true.
func eventually(t *testing.T, what string, ok func() bool) {
	t.Helper()
	for until := time.Now().Add(patience); !ok(); time.Sleep(2 * time.Millisecond) {
		if time.Now().After(until) {
			t.Fatalf("never happened: %s", what)
		}
	}
}

func chat(model string) string {
	return `{"model":"` + model + `","messages":[{"role":"user","content":"."}],"max_tokens":1}`
}

// answeredBy is the instance that answered a chat.
func answeredBy(t *testing.T, s *lmstudiotest.Server, model string) string {
	t.Helper()
	got := post(t, s.URL()+"/v1/chat/completions", chat(model))
	var reply struct{ Model string }
	if err := json.Unmarshal([]byte(got.body), &reply); err != nil || got.status != http.StatusOK {
		t.Fatalf("chat with %q: %d %s", model, got.status, got.body)
	}
	return reply.Model
}

// socket is a WebSocket client that knows nothing of the fake's code.
type socket struct {
	t    *testing.T
	conn *websocket.Conn
}

func dial(t *testing.T, base, space string) *socket {
	t.Helper()
	c := dialAs(t, base, space, "someone", "secret")
	c.wants(`{"success":true}`)
	return c
}

func dialAs(t *testing.T, base, space, name, passkey string) *socket {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), patience)
	defer cancel()
	conn, _, err := websocket.Dial(ctx, base+"/"+space, &websocket.DialOptions{HTTPClient: client}) //nolint:bodyclose // Dial closes it
	if err != nil {
		t.Fatalf("dial /%s: %v", space, err)
	}
	t.Cleanup(func() { _ = conn.CloseNow() })
	c := &socket{t: t, conn: conn}
	c.send(`{"authVersion":1,"clientIdentifier":"` + name + `","clientPasskey":"` + passkey + `"}`)
	return c
}

func (c *socket) send(text string) {
	c.t.Helper()
	if err := c.conn.Write(c.t.Context(), websocket.MessageText, []byte(text)); err != nil {
		c.t.Fatalf("send %s: %v", text, err)
	}
}

func (c *socket) read() string {
	c.t.Helper()
	ctx, cancel := context.WithTimeout(c.t.Context(), patience)
	defer cancel()
	_, text, err := c.conn.Read(ctx)
	if err != nil {
		c.t.Fatalf("read: %v", err)
	}
	return string(text)
}

func (c *socket) wants(parts ...string) string {
	c.t.Helper()
	got := c.read()
	for _, part := range parts {
		if !strings.Contains(got, part) {
			c.t.Errorf("frame = %s\nwant %s in it", got, part)
		}
	}
	return got
}

// ends reports that the connection breaks.
func (c *socket) ends() {
	c.t.Helper()
	ctx, cancel := context.WithTimeout(c.t.Context(), patience)
	defer cancel()
	if _, text, err := c.conn.Read(ctx); err == nil || ctx.Err() != nil {
		c.t.Errorf("the connection did not end: %q, %v", text, err)
	}
}

// call makes a call and gives its answer.
func (c *socket) call(endpoint, parameter string) string {
	c.t.Helper()
	if parameter != "" {
		parameter = `,"parameter":` + parameter
	}
	c.send(`{"type":"rpcCall","endpoint":"` + endpoint + `","callId":7` + parameter + `}`)
	return c.wants(`"callId":7`)
}
