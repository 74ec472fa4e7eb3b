package client

import (
	"context"
	"net/http"
	"net/url"
	"strings"

	"pilotlight/backend"
)

// Doctor looks at everything and judges it; fresh asks anew whatever was asked a
// moment ago, hosted services too.
func (c *Client) Doctor(ctx context.Context, fresh bool) (backend.Report, error) {
	path := "/api/doctor"
	if fresh {
		path += "?fresh=true"
	}
	return call[backend.Report](ctx, c, http.MethodGet, path, nil, quick)
}

// DoctorText is the report as Markdown, without anything private.
func (c *Client) DoctorText(ctx context.Context) (string, error) {
	ctx, cancel := context.WithTimeout(ctx, quick)
	defer cancel()
	var b strings.Builder
	err := c.download(ctx, &b, "/api/doctor/report")
	return b.String(), err
}

// Mend carries a check's fix out, its first where fix is "", and waits until that
// ended, without a time-out; dry tells only what would be done.
func (c *Client) Mend(ctx context.Context, check, fix string, dry bool) (backend.Mended, error) {
	return call[backend.Mended](ctx, c, http.MethodPost, "/api/doctor/"+url.PathEscape(check)+"/fix", struct {
		Fix string `json:"fix,omitempty"`
		Dry bool   `json:"dry_run,omitempty"`
	}{fix, dry}, 0)
}
