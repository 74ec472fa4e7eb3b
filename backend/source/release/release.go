// Package release asks the page that publishes Pilotlight's versions which one is
// the newest. It owns that one question, which carries nothing of this machine: no
// version, no name, no cookie. It must never follow a redirect, download anything, or
// ask without having been told to.
package release

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"time"

	"golang.org/x/mod/semver"

	"pilotlight/backend"
	"pilotlight/backend/wire"
)

const (
	dialLimit = 5 * time.Second
	limit     = 10 * time.Second
	// longest bounds a version's name, in bytes.
	longest = 64
)

// Latest asks where for the newest version: the page of releases of a project on
// GitHub, GitLab's and Gitea's being alike. Its child "latest" redirects to
// ".../tag/v1.2.3" (GitHub's documentation, "Linking to releases", 2026), and the
// redirect alone is read. The error is invalid for an address that cannot be
// asked, not_found where no version is published, network or timeout where nothing
// answers, protocol for an answer that names no version.
func Latest(ctx context.Context, where string) (backend.Release, error) {
	page, err := Page(where)
	if err != nil {
		return backend.Release{}, err
	}
	ctx, cancel := context.WithTimeout(ctx, limit)
	defer cancel()
	req, err := http.NewRequestWithContext(ctx, http.MethodHead, page.JoinPath("latest").String(), http.NoBody)
	if err != nil {
		return backend.Release{}, unreadable()
	}
	req.Header.Set("User-Agent", "pilotlight")
	t := wire.Once(dialLimit)
	t.Proxy = http.ProxyFromEnvironment // the page is out in the world, and nothing secret goes there
	resp, err := (&http.Client{Transport: t, CheckRedirect: wire.Stay}).Do(req)
	if err != nil {
		return backend.Release{}, silent(page, err)
	}
	defer resp.Body.Close()
	return read(page, resp)
}

// Page reads the address of a page of releases. Only a page of this machine may be
// without TLS: what is believed of a version should come from who publishes it.
func Page(where string) (*url.URL, error) {
	u, err := url.Parse(strings.TrimSpace(where))
	if err != nil || u.Hostname() == "" || u.User != nil || u.RawQuery != "" || u.Fragment != "" ||
		u.Scheme != "https" && (u.Scheme != "http" || !backend.Loopback(u.Hostname())) {
		return nil, unreadable()
	}
	return u, nil
}

// read finds the version in the answer to page's child "latest".
func read(page *url.URL, resp *http.Response) (backend.Release, error) {
	if resp.StatusCode == http.StatusNotFound || resp.StatusCode == http.StatusGone {
		return backend.Release{}, none(page)
	}
	to, err := resp.Location()
	if resp.StatusCode/100 != 3 || err != nil {
		return backend.Release{}, odd(page, fmt.Sprintf("it answers with the HTTP status %d", resp.StatusCode))
	}
	rest, below := strings.CutPrefix(strings.TrimSuffix(to.Path, "/"), strings.TrimSuffix(page.Path, "/"))
	if to.Host != page.Host || to.Scheme != page.Scheme || !below {
		return backend.Release{}, odd(page, "it points to another page")
	}
	if rest == "" {
		return backend.Release{}, none(page)
	}
	version, found := strings.CutPrefix(rest, "/tag/")
	if !found || len(version) > longest || !semver.IsValid(version) {
		return backend.Release{}, odd(page, "what it points to is no version")
	}
	return backend.Release{Version: version, Page: page.JoinPath("tag", version).String()}, nil
}

// unreadable does not repeat the address: there may be a password in it.
func unreadable() error {
	return &backend.Error{
		Code: backend.CodeInvalid, Message: "The address of the page of releases cannot be used.",
		Hint: "Give the address of a project's releases: https://, its host, and a path that ends in /releases.",
	}
}

func none(page *url.URL) error {
	return &backend.Error{
		Code: backend.CodeNotFound, Message: "No version is published at " + page.String() + ".",
		Hint: "Open the page: the project may have moved.",
	}
}

func odd(page *url.URL, why string) error {
	return &backend.Error{
		Code: backend.CodeProtocol, Message: "The page " + page.String() + " did not name the newest version: " + why + ".",
		Hint: "Open the page in a browser and look there.",
	}
}

func silent(page *url.URL, err error) error {
	e := &backend.Error{
		Code: backend.CodeNetwork, Message: "The page of releases at " + page.Host + " could not be reached.", Err: err,
		Hint: "Check whether this machine is online, or open " + page.String() + " in a browser.",
	}
	if errors.Is(err, context.DeadlineExceeded) {
		e.Code, e.Message = backend.CodeTimeout, "The page of releases at "+page.Host+" did not answer in time."
	}
	return e
}
