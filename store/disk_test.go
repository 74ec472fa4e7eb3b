package store_test

import (
	"bufio"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"reflect"
	"strings"
	"testing"
	"time"

	"pilotlight/backend"
	"pilotlight/store"
	"pilotlight/store/storetest"
)

// fillUp adds rows until one is refused and returns how many were taken.
func fillUp(t *testing.T, s *store.Store) (taken int, err error) {
	t.Helper()
	for taken < 200_000 {
		rows, err := s.AddLoads(t.Context(), samples(taken, 20))
		if err != nil {
			return taken, err
		}
		taken += len(rows)
	}
	t.Fatal("the disk never filled up")
	return 0, nil
}

// SQLite's own limit stands for a full disk where no disk can be filled.
func TestDatabaseFull(t *testing.T) {
	s := open(t, tempDB(t))
	mustExec(t, s.Writer(), "PRAGMA max_page_count = 60")
	taken, err := fillUp(t, s)
	e := wantError(t, err, backend.CodeInternal)
	if !strings.Contains(e.Message, "no space left") {
		t.Errorf("message %q", e.Message)
	}
	if got := len(allLoads(t, s)); got != taken {
		t.Errorf("%d rows, want %d", got, taken)
	}
	mustExec(t, s.Writer(), "PRAGMA max_page_count = 6000")
	add(t, s, sample(taken))
}

// A batch that the disk has no room for leaves the cursor where it was.
func TestJournalDiskFull(t *testing.T) {
	path := filepath.Join(mount(t, "3m"), "pilotlight.db")
	s := open(t, path)
	taken := 0
	var full error
	for full == nil {
		if taken > 200_000 {
			t.Fatal("the disk never filled up")
		}
		full = journalBatch(t.Context(), s, taken, 40)
		if full == nil {
			taken += 40
		}
	}
	e := wantError(t, full, backend.CodeInternal)
	if !strings.Contains(e.Message, "no space left") {
		t.Errorf("message %q", e.Message)
	}
	checkJournal(t, s, taken, taken)
	if err := journalBatch(t.Context(), s, taken, 40); err == nil {
		t.Error("there was room after all")
	}
	if out, err := exec.Command("mount", "-o", "remount,size=8m", filepath.Dir(path)).CombinedOutput(); err != nil {
		t.Fatalf("remount: %v %s", err, out)
	}
	if err := journalBatch(t.Context(), s, taken, 40); err != nil {
		t.Fatal(err)
	}
	checkJournal(t, s, taken+40, taken+40)
	closeStore(t, s)
}

// A revision that the disk has no room for leaves none of its two halves.
func TestRevisionDiskFull(t *testing.T) {
	path := filepath.Join(mount(t, "3m"), "pilotlight.db")
	s := open(t, path)
	taken := 0
	var full error
	for full == nil {
		if taken > 10_000 {
			t.Fatal("the disk never filled up")
		}
		_, full = s.AddRevision(t.Context(), storetest.Revision(taken, 60_000, clock))
		if full == nil {
			taken++
		}
	}
	e := wantError(t, full, backend.CodeInternal)
	if !strings.Contains(e.Message, "no space left") {
		t.Errorf("message %q", e.Message)
	}
	checkWhole(t, s, taken)
	if out, err := exec.Command("mount", "-o", "remount,size=8m", filepath.Dir(path)).CombinedOutput(); err != nil {
		t.Fatalf("remount: %v %s", err, out)
	}
	isKept(t, s, keep(t, s, storetest.Revision(taken, 60_000, clock)))
	checkWhole(t, s, taken+1)
	for i, r := range allRevisions(t, s, "", 7) {
		want := storetest.Revision(taken-i, 60_000, clock)
		want.ID = int64(taken - i + 1)
		isKept(t, s, want)
		if r.ID != want.ID {
			t.Errorf("id %d, want %d", r.ID, want.ID)
		}
	}
	closeStore(t, s)
}

// mount gives the test a file system of its own.
func mount(t *testing.T, size string) string {
	t.Helper()
	dir := t.TempDir()
	if out, err := exec.Command("mount", "-t", "tmpfs", "-o", "size="+size, "tmpfs", dir).CombinedOutput(); err != nil {
		t.Skipf("this machine does not let the test mount a file system: %v %s", err, out)
	}
	t.Cleanup(func() {
		if out, err := exec.Command("umount", dir).CombinedOutput(); err != nil {
			t.Errorf("umount: %v %s", err, out)
		}
	})
	return dir
}

func TestDiskFull(t *testing.T) {
	dir := mount(t, "3m")
	path := filepath.Join(dir, "pilotlight.db")
	s := open(t, path)
	taken, err := fillUp(t, s)
	e := wantError(t, err, backend.CodeInternal)
	if !strings.Contains(e.Message, "no space left") || !strings.Contains(e.Message, dir) {
		t.Errorf("message %q", e.Message)
	}
	if got := len(allLoads(t, s)); got != taken {
		t.Errorf("%d rows, want %d", got, taken)
	}
	e = wantError(t, s.Backup(t.Context(), filepath.Join(dir, "copy.db")), backend.CodeInternal)
	if !strings.Contains(e.Message, "no space left") {
		t.Errorf("message of the backup %q", e.Message)
	}
	for _, name := range names(t, dir) {
		if strings.Contains(name, "copy") {
			t.Errorf("the failed backup left %s", name)
		}
	}
	// Closing cannot fold the log in for lack of space; that is no loss.
	s.Close()
	if info, err := os.Stat(path + "-wal"); err != nil || info.Size() == 0 {
		t.Errorf("the log is gone: %v", err)
	}

	// A start that finds no space for the file that the connections share, as
	// after a reboot, moves nothing.
	if err := os.Remove(path + "-shm"); err != nil {
		t.Fatal(err)
	}
	filler := filepath.Join(dir, "filler")
	fillDisk(t, filler)
	_, report, err := store.Open(t.Context(), path, fixed)
	e = wantError(t, err, backend.CodeInternal)
	if !strings.Contains(e.Message, "no space left") || !reflect.DeepEqual(report, store.Report{}) {
		t.Errorf("message of the start %q, report %+v", e.Message, report)
	}

	if err := os.Remove(filler); err != nil {
		t.Fatal(err)
	}
	if out, err := exec.Command("mount", "-o", "remount,size=8m", dir).CombinedOutput(); err != nil {
		t.Fatalf("remount: %v %s", err, out)
	}
	s = open(t, path)
	if got := len(allLoads(t, s)); got != taken {
		t.Errorf("%d rows with space again, want %d", got, taken)
	}
	add(t, s, sample(taken))
	closeStore(t, s)
}

func fillDisk(t *testing.T, path string) {
	t.Helper()
	f, err := os.Create(path)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	block := make([]byte, 4096)
	for {
		if _, err := f.Write(block); err != nil {
			return
		}
	}
}

func TestDiskFullAtFirstStart(t *testing.T) {
	dir := mount(t, "256k")
	fillDisk(t, filepath.Join(dir, "filler"))
	_, report, err := store.Open(t.Context(), filepath.Join(dir, "pilotlight.db"), fixed)
	e := wantError(t, err, backend.CodeInternal)
	if !strings.Contains(e.Message, "no space left") || !reflect.DeepEqual(report, store.Report{}) {
		t.Errorf("message %q, report %+v", e.Message, report)
	}
	if got := names(t, dir); len(got) != 1 {
		t.Errorf("the folder has %v", got)
	}
}

func TestReadOnlyDisk(t *testing.T) {
	dir := mount(t, "8m")
	path := filepath.Join(dir, "pilotlight.db")
	s := open(t, path)
	add(t, s, sample(0))
	closeStore(t, s)
	if out, err := exec.Command("mount", "-o", "remount,ro", dir).CombinedOutput(); err != nil {
		t.Skipf("this machine does not let the test make a file system read-only: %v %s", err, out)
	}
	for _, path := range []string{path, filepath.Join(dir, "other.db"), filepath.Join(dir, "new", "other.db")} {
		_, report, err := store.Open(t.Context(), path, fixed)
		e := wantError(t, err, backend.CodeRefused)
		if !strings.Contains(e.Hint, "writable") || !reflect.DeepEqual(report, store.Report{}) {
			t.Errorf("%s: hint %q, report %+v", path, e.Hint, report)
		}
	}
	if got := names(t, dir); len(got) != 1 {
		t.Errorf("the folder has %v", got)
	}
}

// Root may write anywhere, so this runs only for other users.
func TestReadOnlyModes(t *testing.T) {
	if os.Getuid() == 0 {
		t.Skip("modes do not bind root; TestReadOnlyDisk covers it")
	}
	path := filled(t, 500)
	for _, name := range []string{path, filepath.Dir(path)} {
		if err := os.Chmod(name, 0o500); err != nil {
			t.Fatal(err)
		}
		_, report, err := store.Open(t.Context(), path, fixed)
		wantError(t, err, backend.CodeRefused)
		if report.SetAside != "" {
			t.Errorf("report %+v", report)
		}
		if err := os.Chmod(name, 0o700); err != nil {
			t.Fatal(err)
		}
	}
}

func TestFileInThePath(t *testing.T) {
	file := filepath.Join(t.TempDir(), "file")
	if err := os.WriteFile(file, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	_, _, err := store.Open(t.Context(), filepath.Join(file, "pilotlight.db"), fixed)
	wantError(t, err, backend.CodeRefused)
}

func TestMovedWhileInUse(t *testing.T) {
	path := tempDB(t)
	s := open(t, path)
	add(t, s, sample(0))
	if err := os.Rename(path, path+".away"); err != nil {
		t.Fatal(err)
	}
	_, err := s.AddLoads(t.Context(), samples(1, 1))
	wantError(t, err, backend.CodeRefused)
	// Another database under the same name is not ours either.
	copyFile(t, path+".away", path)
	_, err = s.AddLoads(t.Context(), samples(1, 1))
	wantError(t, err, backend.CodeRefused)
	if err := os.Rename(path+".away", path); err != nil {
		t.Fatal(err)
	}
	add(t, s, sample(1))
}

// Another program's lock is an error that passes: nothing is set aside, and the
// next try works.
func TestLocked(t *testing.T) {
	for name, hold := range map[string]string{
		"writing":   "BEGIN IMMEDIATE",
		"exclusive": "PRAGMA locking_mode = EXCLUSIVE; BEGIN EXCLUSIVE; DELETE FROM state",
	} {
		t.Run(name, func(t *testing.T) {
			path := filled(t, 500)
			release := lock(t, path, hold)
			_, report, err := store.OpenWith(t.Context(), path, fixed, store.Settings{Busy: 20 * time.Millisecond})
			e := wantError(t, err, backend.CodeBusy)
			if !strings.Contains(e.Message, "locked") || !reflect.DeepEqual(report, store.Report{}) {
				t.Errorf("message %q, report %+v", e.Message, report)
			}
			release()
			if got := len(allLoads(t, open(t, path))); got != 500 {
				t.Errorf("%d rows, want 500", got)
			}
		})
	}
}

func TestLockedLater(t *testing.T) {
	path := filled(t, 500)
	s, _ := openWith(t, path, store.Settings{Busy: 20 * time.Millisecond})
	release := lock(t, path, "BEGIN IMMEDIATE")
	_, err := s.AddLoads(t.Context(), samples(0, 1))
	wantError(t, err, backend.CodeBusy)
	if got := len(allLoads(t, s)); got != 500 {
		t.Errorf("%d rows read beside the lock, want 500", got)
	}
	release()
	add(t, s, sample(0))
}

// lock holds a lock in another process until release is called. In this process
// it would be no test: a process's own files do not lock each other.
func lock(t *testing.T, path, statement string) (release func()) {
	t.Helper()
	cmd := exec.Command(os.Args[0])
	cmd.Env = append(os.Environ(), helperEnv+"=lock", "HELPER_PATH="+path, "HELPER_SQL="+statement)
	cmd.Stderr = os.Stderr
	in, err := cmd.StdinPipe()
	if err != nil {
		t.Fatal(err)
	}
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	done := false
	release = func() {
		if done {
			return
		}
		done = true
		in.Close()
		if err := cmd.Wait(); err != nil {
			t.Errorf("helper: %v", err)
		}
	}
	t.Cleanup(release)
	if line, err := bufio.NewReader(out).ReadString('\n'); err != nil || line != "locked\n" {
		t.Fatalf("helper said %q, %v", line, err)
	}
	return release
}

// lockUntilTold is the helper's side of lock.
func lockUntilTold() int {
	if err := holdLock(os.Getenv("HELPER_PATH"), os.Getenv("HELPER_SQL")); err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	return 0
}
