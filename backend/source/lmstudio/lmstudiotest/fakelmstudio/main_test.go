package main

import (
	"bufio"
	"context"
	"fmt"
	"io"
	"net/http"
	"strings"
	"testing"
)

// The program's own promise: one line, and a control address that works.
func TestProgram(t *testing.T) {
	ctx, stop := context.WithCancel(t.Context())
	in, out := io.Pipe()
	ended := make(chan error, 1)
	go func() { ended <- run(ctx, []string{"-version", "0.3.30", "-home", t.TempDir()}, out) }()
	line, err := bufio.NewReader(in).ReadString('\n')
	if err != nil {
		t.Fatal(err)
	}
	var url, control string
	if _, err := fmt.Sscanf(line, "ready %s %s\n", &url, &control); err != nil {
		t.Fatalf("first line = %q: %v", line, err)
	}
	steps := []struct{ method, url, body, want string }{
		{"GET", url + "/api/v0/models", "", `"state":"not-loaded"`},
		{"POST", control + "/do", `{"do":"load_explicit","key":"qwen/qwen3-0.6b"}`, `{"id":"qwen/qwen3-0.6b"}`},
		{"GET", control + "/instances", "", `"context":4096`},
		{"GET", control + "/loading", "", `[]`},
		{"GET", url + "/api/v0/models/qwen/qwen3-0.6b", "", `"state":"loaded"`},
		{"GET", control + "/requests", "", `{"items":[{"kind":"http","method":"GET","path":"/api/v0/models",`},
		{"GET", control + "/info", "", `"version":"0.3.30"`},
		{"POST", control + "/do", `{"do":"fail_inference","inference":"server_error"}`, `{"id":""}`},
		{"POST", url + "/v1/responses", `{"model":"qwen/qwen3-0.6b","stream":true}`, `"type":"api_error"`},
		{"POST", control + "/do", `{"do":"dance"}`, `{"error":"unknown action \"dance\""}`},
		{"POST", control + "/do", `{"do":"eject","name":"x"}`, `unknown field`},
	}
	client := &http.Client{Transport: &http.Transport{DisableKeepAlives: true}}
	for _, step := range steps {
		request, err := http.NewRequestWithContext(ctx, step.method, step.url, strings.NewReader(step.body))
		if err != nil {
			t.Fatal(err)
		}
		response, err := client.Do(request)
		if err != nil {
			t.Fatal(err)
		}
		text, err := io.ReadAll(response.Body)
		_ = response.Body.Close()
		if err != nil {
			t.Fatal(err)
		}
		if !strings.Contains(strings.ReplaceAll(string(text), `\\"`, `\"`), step.want) {
			t.Errorf("%s %s = %s\nwant %s in it", step.method, step.url, text, step.want)
		}
	}
	stop()
	if err := <-ended; err != nil {
		t.Errorf("run: %v", err)
	}
}

func TestWrongFlagsAreAnError(t *testing.T) {
	for _, args := range [][]string{{"-nothing"}, {"-addr", "nowhere:x"}} {
		if err := run(t.Context(), args, io.Discard); err == nil {
			t.Errorf("%v: no error", args)
		}
	}
}
