package agent_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"net"
	"net/http"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"syscall"
	"testing"
	"time"

	"pilotlight/backend"
	"pilotlight/backend/source/lmstudio/lmstudiotest"
)

// TestPrometheusScrapes lets the real Prometheus read a running agent, signed in
// as its documentation says, and asks it every question of the Grafana dashboard.
func TestPrometheusScrapes(t *testing.T) {
	t.Parallel()
	path, err := exec.LookPath("prometheus")
	if err != nil {
		t.Skip("prometheus is not installed here")
	}
	r := start(t, lmstudiotest.Options{})
	if _, err := r.api.SetKeep(t.Context(), backend.Target{Model: hero}); err != nil {
		t.Fatal(err)
	}
	st := r.untilKeep(backend.KeepWarm, "")
	p := startPrometheus(t, path, st.Listen, filepath.Join(r.cfg.Home, "token"))
	p.until(`up{job="pilotlight"} == 1`)
	for _, expr := range []string{
		`pilotlight_server_up{server="lmstudio"} == 1`,
		`pilotlight_keep_state{state="warm"} == 1`,
		`pilotlight_loads_total{event="loaded",cause="keep_warm"} == 1`,
		`pilotlight_timed_loads_total{model="` + hero + `"} == 1`,
		`pilotlight_machine_memory_total_bytes == 64e9`,
		`process_resident_memory_bytes > 1e6`,
		`process_cpu_seconds_total > 0`,
	} {
		p.until(expr)
	}
	for _, expr := range questions(t) {
		if _, err := p.ask(strings.NewReplacer("$job", ".*", "$instance", ".*").Replace(expr)); err != nil {
			t.Errorf("%s: %v", expr, err)
		}
	}
}

// questions are the dashboard's.
func questions(t *testing.T) (list []string) {
	t.Helper()
	raw, err := os.ReadFile("../../build/grafana/pilotlight.json")
	if err != nil {
		t.Fatal(err)
	}
	var dashboard struct {
		Panels []struct{ Targets []struct{ Expr string } }
	}
	if err := json.Unmarshal(raw, &dashboard); err != nil {
		t.Fatal(err)
	}
	for _, panel := range dashboard.Panels {
		for _, target := range panel.Targets {
			list = append(list, target.Expr)
		}
	}
	if len(list) < 10 {
		t.Fatalf("the dashboard asks %d questions", len(list))
	}
	written := metricNames(t)
	for _, expr := range list {
		for _, name := range regexp.MustCompile(`(pilotlight|process|go)_[a-z_]+`).FindAllString(expr, -1) {
			if !strings.Contains(written, `"`+name+`"`) {
				t.Errorf("the dashboard asks for %s, which is never written", name)
			}
		}
	}
	return list
}

// metricNames is the source that writes the metrics: this machine has not all of
// what is measured.
func metricNames(t *testing.T) string {
	t.Helper()
	files, err := filepath.Glob("../face/api/metrics*.go")
	if err != nil || len(files) == 0 {
		t.Fatal("no source of the metrics", err)
	}
	var all []byte
	for _, f := range files {
		b, err := os.ReadFile(f)
		if err != nil {
			t.Fatal(err)
		}
		all = append(all, b...)
	}
	return string(all)
}

// prometheus is a running one.
type prometheus struct {
	*testing.T
	url string
}

func startPrometheus(t *testing.T, path, target, token string) *prometheus {
	t.Helper()
	dir := t.TempDir()
	config := fmt.Sprintf(`
global: {scrape_interval: 1s}
scrape_configs:
  - job_name: pilotlight
    authorization: {credentials_file: %q}
    static_configs: [{targets: [%q]}]
`, token, strings.TrimPrefix(target, "http://"))
	if err := os.WriteFile(filepath.Join(dir, "prometheus.yml"), []byte(config), 0o600); err != nil {
		t.Fatal(err)
	}
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	address := l.Addr().String()
	l.Close()
	var said bytes.Buffer
	cmd := exec.Command(path, "--config.file="+filepath.Join(dir, "prometheus.yml"), "--storage.tsdb.path="+filepath.Join(dir, "data"),
		"--web.listen-address="+address, "--log.level=warn")
	cmd.Stdout, cmd.Stderr = &said, &said
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		_ = cmd.Process.Signal(syscall.SIGTERM)
		_ = cmd.Wait()
		if t.Failed() {
			t.Logf("prometheus said:\n%s", &said)
		}
	})
	return &prometheus{t, "http://" + address}
}

// ask is how many series answer a question.
func (p *prometheus) ask(expr string) (int, error) {
	res, err := http.Get(p.url + "/api/v1/query?query=" + url.QueryEscape(expr))
	if err != nil {
		return 0, err
	}
	defer res.Body.Close()
	var answer struct {
		Status, Error string
		Data          struct{ Result []json.RawMessage }
	}
	if err := json.NewDecoder(res.Body).Decode(&answer); err != nil {
		return 0, fmt.Errorf("status %d: %w", res.StatusCode, err)
	}
	if answer.Status != "success" {
		return 0, fmt.Errorf("%s: %s", answer.Status, answer.Error)
	}
	return len(answer.Data.Result), nil
}

func (p *prometheus) until(expr string) {
	p.Helper()
	deadline := time.Now().Add(patient)
	for {
		n, err := p.ask(expr)
		if err == nil && n > 0 {
			return
		}
		if time.Now().After(deadline) {
			p.Fatalf("never came: %s (%v)", expr, err)
		}
		time.Sleep(200 * time.Millisecond)
	}
}
