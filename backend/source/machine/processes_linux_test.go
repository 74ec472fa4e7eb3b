package machine

import (
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"testing"
	"time"

	"pilotlight/backend"
)

// TestARealWorker runs a program that looks like LM Studio's: a shell in the
// place of Node, in LM Studio's folder, with llmworker.js as its script. It
// holds a string of 8 MB: a young process has next to nothing in memory, and
// the kernel counts that by whole batches of pages.
func TestARealWorker(t *testing.T) {
	home := filepath.Join(t.TempDir(), ".lmstudio")
	node, script := filepath.Join(home, ".internal/utils/node"), filepath.Join(home, "lib/llmworker.js")
	sh, err := filepath.EvalSymlinks("/bin/sh")
	if err != nil {
		t.Skip(err)
	}
	write(t, home, map[string]string{".internal/utils/node": readFile(t, sh), "lib/llmworker.js": "x=$(printf %08000000d 0)\nread y\n"})
	if err := os.Chmod(node, 0o700); err != nil {
		t.Fatal(err)
	}
	worker := exec.Command(node, script)
	stdin, err := worker.StdinPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := worker.Start(); err != nil {
		t.Fatal(err)
	}
	defer func() { _ = worker.Wait() }()
	defer stdin.Close()

	s := New(Options{Now: time.Now, NVML: []string{}, Sys: t.TempDir()})
	defer s.Close()
	find := func() (backend.Process, bool) {
		t.Helper()
		got, err := s.Sample(t.Context(), backend.Want{Processes: true, Search: true})
		if err != nil {
			t.Fatal(err)
		}
		i := slices.IndexFunc(got.Processes, func(p backend.Process) bool { return p.PID == worker.Process.Pid })
		if self := slices.IndexFunc(got.Processes, func(p backend.Process) bool { return p.PID == os.Getpid() }); self < 0 || got.Processes[self].Role != backend.RolePilotlight {
			t.Errorf("we are not among %s", show(got.Processes))
		}
		if i < 0 {
			return backend.Process{}, false
		}
		return got.Processes[i], true
	}
	p, ok := find()
	for deadline := time.Now().Add(5 * time.Second); p.MemoryBytes < 8e6 && time.Now().Before(deadline); p, ok = find() {
	}
	if !ok || p.Role != backend.RoleModelWorker || p.MemoryBytes < 8e6 || p.MemoryBytes > 1<<30 || p.CPU != nil && *p.CPU > 1 {
		t.Fatalf("%s, %v", show(p), ok)
	}
	if p, ok = find(); !ok || p.CPU == nil {
		t.Errorf("a second reading: %s", show(p))
	}
	if _, err := io.WriteString(stdin, "end\n"); err != nil {
		t.Fatal(err)
	}
	for deadline := time.Now().Add(5 * time.Second); ok && time.Now().Before(deadline); _, ok = find() {
	}
	if ok { // nobody has waited for it yet, so it is there as a zombie
		t.Error("a process that ended is shown")
	}
}

// TestGPUMemoryOfAProcess reads a folder /proc of our own: two handles of one
// client, one of another card, and a file that has nothing to do with it.
func TestGPUMemoryOfAProcess(t *testing.T) {
	proc := t.TempDir()
	client := func(card, id, bytes string) string {
		return "pos:\t0\ndrm-pdev:\t" + card + "\ndrm-client-id:\t" + id + "\ndrm-resident-vram:\t" + bytes + "\n"
	}
	write(t, proc, map[string]string{
		"9/fdinfo/3": client("0000:03:00.0", "5", "10 MiB"), "9/fdinfo/4": client("0000:03:00.0", "5", "10 MiB"),
		"9/fdinfo/5": client("0000:04:00.0", "5", "1 MiB"), "9/fdinfo/6": client("x", "1", "99 MiB"), "9/fdinfo/7": "garbage",
	})
	if err := os.Mkdir(filepath.Join(proc, "9/fd"), 0o755); err != nil {
		t.Fatal(err)
	}
	for fd, to := range map[string]string{"3": "/dev/dri/renderD128", "4": "/dev/dri/renderD128", "5": "/dev/dri/renderD129", "6": "/dev/null", "7": "/dev/dri/card0"} {
		if err := os.Symlink(to, filepath.Join(proc, "9/fd", fd)); err != nil {
			t.Fatal(err)
		}
	}
	tab := newProcessTable(Options{Proc: proc})
	if got := tab.gpuMemory(9); got == nil || *got != 11<<20 {
		t.Errorf("%s, want 11 MiB", show(got))
	}
	if got := tab.gpuMemory(10); got != nil {
		t.Errorf("a process that is gone has %d", *got)
	}
}
