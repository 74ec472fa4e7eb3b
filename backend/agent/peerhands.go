package agent

import (
	"context"
	"crypto/rand"
	"fmt"
	"net/url"
	"slices"
	"strings"
	"time"

	"pilotlight/backend"
	"pilotlight/backend/face/api"
	"pilotlight/backend/source/peer"
)

// nameCap bounds a peer's name, in bytes.
const nameCap = 60

// AddPeer keeps another Pilotlight that answers and takes the token.
func (a *Agent) AddPeer(ctx context.Context, w backend.PeerWish) (backend.Peer, error) {
	address, err := peer.Address(w.URL)
	if err != nil {
		return backend.Peer{}, err
	}
	s := savedPeer{ID: strings.ToLower(rand.Text()[:8]), URL: address}
	// Before the other side is asked: a full list needs no token sent.
	if err := a.roomFor(a.peers.file.all(), s); err != nil {
		return backend.Peer{}, err
	}
	r, err := a.tryPeer(ctx, &s, w.Token)
	if err != nil {
		return backend.Peer{}, err
	}
	s.Name = peerName(w.Name, r.Host, address)
	err = a.peers.file.change(func(list []savedPeer) ([]savedPeer, error) {
		return append(list, s), a.roomFor(list, s)
	})
	if err != nil {
		return backend.Peer{}, err
	}
	return a.tookPeer(ctx, s.ID, &r)
}

// tryPeer looks at s with a token, and notes both where that went well.
func (a *Agent) tryPeer(ctx context.Context, s *savedPeer, token string) (peer.Report, error) {
	token, err := peer.Token(token)
	if err != nil {
		return peer.Report{}, err
	}
	client := peer.New(s.URL, token, a.cfg.PeerPatience)
	defer client.Close()
	r, err := client.Look(ctx, a.cfg.Now)
	if err != nil {
		return r, err
	}
	s.Token, s.Instance = token, r.Instance
	if r.Instance != "" && r.Instance == a.instance {
		return r, &backend.Error{
			Code: backend.CodeRefused, Message: "This is the address of this very Pilotlight.",
			Hint: "Give the address of another machine. If the state folder was copied from there, delete the file token in one of the two and start Pilotlight there again.",
		}
	}
	return r, nil
}

// roomFor refuses what is there already, and more than can be watched.
func (a *Agent) roomFor(list []savedPeer, s savedPeer) error {
	if len(list) >= mostPeers {
		return &backend.Error{
			Code: backend.CodeRefused, Message: fmt.Sprintf("Pilotlight watches at most %d other machines.", mostPeers),
			Hint: "Remove one first: pilotlight peers remove ID",
		}
	}
	for _, p := range list {
		if p.URL == s.URL || p.Instance != "" && p.Instance == s.Instance {
			return &backend.Error{
				Code: backend.CodeRefused, Message: fmt.Sprintf("This Pilotlight is there already, as %s at %s.", p.Name, p.URL),
				Hint: "To give it another token or name, change that one, or remove it first.",
			}
		}
	}
	return nil
}

// peerName is what a machine is called here: as wished, else as it calls itself,
// else by its address.
func peerName(wish, host, address string) string {
	name := strings.TrimSpace(wish)
	if name == "" {
		name = strings.TrimSuffix(host, ".local")
	}
	if u, err := url.Parse(address); name == "" && err == nil {
		name = u.Hostname()
	}
	name = strings.Join(strings.Fields(strings.Map(func(r rune) rune {
		if r < ' ' || r == 0x7f {
			return ' '
		}
		return r
	}, name)), " ")
	for len(name) > nameCap {
		runes := []rune(name)
		name = string(runes[:len(runes)-1])
	}
	return name
}

// tookPeer brings a change of the file into the loop, with what was just seen.
func (a *Agent) tookPeer(ctx context.Context, id string, seen *peer.Report) (backend.Peer, error) {
	return inLoop(ctx, a, func() (backend.Peer, error) {
		a.followPeers()
		p, err := a.peerNamed(id)
		if err != nil {
			return backend.Peer{}, err
		}
		if seen != nil {
			a.lookedAtPeer(p, p.client, *seen, nil)
		}
		return p.row, nil
	})
}

// ChangePeer renames a peer or gives it another token, which is tried first.
func (a *Agent) ChangePeer(ctx context.Context, ref string, c backend.PeerChange) (backend.Peer, error) {
	list := a.peers.file.all()
	i, err := find(list, ref)
	if err != nil {
		return backend.Peer{}, err
	}
	next := list[i]
	var seen *peer.Report
	if c.Token != nil {
		r, err := a.tryPeer(ctx, &next, *c.Token)
		if err != nil {
			return backend.Peer{}, err
		}
		seen = &r
	}
	if c.Name != nil {
		next.Name = peerName(*c.Name, "", next.URL)
	}
	err = a.peers.file.change(func(list []savedPeer) ([]savedPeer, error) {
		i, err := find(list, next.ID)
		if err == nil {
			list[i] = next
		}
		return list, err
	})
	if err != nil {
		return backend.Peer{}, err
	}
	return a.tookPeer(ctx, next.ID, seen)
}

// RemovePeer looks at a peer no more and forgets its token.
func (a *Agent) RemovePeer(ctx context.Context, ref string) error {
	err := a.peers.file.change(func(list []savedPeer) ([]savedPeer, error) {
		i, err := find(list, ref)
		if err != nil {
			return nil, err
		}
		return slices.Delete(list, i, i+1), nil
	})
	if err != nil {
		return err
	}
	_, err = inLoop(ctx, a, func() (struct{}, error) { a.followPeers(); return struct{}{}, nil })
	return err
}

// Remote gives the hands on a peer whose token allows more than looking.
func (a *Agent) Remote(ctx context.Context, ref string) (api.Remote, error) {
	return inLoop(ctx, a, func() (api.Remote, error) {
		p, err := a.peerNamed(ref)
		if err != nil {
			return nil, err
		}
		if p.row.Rights == backend.RightsRead {
			return nil, &backend.Error{
				Code: backend.CodeRefused, Message: "The token for " + p.Name + " may only look.",
				Hint: "On that machine run pilotlight token, and give its token here in place of this one.",
			}
		}
		return hands{p.client, func() { a.post(func() { p.looked, p.failures = time.Time{}, 0 }) }}, nil
	})
}

// PeerModels lists all models of a peer, as they are now.
func (a *Agent) PeerModels(ctx context.Context, ref string) (backend.Page[backend.ServerModel], error) {
	client, err := inLoop(ctx, a, func() (*peer.Client, error) {
		p, err := a.peerNamed(ref)
		if err != nil {
			return nil, err
		}
		return p.client, nil
	})
	if err != nil {
		return backend.Page[backend.ServerModel]{}, err
	}
	return client.Models(ctx)
}

// hands act on a peer and have it looked at afterwards: what was done is shown
// only when it is seen.
type hands struct {
	client *peer.Client
	look   func()
}

// SetKeep has it keep a model.
func (h hands) SetKeep(ctx context.Context, t backend.Target) (backend.Keep, error) {
	defer h.look()
	return h.client.SetKeep(ctx, t)
}

// Release has it keep nothing.
func (h hands) Release(ctx context.Context) (backend.Keep, error) {
	defer h.look()
	return h.client.Release(ctx)
}

// Pause pauses its keep.
func (h hands) Pause(ctx context.Context, d time.Duration) (backend.Keep, error) {
	defer h.look()
	return h.client.Pause(ctx, d)
}

// Resume ends a pause.
func (h hands) Resume(ctx context.Context) (backend.Keep, error) {
	defer h.look()
	return h.client.Resume(ctx)
}

// Load has it load a model.
func (h hands) Load(ctx context.Context, server, model string, n *int) (backend.Load, error) {
	defer h.look()
	return h.client.Load(ctx, server, model, n)
}

// Unload has it unload an instance.
func (h hands) Unload(ctx context.Context, server, id string, force bool) (backend.Load, error) {
	defer h.look()
	return h.client.Unload(ctx, server, id, force)
}
