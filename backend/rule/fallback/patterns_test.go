package fallback_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"pilotlight/backend"
	"pilotlight/backend/rule/fallback"
)

// history is a set-up in which all is well: the primary is up and warm since nine.
func history() fallback.History {
	size, since := int64(129<<30), clockTime("09:00:00")
	return fallback.History{
		Now: clockTime("12:00:00").Time, Version: "2026.9.6", Chain: failing("").c.Chain, Cold: map[string]fallback.ColdLoad{},
		Servers: []backend.Server{{
			ID: "mac", Name: "LM Studio", State: backend.ServerUp, StateSince: &since,
			Models: []backend.Model{{
				Key: local.Model, Name: "MiniMax M2.1", SizeBytes: &size,
				Instances: []backend.Instance{{ID: local.Model, SeenLoadedAt: clockTime("09:10:00")}},
			}},
		}},
	}
}

func loadsAt(cause backend.LoadCause, at ...string) []backend.Load {
	var list []backend.Load
	for _, a := range at {
		list = append(list, backend.Load{At: clockTime(a), Server: "mac", Model: local.Model, InstanceID: local.Model, Event: backend.Loaded, Cause: cause})
	}
	return list
}

func fellAt(code backend.CauseCode, lost float64, at ...string) []backend.Fallback {
	var list []backend.Fallback
	for _, a := range at {
		list = append(list, backend.Fallback{
			At: clockTime(a), Requested: local.String(), LostSeconds: &lost,
			Cause: backend.Cause{Code: code, Remedy: &backend.Remedy{Text: "Start it."}},
		})
	}
	return list
}

func session(override, answers string, at string) fallback.Session {
	return fallback.Session{
		Key: "agent:main:whatsapp", ID: "s1", Selected: local.String(), Answers: answers, Override: override,
		Since: clockTime("08:00:00").Time, At: clockTime(at).Time,
	}
}

func TestPatterns(t *testing.T) {
	t.Parallel()
	slow, tooShort, enough := 95.0, 60.0, 300.0
	for _, c := range []struct {
		name string
		edit func(h *fallback.History)
		want string
	}{
		{"all is well", func(*fallback.History) {}, ""},

		{"pinned to the fallback", func(h *fallback.History) {
			h.Sessions = []fallback.Session{session("auto", hosted.String(), "08:30:00")}
		},
			"stuck_on_fallback warn The conversation “whatsapp” still answers with claude-opus-4-6, though MiniMax M2.1 has been well since 09:10."},
		{"goes on with the fallback", func(h *fallback.History) {
			s := session("", hosted.String(), "11:30:00")
			s.Notice = hosted.String()
			h.Sessions = []fallback.Session{s}
		}, "stuck_on_fallback warn The conversation “whatsapp” still answers with claude-opus-4-6, though MiniMax M2.1 has been well since 09:10."},
		{"a notice from before it was well", func(h *fallback.History) {
			s := session("", hosted.String(), "09:00:00")
			s.Notice = hosted.String()
			h.Sessions = []fallback.Session{s}
		}, ""},
		{"a person chose it", func(h *fallback.History) {
			h.Sessions = []fallback.Session{session("user", hosted.String(), "11:30:00")}
		}, ""},
		{"the primary answers", func(h *fallback.History) {
			h.Sessions = []fallback.Session{session("auto", local.String(), "11:30:00")}
		}, ""},
		{"the primary is not well", func(h *fallback.History) {
			h.Sessions = []fallback.Session{session("auto", hosted.String(), "11:30:00")}
			h.Servers[0].Models[0].Instances = nil
		}, ""},
		{"the primary has only just come back", func(h *fallback.History) {
			h.Sessions = []fallback.Session{session("auto", hosted.String(), "11:30:00")}
			h.Servers[0].Models[0].Instances[0].SeenLoadedAt = clockTime("11:55:00")
		}, ""},
		{"a conversation of last month", func(h *fallback.History) {
			s := session("auto", hosted.String(), "11:30:00")
			s.At = h.Now.Add(-30 * 24 * time.Hour)
			h.Sessions = []fallback.Session{s}
		}, ""},

		{"a load storm", func(h *fallback.History) {
			h.Loads = loadsAt(backend.CauseOpenClaw, "10:00:00", "10:04:00", "10:08:00", "10:12:00", "10:14:00")
		},
			"load_storm warn MiniMax M2.1 was loaded 5 times between 10:00 and 10:14, mostly by OpenClaw."},
		{"a load storm of the kept model", func(h *fallback.History) {
			h.Loads, h.Kept = loadsAt(backend.CauseKeepWarm, "10:00:00", "10:04:00", "10:08:00", "10:12:00"), local.Model
		}, "load_storm warn MiniMax M2.1 was loaded 4 times between 10:00 and 10:12, mostly by Pilotlight. [nothing to do]"},
		{"loads that are far apart", func(h *fallback.History) {
			h.Loads = loadsAt(backend.CauseOpenClaw, "08:00:00", "09:00:00", "10:00:00", "11:00:00")
		}, ""},
		{"what was there at the start", func(h *fallback.History) {
			h.Loads = loadsAt(backend.CauseAlreadyLoaded, "10:00:00", "10:04:00", "10:08:00", "10:12:00")
		}, ""},

		{"in memory twice", func(h *fallback.History) {
			m := &h.Servers[0].Models[0]
			m.Instances = append(m.Instances, backend.Instance{ID: local.Model + ":2"})
		}, "duplicate_instance warn MiniMax M2.1 is in memory twice, which costs about 129 GB more."},
		{"in memory twice, of a server that does not answer", func(h *fallback.History) {
			m := &h.Servers[0].Models[0]
			m.Instances = append(m.Instances, backend.Instance{ID: local.Model + ":2"})
			h.Servers[0].State = backend.ServerDown
		}, ""},

		{"loads outlast the time-out", func(h *fallback.History) {
			h.Cold[local.Model] = fallback.ColdLoad{P95: &slow, N: 8}
			h.Chain[0].TimeoutSeconds = &tooShort
		}, "cold_timeout warn Loading MiniMax M2.1 takes up to 95 s, and OpenClaw waits 60 s. [raise_timeout 150]"},
		{"the provider's time-out", func(h *fallback.History) {
			h.Cold[local.Model] = fallback.ColdLoad{P95: &slow, N: 8}
			h.Timeouts = map[string]float64{"lmstudio": 60}
		}, "cold_timeout warn Loading MiniMax M2.1 takes up to 95 s, and OpenClaw waits 60 s. [raise_timeout 150]"},
		{"loads outlast the default", func(h *fallback.History) { h.Cold[local.Model] = fallback.ColdLoad{P95: &enough, N: 8} },
			"cold_timeout warn Loading MiniMax M2.1 takes up to 5 min, and OpenClaw waits 2 min. [raise_timeout 390]"},
		{"a version without the key", func(h *fallback.History) {
			h.Cold[local.Model] = fallback.ColdLoad{P95: &slow, N: 8}
			h.Timeouts, h.Version = map[string]float64{"lmstudio": 60}, "2026.3.13"
		}, "cold_timeout warn Loading MiniMax M2.1 takes up to 95 s, and OpenClaw waits 60 s. [keep]"},
		{"loads that are in time", func(h *fallback.History) {
			h.Cold[local.Model] = fallback.ColdLoad{P95: &slow, N: 8}
			h.Chain[0].TimeoutSeconds = &enough
		}, ""},
		{"too few loads to say", func(h *fallback.History) {
			h.Cold[local.Model] = fallback.ColdLoad{P95: &slow, N: 2}
			h.Chain[0].TimeoutSeconds = &tooShort
		}, ""},

		{"the same again and again", func(h *fallback.History) {
			h.Fallbacks = fellAt(backend.FellServerOff, 5, "11:00:00", "10:30:00", "10:00:00")
		}, "repeated_failure warn MiniMax M2.1 failed 3 times in 24 hours because its server was off."},
		{"twice is not yet again and again", func(h *fallback.History) { h.Fallbacks = fellAt(backend.FellServerOff, 5, "11:00:00", "10:30:00") }, ""},
		{"unknown is no cause", func(h *fallback.History) {
			h.Fallbacks = fellAt(backend.FellUnknown, 5, "11:00:00", "10:30:00", "10:00:00")
		}, ""},

		{"time lost", func(h *fallback.History) { h.Fallbacks = fellAt(backend.FellTimeoutCold, 120, "11:00:00", "10:30:00") },
			"time_lost info Your agent lost 4 min in 2 runs to models that failed, mostly because loading it took longer than OpenClaw waits."},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			h := history()
			c.edit(&h)
			lines := []string{}
			for _, p := range fallback.Patterns(h) {
				line := string(p.Code) + " " + string(p.Level) + " " + p.Text
				if p.Code == backend.PatternStorm && p.Remedy == nil {
					line += " [nothing to do]"
				}
				if p.Code == backend.PatternCold {
					line += " [" + string(p.Remedy.Action)
					if p.Remedy.Seconds != nil {
						line += fmt.Sprintf(" %.0f", *p.Remedy.Seconds)
					}
					line += "]"
				}
				lines = append(lines, line)
			}
			got := strings.Join(lines, "\n")
			if got != c.want {
				t.Errorf("got\n%s\nwant\n%s", got, c.want)
			}
		})
	}
}

// TestPatternsAreBounded has more to say than anybody would read.
func TestPatternsAreBounded(t *testing.T) {
	t.Parallel()
	h := history()
	for i := range 100 {
		s := session("auto", hosted.String(), "11:30:00")
		s.Key = strings.Repeat("x", i+1)
		h.Sessions = append(h.Sessions, s)
	}
	for _, code := range []backend.CauseCode{backend.FellAuth, backend.FellMemory, backend.FellContext, backend.FellCrashed, backend.FellNetwork, backend.FellLoading} {
		h.Fallbacks = append(h.Fallbacks, fellAt(code, 60, "11:00:00", "10:00:00", "09:00:00")...)
	}
	if got := len(fallback.Patterns(h)); got == 0 || got > 20 {
		t.Errorf("got %d patterns", got)
	}
}
