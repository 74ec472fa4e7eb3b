package client

import (
	"context"
	"net/http"
	"net/url"

	"pilotlight/backend"
)

// Peers are the other Pilotlights that were added, as last seen.
func (c *Client) Peers(ctx context.Context) (backend.Page[backend.Peer], error) {
	return call[backend.Page[backend.Peer]](ctx, c, http.MethodGet, "/api/peers", nil, quick)
}

// AddPeer adds another Pilotlight, which is asked first.
func (c *Client) AddPeer(ctx context.Context, w backend.PeerWish) (backend.Peer, error) {
	return call[backend.Peer](ctx, c, http.MethodPost, "/api/peers", w, quick)
}

// ChangePeer renames one or gives it another token. It is named by its id, or by
// its name where only one has it.
func (c *Client) ChangePeer(ctx context.Context, peer string, change backend.PeerChange) (backend.Peer, error) {
	return call[backend.Peer](ctx, c, http.MethodPatch, "/api/peers/"+url.PathEscape(peer), change, quick)
}

// RemovePeer looks at one no more and forgets its token.
func (c *Client) RemovePeer(ctx context.Context, peer string) error {
	_, err := call[struct{}](ctx, c, http.MethodDelete, "/api/peers/"+url.PathEscape(peer), nil, quick)
	return err
}
