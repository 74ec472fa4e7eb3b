package api

import (
	"context"
	"math"
	"net/http"
	"strconv"
	"time"

	"github.com/danielgtaylor/huma/v2"

	"pilotlight/backend"
)

// LoadBody asks for a model to be loaded.
type LoadBody struct {
	Server        string `json:"server,omitempty" maxLength:"512" doc:"A server's id; the only or first one when left out"`
	Model         string `json:"model" minLength:"1" maxLength:"512" doc:"The model's key, or a part of it or of its name that fits one model only"`
	ContextLength *int   `json:"context_length,omitempty" minimum:"1" maximum:"100000000" doc:"Tokens; the server's choice when left out"`
}

// UnloadBody asks for an instance to be unloaded.
type UnloadBody struct {
	Server     string `json:"server,omitempty" maxLength:"512" doc:"A server's id; the only or first one when left out"`
	InstanceID string `json:"instance_id" minLength:"1" maxLength:"512"`
	Force      bool   `json:"force,omitempty" doc:"Unload even while it is answering someone"`
}

// CheckBody asks whether an instance still answers.
type CheckBody struct {
	Server     string `json:"server,omitempty" maxLength:"512" doc:"A server's id; the only or first one when left out"`
	InstanceID string `json:"instance_id" minLength:"1" maxLength:"512"`
}

// PauseBody says how long the keep pauses. A month is the most: whoever wants
// longer wants it off.
type PauseBody struct {
	Seconds *float64 `json:"seconds,omitempty" exclusiveMinimum:"0" maximum:"2678400" doc:"Until it is resumed when left out"`
}

// Checked says that an instance answered.
type Checked struct {
	OK bool `json:"ok"`
}

// Link is a one-time sign-in address.
type Link struct {
	URL              string  `json:"url" format:"uri"`
	ExpiresInSeconds float64 `json:"expires_in_seconds"`
}

// Health says that the agent runs, and nothing else: it needs no sign-in.
type Health struct {
	OK      bool   `json:"ok"`
	Version string `json:"version"`
}

type (
	nothing        struct{}
	answer[T any]  struct{ Body T }
	request[T any] struct{ Body T }
)

// handle registers an operation whose errors all leave as problems.
func handle[I, O any](s *Server, a huma.API, op huma.Operation, f func(context.Context, *I) (*O, error)) {
	// The body was read, and cut at its cap, before huma sees it. A read
	// deadline that is still running would end a long load: net/http cancels a
	// request's context when its background read of the connection fails.
	op.MaxBodyBytes, op.BodyReadTimeout = -1, -1
	huma.Register(a, op, func(ctx context.Context, in *I) (*O, error) {
		out, err := f(ctx, in)
		if err != nil {
			return nil, s.problem(ctx, err)
		}
		return out, nil
	})
}

// answered wraps a handler's result as an answer.
func answered[T any](v T, err error) (*answer[T], error) {
	if err != nil {
		return nil, err
	}
	return &answer[T]{Body: v}, nil
}

// operation is the part of an operation that all have.
func operation(id, method, path, tag, summary, description string) huma.Operation {
	return huma.Operation{
		OperationID: id, Method: method, Path: path, Tags: []string{tag},
		Summary: summary, Description: description,
	}
}

// register adds every operation of the API to a.
func (s *Server) register(a huma.API) {
	s.registerState(a)
	s.registerModels(a)
	s.registerKeep(a)
	s.registerHistory(a)
	s.registerFallbacks(a)
	s.registerSamples(a)
	s.registerExport(a)
	s.registerExportSamples(a)
	s.registerConfig(a)
	s.registerDoctor(a)
	s.registerSettings(a)
	s.registerLogin(a)
	s.registerSession(a)
	s.registerRights(a)
	s.registerPeers(a)
}

func (s *Server) registerState(a huma.API) {
	s.registerStatus(a)
	s.registerEvents(a)
	health := operation("get-health", http.MethodGet, "/healthz", "agent", "Is it running",
		"Needs no sign-in.")
	health.Security = []map[string][]string{}
	handle(s, a, health, func(context.Context, *nothing) (*answer[Health], error) {
		return &answer[Health]{Body: Health{OK: true, Version: s.version}}, nil
	})
}

func (s *Server) registerModels(a huma.API) {
	handle(s, a, operation("list-models", http.MethodGet, "/api/models", "models", "Every model of every server", ""),
		func(context.Context, *nothing) (*answer[backend.Page[backend.ServerModel]], error) {
			return &answer[backend.Page[backend.ServerModel]]{Body: models(s.agent.Status())}, nil
		})
	s.registerFit(a)
	handle(s, a, operation("load-model", http.MethodPost, "/api/models/load", "models", "Load a model once",
		"Answers when the load has ended, which may take minutes. The load goes on when the caller leaves."),
		func(ctx context.Context, in *request[LoadBody]) (*answer[backend.Load], error) {
			return answered(s.agent.Load(ctx, in.Body.Server, in.Body.Model, in.Body.ContextLength))
		})
	handle(s, a, operation("unload-model", http.MethodPost, "/api/models/unload", "models", "Unload an instance",
		"Refused while the instance is known to be busy, unless force is sent."),
		func(ctx context.Context, in *request[UnloadBody]) (*answer[backend.Load], error) {
			return answered(s.agent.Unload(ctx, in.Body.Server, in.Body.InstanceID, in.Body.Force))
		})
	handle(s, a, operation("check-model", http.MethodPost, "/api/models/check", "models", "Does an instance still answer",
		"Asks the instance for one token."),
		func(ctx context.Context, in *request[CheckBody]) (*answer[Checked], error) {
			return answered(Checked{OK: true}, s.agent.Check(ctx, in.Body.Server, in.Body.InstanceID))
		})
}

// models lists the models of all servers in the servers' own order.
func models(st *backend.Status) backend.Page[backend.ServerModel] {
	items := []backend.ServerModel{}
	for _, server := range complete(st).Servers {
		for _, m := range server.Models {
			items = append(items, backend.ServerModel{Server: server.ID, Model: m})
		}
	}
	return backend.Page[backend.ServerModel]{Items: items}
}

func (s *Server) registerKeep(a huma.API) {
	handle(s, a, operation("get-keep", http.MethodGet, "/api/keep", "keep", "What is kept in memory, and how it stands", ""),
		func(context.Context, *nothing) (*answer[backend.Keep], error) {
			return &answer[backend.Keep]{Body: s.agent.Status().Keep}, nil
		})
	handle(s, a, operation("set-keep", http.MethodPut, "/api/keep", "keep", "Keep a model in memory", ""),
		func(ctx context.Context, in *request[backend.Target]) (*answer[backend.Keep], error) {
			return answered(s.agent.SetKeep(ctx, in.Body))
		})
	handle(s, a, operation("release-keep", http.MethodDelete, "/api/keep", "keep", "Keep nothing any more",
		"Unloads nothing."),
		func(ctx context.Context, _ *nothing) (*answer[backend.Keep], error) {
			return answered(s.agent.Release(ctx))
		})
	handle(s, a, operation("pause-keep", http.MethodPost, "/api/keep/pause", "keep", "Pause the keep", ""),
		func(ctx context.Context, in *struct{ Body *PauseBody }) (*answer[backend.Keep], error) {
			return answered(s.agent.Pause(ctx, pauseLength(in.Body)))
		})
	handle(s, a, operation("resume-keep", http.MethodPost, "/api/keep/resume", "keep", "Resume the keep", ""),
		func(ctx context.Context, _ *nothing) (*answer[backend.Keep], error) {
			return answered(s.agent.Resume(ctx))
		})
	handle(s, a, operation("replace-kept", http.MethodPost, "/api/keep/replace", "keep", "Let the instance in the way be unloaded",
		"A person's word that the instance which is too small, or which will expire, may be replaced although nothing proves that it is idle."),
		func(ctx context.Context, _ *nothing) (*answer[backend.Keep], error) {
			return answered(s.agent.Replace(ctx))
		})
}

// pauseLength is 0 for a pause without an end. A wish for less than the
// millisecond that times are kept in still has an end.
func pauseLength(b *PauseBody) time.Duration {
	if b == nil || b.Seconds == nil {
		return 0
	}
	return time.Duration(math.Max(*b.Seconds*float64(time.Second), float64(time.Millisecond)))
}

// LoadFilter is what restricts a list of loads.
type LoadFilter struct {
	Since  backend.Time      `query:"since" format:"date-time" doc:"Only what happened at or after this time"`
	Until  backend.Time      `query:"until" format:"date-time" doc:"Only what happened before this time"`
	Server string            `query:"server" maxLength:"512" doc:"A server's id"`
	Model  string            `query:"model" maxLength:"512" doc:"A model's key"`
	Event  backend.LoadEvent `query:"event" enum:"loaded,unloaded,load_failed"`
	Cause  backend.LoadCause `query:"cause" enum:"keep_warm,user,openclaw,external,already_loaded,ttl,evicted,crashed,server_stopped,unknown"`
}

func (in *LoadFilter) query() backend.LoadQuery {
	return backend.LoadQuery{
		Since: timePtr(in.Since), Until: timePtr(in.Until),
		Server: in.Server, Model: in.Model, Event: in.Event, Cause: in.Cause,
	}
}

// loadsInput selects a page of the load history.
type loadsInput struct {
	LoadFilter
	Limit  int   `query:"limit" minimum:"1" maximum:"1000" doc:"Rows of a page; the store's choice when left out"`
	Before int64 `query:"before" minimum:"1" doc:"The next of the page before"`
}

func (s *Server) registerHistory(a huma.API) {
	handle(s, a, operation("list-loads", http.MethodGet, "/api/loads", "history", "Loads and unloads, newest first", ""),
		func(ctx context.Context, in *loadsInput) (*answer[backend.Page[backend.Load]], error) {
			q := in.query()
			q.Limit, q.Before = in.Limit, in.Before
			page, err := s.history.Loads(ctx, q)
			page.Items = list(page.Items)
			return answered(page, err)
		})
}

// secondsText is a whole number of seconds for a header.
func secondsText(d time.Duration) string { return strconv.Itoa(int(d / time.Second)) }
