package lmstudio_test

import (
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"

	"github.com/coder/websocket"

	"pilotlight/backend"
	"pilotlight/backend/source/lmstudio"
)

// heard is a frame of the client's.
type heard struct {
	Type      string          `json:"type"`
	Endpoint  string          `json:"endpoint"`
	CallID    int             `json:"callId"`
	ChannelID int             `json:"channelId"`
	AckID     int             `json:"ackId"`
	Parameter json.RawMessage `json:"parameter"`
	Creation  json.RawMessage `json:"creationParameter"`
}

// scripted is a WebSocket server that says what a test tells it to, frame by
// frame, for what a faithful fake would never say. answer gets each frame;
// what it returns is sent; "close" ends the connection.
type scripted struct {
	canned
	answer func(ns string, f heard) []string
	auth   string // the reply to the first frame; "" accepts

	mu     sync.Mutex
	frames []string // "llm rpcCall listLoaded"
	hello  string
	dials  int
	conns  map[*websocket.Conn]bool
}

func (s *scripted) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	if r.Header.Get("Upgrade") == "" {
		s.canned.ServeHTTP(w, r)
		return
	}
	conn, err := websocket.Accept(w, r, nil)
	if err != nil {
		return
	}
	defer conn.CloseNow()
	ns := strings.TrimPrefix(r.URL.Path, "/")
	_, hello, err := conn.Read(r.Context())
	if err != nil {
		return
	}
	s.mu.Lock()
	if ns == "llm" {
		s.dials++
		s.hello = string(hello)
	}
	if s.conns == nil {
		s.conns = map[*websocket.Conn]bool{}
	}
	s.conns[conn] = true
	s.mu.Unlock()
	reply := s.auth
	if reply == "" {
		reply = `{"success":true}`
	}
	_ = conn.Write(r.Context(), websocket.MessageText, []byte(reply))
	for {
		_, b, err := conn.Read(r.Context())
		if err != nil {
			return
		}
		var f heard
		if json.Unmarshal(b, &f) != nil {
			return
		}
		s.mu.Lock()
		s.frames = append(s.frames, strings.TrimSpace(ns+" "+f.Type+" "+f.Endpoint))
		s.mu.Unlock()
		if ns == "system" && f.Endpoint == "version" { // which every connecting asks
			_ = conn.Write(r.Context(), websocket.MessageText, []byte(result(f, `{"version":"0.4.25","build":1}`)[0]))
			continue
		}
		for _, say := range s.answer(ns, f) {
			if say == "close" {
				return
			}
			_ = conn.Write(r.Context(), websocket.MessageText, []byte(say))
		}
	}
}

func (s *scripted) cut() {
	s.mu.Lock()
	defer s.mu.Unlock()
	for c := range s.conns {
		_ = c.CloseNow()
	}
	s.conns = nil
}

func (s *scripted) dialled() int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.dials
}

func (s *scripted) said(frame string) int {
	s.mu.Lock()
	defer s.mu.Unlock()
	n := 0
	for _, f := range s.frames {
		if f == frame {
			n++
		}
	}
	return n
}

func talk(t *testing.T, s *scripted, change ...func(*lmstudio.Config)) *lmstudio.Client {
	t.Helper()
	srv := httptest.NewServer(s)
	t.Cleanup(func() {
		s.cut()
		srv.Close()
	})
	cfg := lmstudio.Config{ID: "lmstudio", URL: srv.URL}
	for _, c := range change {
		c(&cfg)
	}
	return client(t, cfg)
}

func result(f heard, json string) []string {
	return []string{fmt.Sprintf(`{"type":"rpcResult","callId":%d,"result":%s}`, f.CallID, json)}
}

func idle(f heard) []string { return result(f, `{"status":"idle","queued":0}`) }

func TestProcessing(t *testing.T) {
	for name, tc := range map[string]struct {
		say  string
		want backend.Processing
		code backend.Code
	}{
		"idle":             {`{"type":"rpcResult","callId":ID,"result":{"status":"idle","queued":0}}`, backend.Processing{}, ""},
		"generating":       {`{"type":"rpcResult","callId":ID,"result":{"status":"generating","queued":2}}`, backend.Processing{Busy: true, Queued: 2}, ""},
		"prompt":           {`{"type":"rpcResult","callId":ID,"result":{"status":"processingPrompt"}}`, backend.Processing{Busy: true}, ""},
		"idle and queued":  {`{"type":"rpcResult","callId":ID,"result":{"status":"idle","queued":1}}`, backend.Processing{Busy: true, Queued: 1}, ""},
		"a state to come":  {`{"type":"rpcResult","callId":ID,"result":{"status":"dreaming","queued":"x"}}`, backend.Processing{Busy: true}, ""},
		"void":             {`{"type":"rpcResult","callId":ID}`, backend.Processing{}, backend.CodeNotFound},
		"null":             {`{"type":"rpcResult","callId":ID,"result":null}`, backend.Processing{}, backend.CodeNotFound},
		"not an object":    {`{"type":"rpcResult","callId":ID,"result":[1]}`, backend.Processing{}, backend.CodeProtocol},
		"no status":        {`{"type":"rpcResult","callId":ID,"result":{"status":5}}`, backend.Processing{}, backend.CodeProtocol},
		"not found":        {`{"type":"rpcError","callId":ID,"error":{"title":"x","displayData":{"code":"generic.noModelMatchingQuery"}}}`, backend.Processing{}, backend.CodeNotFound},
		"not found, words": {`{"type":"rpcError","callId":ID,"error":{"title":"Cannot find a model with identifier"}}`, backend.Processing{}, backend.CodeNotFound},
		"error string":     {`{"type":"rpcError","callId":ID,"error":"boom"}`, backend.Processing{}, backend.CodeProtocol},
		"error missing":    {`{"type":"rpcError","callId":ID}`, backend.Processing{}, backend.CodeProtocol},
		"unknown":          {`{"type":"rpcError","callId":ID,"error":{"title":"Unknown endpoint: x"}}`, backend.Processing{}, backend.CodeUnsupported},
		"warning":          {`{"type":"communicationWarning","warning":"Received rpcCall for unknown endpoint, endpoint = getInstanceProcessingState"}`, backend.Processing{}, backend.CodeUnsupported},
		"warning, form":    {`{"type":"communicationWarning","warning":"Received invalid parameter for rpcCall, endpointName =\n getInstanceProcessingState,\nparameter = {}"}`, backend.Processing{}, backend.CodeUnsupported},
		"broken":           {"close", backend.Processing{}, backend.CodeNetwork},
	} {
		t.Run(name, func(t *testing.T) {
			s := &scripted{answer: func(ns string, f heard) []string {
				if ns != "llm" {
					return nil
				}
				if string(f.Parameter) != `{"specifier":{"type":"query","query":{"identifier":"m"}},"throwIfNotFound":true}` {
					t.Errorf("parameter %s", f.Parameter)
				}
				return []string{strings.ReplaceAll(tc.say, "ID", fmt.Sprint(f.CallID))}
			}}
			got, err := talk(t, s).Processing(t.Context(), "m")
			wantCode(t, err, tc.code)
			if got != tc.want {
				t.Errorf("got %+v, want %+v", got, tc.want)
			}
		})
	}
}

// What a newer server may send besides must not disturb the answer.
func TestUnknownFramesAreIgnored(t *testing.T) {
	s := &scripted{answer: func(ns string, f heard) []string {
		if f.Type != "rpcCall" || ns != "llm" {
			return nil
		}
		return append([]string{
			`{"type":"keepAlive"}`, `{"type":"server.log","data":{}}`, `not json`, `[]`, `{"type":"rpcResult","callId":"x","result":{}}`,
			`{"type":"rpcResult","callId":999,"result":{"status":"generating"}}`, `{"type":"rpcResult"}`, `{"type":"channelSend"}`,
			`{"type":"channelSend","channelId":77,"message":{"type":"success"},"ackId":4}`, `{"type":"channelClose","channelId":78}`,
			`{"type":"communicationWarning","warning":"Received channelAck for unknown channel, channelId = 77"}`,
		}, idle(f)...)
	}}
	c := talk(t, s)
	for range 3 {
		if got, err := c.Processing(t.Context(), "m"); err != nil || got.Busy {
			t.Fatalf("got %+v, %v", got, err)
		}
	}
	if s.dialled() != 1 {
		t.Errorf("dialled %d times", s.dialled())
	}
	if s.said("llm keepAliveAck") == 0 || s.said("llm channelAck") == 0 {
		t.Errorf("heard %v", s.frames)
	}
}

func TestHelloCarriesTheTokensHalves(t *testing.T) {
	for tok, want := range map[string]string{
		token:              `{"authVersion":1,"clientIdentifier":"abcdefgh","clientPasskey":"01234567890123456789"}`,
		"":                 "",
		"lm-studio":        "",
		"sk-lm-short:0123": "",
		"sk-lm-abcdefgh:" + strings.Repeat("0", 21): "",
	} {
		s := &scripted{answer: func(_ string, f heard) []string { return idle(f) }}
		c := talk(t, s, func(cfg *lmstudio.Config) { cfg.Token = tok })
		if _, err := c.Processing(t.Context(), "m"); err != nil {
			t.Fatal(err)
		}
		if want != "" && s.hello != want {
			t.Errorf("hello %s", s.hello)
		}
		if want == "" && (tok != "" && strings.Contains(s.hello, tok) || len(s.hello) < 60) {
			t.Errorf("token %q: hello %s", tok, s.hello)
		}
	}
}
