package tray

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
	"time"
	"unicode"

	"pilotlight/backend"
	"pilotlight/backend/rule/fit"
	"pilotlight/backend/rule/say"
)

const (
	nameRunes = 36 // of a model's name
	lineRunes = 62 // of a line that is only read
)

// machine is the memory and the GPUs, each as far as it is known.
func machine(s *backend.Sample) []Item {
	if s == nil {
		return nil
	}
	var items []Item
	if m := s.Memory; m != nil {
		text := "RAM " + share(m.UsedBytes, m.TotalBytes)
		if m.Pressure != nil {
			text = join(text, "pressure "+line(*m.Pressure))
		}
		items = append(items, Item{ID: "memory", Text: text, Off: true})
	}
	for i, g := range s.GPUs[:min(len(s.GPUs), mostGPUs)] {
		figures := gpuFigures(g)
		if figures == "" {
			continue
		}
		name := "GPU"
		if len(s.GPUs) > 1 {
			name = fmt.Sprintf("GPU %d", i+1)
		}
		items = append(items, Item{ID: fmt.Sprintf("gpu.%d", i), Text: name + " " + figures, Off: true})
	}
	return items
}

// gpuFigures are a GPU's use and memory, "" where neither is known. The memory
// is told against what programs may take of it, which may be less than all.
func gpuFigures(g backend.GPU) string {
	use, memory := "", ""
	if g.Utilization != nil {
		use = fmt.Sprintf("%.0f %%", *g.Utilization*100)
	}
	total := cmp.Or(g.MemoryLimitBytes, g.MemoryTotalBytes)
	switch {
	case g.MemoryUsedBytes != nil && total != nil:
		memory = share(*g.MemoryUsedBytes, *total)
	case g.MemoryUsedBytes != nil:
		memory = fit.RAM(*g.MemoryUsedBytes)
	}
	return join(use, memory)
}

// share writes "402 of 512 GB", in the units that Activity Monitor counts in.
func share(used, total int64) string {
	return strings.TrimSuffix(fit.RAM(used), " GB") + " of " + fit.RAM(total)
}

// fallbacks are the last one, which opens its story, and how many today had.
func fallbacks(st *backend.Status, now time.Time) []Item {
	f := st.LastFallback
	if f == nil {
		return nil
	}
	items := []Item{{
		ID: "fallback", Text: fallback(st, now), Do: Action{Verb: DoOpen, Path: fmt.Sprintf("/fallbacks/%d", f.ID)},
	}}
	if n := st.FallbacksToday; n != nil && *n > 0 {
		text := fmt.Sprintf("%d fallbacks today", *n)
		if *n == 1 {
			text = "1 fallback today"
		}
		if lost := st.LostToday; lost != nil && *lost >= 1 {
			text = join(text, say.Span(time.Duration(*lost*float64(time.Second)))+" lost")
		}
		items = append(items, Item{ID: "today", Text: text, Do: Action{Verb: DoOpen, Path: "/fallbacks"}})
	}
	return items
}

// doctorPath is the doctor's place in the dashboard, which looks anew when it opens.
const doctorPath = "/doctor"

// doctor opens the doctor's page, and tells how much there is to mend.
func doctor(d *backend.DoctorSummary) Item {
	it := Item{ID: "doctor", Text: "Run doctor", Do: Action{Verb: DoOpen, Path: doctorPath}}
	if d != nil && d.Fail > 0 {
		it.Text = join(it.Text, fmt.Sprintf("%d to mend", d.Fail))
	}
	return it
}

// ended is when a run was over, or the last that is known of it.
func ended(f *backend.Fallback) time.Time {
	if f.EndedAt != nil {
		return f.EndedAt.Time
	}
	return f.At.Time
}

func fallback(st *backend.Status, now time.Time) string {
	f := st.LastFallback
	at, layout := f.At.Local(), "15:04"
	if now.Sub(at) > 20*time.Hour {
		layout = "2 Jan 15:04" // a time alone would be taken for today's
	}
	text := "Last fallback " + at.Format(layout)
	switch {
	case f.Answered != nil:
		text += " → " + middle(line(say.RefName(st, *f.Answered)))
	case f.Outcome == backend.Exhausted:
		text += " → nobody"
	case f.Outcome == backend.ErrorAsReply:
		text += " → the error was sent"
	}
	if f.Cause.Summary != "" {
		text += ": " + f.Cause.Summary
	}
	return end(line(text), lineRunes+nameRunes)
}

// shortNames is the state with names that a menu can show. The state itself is
// shared and stays as it is.
func shortNames(st *backend.Status) *backend.Status {
	c := *st
	c.Servers = slices.Clone(st.Servers)
	for i := range c.Servers {
		srv := &c.Servers[i]
		srv.Name = middle(line(srv.Name))
		srv.Models = slices.Clone(srv.Models)
		for j := range srv.Models {
			m := &srv.Models[j]
			m.Name = middle(line(cmp.Or(m.Name, m.Key)))
		}
	}
	if say.NameOf(&c, c.Keep.Model) == c.Keep.Model { // no server lists it
		c.Keep.Model = middle(line(c.Keep.Model))
	}
	return &c
}

// lines makes items of a text: broken into a few lines, the last one cut.
func lines(id, text string) []Item {
	var items []Item
	rest := line(text)
	for i := 0; i < mostLines && rest != ""; i++ {
		var first string
		if i == mostLines-1 {
			first, rest = end(rest, lineRunes), ""
		} else {
			first, rest = breakLine(rest)
		}
		items = append(items, Item{ID: fmt.Sprintf("%s.%d", id, i), Text: first, Off: true})
	}
	return items
}

// breakLine takes the first line off a text, at a space where there is one.
func breakLine(text string) (first, rest string) {
	r := []rune(text)
	if len(r) <= lineRunes {
		return text, ""
	}
	at := lineRunes
	for i := lineRunes; i > lineRunes/2; i-- {
		if r[i] == ' ' {
			at = i
			break
		}
	}
	return strings.TrimSpace(string(r[:at])), strings.TrimSpace(string(r[at:]))
}

// line makes one line of a text: what other programs wrote may hold anything.
func line(text string) string {
	return strings.Join(strings.FieldsFunc(text, func(r rune) bool { return unicode.IsSpace(r) || unicode.IsControl(r) }), " ")
}

// end cuts a text's end off where it is longer than n runes.
func end(text string, n int) string {
	r := []rune(text)
	if len(r) <= n {
		return text
	}
	return strings.TrimSpace(string(r[:n-1])) + "…"
}

// middle cuts the middle of a longer name out: both its ends tell models apart.
func middle(name string) string {
	r := []rune(name)
	if len(r) <= nameRunes {
		return name
	}
	tail := nameRunes / 3
	return string(r[:nameRunes-1-tail]) + "…" + string(r[len(r)-tail:])
}

func join(parts ...string) string {
	return strings.Join(slices.DeleteFunc(parts, func(s string) bool { return s == "" }), " · ")
}
