// Package say puts the state into a person's words: one sentence first, then
// the figures behind it. It owns the wording that the command line and the
// menu bar share; it decides nothing and knows no medium.
package say

import (
	"cmp"
	"fmt"
	"strings"
	"time"

	"pilotlight/backend"
)

// Flame is one of the four still shapes of the icon.
type Flame string

// The shapes.
const (
	Lit     Flame = "lit"     // the kept model is warm
	Half    Flame = "half"    // loading, or waiting for it
	Outline Flame = "outline" // nothing kept, or paused
	Marked  Flame = "marked"  // needs a person
)

// Headline is the state at a glance.
type Headline struct {
	Flame Flame
	Title string // one sentence without a full stop
	Sub   string // what stands behind it; may be empty
	Hint  string // what to do; may be empty
}

// Of says how the keep stands.
func Of(st *backend.Status, now time.Time) Headline {
	k := st.Keep
	name := nameOn(st, k.Server, k.Model)
	h := Headline{}
	if k.Reason != nil {
		h.Sub, h.Hint = k.Reason.Message, k.Reason.Hint
	}
	switch k.State {
	case backend.KeepWarm:
		h.Flame, h.Title = Lit, name+" is warm"
		if k.Ask {
			h.Title = name + " answers"
		}
		h.Sub = join(where(st, k.Server), about(st, k, now), h.Sub)
	case backend.KeepLoading:
		h.Flame, h.Title = Half, name+" is loading"
		if k.Ask {
			h.Title = name + " is asked for the first time"
		}
		h.Sub = join(where(st, k.Server), loading(k, now), h.Sub)
	case backend.KeepWaiting:
		h.Flame, h.Title = Half, waitingTitle(st, name)
		if k.Ask && !down(st) {
			h.Title = name + " does not answer"
		}
		if k.NextAttemptAt != nil {
			h.Sub = join(h.Sub, "next try in "+Span(k.NextAttemptAt.Sub(now)))
		}
		if down(st) {
			h.Flame = Marked
		}
	case backend.KeepPaused:
		h.Flame, h.Title = Outline, "Keeping "+name+" is paused"
		if k.PausedUntil != nil {
			h.Sub = join(h.Sub, "until "+k.PausedUntil.Local().Format("15:04"))
		}
	case backend.KeepBlocked:
		h.Flame, h.Title = Marked, name+" cannot be kept loaded"
	default:
		h.Flame, h.Title = Outline, "Nothing is kept loaded"
		h.Sub = loadedNow(st)
	}
	return h
}

// serverOf is a server by its id, the first one for "".
func serverOf(st *backend.Status, id string) (backend.Server, bool) {
	for _, s := range st.Servers {
		if s.ID == id || id == "" {
			return s, true
		}
	}
	return backend.Server{}, false
}

func down(st *backend.Status) bool {
	s, ok := serverOf(st, st.Keep.Server)
	return ok && (s.State == backend.ServerOff || s.State == backend.ServerDown)
}

func waitingTitle(st *backend.Status, name string) string {
	s, _ := serverOf(st, st.Keep.Server)
	switch s.State {
	case backend.ServerOff:
		return s.Name + "'s server is off"
	case backend.ServerDown:
		return s.Name + " is not running"
	}
	return "Waiting to load " + name
}

// Loads says whether a server can be told to load and keep models, as far as it is
// known.
func Loads(s backend.Server) bool {
	return s.Tells == nil && s.Engine != backend.EngineHosted || s.Tells != nil && s.Tells.Load
}

// Several says whether models can be kept on more than one server, so that it has
// to be said which is meant.
func Several(st *backend.Status) bool {
	n := 0
	for _, s := range st.Servers {
		if Loads(s) {
			n++
		}
	}
	return n > 1
}

// where names the server, where there is another that could be meant.
func where(st *backend.Status, server string) string {
	s, ok := serverOf(st, server)
	if !ok || !Several(st) {
		return ""
	}
	return "on " + s.Name
}

// nameOn is NameOf on one server.
func nameOn(st *backend.Status, server, key string) string {
	if s, ok := serverOf(st, server); ok {
		for _, m := range s.Models {
			if m.Key == key && m.Name != "" {
				return m.Name
			}
		}
	}
	return NameOf(st, key)
}

// NameOf is a model's display name, or its key where no server lists it.
func NameOf(st *backend.Status, key string) string {
	for _, s := range st.Servers {
		for _, m := range s.Models {
			if m.Key == key && m.Name != "" {
				return m.Name
			}
		}
	}
	return key
}

func about(st *backend.Status, k backend.Keep, now time.Time) string {
	for _, s := range st.Servers {
		for _, m := range s.Models {
			for _, i := range m.Instances {
				if m.Key == k.Model && i.ID == k.InstanceID && (s.ID == k.Server || k.Server == "") {
					return Instance(i, now)
				}
			}
		}
	}
	return ""
}

// Instance is one instance's figures in a line.
func Instance(i backend.Instance, now time.Time) string {
	parts := []string{}
	if i.ContextLength != nil {
		parts = append(parts, Tokens(*i.ContextLength)+" context")
	}
	parts = append(parts, "loaded "+Ago(i.SeenLoadedAt.Time, now))
	switch {
	case i.Missing:
		parts = append(parts, "not listed, looking once more")
	case i.Crashed:
		parts = append(parts, "its engine has crashed")
	case i.Busy != nil && *i.Busy:
		parts = append(parts, "answering now")
	case i.LastUsedAt != nil:
		parts = append(parts, "idle "+Span(now.Sub(i.LastUsedAt.Time)))
	}
	if i.ExpiresAt != nil {
		parts = append(parts, "goes in "+Span(i.ExpiresAt.Sub(now))+" unless used")
	}
	return join(parts...)
}

func loading(k backend.Keep, now time.Time) string {
	parts := []string{}
	if k.Progress != nil {
		parts = append(parts, fmt.Sprintf("%.0f %%", *k.Progress*100))
	}
	if k.LoadingSince != nil {
		took := Span(now.Sub(k.LoadingSince.Time))
		if k.ExpectedSeconds != nil {
			took += " of about " + Span(time.Duration(*k.ExpectedSeconds*float64(time.Second)))
		}
		parts = append(parts, took)
	}
	return join(parts...)
}

func loadedNow(st *backend.Status) string {
	var names []string
	for i, s := range st.Servers {
		if s.State != backend.ServerUp {
			continue
		}
		for _, m := range s.Models {
			if len(m.Instances) == 0 || m.Type == backend.TypeEmbedding {
				continue
			}
			name := cmp.Or(m.Name, m.Key)
			if i > 0 {
				name += " on " + s.Name
			}
			names = append(names, name)
		}
	}
	if len(names) == 0 {
		return ""
	}
	return "In memory: " + strings.Join(names, ", ")
}

func join(parts ...string) string {
	var some []string
	for _, p := range parts {
		if p != "" {
			some = append(some, p)
		}
	}
	return strings.Join(some, " · ")
}

// Tokens writes a context length as people do: 131072 is 131k, 32768 is 32k.
func Tokens(n int) string {
	switch {
	case n < 1000:
		return fmt.Sprint(n)
	case n < 1_000_000:
		return fmt.Sprintf("%dk", n/1000)
	}
	return fmt.Sprintf("%.3gM", float64(n/100_000)/10)
}

// Ago writes how long ago something was; the future counts as now.
func Ago(t, now time.Time) string {
	d := now.Sub(t)
	if d < 2*time.Second {
		return "just now"
	}
	return Span(d) + " ago"
}

// Span writes a length of time in one or two units.
func Span(d time.Duration) string {
	d = max(d, 0)
	switch {
	case d < time.Minute:
		return fmt.Sprintf("%d s", int(d.Seconds()))
	case d < time.Hour:
		return fmt.Sprintf("%d min", int(d.Minutes()))
	case d < 24*time.Hour:
		h, m := int(d.Hours()), int(d.Minutes())%60
		if m == 0 || h >= 10 {
			return fmt.Sprintf("%d h", h)
		}
		return fmt.Sprintf("%d h %d min", h, m)
	}
	return fmt.Sprintf("%d d", int(d.Hours())/24)
}

// What says a history row in words: what happened, and because of whom or what.
func What(l backend.Load) string {
	switch l.Event {
	case backend.Loaded:
		return loadedBy[l.Cause]
	case backend.LoadFailed:
		if l.Cause == backend.CauseKeepWarm {
			return "Loading it to keep it warm failed"
		}
		return "Loading it failed"
	}
	return unloadedBy[l.Cause]
}

var loadedBy = map[backend.LoadCause]string{
	backend.CauseKeepWarm:      "Loaded by Pilotlight, to keep it warm",
	backend.CauseUser:          "Loaded by you",
	backend.CauseOpenClaw:      "Loaded by OpenClaw",
	backend.CauseExternal:      "Loaded outside Pilotlight",
	backend.CauseAlreadyLoaded: "Was already loaded",
}

var unloadedBy = map[backend.LoadCause]string{
	backend.CauseUser:          "Unloaded by you",
	backend.CauseKeepWarm:      "Unloaded by Pilotlight, to replace it",
	backend.CauseTTL:           "Unloaded after its idle time (TTL)",
	backend.CauseEvicted:       "Evicted for another model",
	backend.CauseExternal:      "Unloaded outside Pilotlight",
	backend.CauseCrashed:       "Its engine crashed",
	backend.CauseServerStopped: "Went with the server",
	backend.CauseUnknown:       "Went away, nobody knows why",
}
