package agent

import (
	"cmp"

	"pilotlight/backend"
	"pilotlight/backend/rule/keep"
)

// canKeep refuses a keep where it has no meaning. A server that was never reached
// may turn out to be anything.
func (w *watched) canKeep(t *backend.Target) error {
	srv := w.server()
	if srv.Tells == nil {
		if w.lmstudio {
			return nil
		}
		return &backend.Error{
			Code: backend.CodeNetwork, Message: srv.Name + " has not answered yet, so nobody knows whether it can keep a model loaded.",
			Hint: "Start it, then choose the model again.",
		}
	}
	refused := func(message, hint string) error {
		return &backend.Error{Code: backend.CodeRefused, Message: message, Hint: cmp.Or(hint, srv.Tells.Note)}
	}
	switch srv.Tells.WarmBy {
	case backend.WarmAlways:
		return refused(srv.Name+" has what it serves in memory for as long as it runs.", "There is nothing to keep: see to it that it runs.")
	case backend.WarmByRequest:
		if t.Ask {
			return nil
		}
		return keep.NeedsConsent(srv.Name)
	case backend.WarmNever:
		return refused(srv.Name+" is somebody's service: what is in memory there is not for Pilotlight to say.", "Keep a model of a server of yours.")
	}
	t.Ask = false // it can be loaded, so nobody needs to be asked
	return w.canLoad()
}

// canLoad refuses a load where the server cannot be told to.
func (w *watched) canLoad() error {
	srv := w.server()
	if srv.Tells == nil || srv.Tells.Load {
		return nil
	}
	return &backend.Error{
		Code: backend.CodeUnsupported, Message: srv.Name + " cannot be told to load a model.", Hint: w.whyUnable(srv),
	}
}

// canUnload is canLoad for an unload.
func (w *watched) canUnload() error {
	srv := w.server()
	if srv.Tells == nil || srv.Tells.Unload {
		return nil
	}
	return &backend.Error{
		Code: backend.CodeUnsupported, Message: srv.Name + " cannot be told to unload a model.", Hint: w.whyUnable(srv),
	}
}

func (w *watched) whyUnable(srv backend.Server) string {
	if srv.Tells.WarmBy == backend.WarmAlways {
		return "It serves what it was started with. Start it with another model, or stop it, where it runs."
	}
	return cmp.Or(srv.Tells.Note, "Do it where the server runs.")
}
