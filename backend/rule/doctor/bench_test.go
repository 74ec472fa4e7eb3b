package doctor_test

import (
	"fmt"
	"testing"
	"time"

	"pilotlight/backend"
	"pilotlight/backend/rule/doctor"
)

// full is the most that there may be to look at: 20 servers with 2,000 models, all
// builds of one family, a week of history.
func full() doctor.Facts {
	f := healthy()
	for i := range 1000 {
		srv(&f).Models = append(srv(&f).Models, backend.Model{
			Key: fmt.Sprintf("publisher-%d/MiniMax-M2.1-MLX-Q%d_K_M-gs32", i, i%8), Name: fmt.Sprintf("MiniMax %d", i), Type: backend.TypeLLM,
			Parameters: "229B-A10B", Architecture: "minimax_m2", SizeBytes: ptr(int64(i) * int64(1e9)),
			Instances: []backend.Instance{{ID: fmt.Sprint(i), ContextLength: ptr(8192), Busy: ptr(false)}, {ID: fmt.Sprint(i, ":2"), ContextLength: ptr(4096), Busy: ptr(false)}},
		})
	}
	for i := range 19 {
		s := lmstudioServer()
		s.ID, s.Name, s.Host, s.Providers = fmt.Sprintf("server/%d", i), "LM Studio", fmt.Sprintf("studio-%d", i), nil
		for j := range 53 {
			s.Models = append(s.Models, backend.Model{Key: fmt.Sprintf("model-%d", j), Type: backend.TypeLLM})
		}
		f.Status.Servers = append(f.Status.Servers, s)
	}
	f.Fallbacks, f.Loads = nil, nil
	for i := range 500 {
		f.Fallbacks = append(f.Fallbacks, fell(time.Duration(i)*time.Minute, backend.FellTimeoutBusy))
		f.Loads = append(f.Loads, gone(time.Duration(i)*time.Minute, backend.CauseTTL))
	}
	for i := range 20 {
		f.Patterns = append(f.Patterns, backend.Pattern{Code: backend.PatternRepeat, Model: ref, Text: fmt.Sprintf("It failed %d times.", i)})
	}
	for i := range 100 {
		f.Issues = append(f.Issues, issue(fmt.Sprintf("agents.list[%d]", i), "no_fallbacks", "It has none.", ""))
	}
	return f
}

func BenchmarkExamine(b *testing.B) {
	f := full()
	b.ReportAllocs()
	for b.Loop() {
		if len(doctor.Examine(f)) < 50 {
			b.Fatal("checks are missing")
		}
	}
}

func BenchmarkMarkdown(b *testing.B) {
	f := full()
	r := doctor.Summed(backend.At(noon), doctor.Examine(f))
	p := doctor.Private{Homes: []string{"/Users/bob"}, Users: []string{"bob"}}
	for _, s := range f.Status.Servers {
		p.Hosts = append(p.Hosts, s.Host)
		for _, m := range s.Models {
			p.Keep = append(p.Keep, m.Key)
		}
	}
	b.ReportAllocs()
	for b.Loop() {
		if len(doctor.Markdown("", r, p)) < 1000 {
			b.Fatal("it is too short")
		}
	}
}
