package watch_test

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"pilotlight/backend"
	"pilotlight/backend/rule/watch"
)

var noon = time.Date(2026, 11, 22, 12, 0, 0, 0, time.UTC)

// scene is one server being watched: what the test makes it show, and the
// history that follows, a row written as "loaded qwen external".
type scene struct {
	t     *testing.T
	state watch.State
	now   time.Time
	rows  []backend.Load
}

func newScene(t *testing.T, open ...backend.Load) *scene {
	t.Helper()
	return &scene{t: t, now: noon, state: watch.New(backend.Server{ID: "mac", Name: "LM Studio"}, open)}
}

// after lets time pass; less than nothing is a clock set back.
func (c *scene) after(d time.Duration) *scene { c.now = c.now.Add(d); return c }

func (c *scene) observe(o backend.Observation) {
	o.Server, o.At = "mac", c.now
	var rows []backend.Load
	c.state, rows = c.state.Observe(o)
	c.rows = append(c.rows, rows...)
}

// lists is a look that brings a complete list with these instances loaded.
func (c *scene) lists(loaded ...backend.Instance) {
	c.observe(backend.Observation{State: backend.ServerUp, API: backend.APIv1, Listed: true, Models: models(loaded...)})
}

// tells is the same with what only the WebSocket knows.
func (c *scene) tells(loaded ...backend.Instance) {
	c.observe(backend.Observation{State: backend.ServerUp, Listed: true, Detailed: true, Models: models(loaded...)})
}

// is a look that brings no list.
func (c *scene) is(state backend.ServerState) { c.observe(backend.Observation{State: state}) }

// gone is the two looks that make an unload.
func (c *scene) gone(left ...backend.Instance) {
	c.after(5 * time.Second).lists(left...)
	c.after(watch.ConfirmIn).lists(left...)
}

func (c *scene) starts(model string, context int) {
	c.state = c.state.LoadStarted(backend.LoadRequest{Model: model, ContextLength: &context}, backend.CauseKeepWarm, c.now)
}

func (c *scene) ends(model, id string, err error) {
	res := backend.LoadResult{InstanceID: id}
	var rows []backend.Load
	c.state, rows = c.state.LoadEnded(model, res, err, c.now)
	c.rows = append(c.rows, rows...)
}

// history is checked row by row, and each scene ends with it.
func (c *scene) history(want ...string) {
	c.t.Helper()
	var got []string
	for _, r := range c.rows {
		got = append(got, strings.Join(strings.Fields(fmt.Sprintf("%s %s %s", r.Event, r.InstanceID, r.Cause)), " "))
	}
	if !slices.Equal(got, want) {
		c.t.Errorf("history\n got %q\nwant %q", got, want)
	}
	for _, r := range c.rows {
		if r.Server != "mac" || r.Model == "" || r.At.IsZero() {
			c.t.Errorf("row without server, model or time: %+v", r)
		}
	}
}

// holds checks which instances are believed to be in memory.
func (c *scene) holds(want ...string) {
	c.t.Helper()
	var got []string
	for _, m := range c.state.Server().Models {
		for _, i := range m.Instances {
			got = append(got, i.ID)
		}
	}
	if !slices.Equal(got, want) {
		c.t.Errorf("believed in memory %q, want %q", got, want)
	}
}

func (c *scene) instance(id string) backend.Instance {
	c.t.Helper()
	for _, m := range c.state.Server().Models {
		for _, i := range m.Instances {
			if i.ID == id {
				return i
			}
		}
	}
	c.t.Fatalf("%s is not believed to be in memory", id)
	return backend.Instance{}
}

// models is what the server has: two LLMs and an embedding model. An instance
// belongs to the model that its id begins with.
func models(loaded ...backend.Instance) []backend.Model {
	size, longest := int64(40e9), 131072
	list := []backend.Model{
		{Key: "qwen", Name: "Qwen", Type: backend.TypeLLM, SizeBytes: &size, MaxContextLength: &longest},
		{Key: "gemma", Name: "Gemma", Type: backend.TypeLLM},
		{Key: "nomic", Name: "Nomic Embed", Type: backend.TypeEmbedding},
	}
	for _, i := range loaded {
		for k := range list {
			if strings.HasPrefix(i.ID, list[k].Key) {
				list[k].Instances = append(list[k].Instances, i)
			}
		}
	}
	return list
}

// one is an instance of which only the id and the context are known, as REST
// tells it.
func one(id string) backend.Instance {
	context := 8192
	return backend.Instance{ID: id, ContextLength: &context}
}

func context(i backend.Instance, n int) backend.Instance { i.ContextLength = &n; return i }

func reference(i backend.Instance, ref string) backend.Instance { i.Reference = ref; return i }

// explicit was loaded on purpose, and the server said so.
func explicit(id string) backend.Instance {
	i, yes := one(id), true
	i.Explicit = &yes
	return i
}

// jit was loaded by a request, last used at a moment, with a TTL.
func jit(id string, used time.Time, ttl time.Duration) backend.Instance {
	i, no, sec := one(id), false, ttl.Seconds()
	i.Explicit, i.TTLSeconds = &no, &sec
	i.LastUsedAt, i.ExpiresAt = backend.AtPtr(used), backend.AtPtr(used.Add(ttl))
	return i
}

// row is a row of the history that an earlier run of Pilotlight left open.
func row(id string, cause backend.LoadCause) backend.Load {
	context := 8192
	return backend.Load{
		Server: "mac", Model: "qwen", InstanceID: id, Event: backend.Loaded, Cause: cause,
		At: backend.At(noon.Add(-time.Hour)), ContextActual: &context,
	}
}

var (
	errLost   = &backend.Error{Code: backend.CodeTimeout, Message: "No answer in time."}
	errFailed = &backend.Error{Code: backend.CodeLoadFailed, Message: "The engine died."}
	errPlain  = errors.New("plain")
)
