package journal_test

import (
	"bytes"
	"os"
	"path/filepath"
	"testing"
	"time"

	"go.uber.org/goleak"
)

// childEnv makes the test's program play OpenClaw, with the database it names.
const childEnv = "JOURNAL_TEST_DATABASE"

func TestMain(m *testing.M) {
	if path := os.Getenv(childEnv); path != "" {
		playOpenClaw(path)
		return
	}
	goleak.VerifyTestMain(m)
}

// fixed is when the samples were recorded, and a while.
var fixed = time.Date(2026, 11, 22, 10, 0, 0, 0, time.UTC)

// samples are the recorded files of this name, by their path under testdata.
func samples(t testing.TB, name string) map[string][]byte {
	t.Helper()
	paths, err := filepath.Glob("testdata/*/*/" + name)
	if err != nil || len(paths) == 0 {
		t.Fatalf("no samples of %s: %v", name, err)
	}
	list := map[string][]byte{}
	for _, p := range paths {
		list[filepath.Dir(p)[len("testdata/"):]] = read(t, p)
	}
	return list
}

func read(t testing.TB, path string) []byte {
	t.Helper()
	b, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	return b
}

func lines(b []byte) [][]byte {
	var list [][]byte
	for line := range bytes.Lines(b) {
		if line = bytes.TrimSpace(line); len(line) > 0 {
			list = append(list, line)
		}
	}
	return list
}

// logOf is a log of about n bytes, made of the recorded ones.
func logOf(t testing.TB, n int) []byte {
	t.Helper()
	var one []byte
	for _, where := range []string{"gateway-hot-reload/2026.9.6", "i429/2026.3.13", "vii-ok/2026.9.6"} {
		one = append(one, bytes.TrimSpace(read(t, "testdata/"+where+"/openclaw.log.jsonl"))...)
		one = append(one, '\n')
	}
	return bytes.Repeat(one, max(1, n/len(one)))
}
