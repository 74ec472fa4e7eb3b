package tray

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
	"time"

	"pilotlight/backend"
	"pilotlight/backend/rule/fit"
	"pilotlight/backend/rule/say"
)

// freshFallback is how long a fallback that nobody has seen marks the flame.
const freshFallback = 10 * time.Minute

// Extra is what the menu shows beside the agent's state.
type Extra struct {
	Login   *bool           // whether Pilotlight starts at login; nil: it cannot be told
	Failure string          // why the last click came to nothing; "" for a while after
	Last    *backend.Target // what was last kept, for keeping it again
}

// View turns the state into the menu.
func View(st *backend.Status, now time.Time, x Extra) Menu {
	st = shortNames(st)
	h := say.Of(st, now)
	if f := st.LastFallback; f != nil && st.FallbackUnseen && now.Sub(ended(f)) < freshFallback {
		h.Flame = say.Marked
	}
	title := h.Title
	if st.Demo {
		title = "DEMO: " + title
	}
	m := Menu{Shape: h.Flame, Tooltip: join(title, h.Sub)}
	m.Items = append(m.Items, Item{ID: "headline", Text: title, Do: Action{Verb: DoOpen}})
	m.Items = append(m.Items, lines("sub", h.Sub)...)
	m.Items = append(m.Items, lines("hint", h.Hint)...)
	m.Items = append(m.Items, lines("failure", x.Failure)...)
	m.Items = append(m.Items, keeping(st, x)...)
	m.Items = append(m.Items, figures(st, now)...)
	m.Items = append(m.Items, Item{ID: "open", Text: "Open dashboard", Do: Action{Verb: DoOpen}})
	if oc := st.OpenClaw; oc != nil && oc.Found {
		m.Items = append(m.Items, Item{ID: "config", Text: "Edit model config…", Do: Action{Verb: DoOpen, Path: configPath}})
	}
	m.Items = append(m.Items, doctor(st.Doctor))
	if x.Login != nil {
		m.Items = append(m.Items, Item{
			ID: "login", Text: "Start at login", Check: checked(*x.Login), Do: Action{Verb: DoLogin, On: !*x.Login},
		})
	}
	return Menu{m.Shape, m.Tooltip, append(m.Items, Item{ID: "quit", Text: "Quit Pilotlight", Do: Action{Verb: DoQuit}})}
}

// figures are the machine's, and the fallbacks. There is always one, since the
// separators around them cannot be hidden: where nothing is known, a dash.
func figures(st *backend.Status, now time.Time) []Item {
	items := append(machine(st.Machine), fallbacks(st, now)...)
	items = append(items, machines(st.Peers, now)...)
	if len(items) == 0 {
		items = append(items, Item{ID: "memory", Text: "RAM –", Off: true})
	}
	return items
}

// machines are the other Pilotlights that a person added, each with its sentence.
func machines(peers []backend.Peer, now time.Time) []Item {
	if len(peers) == 0 {
		return nil
	}
	away := 0
	all := Item{ID: "peers", Text: "Other machines"}
	for i, p := range peers {
		if p.State != backend.PeerUp {
			away++
		}
		if i < mostPeers {
			text := middle(line(say.PeerName(p))) + ": " + line(say.Peer(p, now))
			all.Children = append(all.Children, Item{ID: fmt.Sprintf("peer.%d", i), Text: text, Do: Action{Verb: DoOpen}})
		}
	}
	if more := len(peers) - mostPeers; more > 0 {
		all.Children = append(all.Children, Item{ID: "peers_more", Text: fmt.Sprintf("%d more in the dashboard", more), Do: Action{Verb: DoOpen}})
	}
	if away > 0 {
		all.Text += fmt.Sprintf(" (%d not reached)", away)
	}
	return []Item{all}
}

// keeping is what can be done about the kept model.
func keeping(st *backend.Status, x Extra) []Item {
	k := st.Keep
	var items []Item
	if it, ok := keepItem(st, x); ok {
		items = append(items, it)
	}
	another := Item{ID: "another", Text: "Keep another model", Children: choices(st)}
	if len(items) == 0 {
		another.Text = "Keep a model loaded"
	}
	another.Off = len(another.Children) == 0
	items = append(items, another)
	switch k.State {
	case backend.KeepOff:
	case backend.KeepPaused:
		items = append(items, Item{ID: "resume", Text: "Resume", Do: Action{Verb: DoResume}})
	default:
		items = append(items, Item{ID: "pause", Text: "Pause", Children: []Item{
			{ID: "pause.0", Text: "For 1 hour", Do: Action{Verb: DoPause, Length: ForAnHour}},
			{ID: "pause.1", Text: fmt.Sprintf("Until tomorrow (%02d:00)", morning), Do: Action{Verb: DoPause, Length: UntilMorning}},
			{ID: "pause.2", Text: "Until I resume", Do: Action{Verb: DoPause, Length: UntilResume}},
		}})
	}
	if k.State == backend.KeepBlocked || k.State == backend.KeepWaiting && k.NextAttemptAt != nil {
		items = append(items, Item{ID: "resume", Text: "Try again now", Do: Action{Verb: DoResume}})
	}
	if k.Reason != nil && (k.Reason.Code == "confirm_replace" || k.Reason.Code == "context_too_small") {
		items = append(items, Item{ID: "replace", Text: "Replace it now", Do: Action{Verb: DoReplace}})
	}
	return append(items, unloadItem(st))
}

// keepItem is the one click: on where a model is kept, off where one could be.
func keepItem(st *backend.Status, x Extra) (Item, bool) {
	k := st.Keep
	it := Item{ID: "keep", Text: "Keep " + say.NameOf(st, k.Model) + " loaded", Check: Checked, Do: Action{Verb: DoRelease}}
	switch {
	case k.State == backend.KeepPaused:
		it.Check, it.Do = Unchecked, Action{Verb: DoResume}
		return it, true
	case k.State != backend.KeepOff:
		return it, true
	}
	// Nothing is kept. What was kept before comes first, then what is in memory
	// anyway, where that is one model only.
	var again backend.Target
	if loaded := inMemory(st); x.Last != nil {
		again = *x.Last
	} else if len(loaded) == 1 {
		again = backend.Target{Server: loaded[0].Server, Model: loaded[0].Key}
	} else {
		return Item{}, false
	}
	it.Text = "Keep " + middle(say.NameOf(st, again.Model)) + " loaded"
	it.Check, it.Do = Unchecked, Action{Verb: DoKeep, Target: again}
	return it, true
}

// choices are the downloaded models that could be kept instead.
func choices(st *backend.Status) []Item {
	var models []backend.ServerModel
	names := map[string]string{}
	for _, s := range st.Servers {
		if !say.Loads(s) {
			continue // it would be refused
		}
		names[s.ID] = s.Name
		for _, m := range s.Models {
			kept := m.Key == st.Keep.Model && (s.ID == st.Keep.Server || st.Keep.Server == "")
			if m.Type != backend.TypeEmbedding && (st.Keep.State == backend.KeepOff || !kept) {
				models = append(models, backend.ServerModel{Server: s.ID, Model: m})
			}
		}
	}
	slices.SortFunc(models, func(a, b backend.ServerModel) int {
		return cmp.Or(cmp.Compare(strings.ToLower(a.Name), strings.ToLower(b.Name)), cmp.Compare(a.Key, b.Key), cmp.Compare(a.Server, b.Server))
	})
	var items []Item
	for i, m := range models {
		if i == mostModels {
			return append(items, Item{
				ID: "more", Text: fmt.Sprintf("%d more in the dashboard", len(models)-mostModels), Do: Action{Verb: DoOpen},
			})
		}
		items = append(items, Item{
			ID: fmt.Sprintf("model.%d", i), Text: choice(m.Model, where(names, m.Server)),
			Do: Action{Verb: DoKeep, Target: backend.Target{Server: m.Server, Model: m.Key, Policy: st.Keep.Policy}},
		})
	}
	return items
}

var verdicts = map[backend.Verdict]string{backend.Fits: "fits", backend.Tight: "tight", backend.TooBig: "too big"}

// where names a model's server, where there is more than one.
func where(names map[string]string, server string) string {
	if len(names) < 2 {
		return ""
	}
	return names[server]
}

func choice(m backend.Model, server string) string {
	size, fits := "", ""
	if m.SizeBytes != nil {
		size = fit.GB(*m.SizeBytes)
	}
	if m.Fit != nil {
		fits = verdicts[m.Fit.Verdict]
	}
	if len(m.Instances) > 0 {
		fits = "in memory"
	}
	return join(cmp.Or(m.Name, m.Key), server, size, fits)
}

// unloadItem unloads the kept model, or else the only one that is loaded.
func unloadItem(st *backend.Status) Item {
	loaded := inMemory(st)
	it := Item{ID: "unload", Text: "Unload now", Off: true}
	for _, m := range loaded {
		if m.Key == st.Keep.Model && (m.Server == st.Keep.Server || st.Keep.Server == "") {
			id := m.Instances[0].ID
			if slices.ContainsFunc(m.Instances, func(i backend.Instance) bool { return i.ID == st.Keep.InstanceID }) {
				id = st.Keep.InstanceID
			}
			it.Off, it.Do = false, Action{Verb: DoUnload, Server: m.Server, Instance: id}
			return it
		}
	}
	switch {
	case len(loaded) == 1 && len(loaded[0].Instances) == 1:
		it.Off, it.Text = false, "Unload "+cmp.Or(loaded[0].Name, loaded[0].Key)+" now"
		it.Do = Action{Verb: DoUnload, Server: loaded[0].Server, Instance: loaded[0].Instances[0].ID}
	case len(loaded) > 0:
		it.Off, it.Text, it.Do = false, "Unload in the dashboard", Action{Verb: DoOpen}
	}
	return it
}

// inMemory are the models that are loaded, as far as is known now, on servers that
// can be told to keep and unload them.
func inMemory(st *backend.Status) []backend.ServerModel {
	var loaded []backend.ServerModel
	for _, s := range st.Servers {
		if !say.Loads(s) {
			continue
		}
		for _, m := range s.Models {
			if s.State == backend.ServerUp && m.Type != backend.TypeEmbedding && len(m.Instances) > 0 {
				loaded = append(loaded, backend.ServerModel{Server: s.ID, Model: m})
			}
		}
	}
	return loaded
}

func checked(on bool) Check {
	if on {
		return Checked
	}
	return Unchecked
}

// Refresh is how long the menu stays true while nothing happens: times in it
// are relative, and the machine's figures come without an event.
func Refresh(st *backend.Status) time.Duration {
	if st.Keep.State == backend.KeepLoading || st.Keep.NextAttemptAt != nil || st.Machine == nil {
		return 5 * time.Second
	}
	return time.Minute
}
