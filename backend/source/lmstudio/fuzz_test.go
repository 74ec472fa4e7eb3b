package lmstudio_test

import (
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/coder/websocket"

	"pilotlight/backend/source/lmstudio"
)

// FuzzFrame gives frames of the WebSocket API to a real connection on which a call
// and a load wait. Each is ended at most once and by nothing but its own frame, a
// load's progress stays between 0 and 1, and nothing makes the reader wait.
func FuzzFrame(f *testing.F) {
	for _, s := range []string{
		`{"type":"rpcResult","callId":1,"result":[{"identifier":"a"}]}`, `{"type":"rpcError","callId":1,"error":{"title":"No such model"}}`,
		`{"type":"channelSend","channelId":2,"ackId":1,"message":{"type":"progress","progress":0.5}}`, `{"type":"channelClose","channelId":2}`,
		`{"type":"channelSend","channelId":2,"message":{"type":"success","info":{"identifier":"a"}}}` + "\n" + `{"type":"channelClose","channelId":2}`,
		`{"type":"channelError","channelId":2,"error":"out of memory"}`, `{"type":"keepAlive"}`, `{"type":"rpcResult","callId":1e9}`,
		`{"type":"communicationWarning","warning":"Received rpcCall for unknown endpoint, endpoint = version"}`,
	} {
		f.Add([]byte(s))
	}
	srv := httptest.NewServer(http.HandlerFunc(greets))
	f.Cleanup(srv.Close)
	c, err := lmstudio.OpenFrames(f.Context(), "ws"+strings.TrimPrefix(srv.URL, "http"))
	if err != nil {
		f.Fatal(err)
	}
	f.Cleanup(c.Close)
	f.Fuzz(func(t *testing.T, b []byte) {
		got := c.Feed(strings.Split(string(b), "\n"))
		if p := got.Progress; p != nil && !(*p >= 0 && *p <= 1) {
			t.Fatalf("progress %v", *p)
		}
		if !utf8.ValidString(got.Said) {
			t.Fatalf("the server's words are %q", got.Said)
		}
	})
}

// greets lets a client in and reads what it says.
func greets(w http.ResponseWriter, r *http.Request) {
	conn, err := websocket.Accept(w, r, nil)
	if err != nil {
		return
	}
	defer conn.CloseNow()
	if _, _, err := conn.Read(r.Context()); err != nil {
		return
	}
	if conn.Write(r.Context(), websocket.MessageText, []byte(`{"success":true}`)) != nil {
		return
	}
	for {
		if _, _, err := conn.Read(r.Context()); err != nil {
			return
		}
	}
}
