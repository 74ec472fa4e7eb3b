package api

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"io/fs"
	"net/http"
	"net/url"
	"path"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"pilotlight/backend"
)

const indexFile = "index.html"

// hashed matches the files whose names change with their content: Vite writes
// assets/NAME-HASH.EXT with a hash of eight characters.
var hashed = regexp.MustCompile(`^assets/.+-([A-Za-z0-9_-]{8})\.[a-z0-9]+$`)

// isHashed wants more than a word of eight small letters to call it a hash. A
// hash that happens to be one is only asked for more often.
func isHashed(name string) bool {
	m := hashed.FindStringSubmatch(name)
	return m != nil && strings.ContainsAny(m[1], "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_-")
}

// dashboard serves the built dashboard's files.
type dashboard struct {
	files fs.FS
	demo  bool
}

// isPage tells whether a path is one that the dashboard draws itself. Paths
// with a dot are files, and a missing file must not come back as a page.
func isPage(p string) bool {
	return !isAPI(p) && !strings.Contains(p, ".") && !slices.Contains([]string{"/metrics", "/healthz", openPath}, p)
}

// serveDashboard answers every path that is not the API's.
func (s *Server) serveDashboard(w http.ResponseWriter, r *http.Request) {
	name := strings.TrimPrefix(path.Clean("/"+r.URL.Path), "/")
	switch {
	case !isPage(r.URL.Path) && s.allowed(r) != "",
		r.Method != http.MethodGet && r.Method != http.MethodHead:
		s.serveUnknown(w, r)
	case name != "" && s.dashboard.serve(w, r, name):
	case !isPage(r.URL.Path):
		refuse(w, 0, backend.CodeNotFound, "There is no such file.", "Open the dashboard at its start: /")
	case s.dashboard.serve(w, r, indexFile):
	default:
		servePage(w, http.StatusOK, notBuiltPage)
	}
}

// serve answers with a file, and reports whether there is one.
func (d *dashboard) serve(w http.ResponseWriter, r *http.Request, name string) bool {
	if d.files == nil || !fs.ValidPath(name) {
		return false
	}
	accepted := r.Header.Get("Accept-Encoding")
	marked := d.demo && name == indexFile
	if marked {
		accepted = "" // what is packed cannot be marked
	}
	content, coding, err := d.read(name, accepted)
	if err != nil {
		return false
	}
	if marked {
		content = markDemo(content)
	}
	h := w.Header()
	h.Set("Content-Type", contentType(name))
	h.Set("Vary", "Accept-Encoding")
	if coding != "" {
		h.Set("Content-Encoding", coding)
	}
	if isHashed(name) {
		h.Set("Cache-Control", "private, max-age=31536000, immutable")
	} else {
		sum := sha256.Sum256(content)
		h.Set("Cache-Control", "no-cache")
		h.Set("ETag", strconv.Quote(hex.EncodeToString(sum[:12])))
	}
	serveContent(w, r, content)
	return true
}

// markDemo says in the page itself that it is a demo's, so that the line which
// tells people so is there with the first paint and pushes nothing down later.
func markDemo(page []byte) []byte {
	return bytes.Replace(page, []byte("<html "), []byte("<html data-demo "), 1)
}

// read gives a file, or its compressed sibling and the coding when there is one
// that the client can read.
func (d *dashboard) read(name, accepted string) (content []byte, coding string, err error) {
	if _, err := fs.Stat(d.files, name); err != nil {
		return nil, "", err
	}
	for _, packing := range []struct{ suffix, coding string }{{".br", "br"}, {".gz", "gzip"}} {
		if !accepts(accepted, packing.coding) {
			continue
		}
		if content, err := fs.ReadFile(d.files, name+packing.suffix); err == nil {
			return content, packing.coding, nil
		}
	}
	content, err = fs.ReadFile(d.files, name)
	return content, "", err
}

// serveContent writes a file. http.ServeContent would also serve ranges, and a
// range of a compressed file is of no use to anyone.
func serveContent(w http.ResponseWriter, r *http.Request, content []byte) {
	if tag := w.Header().Get("ETag"); tag != "" && r.Header.Get("If-None-Match") == tag {
		w.WriteHeader(http.StatusNotModified)
		return
	}
	w.Header().Set("Content-Length", strconv.Itoa(len(content)))
	w.WriteHeader(http.StatusOK)
	if r.Method != http.MethodHead {
		// A failed write means that the client left.
		_, _ = w.Write(content) //nolint:gosec // the dashboard's own files
	}
}

// accepts tells whether an Accept-Encoding allows a coding: named, and not with
// a quality of 0.
func accepts(header, coding string) bool {
	for part := range strings.SplitSeq(header, ",") {
		name, params, _ := strings.Cut(part, ";")
		if !strings.EqualFold(strings.TrimSpace(name), coding) {
			continue
		}
		value, found := strings.CutPrefix(strings.ReplaceAll(params, " ", ""), "q=")
		q, err := strconv.ParseFloat(value, 64)
		return !found || err != nil || q > 0
	}
	return false
}

// contentType is by the name's ending. The machine's own table differs from
// system to system, and with nosniff a wrong type breaks the page.
func contentType(name string) string {
	switch path.Ext(name) {
	case ".html":
		return "text/html; charset=utf-8"
	case ".js", ".mjs":
		return "text/javascript; charset=utf-8"
	case ".css":
		return "text/css; charset=utf-8"
	case ".json", ".map":
		return "application/json"
	case ".webmanifest":
		return "application/manifest+json"
	case ".svg":
		return "image/svg+xml"
	case ".png":
		return "image/png"
	case ".ico":
		return "image/x-icon"
	case ".webp":
		return "image/webp"
	case ".woff2":
		return "font/woff2"
	case ".txt":
		return "text/plain; charset=utf-8"
	default:
		return "application/octet-stream"
	}
}

// serveUnknown answers what no route does: 405 when the path has another
// method, else 404.
func (s *Server) serveUnknown(w http.ResponseWriter, r *http.Request) {
	allow := s.allowed(r)
	if allow == "" && isPage(r.URL.Path) {
		allow = "GET, HEAD"
	}
	if allow == "" {
		refuse(w, 0, backend.CodeNotFound, "The API has no such path.", "GET /openapi.json lists every path.")
		return
	}
	w.Header().Set("Allow", allow)
	refuse(w, http.StatusMethodNotAllowed, backend.CodeInvalid,
		"This path does not take the method "+r.Method+".", "It takes: "+allow+".")
}

// allowed names the methods that the mux has for a path, as an Allow header.
func (s *Server) allowed(r *http.Request) string {
	var methods []string
	for _, method := range []string{http.MethodGet, http.MethodHead, http.MethodPost, http.MethodPut, http.MethodPatch, http.MethodDelete} {
		probe := &http.Request{Method: method, Host: r.Host, URL: r.URL}
		if _, pattern := s.mux.Handler(probe); pattern != "" && pattern != "/" && pattern != "/api/" && !s.refused[pattern] {
			methods = append(methods, method)
		}
	}
	return strings.Join(methods, ", ")
}

// refuseOthers keeps a path of fixed words from being taken for one with an id in
// their place: GET /api/fallbacks/seen is a method that the path does not take, and
// not the fallback "seen".
func (s *Server) refuseOthers() {
	s.refused = map[string]bool{}
	for path := range s.api.OpenAPI().Paths {
		if strings.Contains(path, "{") {
			continue
		}
		for _, method := range []string{http.MethodGet, http.MethodPost, http.MethodPut, http.MethodPatch, http.MethodDelete} {
			probe := &http.Request{Method: method, URL: &url.URL{Path: path}}
			if _, pattern := s.mux.Handler(probe); strings.Contains(pattern, "{") {
				s.refused[method+" "+path] = true
				s.mux.HandleFunc(method+" "+path, s.serveUnknown)
			}
		}
	}
}
