package api

import (
	"context"
	"encoding/json"
	"errors"
	"net/http"
	"strconv"
	"time"

	"github.com/danielgtaylor/huma/v2"
	"github.com/danielgtaylor/huma/v2/adapters/humago"

	"pilotlight/backend"
)

const (
	// maxStreams bounds the subscribers: a browser tab, the window, the tray
	// and a few scripts, not more.
	maxStreams = 32
	// maxHeartbeat is the contract's: a client may take a stream that was
	// silent for longer as broken.
	maxHeartbeat = 15 * time.Second
	// defaultHeartbeat leaves room for a late timer.
	defaultHeartbeat = 10 * time.Second
	// retryMillis tells an EventSource when to come back.
	retryMillis = 2000
)

// Heartbeat says that the stream lives. It is an event and not only a comment
// because an EventSource hides comments from the page.
type Heartbeat struct {
	At backend.Time `json:"at" format:"date-time"`
}

type eventsInput struct {
	LastEventID string `header:"Last-Event-ID" doc:"Resume after this id; what an EventSource sends by itself"`
	After       uint64 `query:"after" doc:"The same for clients that cannot set the header"`
}

// after is the id to resume from. An id that is not one of ours resumes
// nothing: an EventSource repeats whatever it was given, by whomever.
func (in *eventsInput) after() uint64 {
	if in.LastEventID == "" {
		return in.After
	}
	id, err := strconv.ParseUint(in.LastEventID, 10, 64)
	if err != nil {
		return 0
	}
	return id
}

func (s *Server) registerEvents(a huma.API) {
	op := operation("get-events", http.MethodGet, "/api/events", "agent", "What happens, as it happens",
		"Server-sent events. The first is the present state, without an id; then what was missed since the id to resume from, "+
			"then what happens. A heartbeat comes at least every 15 seconds. A subscriber that is too slow is cut off and may resume.")
	op.Responses = map[string]*huma.Response{"200": {
		Description: "A stream that ends when either side leaves",
		Content:     map[string]*huma.MediaType{"text/event-stream": {Schema: eventSchema(a)}},
	}}
	handle(s, a, op, func(_ context.Context, in *eventsInput) (*huma.StreamResponse, error) {
		return &huma.StreamResponse{Body: func(ctx huma.Context) {
			r, w := humago.Unwrap(ctx)
			s.serveEvents(w, r, in.after())
		}}, nil
	})
}

// serveEvents streams if there is a place left.
func (s *Server) serveEvents(w http.ResponseWriter, r *http.Request, after uint64) {
	defer s.streams.Add(-1)
	if s.streams.Add(1) > maxStreams {
		refuse(w, http.StatusServiceUnavailable, backend.CodeBusy,
			"Too many programs and pages are listening to events already.",
			"Close dashboard tabs that you do not need, and try again.")
		return
	}
	s.stream(w, r, after)
}

// eventSchema describes the stream as a list of messages, each a kind and the
// object it carries, so that generated clients get the types.
func eventSchema(a huma.API) *huma.Schema {
	kinds := []struct {
		kind string
		data *huma.Schema
	}{
		{string(backend.EventState), schemaOf[backend.Status](a)},
		{string(backend.EventLoad), schemaOf[backend.Load](a)},
		{string(backend.EventKeep), schemaOf[backend.Keep](a)},
		{string(backend.EventNotice), schemaOf[backend.Notice](a)},
		{string(backend.EventFallback), schemaOf[backend.Fallback](a)},
		{string(backend.EventSample), schemaOf[backend.Sample](a)},
		{string(backend.EventConfig), schemaOf[backend.ConfigNews](a)},
		{"heartbeat", schemaOf[Heartbeat](a)},
	}
	var messages []*huma.Schema
	for _, k := range kinds {
		messages = append(messages, &huma.Schema{
			Title: k.kind, Type: huma.TypeObject, Required: []string{"event", "data"},
			Properties: map[string]*huma.Schema{
				"event": {Type: huma.TypeString, Enum: []any{k.kind}},
				"id":    {Type: huma.TypeInteger, Description: "Grows by one; left out where nothing can be resumed"},
				"data":  k.data,
			},
		})
	}
	return &huma.Schema{Type: huma.TypeArray, Items: &huma.Schema{OneOf: messages}}
}

// stream writes events until either side leaves.
func (s *Server) stream(w http.ResponseWriter, r *http.Request, after uint64) {
	w.Header().Set("Content-Type", "text/event-stream")
	w.WriteHeader(http.StatusOK)
	if r.Method == http.MethodHead {
		return
	}

	// The subscription comes before the snapshot: an event in between is then
	// told twice, never lost.
	sub := s.agent.Subscribe(after)
	defer sub.Close()
	rights := rightsOf(r.Context())
	out := &eventWriter{w: w, control: http.NewResponseController(w), status: s.snapshotFor(rights), rights: rights}
	out.text("retry: " + strconv.Itoa(retryMillis) + "\n\n")
	out.event(0, backend.EventState, s.agent.Status())
	for _, e := range sub.Replay {
		// An old state or keep would undo the one just sent.
		if e.Kind != backend.EventState && e.Kind != backend.EventKeep {
			out.event(e.ID, e.Kind, e.Data)
		}
	}
	s.passOn(r.Context(), out, sub)
	if out.err != nil {
		s.log.DebugContext(r.Context(), "event stream ended", "error", out.err.Error())
	}
}

// passOn writes what happens, with heartbeats.
func (s *Server) passOn(ctx context.Context, out *eventWriter, sub *Subscription) {
	beat := time.NewTicker(s.heartbeat)
	defer beat.Stop()
	for out.flush() == nil {
		select {
		case <-ctx.Done():
			return
		case <-s.ended:
			return
		case <-beat.C:
			out.text(": heartbeat\n")
			out.event(0, "heartbeat", Heartbeat{At: backend.At(s.now())})
		case e, open := <-sub.Events:
			if !open {
				s.sayWhy(out, sub)
				return
			}
			out.event(e.ID, e.Kind, e.Data)
		}
	}
}

// sayWhy leaves a comment for whoever looks at a stream that the hub ended.
func (s *Server) sayWhy(out *eventWriter, sub *Subscription) {
	if sub.Dropped != nil && sub.Dropped() {
		out.text(": dropped, too slow: connect again to resume\n\n")
		_ = out.flush()
	}
}

// eventWriter writes server-sent events and remembers the first error.
type eventWriter struct {
	w       http.ResponseWriter // gives every write its deadline
	control *http.ResponseController
	status  *statusCache
	rights  backend.Rights
	err     error
}

// event writes one event; an id of 0 is none. What a config became is in its
// event, as a diff, so that who may only look does not get it.
func (o *eventWriter) event(id uint64, kind backend.EventKind, data any) {
	if kind == backend.EventConfig && o.rights == backend.RightsRead {
		return
	}
	b, err := o.encode(data)
	if err != nil {
		o.fail(err)
		return
	}
	line := make([]byte, 0, len(b)+64)
	line = append(line, "event: "...)
	line = append(line, kind...)
	if id != 0 {
		line = append(line, "\nid: "...)
		line = strconv.AppendUint(line, id, 10)
	}
	line = append(line, "\ndata: "...)
	line = append(line, b...)
	o.write(append(line, "\n\n"...))
}

// encode gives an event's data as JSON, with every list there. JSON text has no
// line breaks, so it is one data line.
func (o *eventWriter) encode(data any) ([]byte, error) {
	switch v := data.(type) {
	case *backend.Status:
		return o.status.encode(v)
	case backend.Status:
		return o.status.encode(&v)
	case *backend.Sample:
		data = completeSample(v)
	case backend.Sample:
		data = completeSample(&v)
	case *backend.Fallback:
		data = completeFallback(v)
	case backend.Fallback:
		data = completeFallback(&v)
	}
	return json.Marshal(data)
}

func (o *eventWriter) text(s string) { o.write([]byte(s)) }

func (o *eventWriter) write(b []byte) {
	if o.err != nil {
		return
	}
	if _, err := o.w.Write(b); err != nil {
		o.fail(err)
	}
}

// flush sends what was written. A writer that cannot flush sends it when it
// likes, which is its own business.
func (o *eventWriter) flush() error {
	if o.err == nil {
		if err := o.control.Flush(); err != nil && !errors.Is(err, http.ErrNotSupported) {
			o.fail(err)
		}
	}
	return o.err
}

func (o *eventWriter) fail(err error) {
	if o.err == nil {
		o.err = err
	}
}
