package top_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/mattn/go-runewidth"
	"pgregory.net/rapid"

	"pilotlight/backend"
	"pilotlight/backend/face/top"
)

func ptr[T any](v T) *T { return &v }

var at = time.Date(2026, 11, 24, 7, 3, 5, 0, time.Local)

func ago(d time.Duration) backend.Time { return backend.At(at.Add(-d)) }

// full is a state with everything in it.
func full() *backend.Status {
	return &backend.Status{
		Servers: []backend.Server{{ID: "lmstudio", Name: "LM Studio", State: backend.ServerUp, Models: []backend.Model{{
			Key: "minimax/minimax-m2.1", Name: "MiniMax M2.1",
			Instances: []backend.Instance{{ID: "minimax/minimax-m2.1", ContextLength: ptr(131072), SeenLoadedAt: ago(3 * time.Hour), LastUsedAt: ptr(ago(2 * time.Minute))}},
		}}}},
		Keep: backend.Keep{State: backend.KeepWarm, Server: "lmstudio", Model: "minimax/minimax-m2.1", InstanceID: "minimax/minimax-m2.1"},
		Machine: &backend.Sample{
			At:     ago(time.Second),
			Memory: &backend.Memory{TotalBytes: 512 << 30, UsedBytes: 402 << 30, SwapUsedBytes: ptr(int64(3 << 30)), Pressure: ptr("warning")},
			GPUs: []backend.GPU{{Name: "Apple M3 Ultra", Utilization: ptr(0.37), MemoryUsedBytes: ptr(int64(289 << 30)), MemoryLimitBytes: ptr(int64(464 << 30)),
				PowerWatts: ptr(121.4)}},
			CPU:       &backend.CPU{Utilization: 0.12},
			Processes: []backend.Process{{PID: 7, Name: "node", Role: "model_worker", MemoryBytes: 280 << 30, CPU: ptr(1.5)}},
		},
		OpenClaw:       &backend.OpenClaw{Found: true},
		FallbacksToday: ptr(3), LostToday: ptr(74.0),
		LastFallback: &backend.Fallback{
			At: ago(20 * time.Minute), Requested: "lmstudio/minimax-m2.1", Answered: ptr("anthropic/claude-opus-4-6"),
			Cause: backend.Cause{Code: backend.FellServerOff, Summary: "LM Studio's server was off"},
		},
		Notices: []backend.Notice{{Level: backend.NoticeWarn, Text: "The model is loaded twice."}},
	}
}

func TestEverythingIsShown(t *testing.T) {
	past := new(top.Past)
	for i := range 40 {
		s := *full().Machine
		s.At = ago(time.Duration(100-i) * time.Second)
		s.Memory = &backend.Memory{TotalBytes: 100, UsedBytes: int64(i)}
		past.Add(&s)
		past.Add(&s) // once is enough
	}
	got := strings.Join(top.View(full(), past, at, top.Screen{Width: 120, Height: 40, Keys: true}), "\n")
	for _, want := range []string{
		"● MiniMax M2.1 is warm", "07:03:05", "131k context · loaded 3 h ago · idle 2 min",
		"RAM  ███████████████████░░░░░  402 GB of 512 GB · pressure warning · swap 3.0 GB  ▂▂▂",
		"GPU  ███████████████░░░░░░░░░  289 GB of 464 GB · 37 % busy · 121 W · Apple M3 Ultra  ▄▄▄",
		"CPU  ███░░░░░░░░░░░░░░░░░░░░░  12 %",
		"node                              model worker · 280 GB · CPU 150 %",
		"FALLBACKS  3 today, 1 min waited in vain", "Nov 24 06:43  ", "because LM Studio's server was off", "! The model is loaded twice.", "q quits",
	} {
		if !strings.Contains(got, want) {
			t.Errorf("no %q in\n%s", want, got)
		}
	}
	if n := strings.Count(got, "▂") + strings.Count(got, "▁") + strings.Count(got, "▃") + strings.Count(got, "▄"); n != 60 {
		t.Errorf("the curves have %d points, not 30 each", n)
	}
}

func TestViewOfOtherMachines(t *testing.T) {
	st := full()
	st.Peers = []backend.Peer{{Name: "box", State: backend.PeerDown, SeenAt: ptr(backend.At(at.Add(-time.Hour)))}}
	got := strings.Join(top.View(st, new(top.Past), at, top.Screen{Width: 80}), "\n")
	if !strings.Contains(got, "OTHER MACHINES\nbox ") || !strings.Contains(got, "not reached, last seen 1 h ago") {
		t.Errorf("shown:\n%s", got)
	}
}

func TestUnknownIsNotZero(t *testing.T) {
	st := &backend.Status{}
	got := strings.Join(top.View(st, new(top.Past), at, top.Screen{Width: 80}), "\n")
	if !strings.Contains(got, "RAM  not known") || strings.Contains(got, "GPU") || strings.Contains(got, "FALLBACKS") || strings.Contains(got, "0 GB") {
		t.Errorf("shown:\n%s", got)
	}
	st.Machine = &backend.Sample{Memory: &backend.Memory{TotalBytes: 8 << 30, UsedBytes: 1 << 30}, GPUs: []backend.GPU{{Name: "X"}, {Name: "Y", MemoryUsedBytes: ptr(int64(1 << 30))}}}
	got = strings.Join(top.View(st, new(top.Past), at, top.Screen{Width: 80}), "\n")
	if !strings.Contains(got, "GPU0 ························  memory not known · X") || !strings.Contains(got, "1.0 GB · Y") {
		t.Errorf("shown:\n%s", got)
	}
}

// What other programs name things must not reach the terminal as a command, and
// nothing is wider or higher than the screen.
func TestViewStaysOnItsScreen(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		odd := rapid.StringOfN(rapid.RuneFrom([]rune("ab ✓漢字\x1b[31m\u202e\u200b\a\n\r\t\u009b2J\xff")), 0, 60, -1)
		st := full()
		st.Servers[0].Models[0].Name = odd.Draw(t, "name")
		st.Servers[0].Models[0].Instances[0].ID = odd.Draw(t, "instance")
		st.Machine.GPUs[0].Name = odd.Draw(t, "gpu")
		st.LastFallback.Cause.Summary = odd.Draw(t, "cause")
		st.LastFallback.Requested = odd.Draw(t, "requested")
		st.Notices[0].Text = odd.Draw(t, "notice")
		st.Peers = []backend.Peer{{Name: odd.Draw(t, "peer"), State: backend.PeerDown}}
		s := top.Screen{
			Width: rapid.IntRange(1, 200).Draw(t, "width"), Height: rapid.IntRange(0, 60).Draw(t, "height"),
			Color: rapid.Bool().Draw(t, "color"), Keys: rapid.Bool().Draw(t, "keys"),
		}
		lines := top.View(st, new(top.Past), at, s)
		if s.Height > 2 && len(lines) > s.Height {
			t.Fatalf("%d lines on %d", len(lines), s.Height)
		}
		for _, line := range lines {
			bare := line
			for _, sgr := range []string{"0", "1", "2", "1;2", "31", "33", "93"} {
				bare = strings.ReplaceAll(bare, "\x1b["+sgr+"m", "")
			}
			if !s.Color && bare != line {
				t.Fatalf("colour where there is none: %q", line)
			}
			if strings.ContainsAny(bare, "\x1b\a\n\r\t\u009b\u202e") {
				t.Fatalf("a command got through: %q", line)
			}
			if n := runewidth.StringWidth(bare); n > s.Width {
				t.Fatalf("%d cells on %d: %q", n, s.Width, line)
			}
			if bare != line && !strings.HasSuffix(strings.TrimRight(line, " "), "\x1b[0m") && strings.LastIndex(line, "\x1b[0m") < strings.LastIndex(line, "\x1b[3") {
				t.Fatalf("a colour goes on: %q", line)
			}
		}
	})
}

func ExampleView() {
	st := &backend.Status{Machine: &backend.Sample{Memory: &backend.Memory{TotalBytes: 64 << 30, UsedBytes: 16 << 30}}}
	for _, line := range top.View(st, new(top.Past), at, top.Screen{Width: 72}) {
		fmt.Println(strings.TrimRight(line, " "))
	}
	// Output:
	// ○ Nothing is kept loaded                                        07:03:05
	//
	// RAM  ██████░░░░░░░░░░░░░░░░░░  16 GB of 64 GB
	//
	// IN MEMORY
	// Nothing is loaded.
}
