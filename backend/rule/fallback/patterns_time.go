package fallback

import (
	"cmp"
	"fmt"
	"slices"

	"pilotlight/backend"
)

// coldTimeouts finds models whose slow loads outlast OpenClaw's time-out.
func coldTimeouts(h History) []backend.Pattern {
	var list []backend.Pattern
	for _, hop := range h.Chain {
		cold := h.Cold[hop.Key]
		value, ok := proposedTimeout(cold)
		wait, known := h.timeout(hop)
		if !ok || !known || hop.Key == "" || *cold.P95 <= wait {
			continue
		}
		name := h.name(hop.Server, hop.Key)
		p := backend.Pattern{
			Code: backend.PatternCold, Level: backend.NoticeWarn, Model: hop.Ref, Count: &cold.N,
			Text: fmt.Sprintf("Loading %s takes up to %s, and OpenClaw waits %s.", name, seconds(*cold.P95), seconds(wait)),
			Hint: "Asked while it is not loaded, it fails before it is there. Kept loaded, it does not matter.",
		}
		if takesTimeouts(h.Version) {
			p.Remedy = &backend.Remedy{
				Text:   fmt.Sprintf("Let OpenClaw wait %s for it (timeoutSeconds of %s).", seconds(value), hop.Provider),
				Action: backend.ActionTimeout, Label: "Wait " + seconds(value), Model: hop.Key, Server: hop.Server, Seconds: &value,
			}
		} else if hop.Server != "" {
			p.Remedy = &backend.Remedy{
				Text: fmt.Sprintf("Let Pilotlight keep %s loaded.", name), Action: backend.ActionKeep, Label: "Keep " + name + " loaded",
				Model: hop.Key, Server: hop.Server,
			}
		}
		list = append(list, p)
	}
	return list
}

// timeout is how long OpenClaw waits for a provider, where that is known.
func (h History) timeout(hop backend.Hop) (float64, bool) {
	if hop.TimeoutSeconds != nil {
		return *hop.TimeoutSeconds, true
	}
	if s, ok := h.Timeouts[hop.Provider]; ok {
		return s, true
	}
	return preloadWait, hop.Provider == "lmstudio" && takesTimeouts(h.Version)
}

// recurring finds one cause that makes one model fail again and again.
func recurring(h History) []backend.Pattern {
	type failure struct {
		cause backend.CauseCode
		model string
	}
	found := map[failure][]backend.Fallback{}
	var order []failure
	for _, f := range h.Fallbacks {
		key := failure{f.Cause.Code, f.Requested}
		if h.Now.Sub(f.At.Time) > repeatIn || key.cause == backend.FellUnknown || key.cause == "" {
			continue
		}
		if found[key] == nil {
			order = append(order, key)
		}
		found[key] = append(found[key], f)
	}
	var list []backend.Pattern
	for _, key := range order {
		n := len(found[key])
		if n < repeats {
			continue
		}
		newest, oldest := found[key][0], found[key][n-1].At
		p := backend.Pattern{
			Code: backend.PatternRepeat, Level: backend.NoticeWarn, Model: key.model, Since: &oldest, Count: &n,
			Text:   fmt.Sprintf("%s failed %s in 24 hours because %s.", h.nameOf(key.model), times(n), causeWords[key.cause]),
			Remedy: newest.Cause.Remedy,
		}
		if p.Remedy != nil {
			p.Hint = p.Remedy.Text
		}
		list = append(list, p)
	}
	slices.SortStableFunc(list, func(a, b backend.Pattern) int { return cmp.Compare(*b.Count, *a.Count) })
	return list
}

// causeWords follow "because", for many runs at once.
var causeWords = map[backend.CauseCode]string{
	backend.FellServerOff: "its server was off", backend.FellAppOff: "LM Studio was not running",
	backend.FellNotLoaded: "it was not loaded", backend.FellLoading: "it was still being loaded",
	backend.FellCrashed: "its engine crashed", backend.FellMissing: "its server does not know it",
	backend.FellContext: "the prompt did not fit into its context", backend.FellMemory: "there was too little memory for it",
	backend.FellTimeoutCold: "loading it took longer than OpenClaw waits", backend.FellTimeoutBusy: "it gave no answer in time",
	backend.FellAuth: "its key was refused", backend.FellRateLimited: "its provider's limit was reached",
	backend.FellProviderError: "its provider failed", backend.FellNetwork: "it could not be reached",
	backend.FellDuplicate: "a smaller instance of it got the request",
}

// lost adds up what fallbacks cost of late.
func lost(h History) []backend.Pattern {
	total, n := 0.0, 0
	byCause := map[backend.CauseCode]float64{}
	var oldest backend.Time
	for _, f := range h.Fallbacks {
		if h.Now.Sub(f.At.Time) > lostIn || f.At.After(h.Now) || f.LostSeconds == nil || *f.LostSeconds < 0 {
			continue
		}
		total += *f.LostSeconds
		byCause[f.Cause.Code] += *f.LostSeconds
		n++
		oldest = f.At
	}
	if total < lostLeast.Seconds() {
		return nil
	}
	text := fmt.Sprintf("Your agent lost %s in %s to models that failed", seconds(total), runs(n))
	if days := h.Now.Sub(oldest.Time).Hours() / 24; days > 1 {
		text = fmt.Sprintf("Your agent lost %s in the last 7 days to models that failed, %s a day", seconds(total), seconds(total/7))
	}
	return []backend.Pattern{{
		Code: backend.PatternLost, Level: backend.NoticeInfo, Since: &oldest, Count: &n, Text: text + mostly(byCause, total) + ".",
	}}
}

func runs(n int) string {
	if n == 1 {
		return "one run"
	}
	return fmt.Sprintf("%d runs", n)
}

// mostly names the cause of more than half of the lost time.
func mostly(byCause map[backend.CauseCode]float64, total float64) string {
	for code, s := range byCause {
		if words, ok := causeWords[code]; ok && s*2 > total {
			return ", mostly because " + words
		}
	}
	return ""
}
