// Package top draws the live view of a terminal: how the kept model stands, the
// machine's memory, GPUs and the last fallback. It owns what stands where and
// fits it into any size; it reads nothing and knows no terminal.
package top

import (
	"fmt"
	"strings"
	"time"

	"pilotlight/backend"
	"pilotlight/backend/rule/fit"
	"pilotlight/backend/rule/say"
)

// Screen is the place to draw on.
type Screen struct {
	Width, Height int
	Color         bool
	Keys          bool // somebody can press keys
}

// least is the narrowest that is drawn for; a narrower terminal shows less of
// each line.
const least = 40

// View is the whole screen, a string a line.
func View(st *backend.Status, past *Past, at time.Time, s Screen) []string {
	p := painter{color: s.Color, width: max(s.Width, least)}
	lines := p.head(st, at)
	lines = append(lines, "")
	lines = append(lines, p.machine(st.Machine, past)...)
	lines = append(lines, p.instances(st, at)...)
	lines = append(lines, p.processes(st.Machine)...)
	lines = append(lines, p.fallbacks(st)...)
	lines = append(lines, p.peers(st.Peers, at)...)
	lines = append(lines, p.notices(st.Notices)...)
	return p.within(lines, s)
}

// head is the sentence, the clock and what lies behind the sentence.
func (p painter) head(st *backend.Status, at time.Time) []string {
	h := say.Of(st, at)
	clock := at.Local().Format("15:04:05")
	title := p.in(flameColor[h.Flame], flameSign[h.Flame]) + " " + p.strong(plain(h.Title))
	if st.Demo {
		title += p.in(yellow, "  DEMO")
	}
	lines := []string{p.apart(title, p.dim(clock))}
	for _, text := range []string{h.Sub, h.Hint} {
		if text != "" {
			lines = append(lines, "  "+p.dim(plain(text)))
		}
	}
	for i, srv := range st.Servers {
		// Of the others, only what is kept there makes it worth a line.
		if srv.State != backend.ServerUp && srv.Error != nil && (i == 0 || srv.ID == st.Keep.Server) {
			lines = append(lines, "  "+p.in(red, plain(srv.Error.Message)))
		}
	}
	return lines
}

// The flame's shapes as a terminal can show them.
var (
	flameSign  = map[say.Flame]string{say.Lit: "●", say.Half: "◐", say.Outline: "○", say.Marked: "◉"}
	flameColor = map[say.Flame]string{say.Lit: ember, say.Half: ember, say.Outline: "", say.Marked: red}
)

// instances is a table of what is loaded.
func (p painter) instances(st *backend.Status, at time.Time) []string {
	lines := []string{"", p.head2("IN MEMORY")}
	n := 0
	for k, srv := range st.Servers {
		for _, m := range srv.Models {
			for _, i := range m.Instances {
				n++
				what := say.Instance(i, at)
				if k > 0 {
					what = "on " + srv.Name + " · " + what
				}
				lines = append(lines, p.columns(plain(i.ID), plain(what)))
			}
		}
	}
	if n == 0 {
		return append(lines, p.dim("Nothing is loaded."))
	}
	return lines
}

// processes are the programs that matter to the models' memory; nothing where
// none was looked for.
func (p painter) processes(s *backend.Sample) []string {
	if s == nil || len(s.Processes) == 0 {
		return nil
	}
	lines := []string{"", p.head2("PROGRAMS")}
	for _, x := range s.Processes {
		use := ""
		if x.CPU != nil {
			use = fmt.Sprintf(" · CPU %.0f %%", *x.CPU*100)
		}
		lines = append(lines, p.columns(plain(x.Name), fmt.Sprintf("%s · %s%s", strings.ReplaceAll(plain(x.Role), "_", " "), fit.RAM(x.MemoryBytes), use)))
	}
	return lines
}

func (p painter) fallbacks(st *backend.Status) []string {
	if st.OpenClaw == nil || !st.OpenClaw.Found {
		return nil
	}
	title := "FALLBACKS"
	if st.FallbacksToday != nil {
		title += fmt.Sprintf("  %d today", *st.FallbacksToday)
		if st.LostToday != nil && *st.LostToday >= 1 {
			title += ", " + say.Span(time.Duration(*st.LostToday*float64(time.Second))) + " waited in vain"
		}
	}
	lines := []string{"", p.head2(title)}
	f := st.LastFallback
	if f == nil {
		return append(lines, p.dim("None was seen."))
	}
	answered := "nobody answered"
	if f.Answered != nil {
		answered = plain(say.RefName(st, *f.Answered)) + " answered"
	}
	lines = append(lines, fmt.Sprintf("%s  %s instead of %s", f.At.Local().Format("Jan 2 15:04"), answered, plain(say.RefName(st, f.Requested))))
	if f.Cause.Summary != "" {
		lines = append(lines, "  "+p.dim("because "+plain(f.Cause.Summary)))
	}
	return lines
}

// peers are the other machines, each with its sentence.
func (p painter) peers(list []backend.Peer, at time.Time) []string {
	if len(list) == 0 {
		return nil
	}
	lines := []string{"", p.head2("OTHER MACHINES")}
	for _, x := range list {
		lines = append(lines, p.columns(plain(say.PeerName(x)), plain(say.Peer(x, at))))
	}
	return lines
}

func (p painter) notices(list []backend.Notice) []string {
	if len(list) == 0 {
		return nil
	}
	lines := []string{""}
	for _, n := range list {
		color := yellow
		if n.Level == backend.NoticeError {
			color = red
		}
		lines = append(lines, p.in(color, "! "+plain(n.Text)))
	}
	return lines
}
