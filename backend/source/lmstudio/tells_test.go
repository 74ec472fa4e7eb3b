package lmstudio_test

import (
	"testing"

	"pilotlight/backend"
	"pilotlight/backend/source/lmstudio"
)

func TestLMStudioTellsWhatItCanTell(t *testing.T) {
	t.Parallel()
	for name, noWebSocket := range map[string]bool{"REST alone": true, "both": false} {
		// It is what it is even where nobody answers: a port that nothing has.
		c := lmstudio.New(lmstudio.Config{ID: "lmstudio", URL: "http://127.0.0.1:1", NoWebSocket: noWebSocket})
		o := c.Look(t.Context(), still)
		c.Close()
		tells := o.Tells
		if o.Engine != backend.EngineLMStudio || tells == nil || !tells.Loaded || !tells.Load || !tells.Unload || tells.WarmBy != backend.WarmByLoad {
			t.Errorf("%s: engine %q, tells %+v", name, o.Engine, tells)
		}
		if tells != nil && (tells.Busy == noWebSocket || tells.Expiry == noWebSocket) {
			t.Errorf("%s: tells %+v", name, tells)
		}
	}
}
