package fallback

import (
	"fmt"
	"math"
	"strconv"
	"strings"

	"pilotlight/backend"
)

// timeoutsSince is the first version whose config is known to take a provider's
// timeoutSeconds; 2026.3 refuses to start with it.
var timeoutsSince = [2]int{2026, 9}

// remedy says what to do about a cause; nil for one that is not known. It never
// proposes to load a second instance, to start the app, or to unload what may
// be at work: whoever carries an action out checks again.
func (i *incident) remedy(c *backend.Cause) *backend.Remedy {
	make, ok := remedies[c.Code]
	if !ok {
		return nil
	}
	r := make(i)
	switch {
	case r.Action == "":
	case i.server == nil, !i.able(r.Action):
		r.Action, r.Label = "", "" // nothing that Pilotlight could act on
	default:
		r.Server, r.Model = i.server.ID, i.key
	}
	return &r
}

// able says whether the model's server can do what an action asks of it.
func (i *incident) able(action backend.RemedyAction) bool {
	t := i.server.Tells
	switch {
	case t == nil:
		return true
	case action == backend.ActionLoad, action == backend.ActionKeep, action == backend.ActionKeepContext:
		return t.Load
	case action == backend.ActionUnloadExtra:
		return t.Unload
	}
	return true
}

var remedies = map[backend.CauseCode]func(*incident) backend.Remedy{
	backend.FellServerOff:     (*incident).startServer,
	backend.FellAppOff:        (*incident).startApp,
	backend.FellNotLoaded:     (*incident).keepLoaded,
	backend.FellLoading:       (*incident).keepLoaded,
	backend.FellTimeoutCold:   (*incident).waitOrKeep,
	backend.FellCrashed:       (*incident).check,
	backend.FellMissing:       (*incident).rename,
	backend.FellContext:       (*incident).moreContext,
	backend.FellMemory:        (*incident).lessMemory,
	backend.FellTimeoutBusy:   (*incident).lessWork,
	backend.FellAuth:          (*incident).newKey,
	backend.FellRateLimited:   (*incident).payOrWait,
	backend.FellProviderError: (*incident).waitForProvider,
	backend.FellNetwork:       (*incident).checkNetwork,
	backend.FellDuplicate:     (*incident).unloadExtra,
}

func (i *incident) startServer() backend.Remedy {
	r := backend.Remedy{Text: "Start LM Studio's server (Developer tab), and let it start with the app."}
	if !i.lmstudio() {
		r.Text = "Start " + i.host() + "."
		return r
	}
	if i.server != nil && i.server.State == backend.ServerOff {
		r.Action, r.Label = backend.ActionStartServer, "Start the server"
	}
	return r
}

func (i *incident) startApp() backend.Remedy {
	return backend.Remedy{Text: fmt.Sprintf("Open %s, and let it start when you sign in.", i.host())}
}

func (i *incident) keepLoaded() backend.Remedy {
	if i.said.kind == saysLoadFailed {
		return backend.Remedy{Text: fmt.Sprintf("Load %s in %s itself: there it says in full why it cannot.", i.name(), i.host())}
	}
	if i.c.Kept != "" && i.c.Kept == i.key {
		return backend.Remedy{Text: fmt.Sprintf("Pilotlight keeps %s loaded by now; nothing more needs to be done.", i.name())}
	}
	return backend.Remedy{
		Text:   fmt.Sprintf("Let Pilotlight keep %s loaded, so that it is there before your agent asks.", i.name()),
		Action: backend.ActionKeep, Label: "Keep " + i.name() + " loaded",
	}
}

// waitOrKeep prefers a model that is always there; where it is already, the
// time-out is what is wrong.
func (i *incident) waitOrKeep() backend.Remedy {
	r := i.keepLoaded()
	s, ok := proposedTimeout(i.c.Cold[i.key])
	if !ok || !takesTimeouts(i.c.Version) || i.hop == nil || i.hop.TimeoutSeconds != nil && *i.hop.TimeoutSeconds >= s {
		return r
	}
	r.Text += fmt.Sprintf(" Or let OpenClaw wait %s for it: its slow loads take %s.", seconds(s), seconds(*i.c.Cold[i.key].P95))
	if warm := i.listed(); warm != nil && len(warm.Instances) > 0 {
		r.Action, r.Label, r.Seconds = backend.ActionTimeout, "Wait "+seconds(s), &s
	}
	return r
}

// proposedTimeout is the slow end of the measured loads and half as much again,
// rounded up to half a minute.
func proposedTimeout(c ColdLoad) (float64, bool) {
	if c.P95 == nil || c.N < 3 || *c.P95 <= 0 || *c.P95 > maxSpan.Seconds() {
		return 0, false
	}
	return math.Ceil((*c.P95*1.25+15)/30) * 30, true
}

// takesTimeouts says whether a version's config knows a provider's timeoutSeconds.
func takesTimeouts(version string) bool {
	year, rest, _ := strings.Cut(strings.TrimPrefix(version, "v"), ".")
	month, _, _ := strings.Cut(rest, ".")
	y, err1 := strconv.Atoi(year)
	m, err2 := strconv.Atoi(month)
	if err1 != nil || err2 != nil {
		return false
	}
	return y > timeoutsSince[0] || y == timeoutsSince[0] && m >= timeoutsSince[1]
}

func (i *incident) check() backend.Remedy {
	return backend.Remedy{
		Text:   fmt.Sprintf("%s may still list %s as loaded. Check whether it answers; if not, unload it and load it again.", upper(i.host()), i.name()),
		Action: backend.ActionCheck, Label: "Check whether it answers",
	}
}

func (i *incident) rename() backend.Remedy {
	r := backend.Remedy{Text: fmt.Sprintf("Correct the model's name in OpenClaw's config, or download %s in %s.", short(i.key), i.host())}
	if m := i.listed(); m != nil {
		r = i.keepLoaded()
		r.Text = fmt.Sprintf("%s is there now. ", i.name()) + r.Text
	}
	return r
}

// contextSteps are the context lengths that people use.
var contextSteps = []int{8192, 16384, 32768, 49152, 65536, 98304, 131072, 196608, 262144, 393216, 524288, 1048576}

func (i *incident) moreContext() backend.Remedy {
	r := backend.Remedy{Text: fmt.Sprintf("Load %s with a larger context, or start a new conversation (/new).", i.name())}
	if !i.local() {
		r.Text = "Start a new conversation (/new), or choose a model with a larger context."
		return r
	}
	want, ok := i.wantedContext()
	if !ok {
		return r
	}
	r.Text = fmt.Sprintf("Load %s with %s context.", i.name(), tokensWord(want))
	r.Action, r.Label, r.Context = backend.ActionKeepContext, fmt.Sprintf("Keep it with %s context", tokensWord(want)), &want
	return r
}

// wantedContext is what the prompt needed and a third more, since the next one
// will be longer, rounded up to a usual length within what the model can.
func (i *incident) wantedContext() (int, bool) {
	m := i.listed()
	if i.said.need <= 0 || m == nil || m.MaxContextLength == nil || *m.MaxContextLength <= i.said.need {
		return 0, false
	}
	need := i.said.need + i.said.need/3
	if i.hop != nil && i.hop.ContextWindow != nil && *i.hop.ContextWindow > need && *i.hop.ContextWindow <= *m.MaxContextLength && *i.hop.ContextWindow <= 65536 {
		need = *i.hop.ContextWindow // what OpenClaw thinks it has
	}
	for _, step := range contextSteps {
		if step >= need {
			return min(step, *m.MaxContextLength), true
		}
	}
	return *m.MaxContextLength, true
}

func (i *incident) lessMemory() backend.Remedy {
	r := backend.Remedy{Text: fmt.Sprintf("Unload what else is in memory, or load %s with a smaller context or quantization.", i.name())}
	if i.lmstudio() {
		r.Text += " LM Studio's guardrails (Settings) say when it refuses."
	}
	return r
}

func (i *incident) lessWork() backend.Remedy {
	r := backend.Remedy{Text: fmt.Sprintf("Let fewer things use %s at once, or let OpenClaw wait longer.", i.name())}
	if !i.local() {
		r.Text = fmt.Sprintf("If it happens again, let OpenClaw wait longer for %s, or put another model first.", i.name())
	}
	return r
}

func (i *incident) newKey() backend.Remedy {
	if i.local() {
		return backend.Remedy{Text: fmt.Sprintf("Put %s's API token into OpenClaw's config (models.providers, apiKey).", i.host())}
	}
	return backend.Remedy{Text: fmt.Sprintf("Sign in to %s again, or renew its key in OpenClaw's config.", i.host())}
}

func (i *incident) payOrWait() backend.Remedy {
	if i.said.kind == saysBill {
		return backend.Remedy{Text: fmt.Sprintf("Pay up at %s, or put another model first.", i.host())}
	}
	return backend.Remedy{Text: fmt.Sprintf("Wait a little, raise the limit at %s, or put another model first.", i.host())}
}

func (i *incident) waitForProvider() backend.Remedy {
	return backend.Remedy{Text: fmt.Sprintf("Nothing to do here but wait for %s. If it lasts, put another model first.", i.host())}
}

func (i *incident) checkNetwork() backend.Remedy {
	return backend.Remedy{Text: fmt.Sprintf("Check this machine's network, and the address of %s in OpenClaw's config.", i.host())}
}

func (i *incident) unloadExtra() backend.Remedy {
	return backend.Remedy{
		Text:   fmt.Sprintf("Unload the smaller instance of %s while it is idle.", i.name()),
		Action: backend.ActionUnloadExtra, Label: "Unload the smaller one",
	}
}
