package agent_test

import (
	"context"
	"testing"

	"pilotlight/backend"
	"pilotlight/backend/source/openclaw/openclawtest"
)

// The button of a fallback keeps the model with a context that is of use to the
// agent: LM Studio's own choice is less than OpenClaw counts on.
func TestTheButtonKeepsWithTheContextThatIsNeeded(t *testing.T) {
	t.Parallel()
	for name, of := range map[string]struct {
		counted, kept, want int // tokens; 0 is none
	}{
		"as it was kept":                           {counted: 16384, kept: 12288, want: 12288},
		"never kept: as OpenClaw counts on":        {counted: 16384, want: 16384},
		"never kept: no more than the model can":   {counted: 200_000, want: 32768},
		"kept without one: the server's own again": {counted: 16384, kept: -1, want: 0},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			c := startClaw(t, openclawtest.Options{Context: of.counted}, nil)
			c.untilListed()
			if of.kept != 0 {
				c.keepHero(backend.RespectManual, of.kept)
				c.fake.Eject(hero)
				c.untilKeep(backend.KeepPaused, "ejected")
			}
			if _, err := c.oc.Play(openclawtest.Turn{Failures: []openclawtest.Failure{openclawtest.NotLoaded}}); err != nil {
				t.Fatal(err)
			}
			f := c.untilFell("it can be kept", func(f backend.Fallback) bool {
				return f.Cause.Code == backend.FellNotLoaded && f.Cause.Remedy != nil && f.Cause.Remedy.Action == backend.ActionKeep
			})
			if _, err := c.api.FixFallback(context.Background(), f.ID); err != nil {
				t.Fatal(err)
			}
			st := c.untilKeep(backend.KeepWarm, "")
			if got := orNone(st.Keep.ContextLength); got != of.want {
				t.Errorf("it is kept with %d tokens, wanted %d", got, of.want)
			}
		})
	}
}

// orNone is 0 where there is none.
func orNone(n *int) int {
	if n == nil {
		return 0
	}
	return *n
}
