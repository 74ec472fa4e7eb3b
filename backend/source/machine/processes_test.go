package machine

import (
	"encoding/binary"
	"errors"
	"math/rand/v2"
	"strconv"
	"testing"
	"time"

	"pilotlight/backend"
)

// table is a process table that can be changed between readings.
type table struct {
	all       map[int]*tableEntry
	described int
	err       error
}

type tableEntry struct {
	args string
	usage
}

func (t *table) pids() (out []int, err error) {
	for pid := range t.all {
		out = append(out, pid)
	}
	return out, t.err
}

func (t *table) describe(pid int) (string, []string, bool) {
	t.described++
	e := t.all[pid]
	return "/usr/bin/" + e.args, []string{e.args}, true
}

func (t *table) measure(pid int) (usage, error) {
	if e := t.all[pid]; e != nil {
		return e.usage, nil
	}
	return usage{}, errors.New("gone")
}

func (t *table) gpuMemory(pid int) *int64 { return ptr(int64(pid)) }
func (*table) source() string             { return "test" }

func TestProcessesAreFollowed(t *testing.T) {
	tab := &table{all: map[int]*tableEntry{
		7:  {"", usage{started: 5, memory: 20 << 20}},
		10: {"llama-server", usage{started: 100, memory: 40 << 30, cpu: time.Minute}},
		11: {"bash", usage{started: 101}},
	}}
	p := newProcesses(tab, 7, 4, 30*time.Second)
	read := func(after time.Duration, search bool) []backend.Process {
		t.Helper()
		got, err := p.read(t.Context(), start.Add(after), search)
		if err != nil {
			t.Fatal(err)
		}
		return got
	}
	worker := backend.Process{PID: 10, Name: "llama-server", Role: backend.RoleModelWorker, MemoryBytes: 40 << 30, GPUMemoryBytes: ptr(int64(10)), Source: "test"}
	self := backend.Process{PID: 7, Name: "Pilotlight", Role: backend.RolePilotlight, MemoryBytes: 20 << 20, Source: "test"}
	same(t, read(0, false), []backend.Process{self, worker})

	// Two of four cores for ten seconds.
	tab.all[10].cpu += 20 * time.Second
	worker.CPU, self.CPU = ptr(0.5), ptr(0.0)
	same(t, read(10*time.Second, false), []backend.Process{self, worker})

	// Another program starts; it is found when the table is searched.
	tab.all[12] = &tableEntry{"llama-server", usage{started: 102, memory: 1}}
	if n := len(read(20*time.Second, false)); n != 2 {
		t.Errorf("the table was searched after 20 s: %d", n)
	}
	if n := len(read(21*time.Second, true)); n != 3 {
		t.Errorf("the table was not searched on demand: %d", n)
	}
	// Its number is taken over by another program, which is not like it.
	tab.all[12] = &tableEntry{"bash", usage{started: 900, memory: 5}}
	if n := len(read(31*time.Second, false)); n != 2 {
		t.Errorf("somebody else's number is shown: %d", n)
	}
	// Counters that run backwards, then sleep: no rate.
	tab.all[10].cpu = 0
	if got := read(40*time.Second, false); got[1].CPU != nil {
		t.Errorf("backwards: %s", show(got[1]))
	}
	tab.all[10].cpu = 7 * time.Hour
	if got := read(8*time.Hour, false); got[1].CPU != nil || got[0].CPU != nil {
		t.Errorf("after sleep: %s", show(got))
	}
	delete(tab.all, 10)
	if got := read(8*time.Hour+5*time.Second, false); len(got) != 1 {
		t.Errorf("it ended: %s", show(got))
	}
	tab.err = errors.New("no table")
	if got, err := p.read(t.Context(), start.Add(9*time.Hour), false); err == nil || got != nil {
		t.Errorf("%s, %v", show(got), err)
	}
}

// TestOnlyNewOnesAreLookedAt: what was nothing to us twice is skipped until a
// full search, since a number may be used again.
func TestOnlyNewOnesAreLookedAt(t *testing.T) {
	tab := &table{all: make(map[int]*tableEntry)}
	for pid := range 500 {
		tab.all[pid+100] = &tableEntry{args: "bash"}
	}
	p := newProcesses(tab, 1, 1, time.Minute)
	search := func() int {
		tab.described = 0
		if _, err := p.read(t.Context(), start, true); err != nil {
			t.Fatal(err)
		}
		return tab.described
	}
	if a, b, c := search(), search(), search(); a != 500 || b != 500 || c != 0 {
		t.Errorf("looked at %d, %d, %d", a, b, c)
	}
	// A shell that was just started becomes the server.
	tab.all[50] = &tableEntry{args: "bash"}
	search()
	tab.all[50].args = "llama-server"
	search()
	if len(p.known) != 1 {
		t.Error("a program that was started by a shell is missed")
	}
	tab.all[300].args = "llama-server" // a number that is used again
	for range recheckEvery {
		search()
	}
	if len(p.known) != 2 {
		t.Error("a number that is used again is never looked at")
	}
	for pid := range 200 {
		tab.all[pid+1000] = &tableEntry{args: "llama-server"}
	}
	if search(); len(p.known) != maxProcesses {
		t.Errorf("%d are followed", len(p.known))
	}
}

func TestParseStat(t *testing.T) {
	const rest = " S 1 1 1 0 -1 4194304 100 0 0 0 1234 66 0 0 20 0 5 0 98765 1000 200 18446744073709551615\n"
	for _, name := range []string{"node", "a b", "x) S (y", ")", ""} {
		cpu, started, err := parseStat([]byte("42 (" + name + ")" + rest))
		if err != nil || cpu != 13*time.Second || started != 98765 {
			t.Errorf("%q: %v, %d, %v", name, cpu, started, err)
		}
	}
	for _, garbage := range []string{"", "42", "42 (x) S 1 2", "42 (x) Z 1 1 1 0 -1 4194304 100 0 0 0 1234 66 0 0 20 0 5 0 98765 0 0", "no parenthesis at all", "42 (x) S a b c d e f g h i j k l m n o p q r s t u"} {
		if _, _, err := parseStat([]byte(garbage)); err == nil {
			t.Errorf("%q is read", garbage)
		}
	}
	if n, err := parseStatm([]byte("500 300 20 1 0 100 0\n"), 4096); err != nil || n != 300*4096 {
		t.Errorf("%d, %v", n, err)
	}
	for _, garbage := range []string{"", "500", "1 -2", "1 x", "1 9223372036854775807"} {
		if _, err := parseStatm([]byte(garbage), 4096); err == nil {
			t.Errorf("%q is read", garbage)
		}
	}
	same(t, splitArgs([]byte("node\x00a b\x00\x00c\x00")), []string{"node", "a b", "", "c"})
	same(t, splitArgs([]byte("openclaw-gateway\x00\x00\x00\x00")), []string{"openclaw-gateway"})
	if splitArgs([]byte{0, 0}) != nil {
		t.Error("a kernel thread has arguments")
	}
}

func TestParseFDInfo(t *testing.T) {
	const head = "pos:\t0\nflags:\t02100002\ndrm-driver:\tamdgpu\ndrm-pdev:\t0000:03:00.0\ndrm-client-id:\t42\n"
	for text, want := range map[string]int64{
		head + "drm-memory-vram:\t1024 KiB\ndrm-memory-gtt:\t77 KiB\n":                              1 << 20,
		head + "drm-memory-vram:\t9 MiB\ndrm-resident-vram:\t3 MiB\ndrm-total-vram:\t9 MiB\n":       3 << 20,
		"drm-pdev:\t0\ndrm-client-id:\t1\ndrm-resident-vram0:\t1 MiB\ndrm-resident-vram1:\t2 MiB\n": 3 << 20,
		"drm-client-id:\t1\ndrm-resident-local0:\t100\n":                                            100,
		head + "drm-memory-vram:\ta lot\n":                                                          0,
		head + "drm-memory-gtt:\t77 KiB\n":                                                          -1,
		"pos:\t0\nflags:\t02100002\n":                                                               -1,
	} {
		c, ok := parseFDInfo([]byte(text))
		if ok != (want >= 0) || ok && c.bytes != want {
			t.Errorf("%q: %+v, %v; want %d", text, c, ok, want)
		}
	}
}

// procArgs is kern.procargs2 as the kernel fills it in.
func procArgs(n int, exe string, args ...string) []byte {
	b := binary.LittleEndian.AppendUint32(nil, uint32(n))
	b = append(append(b, exe...), 0, 0, 0, 0)
	for _, a := range append(args, "HOME=/Users/ann", "API_KEY=secret") {
		b = append(append(b, a...), 0)
	}
	return b
}

func TestProcArgsOfMacOS(t *testing.T) {
	exe, args, err := parseProcArgs(procArgs(3, "/x/node", "node", "", "llmworker.js"))
	if err != nil || exe != "/x/node" {
		t.Errorf("%q, %v", exe, err)
	}
	same(t, args, []string{"node", "", "llmworker.js"})
	whole := procArgs(2, "/x/node", "node", "y")
	for n := range whole {
		if _, args, err := parseProcArgs(whole[:n]); err == nil && len(args) > 2 {
			t.Errorf("cut at %d: %q", n, args)
		}
	}
	if _, args, _ := parseProcArgs(procArgs(0, "/x/node")); len(args) != 0 {
		t.Errorf("the environment is taken for arguments: %q", args)
	}
	if _, _, err := parseProcArgs(procArgs(-1, "/x/node")); err == nil {
		t.Error("a negative count is read")
	}
	rng := rand.New(rand.NewPCG(1, 2))
	for range 1000 {
		b := make([]byte, rng.IntN(40))
		for i := range b {
			b[i] = byte(rng.IntN(4))
		}
		_, _, _ = parseProcArgs(b)
	}
}

func TestRusageOfMacOS(t *testing.T) {
	b := make([]byte, rusageSize)
	for offset, n := range map[int]uint64{rusageUser: 24_000_000, rusageSystem: 0, 64: 1 << 30, rusageFootprint: 180 << 30, rusageStarted: 77} {
		binary.LittleEndian.PutUint64(b[offset:], n)
	}
	u, err := parseRusage(b, timebase{125, 3})
	same(t, u.memory, int64(180<<30))
	if err != nil || u.cpu != time.Second || u.started != 77 {
		t.Errorf("%+v, %v", u, err)
	}
	if _, err := parseRusage(b[:100], timebase{1, 1}); err == nil {
		t.Error("cut off, and read")
	}
	binary.LittleEndian.PutUint64(b[rusageFootprint:], 1<<60)
	if _, err := parseRusage(b, timebase{1, 1}); err == nil {
		t.Error("nonsense is read")
	}
	if d := (timebase{125, 3}).duration(24_000_000 * 86400 * 365); d != 365*24*time.Hour {
		t.Errorf("a year is %v", d)
	}
	if d := (timebase{}).duration(5); d != 0 {
		t.Errorf("without a timebase %v", d)
	}
}

func TestSizeWithUnit(t *testing.T) {
	for text, want := range map[string]int64{"0": 0, "5": 5, "5 KiB": 5 << 10, "5 MiB": 5 << 20, "5 acres": 0, "-5 KiB": 0, "": 0, strconv.Itoa(1<<62) + " MiB": 0} {
		if got := sizeWithUnit(text); got != want {
			t.Errorf("%q: %d, want %d", text, got, want)
		}
	}
}
