package wire_test

import (
	"compress/gzip"
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"pilotlight/backend/wire"
)

// TestMetadataIsNotAsked asks where clouds keep a machine's own passwords. Were one
// asked, the test would hang there until its patience ends, with another error.
func TestMetadataIsNotAsked(t *testing.T) {
	t.Parallel()
	client := http.Client{Transport: wire.Once(time.Second)}
	for _, host := range []string{
		"169.254.169.254", "169.254.169.254:8080", "169.254.170.2", "169.254.170.23", "[::ffff:169.254.169.254]", "100.100.100.200",
		"168.63.129.16", "[fd00:ec2::254]", "[fd00:ec2::23]", "[fd20:ce::254]", "[FD00:0EC2:0:0::0254]",
	} {
		res, err := client.Get("http://" + host + "/latest/meta-data/")
		if err == nil {
			_ = res.Body.Close()
		}
		if !errors.Is(err, wire.ErrMetadata) {
			t.Errorf("%s: %v", host, err)
		}
	}
	// A person's other machine may well have an address of this kind, over a cable.
	res, err := client.Get("http://169.254.7.7:9/")
	if err == nil {
		_ = res.Body.Close()
	}
	if errors.Is(err, wire.ErrMetadata) {
		t.Error("a neighbour's address is refused")
	}
}

// TestABombStaysFolded answers with what unfolds to a hundred megabytes, and with
// headers without end.
func TestABombStaysFolded(t *testing.T) {
	t.Parallel()
	srv := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path == "/headers" {
			w.Header().Set("X-Long", strings.Repeat("x", 64<<10))
			return
		}
		w.Header().Set("Content-Encoding", "gzip")
		z := gzip.NewWriter(w)
		zeros := make([]byte, 1<<20)
		for range 100 {
			if _, err := z.Write(zeros); err != nil {
				return
			}
		}
		_ = z.Close()
	}))
	defer srv.Close()
	for _, transport := range []*http.Transport{wire.Transport(time.Minute), wire.Once(time.Minute)} {
		client := http.Client{Transport: transport, CheckRedirect: wire.Stay}
		res, err := client.Get(srv.URL)
		if err != nil {
			t.Fatal(err)
		}
		n, err := io.Copy(io.Discard, res.Body)
		_ = res.Body.Close()
		if err != nil || n > 1<<20 {
			t.Errorf("%d bytes came out, %v", n, err)
		}
		if res, err := client.Get(srv.URL + "/headers"); err == nil {
			_ = res.Body.Close()
			t.Error("headers of 64 KB were taken")
		}
		transport.CloseIdleConnections()
	}
}

// A token for this machine or one beside it is shown to no proxy.
func TestNoProxyForWhatIsNear(t *testing.T) {
	t.Parallel()
	if wire.Toward(true, time.Minute).Proxy != nil {
		t.Error("what is near is asked through the environment's proxy")
	}
	if wire.Toward(false, time.Minute).Proxy == nil {
		t.Error("what is far is asked past the environment's proxy")
	}
}
