package client

import (
	"context"
	"io"
	"net/http"
	"net/url"
	"strconv"

	"pilotlight/backend"
)

// Loads is a page of the history of loads and unloads, newest first.
func (c *Client) Loads(ctx context.Context, q backend.LoadQuery) (backend.Page[backend.Load], error) {
	return call[backend.Page[backend.Load]](ctx, c, http.MethodGet, "/api/loads"+loadsQuery(q), nil, quick)
}

// Fallbacks is a page of the runs that the requested model did not answer,
// newest first.
func (c *Client) Fallbacks(ctx context.Context, q backend.FallbackQuery) (backend.Page[backend.Fallback], error) {
	return call[backend.Page[backend.Fallback]](ctx, c, http.MethodGet, "/api/fallbacks"+fallbacksQuery(q), nil, quick)
}

// Fallback is one fallback with what happened around it.
func (c *Client) Fallback(ctx context.Context, id int64) (backend.FallbackStory, error) {
	return call[backend.FallbackStory](ctx, c, http.MethodGet, fallbackPath(id), nil, quick)
}

// FallbackSummary counts the fallbacks of a span of time; a nil end of it is
// the agent's choice.
func (c *Client) FallbackSummary(ctx context.Context, since, until *backend.Time) (backend.FallbackSummary, error) {
	q := query{}
	q.time("since", since)
	q.time("until", until)
	return call[backend.FallbackSummary](ctx, c, http.MethodGet, "/api/fallbacks/summary"+q.String(), nil, quick)
}

// FixFallback carries out the action of a fallback's remedy and waits for it.
func (c *Client) FixFallback(ctx context.Context, id int64) (backend.Fixed, error) {
	return call[backend.Fixed](ctx, c, http.MethodPost, fallbackPath(id)+"/fix", nil, 0)
}

// SeeFallbacks says that a person has seen them.
func (c *Client) SeeFallbacks(ctx context.Context) error {
	_, err := call[struct{}](ctx, c, http.MethodPost, "/api/fallbacks/seen", nil, quick)
	return err
}

// Settings is what was chosen of Pilotlight itself.
func (c *Client) Settings(ctx context.Context) (backend.Settings, error) {
	return call[backend.Settings](ctx, c, http.MethodGet, "/api/settings", nil, quick)
}

// SetSettings chooses them.
func (c *Client) SetSettings(ctx context.Context, s backend.Settings) (backend.Settings, error) {
	return call[backend.Settings](ctx, c, http.MethodPut, "/api/settings", s, quick)
}

// CheckUpdate asks now whether a newer version is published.
func (c *Client) CheckUpdate(ctx context.Context) (backend.Update, error) {
	return call[backend.Update](ctx, c, http.MethodPost, "/api/update/check", nil, 0)
}

// Login is whether Pilotlight starts when the person logs in.
func (c *Client) Login(ctx context.Context) (backend.Login, error) {
	return call[backend.Login](ctx, c, http.MethodGet, "/api/login", nil, quick)
}

// SetLogin makes it start at login, or no longer.
func (c *Client) SetLogin(ctx context.Context, on bool) (backend.Login, error) {
	return call[backend.Login](ctx, c, http.MethodPut, "/api/login", map[string]bool{"enabled": on}, quick)
}

// ExportFallbacks writes every fallback that fits, as "csv" or "jsonl". The
// query's Limit and Before are not used.
func (c *Client) ExportFallbacks(ctx context.Context, w io.Writer, format string, f backend.FallbackQuery) error {
	f.Limit, f.Before = 0, ""
	return c.export(ctx, w, "/api/export/fallbacks", format, fallbackValues(f))
}

// ExportLoads writes every load and unload that fits; see ExportFallbacks.
func (c *Client) ExportLoads(ctx context.Context, w io.Writer, format string, l backend.LoadQuery) error {
	l.Limit, l.Before = 0, 0
	return c.export(ctx, w, "/api/export/loads", format, loadValues(l))
}

// ExportSamples writes the machine's figures; see ExportFallbacks.
func (c *Client) ExportSamples(ctx context.Context, w io.Writer, format string, r backend.SampleRowQuery) error {
	q := query{}
	q.time("since", r.Since)
	q.time("until", r.Until)
	q.text("resolution", string(r.Resolution))
	return c.export(ctx, w, "/api/export/samples", format, q)
}

// ExportUses writes when models were in use; a nil since is the beginning. See
// ExportFallbacks.
func (c *Client) ExportUses(ctx context.Context, w io.Writer, format string, since *backend.Time) error {
	q := query{}
	q.time("since", since)
	return c.export(ctx, w, "/api/export/uses", format, q)
}

// Samples is the machine's figures over a span of time.
func (c *Client) Samples(ctx context.Context, s backend.SampleQuery) (backend.Samples, error) {
	q := query{}
	q.time("from", backend.AtPtr(s.From.Time))
	q.time("to", backend.AtPtr(s.To.Time))
	q.number("points", int64(s.Points))
	for _, name := range s.Names {
		url.Values(q).Add("name", name)
	}
	return call[backend.Samples](ctx, c, http.MethodGet, "/api/samples"+q.String(), nil, quick)
}

// Timeline is what happened over a span of time; a nil end of it is the agent's
// choice.
func (c *Client) Timeline(ctx context.Context, from, to *backend.Time) (backend.Timeline, error) {
	q := query{}
	q.time("from", from)
	q.time("to", to)
	return call[backend.Timeline](ctx, c, http.MethodGet, "/api/timeline"+q.String(), nil, quick)
}

func (c *Client) export(ctx context.Context, w io.Writer, path, format string, q query) error {
	q.text("format", format)
	return c.download(ctx, w, path+q.String())
}

// download copies an answer of any length. What was written when an error comes
// is not the whole.
func (c *Client) download(ctx context.Context, w io.Writer, path string) error {
	req, err := newRequest(ctx, http.MethodGet, path, nil)
	if err != nil {
		return err
	}
	resp, err := c.http.Do(req)
	if err != nil {
		return explain(ctx, err)
	}
	defer resp.Body.Close()
	if resp.StatusCode >= http.StatusBadRequest {
		raw, err := io.ReadAll(io.LimitReader(resp.Body, maxAnswer))
		if err != nil {
			return explain(ctx, err)
		}
		return problem(resp.StatusCode, raw)
	}
	out := &writing{w: w}
	if _, err := io.Copy(out, resp.Body); out.err != nil {
		return out.err // ours to write, so not the agent's fault
	} else if err != nil {
		return explain(ctx, err)
	}
	return nil
}

// writing tells a writer's error from a reader's.
type writing struct {
	w   io.Writer
	err error
}

func (w *writing) Write(b []byte) (int, error) {
	n, err := w.w.Write(b)
	w.err = err
	return n, err
}

func fallbackPath(id int64) string { return "/api/fallbacks/" + strconv.FormatInt(id, 10) }

// query is a URL's query; what is not given is left out.
type query url.Values

func (q query) text(key, value string) {
	if value != "" {
		url.Values(q).Set(key, value)
	}
}

func (q query) number(key string, n int64) {
	if n != 0 {
		q.text(key, strconv.FormatInt(n, 10))
	}
}

func (q query) time(key string, t *backend.Time) {
	if t != nil {
		q.text(key, t.String())
	}
}

// String has its question mark, or nothing.
func (q query) String() string {
	if len(q) == 0 {
		return ""
	}
	return "?" + url.Values(q).Encode()
}

func loadsQuery(q backend.LoadQuery) string { return loadValues(q).String() }

func loadValues(l backend.LoadQuery) query {
	q := query{}
	q.time("since", l.Since)
	q.time("until", l.Until)
	q.number("before", l.Before)
	q.number("limit", int64(l.Limit))
	q.text("server", l.Server)
	q.text("model", l.Model)
	q.text("event", string(l.Event))
	q.text("cause", string(l.Cause))
	return q
}

func fallbacksQuery(q backend.FallbackQuery) string { return fallbackValues(q).String() }

func fallbackValues(f backend.FallbackQuery) query {
	q := query{}
	q.time("since", f.Since)
	q.time("until", f.Until)
	q.text("before", f.Before)
	q.number("limit", int64(f.Limit))
	q.text("model", f.Model)
	q.text("reason", f.Reason)
	q.text("cause", string(f.Cause))
	q.text("outcome", string(f.Outcome))
	q.text("session", f.Session)
	return q
}
