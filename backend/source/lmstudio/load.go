package lmstudio

import (
	"context"
	"errors"
	"time"

	"pilotlight/backend"
	"pilotlight/backend/wire"
)

// stillLoading is the hint of every load whose end was not seen.
const stillLoading = "The load may still go on in LM Studio. Look at the list before asking again."

// unloadTimeout bounds an unload; giving back a hundred gigabytes takes seconds.
const unloadTimeout = time.Minute

// Load loads a model and returns when the server says that it is in memory, or
// that it could not be. It is for a model of which nothing is in memory: where the
// server tells that it has it already, or that it is loading something, nothing is
// asked, since LM Studio would load a second one. The load has no TTL.
//
// progress is called, from this goroutine, with figures from 0 to 1 where the
// server tells them, which it does over the WebSocket only; it may be nil. ctx
// bounds the wait and not the load: LM Studio is never told to stop it.
//
// Errors: CodeBusy in that case; CodeGuardrail, CodeModelMissing, CodeLoadFailed,
// CodeSchema, CodeNeedsToken, CodeUnsupported; after CodeTimeout and CodeNetwork the load
// may still go on, as the hint says.
func (c *Client) Load(ctx context.Context, r backend.LoadRequest, progress func(float64)) (backend.LoadResult, error) {
	if no := c.standsAgainst(ctx, r.Model); no != nil {
		return backend.LoadResult{}, no
	}
	if !c.isEmbedding(r.Model) {
		if cn, err := c.llmConn(ctx); err == nil {
			res, err := c.loadWS(ctx, cn, r, progress)
			if !errors.Is(err, errNotStarted) {
				return res, err
			}
		}
	}
	if c.api() != backend.APIv0 {
		return c.loadREST(ctx, r)
	}
	if !c.isEmbedding(r.Model) || c.cfg.NoWebSocket {
		return backend.LoadResult{}, cannotLoad()
	}
	cn, err := c.dialNS(ctx, nsEmbedding, func(*conn) {})
	if err != nil {
		return backend.LoadResult{}, cannotLoad()
	}
	defer cn.close()
	res, err := c.loadWS(ctx, cn, r, progress)
	if errors.Is(err, errNotStarted) {
		return backend.LoadResult{}, cannotLoad()
	}
	return res, err
}

// errNotStarted says that the WebSocket does not know loads, so that none was
// begun.
var errNotStarted = errors.New("the server knows no load over the WebSocket")

// loadWS loads over the WebSocket. The identifier is left out, as lms load does
// it: the instance's id is then the model's key.
func (c *Client) loadWS(ctx context.Context, cn *conn, r backend.LoadRequest, progress func(float64)) (backend.LoadResult, error) {
	ch, err := cn.open("loadModel", map[string]any{
		"modelKey": r.Model, "loadConfigStack": loadConfig(r.ContextLength),
	})
	if err != nil {
		return backend.LoadResult{}, c.loadWSError(r.Model, err)
	}
	for {
		select {
		case p := <-ch.progress:
			if progress != nil {
				progress(p)
			}
		case res := <-ch.result:
			if res.err != nil {
				return backend.LoadResult{}, c.loadWSError(r.Model, res.err)
			}
			c.ws.forgive()
			return loadedOverWS(res.result)
		case <-ctx.Done():
			return backend.LoadResult{}, c.loadCutOff(ctx.Err())
		}
	}
}

func loadedOverWS(info []byte) (backend.LoadResult, error) {
	var v struct {
		Identifier    looseString `json:"identifier"`
		ContextLength looseNumber `json:"contextLength"`
	}
	if !object(info, &v) {
		// It said success; which instance it is shows in the list.
		return backend.LoadResult{}, nil
	}
	return backend.LoadResult{InstanceID: v.Identifier.id(), ContextLength: v.ContextLength.Integer(maxContext)}, nil
}

func (c *Client) loadWSError(model string, err error) error {
	if e, ok := errors.AsType[*wsError](err); ok {
		if e.unknownRoute() || e.code == "generic.domainMismatch" {
			return errNotStarted // or not an LLM at all: REST takes both kinds
		}
		return c.loadError(model, &e.apiError)
	}
	if errors.Is(err, errMisfit) {
		return errNotStarted
	}
	return c.loadCutOff(err)
}

// loadCutOff describes a load whose end will not be seen.
func (c *Client) loadCutOff(err error) *backend.Error {
	switch {
	case errors.Is(err, errUnfinished):
		return &backend.Error{Code: backend.CodeNetwork, Message: "LM Studio stopped telling about the load before it ended.", Hint: stillLoading, Err: err}
	case errors.Is(err, errConnLost):
		return &backend.Error{Code: backend.CodeNetwork, Message: "The connection to LM Studio broke during the load.", Hint: stillLoading, Err: err}
	default:
		return c.netError(err, stillLoading)
	}
}

// loadRequest is the body of POST /api/v1/models/load. Its schema is closed:
// any further member is refused, a ttl above all (LM Studio docs, REST v1 load;
// measured on 0.4.25).
type loadRequest struct {
	Model         string `json:"model"`
	ContextLength *int   `json:"context_length,omitempty"`
	EchoConfig    bool   `json:"echo_load_config,omitempty"`
}

func (c *Client) loadREST(ctx context.Context, r backend.LoadRequest) (backend.LoadResult, error) {
	req := loadRequest{Model: r.Model, ContextLength: r.ContextLength, EchoConfig: true}
	res, refused, err := c.postLoad(ctx, req)
	if refused.unrecognized() {
		// The context is not dropped: a load with another one than asked for is
		// not what was asked for.
		req.EchoConfig = false
		res, refused, err = c.postLoad(ctx, req)
	}
	switch {
	case err != nil:
		return backend.LoadResult{}, err
	case refused != nil:
		return backend.LoadResult{}, c.loadError(r.Model, refused)
	}
	return res, nil
}

func (c *Client) postLoad(ctx context.Context, req loadRequest) (backend.LoadResult, *apiError, error) {
	a, err := c.post(ctx, "/api/v1/models/load", req)
	if err != nil {
		return backend.LoadResult{}, nil, c.netError(err, stillLoading)
	}
	var v struct {
		InstanceID looseString    `json:"instance_id"`
		Status     looseString    `json:"status"`
		Seconds    looseNumber    `json:"load_time_seconds"`
		Config     instanceConfig `json:"load_config"`
	}
	refused, err := c.read(a, &v)
	if err != nil || refused != nil {
		return backend.LoadResult{}, refused, err
	}
	if v.InstanceID == "" && v.Status != "loaded" {
		return backend.LoadResult{}, nil, notUnderstood("LM Studio's answer to the load was not understood.")
	}
	took, _ := v.Seconds.span(time.Second)
	return backend.LoadResult{
		InstanceID: v.InstanceID.id(), ContextLength: v.Config.context.Integer(maxContext), Duration: took,
	}, nil, nil
}

// Unload takes an instance out of memory. LM Studio cuts off what the instance
// is doing. The error is CodeNotFound for an id that is not loaded, or as for
// Load.
func (c *Client) Unload(ctx context.Context, instanceID string) error {
	ctx, cancel := context.WithTimeout(ctx, unloadTimeout)
	defer cancel()
	if c.api() == backend.APIv0 {
		return c.unloadWS(ctx, instanceID)
	}
	a, err := c.post(ctx, "/api/v1/models/unload", map[string]string{"instance_id": instanceID})
	if err != nil {
		return c.netError(err, "It may be unloaded all the same. Look at the list.")
	}
	refused, err := c.read(a, nil)
	switch {
	case err != nil:
		return err
	case refused == nil:
		return nil
	case refused.unknownRoute():
		return c.unloadWS(ctx, instanceID)
	case refused.instanceGone():
		return noInstance(instanceID)
	}
	return c.unloadRefused(instanceID, refused)
}

// unloadWS is for servers without the route. Embedding models are another
// namespace's.
func (c *Client) unloadWS(ctx context.Context, instanceID string) error {
	param := map[string]string{"identifier": instanceID}
	_, err := c.rpc(ctx, "unloadModel", param)
	if e, ok := errors.AsType[*wsError](err); ok && !e.unknownRoute() && e.instanceGone() {
		_, err = c.once(ctx, nsEmbedding, "unloadModel", param)
	}
	if err == nil {
		return nil
	}
	if e := backend.AsError(err); e.Code == backend.CodeUnsupported {
		return cannotLoad()
	}
	if e, ok := errors.AsType[*wsError](err); ok && !e.instanceGone() && !e.unauthorized() && !e.unknownRoute() {
		return c.unloadRefused(instanceID, &e.apiError)
	}
	return c.wsProblem(err, instanceID)
}

func (c *Client) unloadRefused(id string, e *apiError) *backend.Error {
	code := backend.CodeProtocol
	if e.unrecognized() || e.code == "missing_required_parameter" {
		code = backend.CodeSchema
	}
	return &backend.Error{
		Code:    code,
		Message: c.said("LM Studio did not unload "+wire.Clean(id, stringCap), e),
		Hint:    "Eject it in LM Studio itself.",
	}
}
