package lmstudiotest

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/coder/websocket"
)

// The WebSocket protocol is the one of lmstudio-js (lms-communication and
// lms-external-backend-interfaces), as @lmstudio/sdk 1.5.0 speaks it.

// namespaces are the paths that take WebSockets. Only the first three have
// endpoints here.
var namespaces = []string{"llm", "embedding", "system", "diagnostics", "files", "repository", "plugins", "runtime"}

// maxFrame is the longest frame that is read, in bytes.
const maxFrame = 1 << 20

// wsConn is one connection to one namespace.
type wsConn struct {
	s        *Server
	space    string
	internal bool
	conn     *websocket.Conn
	ctx      context.Context
	tasks    sync.WaitGroup

	mu       sync.Mutex
	channels map[int]*wsChannel
}

// wsChannel is an open channel; cancel is what the client's "cancel" does.
type wsChannel struct {
	id     int
	cancel func()
}

// clientFrame is any frame of a client.
type clientFrame struct {
	Type      string          `json:"type"`
	Endpoint  string          `json:"endpoint"`
	CallID    int             `json:"callId"`
	ChannelID int             `json:"channelId"`
	AckID     *int            `json:"ackId"`
	Parameter json.RawMessage `json:"parameter"`
	Creation  json.RawMessage `json:"creationParameter"`
	Message   struct {
		Type string `json:"type"`
	} `json:"message"`
}

// frame is a frame of the server.
type frame map[string]any

// wsError is the error of a call or a channel.
type wsError struct {
	Title      string `json:"title"`
	Cause      string `json:"cause,omitempty"`
	Suggestion string `json:"suggestion,omitempty"`
	Display    any    `json:"displayData,omitempty"`
	RootTitle  string `json:"rootTitle,omitempty"`
}

func (e *wsError) Error() string { return e.Title }

// websocket serves a WebSocket for as long as it lives, and reports whether the
// request was for one.
func (s *Server) websocket(w http.ResponseWriter, r *http.Request, internal bool) bool {
	space := strings.TrimPrefix(r.URL.Path, "/")
	if s.opts.NoWebSocket || !slices.Contains(namespaces, space) ||
		!strings.EqualFold(r.Header.Get("Upgrade"), "websocket") {
		return false
	}
	conn, err := websocket.Accept(w, r, &websocket.AcceptOptions{InsecureSkipVerify: true})
	if err != nil {
		return true // the library has answered
	}
	conn.SetReadLimit(maxFrame)
	ctx, cancel := context.WithCancel(r.Context())
	c := &wsConn{s: s, space: space, internal: internal, conn: conn, ctx: ctx, channels: make(map[int]*wsChannel)}
	if c.authenticate() {
		c.serve()
	}
	cancel()
	_ = conn.CloseNow()
	c.tasks.Wait()
	return true
}

// authenticate reads the first frame. With a token demanded its two halves must
// be the client's name and passkey; otherwise any pair will do.
func (c *wsConn) authenticate() bool {
	ctx, cancel := context.WithTimeout(c.ctx, 10*time.Second)
	defer cancel()
	_, text, err := c.conn.Read(ctx)
	if err != nil {
		return false
	}
	var auth struct {
		Version    int    `json:"authVersion"`
		Identifier string `json:"clientIdentifier"`
		Passkey    string `json:"clientPasskey"`
	}
	problem := ""
	switch want := c.s.demanded(); {
	case json.Unmarshal(text, &auth) != nil || auth.Version != 1 || auth.Identifier == "" ||
		len(auth.Identifier) > 256 || len(auth.Passkey) > 256:
		problem = "Invalid authentication packet"
	case want != "" && "sk-lm-"+auth.Identifier+":"+auth.Passkey != want:
		problem = "Invalid API token"
	}
	if problem != "" {
		c.send(frame{"success": false, "error": problem})
		_ = c.conn.Close(websocket.StatusPolicyViolation, "")
		return false
	}
	c.send(frame{"success": true})
	return true
}

func (c *wsConn) serve() {
	for {
		_, text, err := c.conn.Read(c.ctx)
		if err != nil {
			return
		}
		var f clientFrame
		if err := json.Unmarshal(text, &f); err != nil {
			c.send(frame{"type": "communicationWarning", "warning": "Received an invalid message"})
			continue
		}
		c.handle(f)
	}
}

// handle notes a frame and answers it, unless answers hang at the moment.
func (c *wsConn) handle(f clientFrame) {
	hang := c.s.faultFor("/"+c.space) == FaultHang
	switch f.Type {
	case "rpcCall":
		c.note(KindRPC, f.Endpoint)
	case "channelCreate":
		c.note(KindChannel, f.Endpoint)
	case "communicationWarning": // how a client says that a frame of ours was wrong
		c.note(KindWarning, f.Type)
	}
	if !hang {
		c.reply(f)
	}
}

func (c *wsConn) reply(f clientFrame) {
	switch f.Type {
	case "keepAlive":
		c.send(frame{"type": "keepAliveAck"})
	case "rpcCall":
		result, err := c.call(f.Endpoint, f.Parameter)
		switch {
		case err != nil:
			c.send(frame{"type": "rpcError", "callId": f.CallID, "error": err})
		case result == nil:
			c.send(frame{"type": "rpcResult", "callId": f.CallID})
		default:
			c.send(frame{"type": "rpcResult", "callId": f.CallID, "result": result})
		}
	case "channelCreate":
		c.openChannel(f)
	case "channelSend":
		if f.AckID != nil {
			c.send(frame{"type": "channelAck", "channelId": f.ChannelID, "ackId": *f.AckID})
		}
		if f.Message.Type == "cancel" {
			c.cancelChannel(f.ChannelID)
		}
	case "channelAck", "communicationWarning":
	default:
		c.send(frame{"type": "communicationWarning", "warning": "Received a message of an unknown type"})
	}
}

func (c *wsConn) note(kind, endpoint string) {
	c.s.requests.add(Request{Kind: kind, Path: c.space + "/" + endpoint, Internal: c.internal, At: c.s.opts.Now()})
}

// send writes a frame; a client that takes nothing for ten seconds is cut off.
func (c *wsConn) send(f frame) {
	text, err := json.Marshal(f)
	if err != nil {
		panic("lmstudiotest: " + err.Error())
	}
	ctx, cancel := context.WithTimeout(c.ctx, 10*time.Second)
	defer cancel()
	_ = c.conn.Write(ctx, websocket.MessageText, text)
}

// maxChannels bounds what one connection may have open.
const maxChannels = 256

func (c *wsConn) openChannel(f clientFrame) {
	fail := func(err *wsError) {
		c.send(frame{"type": "channelError", "channelId": f.ChannelID, "error": err})
	}
	run, err := c.channel(f.Endpoint, f.Creation)
	if err != nil {
		fail(err)
		return
	}
	c.mu.Lock()
	_, taken := c.channels[f.ChannelID]
	full := len(c.channels) >= maxChannels
	ch := &wsChannel{id: f.ChannelID}
	if !taken && !full {
		c.channels[f.ChannelID] = ch
	}
	c.mu.Unlock()
	if taken || full {
		fail(&wsError{Title: fmt.Sprintf("Cannot open channel %d", f.ChannelID)})
		return
	}
	c.tasks.Go(func() {
		err := run(c, ch)
		c.mu.Lock()
		delete(c.channels, ch.id)
		c.mu.Unlock()
		if err != nil {
			fail(err)
			return
		}
		c.send(frame{"type": "channelClose", "channelId": ch.id})
	})
}

// onCancel says what the client's "cancel" does from now on.
func (c *wsConn) onCancel(ch *wsChannel, do func()) {
	c.mu.Lock()
	defer c.mu.Unlock()
	ch.cancel = do
}

func (c *wsConn) cancelChannel(id int) {
	c.mu.Lock()
	var do func()
	if ch := c.channels[id]; ch != nil {
		do = ch.cancel
	}
	c.mu.Unlock()
	if do != nil {
		do()
	}
}

// emit sends a channel's message.
func (c *wsConn) emit(ch *wsChannel, message frame) {
	c.send(frame{"type": "channelSend", "channelId": ch.id, "message": message})
}
