package main

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"math/rand/v2"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"pilotlight/backend"
	"pilotlight/backend/agent"
	"pilotlight/backend/face/client"
)

// person is a home folder with an OpenClaw in it.
type person struct{ home, log string }

// newPerson makes one whose OpenClaw asks our LM Studio first and writes its
// log where the config says.
func (b *bench) newPerson(name string) (person, error) {
	p := person{home: filepath.Join(b.tmp, name)}
	p.log = filepath.Join(p.home, "openclaw.log")
	state := filepath.Join(p.home, ".openclaw")
	if err := os.MkdirAll(state, 0o700); err != nil {
		return p, err
	}
	config := fmt.Sprintf(`{
  // written by hand
  agents: {defaults: {model: {primary: 'lmstudio/qwen/qwen3-0.6b', fallbacks: ['anthropic/claude-opus-4-6']}}},
  models: {providers: {lmstudio: {baseUrl: %q, api: 'openai-responses', models: [{id: 'qwen/qwen3-0.6b', name: 'Qwen3'}]}}},
  logging: {file: %q},
  meta: {lastTouchedVersion: '2026.9.6'},
}
`, b.fakeURL+"/v1", p.log)
	return p, os.WriteFile(filepath.Join(state, "openclaw.json"), []byte(config), 0o600)
}

// env is what a process of this person has in its environment.
func (p person) env() []string {
	return []string{"HOME=" + p.home, "OPENCLAW_HOME=", "OPENCLAW_STATE_DIR=", "OPENCLAW_CONFIG_PATH=", "OPENCLAW_PROFILE="}
}

// line is one line of OpenClaw's log as 2026.9 writes it.
func line(subsystem string, payload, message string, at time.Time) string {
	return fmt.Sprintf(`{"0":"{\"subsystem\":\"%s\"}","1":%s,"2":%q,"_meta":{"runtime":"node","runtimeVersion":"24.21.0","hostname":"studio",`+
		`"date":%q,"logLevelId":4,"logLevelName":"WARN","name":"{\"subsystem\":\"%[1]s\"}","parentNames":["openclaw"]},"time":%[4]q,"hostname":"studio","message":%[3]q}`+"\n",
		subsystem, payload, message, at.UTC().Format("2006-01-02T15:04:05.000Z"))
}

// fellLines are the two decisions of a run that the hosted model answered.
func fellLines(run int, at time.Time) string {
	common := fmt.Sprintf(`"event":"model_fallback_decision","runId":"run-%d","sessionId":"session-%d","requestedProvider":"lmstudio","requestedModel":"qwen/qwen3-0.6b","total":2,"fallbackConfigured":true`, run, run%50)
	failed := fmt.Sprintf(`{%s,"decision":"candidate_failed","candidateProvider":"lmstudio","candidateModel":"qwen/qwen3-0.6b","attempt":1,`+
		`"nextCandidateProvider":"anthropic","nextCandidateModel":"claude-opus-4-6","reason":"timeout","status":408,"errorPreview":"Connection error."}`, common)
	worked := fmt.Sprintf(`{%s,"decision":"candidate_succeeded","candidateProvider":"anthropic","candidateModel":"claude-opus-4-6","attempt":2,`+
		`"previousAttempts":[{"provider":"lmstudio","model":"qwen/qwen3-0.6b","reason":"timeout","status":408,"errorPreview":"Connection error."}]}`, common)
	return line("model-fallback/decision", failed, "model fallback decision", at) +
		line("model-fallback/decision", worked, "model fallback decision", at.Add(time.Second))
}

// writeLog writes a log of about size bytes, of which a few lines in a thousand
// are about fallbacks, as on a day with trouble.
func writeLog(path string, size int64, began time.Time) (runs int, err error) {
	f, err := os.Create(path)
	if err != nil {
		return 0, err
	}
	defer f.Close()
	rng := rand.New(rand.NewPCG(1, 2))
	chatter := func(at time.Time) string {
		switch rng.IntN(4) {
		case 0:
			return line("agent/embedded", fmt.Sprintf("%q", "tool-search: cataloged 52 tools behind compact prompt surface"), "x", at)
		case 1:
			return line("session-sqlite", fmt.Sprintf(`{"pid":%d,"operation":"session.reclamation.worker-commit","elapsedMs":%d,"storePath":%q}`,
				rng.IntN(1e5), rng.IntN(9e3), strings.Repeat("/some/where", 20)), "slow SQLite session write", at)
		case 2:
			return line("gateway/ws", fmt.Sprintf("%q", "⇄ res ✓ sessions.list "+strings.Repeat("conn=1234 ", rng.IntN(60))), "x", at)
		}
		return line("whatsapp/inbound", fmt.Sprintf(`{"from":"+100","chars":%d,"pad":%q}`, rng.IntN(500), strings.Repeat("0123456789", rng.IntN(90))), "inbound message", at)
	}
	const block = 4 << 20
	var buf bytes.Buffer
	at := began
	for written := int64(0); written < size; {
		buf.Reset()
		for buf.Len() < block {
			at = at.Add(20 * time.Millisecond)
			if rng.IntN(2000) == 0 {
				runs++
				buf.WriteString(fellLines(runs, at))
			}
			buf.WriteString(chatter(at))
		}
		n, err := f.Write(buf.Bytes())
		if err != nil {
			return runs, err
		}
		written += int64(n)
	}
	runs++
	_, err = f.WriteString(fellLines(runs, at))
	return runs, err
}

const (
	logSize     = 1 << 30
	lastLimit   = 5 * time.Minute
	newLines    = 100
	pageQueries = 300
)

// backfill lets a new agent read a log of a gigabyte, and grep the same file in
// the same minute.
func (b *bench) backfill() error {
	p, err := b.newPerson("reader")
	if err != nil {
		return err
	}
	defer os.Remove(p.log)
	began := time.Now().Add(-20 * time.Hour)
	runs, err := writeLog(p.log, logSize, began)
	if err != nil {
		return err
	}
	size, err := os.Stat(p.log)
	if err != nil {
		return err
	}
	grep := func() (float64, error) {
		started := time.Now()
		out, err := exec.Command("grep", "-c", "model_fallback", p.log).Output()
		if err != nil {
			return 0, fmt.Errorf("grep: %w", err)
		}
		if got := strings.TrimSpace(string(out)); got != fmt.Sprint(2*runs) {
			return 0, fmt.Errorf("grep found %s lines of %d", got, 2*runs)
		}
		return time.Since(started).Seconds(), nil
	}
	if _, err := grep(); err != nil { // brings the file into memory
		return err
	}
	var greps, reads, grown []float64
	for i := range 3 {
		g, err := grep()
		if err != nil {
			return err
		}
		read, more, err := b.readAll(p, filepath.Join(b.tmp, fmt.Sprint("s", i)), runs)
		if err != nil {
			return err
		}
		greps, reads, grown = append(greps, g), append(reads, read), append(grown, more)
	}
	mb := float64(size.Size()) / 1e6
	b.atLeast("back-fill of a 1 GB log, stored (median of 3)", mb/median(reads), "%.0f", 300, "MB/s")
	b.add("  its time against grep -c of the same file", median(reads)/median(greps), "%.2f", 2, "times")
	b.note("  grep -c", fmt.Sprintf("%.0f MB/s", mb/median(greps)))
	b.note("  fallbacks in it", fmt.Sprint(runs))
	b.add("  more RSS at its peak", slices.Max(grown), "%.1f", 32, "MB")
	return nil
}

// readAll starts an agent on an empty state folder and waits until the last
// fallback of the log is in its history.
func (b *bench) readAll(p person, home string, runs int) (seconds, more float64, err error) {
	was := b.home
	b.home = home
	defer func() { b.home = was }()
	started := time.Now()
	a, err := b.startProgram("pilotlight-headless", p.env(), "--no-tray")
	if err != nil {
		return 0, 0, err
	}
	defer a.stop()
	first, err := a.rss()
	if err != nil {
		return 0, 0, err
	}
	c := client.New(agent.SocketPath(home))
	defer c.Close()
	last := fmt.Sprint("run-", runs)
	for time.Since(started) < lastLimit {
		page, err := c.Fallbacks(context.Background(), backend.FallbackQuery{Limit: 1})
		if err != nil {
			return 0, 0, err
		}
		if len(page.Items) == 1 && page.Items[0].RunID == last {
			seconds = time.Since(started).Seconds()
			peak, err := a.peak()
			return seconds, peak - first.total, err
		}
		time.Sleep(5 * time.Millisecond)
	}
	return 0, 0, fmt.Errorf("%s did not come within %s", last, lastLimit)
}

// newLine is the time from a line's writing to the event on a page's stream,
// which comes when it is in the store.
func (b *bench) newLine() error {
	f, err := os.OpenFile(b.person.log, os.O_APPEND|os.O_CREATE|os.O_WRONLY, 0o600)
	if err != nil {
		return err
	}
	defer f.Close()
	ctx, cancel := context.WithTimeout(context.Background(), 3*time.Minute)
	defer cancel()
	c := client.New(agent.SocketPath(b.home))
	defer c.Close()
	seen := make(chan string, newLines)
	ready := make(chan struct{})
	go func() {
		_ = c.Events(ctx, 0, func(kind string, _ uint64, data json.RawMessage) error {
			switch kind {
			case string(backend.EventState):
				select {
				case <-ready:
				default:
					close(ready)
				}
			case string(backend.EventFallback):
				var f backend.Fallback
				if err := json.Unmarshal(data, &f); err != nil {
					return err
				}
				seen <- f.RunID
			}
			return nil
		})
	}()
	<-ready
	var took []float64
	for i := range newLines {
		run := 1_000_000 + i
		text := fellLines(run, time.Now())
		started := time.Now()
		if _, err := f.WriteString(text); err != nil {
			return err
		}
		for want := fmt.Sprint("run-", run); ; {
			select {
			case got := <-seen:
				if got != want {
					continue
				}
			case <-ctx.Done():
				return fmt.Errorf("no event for %s", want)
			}
			break
		}
		took = append(took, float64(time.Since(started).Microseconds())/1000)
		if i == 0 {
			// The event must not run ahead of the store.
			page, err := c.Fallbacks(ctx, backend.FallbackQuery{Limit: 1})
			if err != nil || len(page.Items) != 1 || page.Items[0].RunID != fmt.Sprint("run-", run) {
				return fmt.Errorf("the event of run-%d came before its row: %v", run, err) //nolint:errorlint // err may be nil
			}
		}
		time.Sleep(time.Duration(20+i%7*13) * time.Millisecond)
	}
	slices.Sort(took)
	b.add(fmt.Sprintf("a new line stored and on the page, slowest of %d", newLines), took[len(took)-1], "%.0f", 300, "ms")
	b.note("  median", fmt.Sprintf("%.0f ms", median(took)))
	return nil
}

// fallbackPages asks for pages as the dashboard does: plain, filtered, deep.
func (b *bench) fallbackPages() error {
	h := b.agent.http()
	since := backend.At(time.Now().AddDate(0, 0, -30)).String()
	queries := []string{
		"?limit=50", "?limit=50&cause=server_off", "?limit=50&outcome=exhausted", "?limit=50&model=anthropic/claude-opus-4-6",
		"?limit=50&since=" + since + "&cause=rate_limited", "?limit=50&session=agent:main:main", "?limit=50&reason=timeout&outcome=fell_back",
	}
	var took []float64
	for i := range pageQueries {
		q := queries[i%len(queries)]
		for range 1 + i%3 { // and the next pages of it
			started := time.Now()
			next, err := page(h, "http://agent/api/fallbacks"+q)
			if err != nil {
				return err
			}
			took = append(took, float64(time.Since(started).Microseconds())/1000)
			if next == "" {
				break
			}
			q = queries[i%len(queries)] + "&before=" + next
		}
	}
	slices.Sort(took)
	b.add("the same over HTTP, filters of the dashboard, p95", p95(took), "%.1f", 10, "ms")
	b.note("  median", fmt.Sprintf("%.1f ms", median(took)))
	return nil
}

func page(h *http.Client, url string) (next string, err error) {
	body, err := get(h, url)
	if err != nil {
		return "", err
	}
	var p struct {
		Next string `json:"next"`
	}
	return p.Next, json.Unmarshal(body, &p)
}

func get(h *http.Client, url string) ([]byte, error) {
	res, err := h.Get(url)
	if err != nil {
		return nil, err
	}
	defer res.Body.Close()
	body, err := io.ReadAll(res.Body)
	if err != nil || res.StatusCode != http.StatusOK {
		return nil, fmt.Errorf("%s: %s %.300s %v", url, res.Status, body, err) //nolint:errorlint // err may be nil
	}
	return body, nil
}
