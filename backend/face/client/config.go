package client

import (
	"context"
	"net/http"
	"net/url"
	"strconv"
	"time"

	"pilotlight/backend"
)

// slow is the time-out of what asks OpenClaw's own program, which takes seconds.
const slow = time.Minute

// Config is OpenClaw's config, without its secrets.
func (c *Client) Config(ctx context.Context) (backend.ConfigDoc, error) {
	return call[backend.ConfigDoc](ctx, c, http.MethodGet, "/api/config", nil, quick)
}

// DraftConfig works a change out; nothing is written.
func (c *Client) DraftConfig(ctx context.Context, change backend.ConfigChange) (backend.ConfigPlan, error) {
	return call[backend.ConfigPlan](ctx, c, http.MethodPost, "/api/config/draft", change, quick)
}

// ChangeConfig makes a change for the file of a hash, unless dry. A text takes the
// place of the whole file, and then there are no edits and wishes.
func (c *Client) ChangeConfig(ctx context.Context, expected string, change backend.ConfigChange, by backend.ConfigAuthor, dry bool) (backend.ConfigSaved, error) {
	method, path := http.MethodPatch, "/api/config"
	if change.Text != nil {
		method, path = http.MethodPut, "/api/config/text"
	}
	return matching[backend.ConfigSaved](ctx, c, method, path, change, expected, by, dry, nil)
}

// CheckConfig says what is wrong in the file; ask has an installed OpenClaw asked.
func (c *Client) CheckConfig(ctx context.Context, ask bool) (backend.ConfigCheck, error) {
	path := "/api/config/check"
	if ask {
		path += "?ask=true"
	}
	return call[backend.ConfigCheck](ctx, c, http.MethodPost, path, nil, slow)
}

// Revisions are the states of the file that are known, newest first.
func (c *Client) Revisions(ctx context.Context, before int64, limit int) (backend.Page[backend.Revision], error) {
	q := query{}
	q.number("before", before)
	q.number("limit", int64(limit))
	return call[backend.Page[backend.Revision]](ctx, c, http.MethodGet, "/api/config/revisions"+q.String(), nil, quick)
}

// Revision is one of them, with its text.
func (c *Client) Revision(ctx context.Context, id int64) (backend.Revision, error) {
	return call[backend.Revision](ctx, c, http.MethodGet, revisionPath(id), nil, quick)
}

// RestoreConfig puts an earlier state back, unless dry.
func (c *Client) RestoreConfig(ctx context.Context, expected string, id int64, by backend.ConfigAuthor, dry bool) (backend.ConfigSaved, error) {
	return matching[backend.ConfigSaved](ctx, c, http.MethodPost, revisionPath(id)+"/restore", nil, expected, by, dry, nil)
}

// Recipes are set-ups as edits of this config.
func (c *Client) Recipes(ctx context.Context, choice backend.RecipeChoice) ([]backend.Recipe, error) {
	page, err := call[backend.Page[backend.Recipe]](ctx, c, http.MethodGet, "/api/recipes"+recipeQuery(choice).String(), nil, quick)
	return page.Items, err
}

// ApplyRecipe makes a recipe's edits, unless dry.
func (c *Client) ApplyRecipe(ctx context.Context, expected, id string, choice backend.RecipeChoice, by backend.ConfigAuthor, dry bool) (backend.ConfigSaved, error) {
	path := "/api/recipes/" + url.PathEscape(id) + "/apply"
	return matching[backend.ConfigSaved](ctx, c, http.MethodPost, path, nil, expected, by, dry, recipeQuery(choice))
}

// matching sends a change that is for one state of the file only.
func matching[T any](
	ctx context.Context, c *Client, method, path string, body any, expected string, by backend.ConfigAuthor, dry bool, q query,
) (T, error) {
	if q == nil {
		q = query{}
	}
	if dry {
		q.text("dry_run", "true")
	}
	header := http.Header{}
	if expected != "" {
		header.Set("If-Match", `"`+expected+`"`)
	}
	if by == backend.AuthorCLI {
		header.Set("Pilotlight-Client", "cli")
	}
	return callWith[T](ctx, c, method, path+q.String(), body, slow, header)
}

func revisionPath(id int64) string { return "/api/config/revisions/" + strconv.FormatInt(id, 10) }

func recipeQuery(c backend.RecipeChoice) query {
	q := query{}
	q.text("server", c.Server)
	q.text("local", c.Local)
	q.text("hosted", c.Hosted)
	q.text("region", c.Region)
	q.text("url", c.URL)
	return q
}
