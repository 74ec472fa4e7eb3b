package fallback

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
	"time"

	"pilotlight/backend"
)

const (
	// maxPatterns bounds what Patterns gives, maxEach how many of one kind.
	maxPatterns = 20
	maxEach     = 5
	// wellFor is how long a primary must be well before a session that does not
	// use it counts as stuck.
	wellFor = 10 * time.Minute
	// stormLoads within stormIn are a storm: a model that is used again and again
	// stays in memory.
	stormLoads = 4
	stormIn    = 15 * time.Minute
	// stormAge and staleSession are when either is no longer news.
	stormAge     = 48 * time.Hour
	staleSession = 7 * 24 * time.Hour
	// repeats within repeatIn are the same failure again and again.
	repeats  = 3
	repeatIn = 24 * time.Hour
	// lostIn is what is added up as time lost, lostLeast what is worth a word.
	lostIn    = 7 * 24 * time.Hour
	lostLeast = time.Minute
	// preloadWait is how long OpenClaw 2026.9 waits for LM Studio to load a model
	// where the config sets no time-out (its bundled provider's default).
	preloadWait = 120.0
)

// History is what Patterns reads.
type History struct {
	Now       time.Time
	Fallbacks []backend.Fallback // newest first, of the last 30 days
	Loads     []backend.Load     // oldest first, of the last 7 days
	Sessions  []Session
	Chain     []backend.Hop
	Servers   []backend.Server
	Cold      map[string]ColdLoad // by model key
	Timeouts  map[string]float64  // seconds by provider, where OpenClaw's config sets them
	Version   string              // OpenClaw's
	Kept      string              // the key of the model that Pilotlight keeps loaded; "" is none
}

// Patterns says what the history shows beyond the single fallback, what matters
// most first.
func Patterns(h History) []backend.Pattern {
	list := []backend.Pattern{}
	for _, find := range []func(History) []backend.Pattern{stuck, storms, duplicates, coldTimeouts, recurring, lost} {
		found := find(h)
		list = append(list, found[:min(len(found), maxEach)]...)
	}
	slices.SortStableFunc(list, func(a, b backend.Pattern) int { return cmp.Compare(weight[b.Level], weight[a.Level]) })
	list = list[:min(len(list), maxPatterns)]
	for i := range list {
		list[i].Text, list[i].Hint = clip(list[i].Text, 2*maxSummary), clip(list[i].Hint, 2*maxSummary)
	}
	return list
}

var weight = map[backend.NoticeLevel]int{backend.NoticeError: 3, backend.NoticeWarn: 2, backend.NoticeInfo: 1}

// name is what a person calls a model of the chain, or of a server.
func (h History) name(server, key string) string {
	for _, s := range h.Servers {
		for _, m := range s.Models {
			if m.Key == key && m.Name != "" && (server == "" || s.ID == server) {
				return clip(m.Name, 60)
			}
		}
	}
	return short(key)
}

func (h History) nameOf(ref string) string {
	if hop := h.hop(ref); hop != nil && hop.Key != "" {
		return h.name(hop.Server, hop.Key)
	}
	return short(ref)
}

func (h History) hop(ref string) *backend.Hop {
	for i := range h.Chain {
		if h.Chain[i].Ref == ref {
			return &h.Chain[i]
		}
	}
	return nil
}

// stuck finds sessions that stay on their fallback though the model that they
// should use is well. OpenClaw of April to June 2026 pins the fallback
// ("auto"); others show it by going on to answer with it.
func stuck(h History) []backend.Pattern {
	var list []backend.Pattern
	for _, s := range h.Sessions {
		if s.Override == "user" || s.Override != "auto" && s.Notice == "" || h.Now.Sub(s.At) > staleSession || len(h.Chain) == 0 {
			continue
		}
		want := h.Chain[0].Ref
		if s.Override != "auto" && s.Selected != "" {
			want = s.Selected
		}
		answers := cmp.Or(s.Answers, s.Notice)
		if answers == "" || answers == want {
			continue
		}
		well, ok := h.wellSince(want)
		if !ok || h.Now.Sub(well) < wellFor || s.Override != "auto" && s.At.Before(well.Add(wellFor)) {
			continue
		}
		list = append(list, backend.Pattern{
			Code: backend.PatternStuck, Level: backend.NoticeWarn, Model: want, Session: cmp.Or(s.Key, s.ID), Since: backend.AtPtr(s.Since),
			Text: fmt.Sprintf("The conversation %s still answers with %s, though %s has been well since %s.",
				conversation(s), h.nameOf(answers), h.nameOf(want), clock(well, h.Now)),
			Hint: "Send /model default in that chat to go back.",
		})
	}
	return list
}

// conversation is a session as a person can recognise it.
func conversation(s Session) string {
	if rest, ok := strings.CutPrefix(s.Key, "agent:"); ok {
		if _, name, ok := strings.Cut(rest, ":"); ok {
			return "“" + clip(name, 60) + "”"
		}
	}
	return "“" + clip(cmp.Or(s.Key, s.ID), 60) + "”"
}

// wellSince says since when a model of ours can have answered: its server is
// up and it is in memory. Of a model that Pilotlight does not watch nobody knows.
func (h History) wellSince(ref string) (time.Time, bool) {
	hop := h.hop(ref)
	if hop == nil || hop.Server == "" {
		return time.Time{}, false
	}
	for _, s := range h.Servers {
		if s.ID != hop.Server || s.State != backend.ServerUp || s.StateSince == nil {
			continue
		}
		for _, m := range s.Models {
			if m.Key != hop.Key {
				continue
			}
			for _, i := range m.Instances {
				if !i.Crashed && !i.Missing {
					return latest(s.StateSince.Time, i.SeenLoadedAt.Time), true
				}
			}
		}
	}
	return time.Time{}, false
}

// storms finds models that were loaded again and again in a short time.
func storms(h History) []backend.Pattern {
	type place struct{ server, model string }
	loads := map[place][]backend.Load{}
	var order []place
	for _, l := range h.Loads {
		if l.Event != backend.Loaded || l.Cause == backend.CauseAlreadyLoaded || h.Now.Sub(l.At.Time) > stormAge {
			continue
		}
		p := place{l.Server, l.Model}
		if loads[p] == nil {
			order = append(order, p)
		}
		loads[p] = append(loads[p], l)
	}
	var list []backend.Pattern
	for _, p := range order {
		storm := lastStorm(loads[p])
		if storm == nil {
			continue
		}
		n, from, to := len(storm), storm[0].At, storm[len(storm)-1].At
		name := h.name(p.server, p.model)
		found := backend.Pattern{
			Code: backend.PatternStorm, Level: backend.NoticeWarn, Model: p.model, Since: &from, Count: &n,
			Text: fmt.Sprintf("%s was loaded %s between %s and %s%s.", name, times(n), clock(from.Time, h.Now), clock(to.Time, h.Now), byWhom(storm)),
			Hint: "Each load costs its whole loading time. Kept loaded, it is loaded once.",
			Remedy: &backend.Remedy{
				Text: fmt.Sprintf("Let Pilotlight keep %s loaded.", name), Action: backend.ActionKeep, Label: "Keep " + name + " loaded",
				Model: p.model, Server: p.server,
			},
		}
		if p.model == h.Kept {
			found.Hint, found.Remedy = "Pilotlight keeps it, and had to load it again each time. The history of loads says what took it out of memory.", nil
		}
		list = append(list, found)
	}
	return list
}

// lastStorm is the latest row of loads that are close enough, nil if there is none.
func lastStorm(loads []backend.Load) []backend.Load {
	for end := len(loads) - 1; end >= stormLoads-1; end-- {
		begin := end
		for begin > 0 && loads[end].At.Sub(loads[begin-1].At.Time) <= stormIn {
			begin--
		}
		if end-begin+1 >= stormLoads {
			return loads[begin : end+1]
		}
	}
	return nil
}

// byWhom names who loaded it, where that was mostly one.
func byWhom(storm []backend.Load) string {
	count := map[backend.LoadCause]int{}
	for _, l := range storm {
		count[l.Cause]++
	}
	for cause, who := range map[backend.LoadCause]string{
		backend.CauseOpenClaw: "OpenClaw", backend.CauseKeepWarm: "Pilotlight", backend.CauseUser: "you", backend.CauseExternal: "somebody outside Pilotlight",
	} {
		if count[cause]*2 > len(storm) {
			return ", mostly by " + who
		}
	}
	return ""
}

// duplicates finds models that are in memory more than once.
func duplicates(h History) []backend.Pattern {
	var list []backend.Pattern
	for _, s := range h.Servers {
		if s.State != backend.ServerUp {
			continue
		}
		for _, m := range s.Models {
			n := 0
			for _, i := range m.Instances {
				if !i.Missing {
					n++
				}
			}
			if n < 2 {
				continue
			}
			name, cost := h.name(s.ID, m.Key), ""
			if m.SizeBytes != nil && *m.SizeBytes > 0 {
				cost = fmt.Sprintf(", which costs about %s more", gigabytesWord(*m.SizeBytes*int64(n-1)))
			}
			list = append(list, backend.Pattern{
				Code: backend.PatternDuplicate, Level: backend.NoticeWarn, Model: m.Key, Count: &n,
				Text: fmt.Sprintf("%s is in memory %s%s.", name, times(n), cost),
				Hint: "LM Studio sends a request to the first one, even if it is the smaller.",
				Remedy: &backend.Remedy{
					Text: fmt.Sprintf("Unload the extra copy of %s while it is idle.", name), Action: backend.ActionUnloadExtra,
					Label: "Unload the extra copy", Model: m.Key, Server: s.ID,
				},
			})
		}
	}
	return list
}
