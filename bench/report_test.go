package main

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

func TestReportTellsWhatMissedFirst(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "benchmarks.md")
	err := report(path, "v1.2.3", []figure{
		{name: "start", value: "39 ms", target: "≤ 100 ms"}, {name: "  of it reading", value: "3 ms"}, {name: "  0.010 at 5 ms: <div>"},
		{name: "idle | CPU", value: "0.06 %", target: "≤ 0.05 %", missed: true},
	}, []upkeep{{name: "ours", rss: 20, through: noneThrough}, {name: "theirs", ready: 12, through: "0.40 ms"}}, time.Date(2026, 11, 30, 12, 0, 0, 0, time.UTC))
	if err != nil {
		t.Fatal(err)
	}
	b, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	text, last := string(b), 0
	for _, part := range []string{"30 November 2026, version v1.2.3", "## Missed: 1 of 2", `| idle \| CPU | 0.06 % | ≤ 0.05 % |`, "## Met", "| start | 39 ms | ≤ 100 ms |", "| RSS | 20.0 MB | 0.0 MB |", "through it, median | none goes through it | 0.40 ms |", "| start: reading | 3 ms |  |"} {
		i := strings.Index(text, part)
		if i < last {
			t.Errorf("%q is not there, or too early, in\n%s", part, text)
		}
		last = max(i, last)
	}
	if strings.Contains(text, "<div>") {
		t.Error("the page has a part that has no figure")
	}
}
