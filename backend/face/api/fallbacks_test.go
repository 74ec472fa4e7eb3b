package api_test

import (
	"bytes"
	"context"
	"encoding/csv"
	"errors"
	"net/http"
	"reflect"
	"strings"
	"testing"
	"time"

	"pilotlight/backend"
)

// hostile is text as another program could write it into a log.
const hostile = "=cmd|'/c calc'!A1, \"quoted\"\n<script>"

func someFallback() backend.Fallback {
	return backend.Fallback{
		ID: 7, At: backend.At(newClock().now()), Requested: "lmstudio/a/b", Answered: ptr("anthropic/c"),
		Outcome: backend.FellBack, Reason: hostile, LostSeconds: ptr(73.6),
		Attempts: []backend.Attempt{{Model: "lmstudio/a/b", Decision: backend.AttemptFailed, Reason: "timeout"}},
		Cause:    backend.Cause{Code: backend.FellServerOff, Confidence: backend.Certain, Summary: "it was off"},
	}
}

func TestFallbackOperations(t *testing.T) {
	var got []any
	fell := someFallback()
	settings := backend.Settings{Notify: backend.NotifySettings{Fallbacks: true, QuietFrom: "22:00", QuietTo: "07:30"}}
	ctx := t.Context()
	c := start(t, &fakeAgent{
		fallback: func(_ context.Context, id int64) (backend.FallbackStory, error) {
			got = []any{id}
			return backend.FallbackStory{Fallback: fell}, nil
		},
		summary: func(_ context.Context, since, until backend.Time) (backend.FallbackSummary, error) {
			got = []any{since.String(), until.String()}
			return backend.FallbackSummary{Count: 3}, nil
		},
		fix: func(_ context.Context, id int64) (backend.Fixed, error) {
			got = []any{id}
			return backend.Fixed{Text: "done"}, nil
		},
		see:      func(context.Context) error { got = []any{"seen"}; return nil },
		update:   func(context.Context) (backend.Update, error) { got = []any{"update"}; return backend.Update{}, nil },
		settings: func(context.Context) (backend.Settings, error) { return settings, nil },
		setSettings: func(_ context.Context, s backend.Settings) (backend.Settings, error) {
			got = []any{s}
			return s, nil
		},
		fallbacks: func(_ context.Context, q backend.FallbackQuery) (backend.Page[backend.Fallback], error) {
			got = []any{q}
			return backend.Page[backend.Fallback]{Items: []backend.Fallback{fell}, Next: "1-2"}, nil
		},
	}).dial(t)
	at := backend.At(newClock().now())
	week := backend.At(at.Add(-7 * 24 * time.Hour))
	query := backend.FallbackQuery{
		Since: &week, Until: &at, Model: "a/b&c", Reason: "rate limit", Cause: backend.FellAuth,
		Outcome: backend.Exhausted, Session: "agent:main:main", Before: "1-2", Limit: 3,
	}
	for name, step := range map[string]struct {
		do    func() (any, error)
		asked []any
	}{
		"list":          {func() (any, error) { return c.Fallbacks(ctx, query) }, []any{query}},
		"list, least":   {func() (any, error) { return c.Fallbacks(ctx, backend.FallbackQuery{}) }, []any{backend.FallbackQuery{}}},
		"one":           {func() (any, error) { return c.Fallback(ctx, 7) }, []any{int64(7)}},
		"fix":           {func() (any, error) { return c.FixFallback(ctx, 7) }, []any{int64(7)}},
		"seen":          {func() (any, error) { return nil, c.SeeFallbacks(ctx) }, []any{"seen"}},
		"summary":       {func() (any, error) { return c.FallbackSummary(ctx, &week, &at) }, []any{week.String(), at.String()}},
		"summary, rest": {func() (any, error) { return c.FallbackSummary(ctx, nil, &at) }, []any{backend.At(at.AddDate(0, 0, -182)).String(), at.String()}},
		"settings":      {func() (any, error) { return c.SetSettings(ctx, settings) }, []any{settings}},
		"update":        {func() (any, error) { return c.CheckUpdate(ctx) }, []any{"update"}},
	} {
		t.Run(name, func(t *testing.T) {
			got = nil
			if _, err := step.do(); err != nil {
				t.Fatal(err)
			}
			if !reflect.DeepEqual(got, step.asked) {
				t.Errorf("the agent was asked for %+v, want %+v", got, step.asked)
			}
		})
	}
	if s, err := c.Settings(ctx); err != nil || s != settings {
		t.Errorf("settings = %+v, %v", s, err)
	}
	if story, err := c.Fallback(ctx, 7); err != nil || story.ID != 7 || *story.LostSeconds != 73.6 || story.Cause.Code != backend.FellServerOff {
		t.Errorf("story = %+v, %v", story, err)
	}
}

// A list that is empty is [], also within a list: the dashboard goes over them.
func TestFallbackListsAreNeverNull(t *testing.T) {
	r := start(t, &fakeAgent{
		fallbacks: func(context.Context, backend.FallbackQuery) (backend.Page[backend.Fallback], error) {
			return backend.Page[backend.Fallback]{Items: []backend.Fallback{{ID: 1}}}, nil
		},
		fallback: func(context.Context, int64) (backend.FallbackStory, error) { return backend.FallbackStory{}, nil },
		summary: func(context.Context, backend.Time, backend.Time) (backend.FallbackSummary, error) {
			return backend.FallbackSummary{}, nil
		},
	})
	for _, path := range []string{"/api/fallbacks", "/api/fallbacks/1", "/api/fallbacks/summary"} {
		body := strings.ReplaceAll(r.overSocket(t, "GET", path, "").body, `"answered":null`, "")
		if strings.Contains(body, "null") {
			t.Errorf("%s: %s", path, body)
		}
	}
}

func TestFallbackRequestsThatAreWrong(t *testing.T) {
	r := start(t, &fakeAgent{})
	for _, c := range []struct{ method, path, body string }{
		{"GET", "/api/fallbacks?cause=moon", ""},
		{"GET", "/api/fallbacks?outcome=moon", ""},
		{"GET", "/api/fallbacks?limit=0", ""},
		{"GET", "/api/fallbacks?limit=1001", ""},
		{"GET", "/api/fallbacks?nonsense=1", ""},
		{"GET", "/api/fallbacks?since=yesterday", ""},
		{"GET", "/api/fallbacks/0", ""},
		{"GET", "/api/fallbacks/seven", ""},
		{"GET", "/api/export/fallbacks?format=xlsx", ""},
		{"PUT", "/api/settings", `{"notify":{"fallbacks":true,"quiet_from":"25:00","quiet_to":"07:00"}}`},
		{"PUT", "/api/settings", `{"notify":{"fallbacks":"yes"}}`},
		{"PUT", "/api/settings", `{}`},
	} {
		got := r.overSocket(t, c.method, c.path, c.body)
		if got.StatusCode < 400 || got.StatusCode >= 500 || !strings.Contains(got.body, `"hint"`) {
			t.Errorf("%s %s %s: %d %s", c.method, c.path, c.body, got.StatusCode, got.body)
		}
	}
}

func TestExport(t *testing.T) {
	var asked backend.FallbackQuery
	c := start(t, &fakeAgent{
		eachFell: func(_ context.Context, q backend.FallbackQuery, f func(backend.Fallback) error) error {
			asked = q
			for range 3 {
				if err := f(someFallback()); err != nil {
					return err
				}
			}
			return nil
		},
		eachLoad: func(_ context.Context, _ backend.LoadQuery, f func(backend.Load) error) error {
			return f(backend.Load{ID: 5, Model: "+1", Event: backend.Loaded})
		},
	}).dial(t)
	var table bytes.Buffer
	if err := c.ExportFallbacks(t.Context(), &table, "csv", backend.FallbackQuery{Cause: backend.FellAuth, Limit: 1}); err != nil {
		t.Fatal(err)
	}
	if asked.Cause != backend.FellAuth || asked.Limit != 0 {
		t.Errorf("asked for %+v", asked)
	}
	rows, err := csv.NewReader(&table).ReadAll()
	if err != nil || len(rows) != 4 {
		t.Fatalf("%d rows, %v", len(rows), err)
	}
	cells := map[string]string{}
	for i, name := range rows[0] {
		cells[name] = rows[1][i]
	}
	for name, want := range map[string]string{
		"id": "7", "requested": "lmstudio/a/b", "answered": "anthropic/c", "lost_seconds": "73.6", "cause": "server_off",
		"ended_at": "", "attempts": "lmstudio/a/b failed timeout", "reason": "'" + hostile,
	} {
		if cells[name] != want {
			t.Errorf("%s = %q, want %q", name, cells[name], want)
		}
	}
	var lines bytes.Buffer
	if err := c.ExportFallbacks(t.Context(), &lines, "jsonl", backend.FallbackQuery{}); err != nil {
		t.Fatal(err)
	}
	if n := strings.Count(lines.String(), "\n"); n != 3 || !strings.HasPrefix(lines.String(), `{"id":7,`) {
		t.Errorf("%d lines: %s", n, lines.String())
	}
	lines.Reset()
	if err := c.ExportLoads(t.Context(), &lines, "csv", backend.LoadQuery{}); err != nil || !strings.Contains(lines.String(), ",'+1,") {
		t.Errorf("loads: %v %s", err, lines.String())
	}
}

// Half an export must not look like a whole one.
func TestExportThatFailsMidwayIsCutOff(t *testing.T) {
	c := start(t, &fakeAgent{eachFell: func(_ context.Context, _ backend.FallbackQuery, f func(backend.Fallback) error) error {
		for range 1000 {
			if err := f(someFallback()); err != nil {
				return err
			}
		}
		return errors.New("the disk is gone")
	}}).dial(t)
	var out bytes.Buffer
	if err := c.ExportFallbacks(t.Context(), &out, "jsonl", backend.FallbackQuery{}); err == nil {
		t.Error("no error")
	}
}

func TestExportIsADownload(t *testing.T) {
	r := start(t, &fakeAgent{eachFell: func(context.Context, backend.FallbackQuery, func(backend.Fallback) error) error { return nil }})
	req, err := http.NewRequestWithContext(t.Context(), "GET", "http://"+r.addr+"/api/export/fallbacks?format=csv", nil)
	if err != nil {
		t.Fatal(err)
	}
	req.Header.Set("Authorization", "Bearer "+token)
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	defer http.DefaultClient.CloseIdleConnections()
	if got := resp.Header.Get("Content-Disposition"); got != `attachment; filename="pilotlight-fallbacks.csv"` {
		t.Errorf("Content-Disposition = %q", got)
	}
	if got := resp.Header.Get("Content-Type"); got != "text/csv; charset=utf-8; header=present" {
		t.Errorf("Content-Type = %q", got)
	}
}
