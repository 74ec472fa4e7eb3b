package lmstudio

import "encoding/json"

// channel is an open channel. Only the newest message matters while the
// receiver is busy, so both queues hold one.
type channel struct {
	endpoint string
	progress chan float64
	result   chan rpcReply
}

// open opens a channel. Its end comes on result, which also tells of a broken
// connection: the reader closes the connection before it fails what waits, so
// what it does not fail cannot be written.
func (c *conn) open(endpoint string, param any) (*channel, error) {
	ch := &channel{endpoint: endpoint, progress: make(chan float64, 1), result: make(chan rpcReply, 1)}
	c.mu.Lock()
	if c.misfit[endpoint] {
		c.mu.Unlock()
		return nil, errMisfit
	}
	c.nextID++
	id := c.nextID
	c.chans[id] = ch
	c.mu.Unlock()
	if err := c.write(channelCreate{"channelCreate", endpoint, id, param}); err != nil {
		c.mu.Lock()
		delete(c.chans, id)
		c.mu.Unlock()
		return nil, err
	}
	return ch, nil
}

// onMessage takes a message of a load: progress or success. Others mean that
// it goes on.
func (c *conn) onMessage(id *int, raw json.RawMessage) {
	var m struct {
		Type     looseString     `json:"type"`
		Progress looseNumber     `json:"progress"`
		Info     json.RawMessage `json:"info"`
	}
	if id == nil || !object(raw, &m) {
		return
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	ch, ok := c.chans[*id]
	if !ok {
		return
	}
	switch {
	case m.Type == "success":
		delete(c.chans, *id)
		c.worked = true
		ch.result <- rpcReply{result: m.Info}
	case m.Type == "progress" && m.Progress.OK:
		select { // the newest replaces one that nobody took
		case <-ch.progress:
		default:
		}
		ch.progress <- min(max(m.Progress.Value, 0), 1)
	}
}

func (c *conn) endChannel(id *int, r rpcReply) {
	if id == nil {
		return
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	if ch, ok := c.chans[*id]; ok {
		delete(c.chans, *id)
		ch.result <- r
	}
}
