package api

import (
	"context"
	"net/http"
	"time"

	"github.com/danielgtaylor/huma/v2"

	"pilotlight/backend"
)

// Peers is what the API needs for other Pilotlights. A peer is named by its id,
// or by its name where only one has it; not_found otherwise.
type Peers interface {
	// AddPeer asks the other Pilotlight before it is kept: the error says why it
	// cannot be reached or does not take the token. Refused are this Pilotlight
	// itself and one that is there already.
	AddPeer(ctx context.Context, w backend.PeerWish) (backend.Peer, error)
	ChangePeer(ctx context.Context, peer string, c backend.PeerChange) (backend.Peer, error)
	RemovePeer(ctx context.Context, peer string) error
	// Remote gives the hands on a peer; refused where its token only looks.
	Remote(ctx context.Context, peer string) (Remote, error)
	// PeerModels lists all its models, as they are now.
	PeerModels(ctx context.Context, peer string) (backend.Page[backend.ServerModel], error)
}

// Remote acts on another Pilotlight: its methods are an Agent's, over there.
type Remote interface {
	SetKeep(ctx context.Context, t backend.Target) (backend.Keep, error)
	Release(ctx context.Context) (backend.Keep, error)
	Pause(ctx context.Context, length time.Duration) (backend.Keep, error)
	Resume(ctx context.Context) (backend.Keep, error)
	Load(ctx context.Context, server, model string, contextLength *int) (backend.Load, error)
	Unload(ctx context.Context, server, instanceID string, force bool) (backend.Load, error)
}

// toPeer names a peer in a path, toPeerWith one with a body.
type toPeer struct {
	ID string `path:"id" maxLength:"64" doc:"The peer's id"`
}

type toPeerWith[T any] struct {
	ID   string `path:"id" maxLength:"64" doc:"The peer's id"`
	Body T
}

func (s *Server) registerPeers(a huma.API) {
	handle(s, a, operation("list-peers", http.MethodGet, "/api/peers", "peers", "Other Pilotlights, as last seen", ""),
		func(context.Context, *nothing) (*answer[backend.Page[backend.Peer]], error) {
			return &answer[backend.Page[backend.Peer]]{Body: backend.Page[backend.Peer]{Items: list(s.agent.Status().Peers)}}, nil
		})
	handle(s, a, operation("add-peer", http.MethodPost, "/api/peers", "peers", "Add another Pilotlight",
		"It is asked first, and kept only when it answers and takes the token."),
		func(ctx context.Context, in *request[backend.PeerWish]) (*answer[backend.Peer], error) {
			return answered(s.agent.AddPeer(ctx, in.Body))
		})
	handle(s, a, operation("change-peer", http.MethodPatch, "/api/peers/{id}", "peers", "Rename it, or give another token", ""),
		func(ctx context.Context, in *toPeerWith[backend.PeerChange]) (*answer[backend.Peer], error) {
			return answered(s.agent.ChangePeer(ctx, in.ID, in.Body))
		})
	handle(s, a, operation("remove-peer", http.MethodDelete, "/api/peers/{id}", "peers", "Look at it no more",
		"Its token is forgotten. Nothing changes there."),
		func(ctx context.Context, in *toPeer) (*answer[Checked], error) {
			return answered(Checked{OK: true}, s.agent.RemovePeer(ctx, in.ID))
		})
	handle(s, a, operation("list-peer-models", http.MethodGet, "/api/peers/{id}/models", "peers", "Every model over there", ""),
		func(ctx context.Context, in *toPeer) (*answer[backend.Page[backend.ServerModel]], error) {
			page, err := s.agent.PeerModels(ctx, in.ID)
			page.Items = list(page.Items)
			for i := range page.Items {
				page.Items[i].Instances = list(page.Items[i].Instances)
			}
			return answered(page, err)
		})
	s.registerPeerKeep(a)
	s.registerPeerModels(a)
}

// registerPeerKeep is the fixed set of what can be done to a peer's keep.
func (s *Server) registerPeerKeep(a huma.API) {
	handle(s, a, operation("set-peer-keep", http.MethodPut, "/api/peers/{id}/keep", "peers", "Keep a model in memory there", "Needs a token with full rights."),
		func(ctx context.Context, in *toPeerWith[backend.Target]) (*answer[backend.Keep], error) {
			return onPeer(ctx, s, in.ID, func(r Remote) (backend.Keep, error) { return r.SetKeep(ctx, in.Body) })
		})
	handle(s, a, operation("release-peer-keep", http.MethodDelete, "/api/peers/{id}/keep", "peers", "Keep nothing there any more", "Unloads nothing."),
		func(ctx context.Context, in *toPeer) (*answer[backend.Keep], error) {
			return onPeer(ctx, s, in.ID, func(r Remote) (backend.Keep, error) { return r.Release(ctx) })
		})
	handle(s, a, operation("pause-peer-keep", http.MethodPost, "/api/peers/{id}/keep/pause", "peers", "Pause its keep", ""),
		func(ctx context.Context, in *toPeerWith[*PauseBody]) (*answer[backend.Keep], error) {
			return onPeer(ctx, s, in.ID, func(r Remote) (backend.Keep, error) { return r.Pause(ctx, pauseLength(in.Body)) })
		})
	handle(s, a, operation("resume-peer-keep", http.MethodPost, "/api/peers/{id}/keep/resume", "peers", "Resume its keep", ""),
		func(ctx context.Context, in *toPeer) (*answer[backend.Keep], error) {
			return onPeer(ctx, s, in.ID, func(r Remote) (backend.Keep, error) { return r.Resume(ctx) })
		})
}

// registerPeerModels is the same for its models.
func (s *Server) registerPeerModels(a huma.API) {
	handle(s, a, operation("load-peer-model", http.MethodPost, "/api/peers/{id}/models/load", "peers", "Load a model there once",
		"Answers when the load has ended, which may take minutes. The load goes on when the caller leaves."),
		func(ctx context.Context, in *toPeerWith[LoadBody]) (*answer[backend.Load], error) {
			return onPeer(ctx, s, in.ID, func(r Remote) (backend.Load, error) {
				return r.Load(ctx, in.Body.Server, in.Body.Model, in.Body.ContextLength)
			})
		})
	handle(s, a, operation("unload-peer-model", http.MethodPost, "/api/peers/{id}/models/unload", "peers", "Unload an instance there",
		"Refused while the instance is known to be busy, unless force is sent."),
		func(ctx context.Context, in *toPeerWith[UnloadBody]) (*answer[backend.Load], error) {
			return onPeer(ctx, s, in.ID, func(r Remote) (backend.Load, error) {
				return r.Unload(ctx, in.Body.Server, in.Body.InstanceID, in.Body.Force)
			})
		})
}

// onPeer does one thing over there.
func onPeer[T any](ctx context.Context, s *Server, id string, do func(Remote) (T, error)) (*answer[T], error) {
	r, err := s.agent.Remote(ctx, id)
	if err != nil {
		return nil, err
	}
	return answered(do(r))
}
