package agent_test

import (
	"net/http"
	"net/http/httptest"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"pilotlight/backend"
	"pilotlight/backend/agent"
	"pilotlight/backend/source/lmstudio"
	"pilotlight/backend/source/lmstudio/lmstudiotest"
)

// publisher is a page of releases, which counts how often it is asked. It names no
// version for "".
type publisher struct {
	*httptest.Server
	asked  atomic.Int64
	latest atomic.Value
}

func publish(t *testing.T, version string) *publisher {
	p := &publisher{}
	p.latest.Store(version)
	p.Server = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		p.asked.Add(1)
		if v := p.latest.Load().(string); r.URL.Path == "/releases/latest" && v != "" {
			w.Header().Set("Location", "/releases/tag/"+v)
			w.WriteHeader(http.StatusFound)
			return
		}
		http.NotFound(w, r)
	}))
	t.Cleanup(p.Close)
	return p
}

func published(p *publisher, version string) change {
	return func(c *agent.Config, _ *lmstudio.Config) { c.Releases, c.Version = p.URL+"/releases", version }
}

func (r *room) wantUpdates(on bool) {
	r.Helper()
	s, err := r.api.Settings(r.Context())
	if err == nil {
		s.Updates = on
		_, err = r.api.SetSettings(r.Context(), s)
	}
	if err != nil {
		r.Fatal(err)
	}
}

func (r *room) status() *backend.Status {
	r.Helper()
	return r.until("a state", func(s *backend.Status) bool { return s.Servers[0].CheckedAt != nil })
}

func updateNotices(s *backend.Status) int {
	n := 0
	for _, x := range s.Notices {
		if x.Code == "update" {
			n++
		}
	}
	return n
}

// TestNothingIsAskedUnasked: who did not switch it on has the page asked never.
func TestNothingIsAskedUnasked(t *testing.T) {
	p := publish(t, "v9.0.0")
	r := start(t, lmstudiotest.Options{}, published(p, "v1.0.0"))
	at := r.status().Servers[0].CheckedAt
	r.until("a later look", func(s *backend.Status) bool { return s.Servers[0].CheckedAt.After(at.Time) })
	if u := r.status().Update; u == nil || u.Where != p.URL+"/releases" || u.CheckedAt != nil || p.asked.Load() != 0 {
		t.Errorf("asked %d times, update %+v", p.asked.Load(), u)
	}
}

// TestANewerVersionIsTold once a day, also over a restart, and no longer by the
// newer version itself.
func TestANewerVersionIsTold(t *testing.T) {
	p := publish(t, "v1.2.0")
	var later atomic.Int64
	clock := func(c *agent.Config, _ *lmstudio.Config) {
		c.Now = func() time.Time { return time.Now().Add(time.Duration(later.Load())) }
	}
	r := start(t, lmstudiotest.Options{}, published(p, "v1.1.0"), clock)
	r.wantUpdates(true)
	s := r.until("the newer version", func(s *backend.Status) bool { return updateNotices(s) == 1 })
	if u := s.Update; u.Latest != "v1.2.0" || u.Newer == nil || !*u.Newer || u.Page != p.URL+"/releases/tag/v1.2.0" || u.Error != nil {
		t.Errorf("update %+v", u)
	}
	r.stop()
	r.run()
	if s := r.status(); s.Update.Latest != "v1.2.0" || updateNotices(s) != 1 || p.asked.Load() != 1 {
		t.Errorf("after a restart: asked %d times, %+v, %d notices", p.asked.Load(), s.Update, updateNotices(s))
	}
	p.latest.Store("v1.3.0")
	later.Store(int64(25 * time.Hour))
	r.until("the version of the next day", func(s *backend.Status) bool { return s.Update.Latest == "v1.3.0" })
	r.stop()
	r.run(published(p, "v1.3.0"))
	if s := r.status(); s.Update.Newer == nil || *s.Update.Newer || updateNotices(s) != 0 || p.asked.Load() != 2 {
		t.Errorf("in the newer version: asked %d times, %+v, %d notices", p.asked.Load(), s.Update, updateNotices(s))
	}
}

// TestAPageThatDoesNotAnswer says so, and leaves what was known.
func TestAPageThatDoesNotAnswer(t *testing.T) {
	p := publish(t, "v1.2.0")
	r := start(t, lmstudiotest.Options{}, published(p, "v1.1.0"))
	if u, err := r.api.CheckUpdate(t.Context()); err != nil || u.Latest != "v1.2.0" || u.Error != nil || u.CheckedAt == nil {
		t.Fatalf("%+v, %v", u, err)
	}
	p.latest.Store("")
	u, err := r.api.CheckUpdate(t.Context())
	if err != nil || u.Error == nil || u.Error.Code != backend.CodeNotFound || u.Error.Hint == "" || u.Latest != "v1.2.0" {
		t.Fatalf("%+v, %v", u, err)
	}
	if updateNotices(r.status()) != 1 {
		t.Error("the newer version is forgotten")
	}
}

// TestABuildThatKnowsNoPage looks nowhere, and says what to do.
func TestABuildThatKnowsNoPage(t *testing.T) {
	r := start(t, lmstudiotest.Options{})
	r.wantUpdates(true)
	if _, err := r.api.CheckUpdate(t.Context()); backend.CodeOf(err) != backend.CodeUnsupported || !strings.Contains(backend.AsError(err).Hint, "PILOTLIGHT_RELEASES") {
		t.Errorf("%v", err)
	}
	if u := r.status().Update; u != nil {
		t.Errorf("update %+v", u)
	}
}
