package lmstudiotest

import (
	"encoding/json"
	"time"
)

// channelRun plays a channel until its end; an error closes it with that.
type channelRun func(c *wsConn, ch *wsChannel) *wsError

// channel finds what plays a channel.
func (c *wsConn) channel(endpoint string, creation json.RawMessage) (channelRun, *wsError) {
	switch {
	case c.space == "system" && endpoint == "alive":
		if err := void(creation); err != nil {
			return nil, err
		}
		return alive, nil
	case c.space != "llm" && c.space != "embedding":
	case endpoint == "loadModel":
		return c.loadModel(creation)
	case endpoint == "getOrLoad":
		return c.getOrLoad(creation)
	}
	return nil, unknownEndpoint(endpoint)
}

// alive says nothing; that it breaks is the news.
func alive(c *wsConn, _ *wsChannel) *wsError {
	<-c.ctx.Done()
	return nil
}

// loadModel is an explicit load: always a new instance, no TTL unless asked
// for, never evicted.
func (c *wsConn) loadModel(creation json.RawMessage) (channelRun, *wsError) {
	var p struct {
		ModelKey   string      `json:"modelKey"`
		Identifier string      `json:"identifier"`
		TTL        int64       `json:"ttlMs"`
		Stack      configStack `json:"loadConfigStack"`
	}
	if err := json.Unmarshal(creation, &p); err != nil {
		return nil, badParameter(err)
	}
	return func(c *wsConn, ch *wsChannel) *wsError {
		m, failed := c.lookUp(p.ModelKey)
		if failed != nil {
			return failed
		}
		c.emit(ch, frame{"type": "resolved", "info": wsModelOf(m)})
		l := c.s.beginLoad(loadOrder{model: m, identifier: p.Identifier, config: p.Stack.config(), ttl: milliseconds(p.TTL)})
		info, failed := c.follow(ch, l, "progress")
		if failed == nil {
			c.emit(ch, frame{"type": "success", "info": info})
		}
		return failed
	}, nil
}

// getOrLoad loads as a request for inference would, if at all.
func (c *wsConn) getOrLoad(creation json.RawMessage) (channelRun, *wsError) {
	var p struct {
		Identifier string      `json:"identifier"`
		TTL        int64       `json:"loadTtlMs"`
		Stack      configStack `json:"loadConfigStack"`
	}
	if err := json.Unmarshal(creation, &p); err != nil {
		return nil, badParameter(err)
	}
	ttl := milliseconds(p.TTL)
	if ttl <= 0 {
		ttl = c.s.opts.JITTTL
	}
	return func(c *wsConn, ch *wsChannel) *wsError {
		if info, ok := c.loaded(p.Identifier); ok {
			c.emit(ch, frame{"type": "alreadyLoaded", "info": info})
			return nil
		}
		m, failed := c.lookUp(p.Identifier)
		if failed != nil {
			return failed
		}
		l := c.s.beginLoad(loadOrder{model: m, config: p.Stack.config(), jit: true, ttl: ttl})
		for _, info := range c.s.evictedBy(l) {
			c.emit(ch, frame{"type": "unloadingOtherJITModel", "info": info})
		}
		if l.id != "" {
			c.emit(ch, frame{"type": "startLoading", "identifier": l.id, "info": wsModelOf(m)})
		}
		info, failed := c.follow(ch, l, "loadProgress")
		if failed == nil {
			c.emit(ch, frame{"type": "loadSuccess", "info": info})
		}
		return failed
	}, nil
}

func (s *Server) evictedBy(l *load) []wsInstance {
	s.lock()
	defer s.mu.Unlock()
	var infos []wsInstance
	for _, i := range l.evicted {
		infos = append(infos, wsInstanceOf(i))
	}
	return infos
}

func milliseconds(n int64) time.Duration { return time.Duration(n) * time.Millisecond }

func (c *wsConn) lookUp(key string) (*Model, *wsError) {
	c.s.lock()
	defer c.s.mu.Unlock()
	return c.modelFor(key)
}

func (c *wsConn) loaded(name string) (wsInstance, bool) {
	c.s.lock()
	defer c.s.mu.Unlock()
	i := c.s.byID(name)
	if m := c.s.byKey(name); i == nil && m != nil {
		i = c.s.instanceOf(m)
	}
	if i == nil || i.model.Type != c.space {
		return wsInstance{}, false
	}
	return wsInstanceOf(i), true
}

// follow reports a load's progress until its end. When the client goes away
// the load goes on.
func (c *wsConn) follow(ch *wsChannel, l *load, report string) (wsInstance, *wsError) {
	c.onCancel(ch, func() { c.s.cancelLoad(l) })
	told := 0.0
	for {
		var progress float64
		var done bool
		err := c.s.await(c.ctx, func() bool {
			progress, done = l.progress, l.done
			return done || progress > told
		})
		if err != nil {
			return wsInstance{}, &wsError{Title: "Client disconnected"}
		}
		if progress > told {
			c.emit(ch, frame{"type": report, "progress": progress})
			told = progress
		}
		if !done {
			continue
		}
		c.s.lock()
		defer c.s.mu.Unlock()
		if l.err != nil {
			return wsInstance{}, &wsError{Title: loadErrorText(l.model, l.err), Cause: l.err.Error(), RootTitle: "Failed to load model"}
		}
		return wsInstanceOf(l.instance), nil
	}
}
