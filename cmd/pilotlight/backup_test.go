package main

import (
	"bytes"
	"database/sql"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"

	"pilotlight/backend"
	"pilotlight/backend/agent"
	"pilotlight/backend/face/client"
	"pilotlight/backend/source/lmstudio/lmstudiotest"
	"pilotlight/backend/source/openclaw/openclawtest"
)

// saved is a real agent that has lived, and the copy of its history.
type saved struct {
	*testing.T
	exe, home, file string
	fake            *lmstudiotest.Server
	agent           *exec.Cmd
}

// TestBackupIsRestored takes a backup of a real agent while it writes, ruins the
// database, and puts the backup in its place as docs/using.md says: all that anybody
// was shown before the backup is there again, and the agent goes on from it.
func TestBackupIsRestored(t *testing.T) {
	s := live(t)
	before := s.backUpWhileItWrites()
	_ = s.agent.Process.Kill()
	_ = s.agent.Wait()
	s.ruin()
	s.putBack(s.file)
	s.agent = startAgent(t, s.exe, s.home, s.fake.URL())
	c := client.New(agent.SocketPath(s.home))
	defer c.Close()
	s.wantKept(c, before)
	newest := before.newest()
	churn(c, lmstudiotest.SmallModels()[1].Key)
	for id := range wholeHistory(t, c) {
		newest = max(newest, id)
	}
	if newest == before.newest() {
		t.Error("nothing is recorded after the restore")
	}
}

// TestNewerBackupIsRefused puts back what a later Pilotlight saved.
func TestNewerBackupIsRefused(t *testing.T) {
	s := live(t)
	s.backUp()
	s.stop()
	db, err := sql.Open("sqlite3", s.file)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := db.Exec("PRAGMA user_version = 99"); err != nil {
		t.Fatal(err)
	}
	if err := db.Close(); err != nil {
		t.Fatal(err)
	}
	s.putBack(s.file)
	want, _ := os.ReadFile(s.file)
	cmd := s.command("agent", "--no-tray", "--listen", "127.0.0.1:0", "--lmstudio", s.fake.URL())
	out, err := cmd.CombinedOutput()
	if err == nil || cmd.ProcessState.ExitCode() != exitRefused ||
		!strings.Contains(string(out), "newer Pilotlight") || !strings.Contains(string(out), "hint: Update Pilotlight") {
		t.Errorf("it ended with %v and said %s", err, out)
	}
	if got, _ := os.ReadFile(agent.DatabasePath(s.home)); !bytes.Equal(got, want) {
		t.Error("the newer history was touched")
	}
}

// live starts an agent and has it keep a model, see a fallback and sample.
func live(t *testing.T) *saved {
	exe, err := exec.LookPath("pilotlight") // the test's own binary: see TestMain
	if err != nil {
		t.Fatal(err)
	}
	home, err := os.MkdirTemp("", "pl")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { os.RemoveAll(home) })
	t.Setenv("HOME", home)
	s := &saved{T: t, exe: exe, home: home, file: filepath.Join(t.TempDir(), "history.db")}
	s.fake = lmstudiotest.Start(t, lmstudiotest.Options{Models: lmstudiotest.SmallModels()})
	s.agent = startAgent(t, exe, home, s.fake.URL())
	c := client.New(agent.SocketPath(home))
	defer c.Close()
	keepFirst(t, c, lmstudiotest.SmallModels()[0].Key)
	s.fallback(c)
	return s
}

// fallback has OpenClaw fall back once, and waits until it is told.
func (s *saved) fallback(c *client.Client) {
	s.Helper()
	oc, err := openclawtest.New(openclawtest.Options{
		StateDir: filepath.Join(s.home, ".openclaw"), LogFile: filepath.Join(s.home, "openclaw.log"), LMStudioURL: s.fake.URL(),
		Primary: "lmstudio/" + lmstudiotest.SmallModels()[1].Key,
	})
	if err != nil {
		s.Fatal(err)
	}
	defer oc.Close()
	s.until("a config", func() bool {
		st, err := c.Status(s.Context())
		return err == nil && st.OpenClaw != nil && st.OpenClaw.Found
	})
	if _, err := oc.Play(openclawtest.Turn{Took: 500 * time.Millisecond, Failures: []openclawtest.Failure{"not_loaded"}}); err != nil {
		s.Fatal(err)
	}
	s.until("a fallback", func() bool { return len(s.fallbacks(c)) > 0 })
}

func (s *saved) until(what string, ok func() bool) {
	s.Helper()
	for deadline := time.Now().Add(time.Minute); !ok(); time.Sleep(50 * time.Millisecond) {
		if time.Now().After(deadline) {
			s.Fatalf("never came: %s", what)
		}
	}
}

func (s *saved) command(args ...string) *exec.Cmd {
	cmd := exec.Command(s.exe, args...)
	cmd.Env = append(os.Environ(), "PILOTLIGHT_HOME="+s.home)
	return cmd
}

// stop ends the agent well.
func (s *saved) stop() {
	s.Helper()
	if err := s.agent.Process.Signal(syscall.SIGTERM); err != nil {
		s.Fatal(err)
	}
	if err := s.agent.Wait(); err != nil {
		s.Fatal(err)
	}
}

func (s *saved) backUp() {
	s.Helper()
	if out, err := s.command("backup", s.file).CombinedOutput(); err != nil {
		s.Fatalf("backup: %v, %s", err, out)
	}
}

// told is what was shown to somebody before the backup began.
type told struct {
	loads     map[int64]backend.Load
	fallbacks []backend.Fallback
	samples   map[int64]float64 // most memory in use, by the beginning of ten seconds
	from, to  time.Time         // of the samples
	keep      backend.Keep
}

func (w told) newest() (id int64) {
	for i := range w.loads {
		id = max(id, i)
	}
	return id
}

// backUpWhileItWrites has models come and go for as long as the backup takes.
func (s *saved) backUpWhileItWrites() told {
	s.Helper()
	c := client.New(agent.SocketPath(s.home))
	defer c.Close()
	other := lmstudiotest.SmallModels()[1].Key
	for range 5 {
		churn(c, other)
	}
	ended, churned := make(chan struct{}), make(chan struct{})
	go func() {
		defer close(churned)
		for {
			select {
			case <-ended:
				return
			default:
				churn(c, other)
			}
		}
	}()
	st, err := c.Status(s.Context())
	if err != nil {
		s.Fatal(err)
	}
	w := told{loads: wholeHistory(s.T, c), fallbacks: s.fallbacks(c), keep: st.Keep, to: time.Now()}
	w.from = w.to.Add(-time.Hour)
	w.samples = s.samples(c, w)
	s.backUp()
	after := wholeHistory(s.T, c)
	close(ended)
	<-churned
	if len(w.loads) < 5 || len(after) <= len(w.loads) || len(w.samples) == 0 || len(w.fallbacks) == 0 {
		s.Errorf("before the backup %d loads, %d samples and %d fallbacks, after it %d loads: it shows nothing",
			len(w.loads), len(w.samples), len(w.fallbacks), len(after))
	}
	return w
}

// ruin overwrites the middle of the database, as a failing disk would.
func (s *saved) ruin() {
	s.Helper()
	f, err := os.OpenFile(agent.DatabasePath(s.home), os.O_RDWR, 0)
	if err != nil {
		s.Fatal(err)
	}
	defer f.Close()
	if _, err := f.WriteAt(bytes.Repeat([]byte("rubbish "), 2048), 0); err != nil {
		s.Fatal(err)
	}
}

// putBack is what docs/using.md says: the database and what SQLite left beside it go
// away together, and the copy takes the place.
func (s *saved) putBack(file string) {
	s.Helper()
	db := agent.DatabasePath(s.home)
	old, err := filepath.Glob(db + "*")
	if err != nil {
		s.Fatal(err)
	}
	for _, path := range old {
		if err := os.Remove(path); err != nil {
			s.Fatal(err)
		}
	}
	text, err := os.ReadFile(file)
	if err != nil {
		s.Fatal(err)
	}
	if err := os.WriteFile(db, text, 0o600); err != nil {
		s.Fatal(err)
	}
	checkIntegrity(s.T, db, 0)
}

// wantKept wants all that was told, and no word of a lost history.
func (s *saved) wantKept(c *client.Client, want told) {
	s.Helper()
	st, err := c.Status(s.Context())
	if err != nil {
		s.Fatal(err)
	}
	notices := slices.DeleteFunc(st.Notices, func(n backend.Notice) bool { return n.Code == string(backend.PatternStorm) }) // of our own making
	if st.Keep.Model != want.keep.Model || st.Keep.Policy != want.keep.Policy || len(notices) != 0 {
		s.Errorf("keep %+v, was %+v; notices %+v", st.Keep, want.keep, notices)
	}
	loads := wholeHistory(s.T, c)
	for id, l := range want.loads {
		if got, ok := loads[id]; !ok || got.At != l.At || got.Event != l.Event || got.Model != l.Model || got.Cause != l.Cause {
			s.Errorf("load %d was %+v and is now %+v", id, l, got)
		}
	}
	got := s.fallbacks(c)
	if len(got) != len(want.fallbacks) {
		s.Fatalf("%d fallbacks, were %d", len(got), len(want.fallbacks))
	}
	for i, f := range want.fallbacks {
		if g := got[i]; g.ID != f.ID || g.At != f.At || g.Requested != f.Requested || *g.Answered != *f.Answered ||
			g.Cause.Code != f.Cause.Code || len(g.Attempts) != len(f.Attempts) {
			s.Errorf("the fallback was %+v and is now %+v", f, g)
		}
	}
	samples := s.samples(c, want)
	for at, was := range want.samples {
		if got, ok := samples[at]; !ok || got < was {
			s.Errorf("the sample of %s was %v and is now %v, %v", time.UnixMilli(at), was, got, ok)
		}
	}
}

// samples are those that were told, which the agent may have in memory alone.
func (s *saved) samples(c *client.Client, w told) map[int64]float64 {
	s.Helper()
	got, err := c.Samples(s.Context(), backend.SampleQuery{From: backend.At(w.from), To: backend.At(w.to), Names: []string{"memory.used"}})
	if err != nil {
		s.Fatal(err)
	}
	most := map[int64]float64{}
	for _, series := range got.Items {
		for i, at := range got.AtMS {
			if v := series.Max[i]; v != nil {
				most[at] = *v
			}
		}
	}
	return most
}

func (s *saved) fallbacks(c *client.Client) []backend.Fallback {
	s.Helper()
	page, err := c.Fallbacks(s.Context(), backend.FallbackQuery{Limit: 100})
	if err != nil {
		s.Fatal(err)
	}
	return page.Items
}
