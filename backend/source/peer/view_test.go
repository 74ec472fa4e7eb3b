package peer

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"

	"pilotlight/backend"
)

func readStatus(t *testing.T, status string) Report {
	t.Helper()
	if !json.Valid([]byte(status)) {
		t.Fatalf("not JSON: %s", status)
	}
	c := New("http://127.0.0.1:1", secret, 0)
	r, ok := c.read([]byte(status))
	if !ok {
		t.Fatalf("not read: %s", status)
	}
	return r
}

func statusWith(more string) string { return strings.TrimSuffix(least, "}") + "," + more + "}" }

func TestWhatIsNotToldIsUnknown(t *testing.T) {
	t.Parallel()
	r := readStatus(t, least)
	v := r.View
	if v.Keep != nil || v.Machine != nil || v.LastFallback != nil || v.FallbacksToday != nil || v.Servers == nil || r.Instance != "" {
		t.Errorf("got %+v", v)
	}
}

func TestALaterVersionCostsOnlyWhatChanged(t *testing.T) {
	t.Parallel()
	r := readStatus(t, `{"version":"9","started_at":"2026-11-30T08:00:00Z","novelty":{"deep":[1]},"peers":[{"id":"x","url":"http://elsewhere"}],
		"keep":{"state":"dreaming","model":"m"},"machine":7,"fallbacks_today":"three","last_fallback":{"requested":"a/b","outcome":"vanished"},
		"servers":[{"id":"a","state":"hibernating","novelty":1,"models":[{"key":"m","instances":[{"id":"m","novelty":2}]}]},{"id":7},{"id":"b","state":"up","models":null}]}`)
	v := r.View
	if v.Keep != nil || v.Machine != nil || v.FallbacksToday != nil || v.LastFallback != nil {
		t.Errorf("believed what it cannot know: %+v", v)
	}
	if len(v.Servers) != 2 || v.Servers[0].State != backend.ServerUnknown || v.Servers[1].State != backend.ServerUp || v.Servers[1].Models == nil {
		t.Fatalf("servers = %+v", v.Servers)
	}
	if m := v.Servers[0].Models; len(m) != 1 || m[0].Instances[0].ID != "m" {
		t.Errorf("models = %+v", m)
	}
}

func TestOnlyModelsThatMatterAreKept(t *testing.T) {
	t.Parallel()
	r := readStatus(t, `{"version":"1","started_at":"2026-11-30T08:00:00Z","keep":{"server":"s","model":"kept","state":"waiting","policy":"always"},
		"servers":[{"id":"s","state":"up","models":[{"key":"kept"},{"key":"idle"},{"key":"coming","loading":true},{"key":"there","instances":[{"id":"there"}],"fit":{"verdict":"fits"}}]},
		{"id":"t","state":"up","models":[{"key":"kept"}]}]}`)
	var got []string
	for _, s := range r.View.Servers {
		for _, m := range s.Models {
			got = append(got, s.ID+"/"+m.Key)
			if m.Instances == nil || m.Fit != nil {
				t.Errorf("%+v", m)
			}
		}
	}
	if fmt.Sprint(got) != "[s/kept s/coming s/there]" {
		t.Errorf("got %v", got)
	}
}

func TestAFloodIsCut(t *testing.T) {
	t.Parallel()
	model := `{"key":"m","instances":[` + strings.TrimSuffix(strings.Repeat(`{"id":"i"},`, 50), ",") + `]}`
	server := `{"id":"s","models":[` + strings.TrimSuffix(strings.Repeat(model+",", 100), ",") + `]}`
	r := readStatus(t, `{"version":"1","started_at":"2026-11-30T08:00:00Z","servers":[`+strings.TrimSuffix(strings.Repeat(server+",", 40), ",")+`]}`)
	v := r.View
	if len(v.Servers) != mostServers || len(v.Servers[0].Models) != mostKept || len(v.Servers[0].Models[0].Instances) != mostInstances {
		t.Errorf("%d servers, %d models, %d instances", len(v.Servers), len(v.Servers[0].Models), len(v.Servers[0].Models[0].Instances))
	}
}

func TestTextsAreMadeFitToShow(t *testing.T) {
	t.Parallel()
	evil := `a\u001b[31mb\u202ec\u0000d ` + strings.Repeat("é", 400)
	r := readStatus(t, statusWith(`"host":"`+evil+`","last_fallback":{"requested":"`+evil+`","outcome":"fell_back","at":"2026-11-30T08:00:00Z","cause":{"summary":"`+evil+`","evidence":[{"text":"private"}]},"attempts":[{"detail":"private"}]}`))
	for _, s := range []string{r.Host, r.View.LastFallback.Requested, r.View.LastFallback.Cause.Summary} {
		if !strings.HasPrefix(s, "a [31mb c d é") || len(s) > textCap || !json.Valid([]byte(`"`+s+`"`)) {
			t.Errorf("%q", s)
		}
	}
	if f := r.View.LastFallback; len(f.Attempts)+len(f.Cause.Evidence) != 0 {
		t.Errorf("kept more than a sentence needs: %+v", f)
	}
}

func TestImpossibleFiguresAreUnknown(t *testing.T) {
	t.Parallel()
	r := readStatus(t, statusWith(`"machine":{"at":"2026-11-30T08:00:00Z","memory":{"total_bytes":0,"used_bytes":5},"gpus":[{"name":"g","utilization":7}],"processes":[{"pid":1,"name":"private"}]},
		"keep":{"state":"loading","model":"m","progress":-3}`))
	m := r.View.Machine
	if m.Memory != nil || m.GPUs[0].Utilization != nil || len(m.Processes) != 0 || r.View.Keep.Progress != nil {
		t.Errorf("%+v %+v", m, r.View.Keep)
	}
}

func FuzzRead(f *testing.F) {
	f.Add([]byte(least))
	f.Add([]byte(statusWith(`"keep":{"state":"warm"},"machine":{"gpus":[{}]}`)))
	c := New("http://127.0.0.1:1", secret, 0)
	f.Fuzz(func(t *testing.T, b []byte) {
		r, ok := c.read(b)
		if !ok {
			return
		}
		if out, err := json.Marshal(r.View); err != nil || strings.Contains(string(out), secret) {
			t.Errorf("%v %s", err, out)
		}
	})
}
