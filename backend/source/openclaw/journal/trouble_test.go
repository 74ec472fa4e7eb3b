package journal_test

import (
	"fmt"
	"os"
	"strings"
	"syscall"
	"testing"
	"time"

	"pilotlight/backend"
	"pilotlight/backend/source/openclaw/journal"
)

func TestWhatCannotBeReadIsTold(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		make func(path string) error
		code backend.Code
	}{
		"nothing":           {func(string) error { return nil }, backend.CodeNotFound},
		"a folder":          {func(p string) error { return os.Mkdir(p, 0o700) }, backend.CodeRefused},
		"a pipe":            {func(p string) error { return syscall.Mkfifo(p, 0o600) }, backend.CodeRefused},
		"a device":          {func(p string) error { return os.Symlink("/dev/zero", p) }, backend.CodeRefused},
		"a link to itself":  {func(p string) error { return os.Symlink(p, p) }, backend.CodeRefused},
		"a link to nothing": {func(p string) error { return os.Symlink(p+".gone", p) }, backend.CodeNotFound},
		"not allowed":       {func(p string) error { return os.WriteFile(p, []byte(logLine("x")), 0) }, backend.CodeRefused},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			if name == "not allowed" && os.Geteuid() == 0 {
				t.Skip("root may read everything")
			}
			path, o := t.TempDir()+"/claw.log", newOwner()
			if err := c.make(path); err != nil {
				t.Fatal(err)
			}
			r := reader(journal.Places{LogFile: path}, nil)
			if err := r.Look(t.Context(), o.deliver); err != nil {
				t.Fatal(err)
			}
			h := r.Health()
			if h.Err == nil || h.Err.Code != c.code || h.Err.Hint == "" || !strings.Contains(h.Err.Message, path) {
				t.Fatalf("health is %+v", h.Err)
			}
			if err := os.RemoveAll(path); err != nil {
				t.Fatal(err)
			}
			write(t, path, logLine("a"))
			if err := r.Look(t.Context(), o.deliver); err != nil {
				t.Fatal(err)
			}
			wantRuns(t, o, "a")
			if h := r.Health(); h.Err != nil {
				t.Errorf("afterwards health is %+v", h.Err)
			}
		})
	}
}

func TestLinesOfAnySortDoNotStopTheReading(t *testing.T) {
	t.Parallel()
	dir, o := t.TempDir(), newOwner()
	write(t, dir+"/openclaw-2026-11-22.log", strings.Join([]string{
		"\x00\x00\x00\n", "\xff\xfe\n", "{\n", "\n\n\r\n", strings.Repeat("[", 10_000) + "\n", strings.Repeat("x", 2*journal.MaxLine) + "\n",
		logLine("a"), `{"0":"` + strings.Repeat(`\"`, journal.MaxLine) + "\"}\n", strings.TrimSuffix(logLine("b"), "\n") + "\r\n",
	}, ""))
	o.look(t, dayFiles(dir))
	wantRuns(t, o, "a", "b")
	for _, tr := range o.traces {
		if !strings.HasPrefix(tr.Ref, "openclaw-2026-11-22.log:") {
			t.Errorf("ref %q", tr.Ref)
		}
	}
}

// TestAHugeLineIsPassedOver reads a line of 100 MB that grows, over restarts.
func TestAHugeLineIsPassedOver(t *testing.T) {
	t.Parallel()
	dir, o := t.TempDir(), newOwner()
	file := dir + "/openclaw-2026-11-22.log"
	write(t, file, logLine("a"))
	part := strings.Repeat("x", 10<<20)
	for i := range 10 {
		write(t, file, part)
		if i%3 == 0 {
			o.look(t, dayFiles(dir))
		}
	}
	write(t, file, "\n"+logLine("b"))
	o.look(t, dayFiles(dir))
	wantRuns(t, o, "a", "b")
}

// TestRotationWhileReading writes and rotates as fast as it can while the reader
// runs.
func TestRotationWhileReading(t *testing.T) {
	t.Parallel()
	dir, o := t.TempDir(), newOwner()
	run(t, reader(journal.Places{LogFile: dir + "/claw.log"}, nil), o)
	const files, perFile = 40, 50
	for i := range files {
		for j := range perFile {
			write(t, dir+"/claw.log", logLine(fmt.Sprintf("%d.%d", i, j)))
		}
		for n := files; n > 0; n-- {
			_ = os.Rename(fmt.Sprintf("%s/claw.%d.log", dir, n), fmt.Sprintf("%s/claw.%d.log", dir, n+1))
		}
		if err := os.Rename(dir+"/claw.log", dir+"/claw.1.log"); err != nil {
			t.Fatal(err)
		}
	}
	write(t, dir+"/claw.log", logLine("last"))
	o.until(t, "all lines", func(list []string) bool { return len(list) >= files*perFile+1 })
	seen := map[string]int{}
	for _, id := range o.runs() {
		if seen[id]++; seen[id] > 1 {
			t.Fatalf("%s was told of twice", id)
		}
	}
}

// TestALogThatIsCutWhileReadIsReadOn lets the file shrink between two batches.
func TestALogThatIsCutWhileReadIsReadOn(t *testing.T) {
	t.Parallel()
	dir, o := t.TempDir(), newOwner()
	file := dir + "/openclaw-2026-11-22.log"
	var b strings.Builder
	for i := range 5000 {
		b.WriteString(logLine(fmt.Sprint("old", i)))
	}
	write(t, file, b.String())
	once := false
	o.refuse = func(journal.Batch) error {
		if !once {
			once = true
			if err := os.Truncate(file, 0); err != nil {
				t.Error(err)
			}
			write(t, file, logLine("new"))
		}
		return nil
	}
	o.look(t, dayFiles(dir))
	o.look(t, dayFiles(dir))
	if got := o.runs(); got[len(got)-1] != "new" || len(got) > 5001 {
		t.Errorf("got %d traces, the last %q", len(got), got[len(got)-1])
	}
}

func TestAClockThatGoesBackLosesNothing(t *testing.T) {
	t.Parallel()
	dir, o := t.TempDir(), newOwner()
	now := fixed
	r := journal.New(journal.Config{Places: func() journal.Places { return dayFiles(dir) }, Now: func() time.Time { return now }}, nil)
	for i := range 10 {
		day := fixed.AddDate(0, 0, -i)
		write(t, dir+"/openclaw-"+day.Format(time.DateOnly)+".log", logLine(fmt.Sprint(i)))
		now = now.AddDate(0, 0, -1)
		if err := r.Look(t.Context(), o.deliver); err != nil {
			t.Fatal(err)
		}
	}
	if got := o.runs(); len(got) != 10 {
		t.Errorf("got %q", got)
	}
}

// TestABurstOfLinesIsBounded writes faster than anybody could take, and takes
// slowly.
func TestABurstOfLinesIsBounded(t *testing.T) {
	t.Parallel()
	dir, o := t.TempDir(), newOwner()
	file := dir + "/openclaw-2026-11-22.log"
	write(t, file, logLine("first"))
	run(t, reader(dayFiles(dir), nil), o)
	o.until(t, "what was there", has("first"))
	const lines = 100_000
	var b strings.Builder
	for i := range lines {
		b.WriteString(logLine(fmt.Sprint(i)))
		if i%1000 == 999 {
			write(t, file, b.String())
			b.Reset()
		}
	}
	o.until(t, "all lines", func(list []string) bool { return len(list) == lines+1 })
	for _, b := range o.batches {
		if len(b.Traces) > 1000 {
			t.Fatalf("a batch of %d traces", len(b.Traces))
		}
	}
}
