package release

import (
	"context"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"
	"time"

	"go.uber.org/goleak"

	"pilotlight/backend"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// site is a project's pages, which redirect as GitHub's do.
func site(t *testing.T, latest http.HandlerFunc) string {
	t.Helper()
	mux := http.NewServeMux()
	mux.HandleFunc("/who/pilotlight/releases/latest", latest)
	srv := httptest.NewServer(mux)
	t.Cleanup(srv.Close)
	return srv.URL + "/who/pilotlight/releases"
}

func to(place string) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Location", strings.ReplaceAll(place, "HERE", "http://"+r.Host+"/who/pilotlight/releases"))
		w.WriteHeader(http.StatusFound)
	}
}

func TestLatest(t *testing.T) {
	for _, place := range []string{"HERE/tag/v1.2.3", "/who/pilotlight/releases/tag/v1.2.3", "tag/v1.2.3"} {
		where := site(t, to(place))
		got, err := Latest(t.Context(), where)
		if want := (backend.Release{Version: "v1.2.3", Page: where + "/tag/v1.2.3"}); err != nil || got != want {
			t.Errorf("%s: %+v, %v", place, got, err)
		}
	}
}

func TestLatestOfAnAddressWithASlash(t *testing.T) {
	where := site(t, to("HERE/tag/v2.0.0-rc.1"))
	if got, err := Latest(t.Context(), where+"/"); err != nil || got.Version != "v2.0.0-rc.1" {
		t.Errorf("%+v, %v", got, err)
	}
}

func TestAnswersThatNameNoVersion(t *testing.T) {
	status := func(code int) http.HandlerFunc {
		return func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(code) }
	}
	for name, c := range map[string]struct {
		answer http.HandlerFunc
		code   backend.Code
	}{
		"no such project":     {status(404), backend.CodeNotFound},
		"nothing published":   {to("HERE"), backend.CodeNotFound},
		"a page, no redirect": {status(200), backend.CodeProtocol},
		"trouble":             {status(503), backend.CodeProtocol},
		"no place":            {status(302), backend.CodeProtocol},
		"another host":        {to("http://example.com/who/pilotlight/releases/tag/v9.9.9"), backend.CodeProtocol},
		"another scheme":      {to("javascript:alert(1)"), backend.CodeProtocol},
		"another project":     {to("/who/else/releases/tag/v9.9.9"), backend.CodeProtocol},
		"a sign-in":           {to("/login?return_to=%2Fwho"), backend.CodeProtocol},
		"a tag, no version":   {to("HERE/tag/nightly"), backend.CodeProtocol},
		"markup":              {to("HERE/tag/v1.2.3%3Cscript%3E"), backend.CodeProtocol},
		"climbing":            {to("HERE/tag/../../../x/tag/v1.2.3"), backend.CodeProtocol},
		"endless":             {to("HERE/tag/v1.2.3-" + strings.Repeat("a", 5000)), backend.CodeProtocol},
		"hangs up":            {func(http.ResponseWriter, *http.Request) { panic(http.ErrAbortHandler) }, backend.CodeNetwork},
	} {
		t.Run(name, func(t *testing.T) {
			got, err := Latest(t.Context(), site(t, c.answer))
			e := backend.AsError(err)
			if backend.CodeOf(err) != c.code || e.Hint == "" || got != (backend.Release{}) {
				t.Errorf("%+v, %v (%s)", got, err, backend.CodeOf(err))
			}
		})
	}
}

// What is asked tells nothing of who asks.
func TestTheQuestionIsAnonymous(t *testing.T) {
	var asked *http.Request
	where := site(t, func(w http.ResponseWriter, r *http.Request) { asked = r; to("HERE/tag/v1.2.3")(w, r) })
	if _, err := Latest(t.Context(), where); err != nil {
		t.Fatal(err)
	}
	names := []string{}
	for name := range asked.Header {
		names = append(names, name)
	}
	slices.Sort(names)
	if asked.Method != http.MethodHead || asked.URL.RawQuery != "" || asked.Header.Get("User-Agent") != "pilotlight" ||
		!slices.Equal(names, []string{"Connection", "User-Agent"}) {
		t.Errorf("%s %s with %v", asked.Method, asked.URL, asked.Header)
	}
}

func TestAnAddressThatIsNone(t *testing.T) {
	for _, where := range []string{
		"", "releases", "ftp://example.com/releases", "http://example.com/who/pilotlight/releases", "https://me:secret@example.com/releases",
		"https://example.com/releases?token=1", "https://example.com/releases#top", "https:///releases", "file:///etc/passwd", "http://%zz",
	} {
		if _, err := Latest(t.Context(), where); backend.CodeOf(err) != backend.CodeInvalid {
			t.Errorf("%q: %v", where, err)
		}
	}
}

func TestASlowPageIsGivenUp(t *testing.T) {
	done := make(chan struct{})
	where := site(t, func(_ http.ResponseWriter, r *http.Request) {
		select {
		case <-r.Context().Done():
		case <-done:
		}
	})
	defer close(done)
	ctx, cancel := context.WithTimeout(t.Context(), 50*time.Millisecond)
	defer cancel()
	if _, err := Latest(ctx, where); backend.CodeOf(err) != backend.CodeTimeout {
		t.Errorf("%v (%s)", err, backend.CodeOf(err))
	}
}
