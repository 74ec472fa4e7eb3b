package agent_test

import (
	"context"
	"encoding/json"
	"errors"
	"testing"

	"pilotlight/backend/agent"
	"pilotlight/backend/source/lmstudio"
	"pilotlight/backend/source/lmstudio/lmstudiotest"
)

// TestItRestsUntilSomebodyLooks: told so after some looks that nobody saw, once, and
// told otherwise as soon as there is a page, or a question.
func TestItRestsUntilSomebodyLooks(t *testing.T) {
	t.Parallel()
	told := make(chan bool, 16)
	r := start(t, lmstudiotest.Options{}, func(c *agent.Config, _ *lmstudio.Config) {
		c.Rest = func(resting bool) { told <- resting }
	})
	ctx, cancel := context.WithTimeout(t.Context(), patient)
	defer cancel()
	next := func(want bool) {
		t.Helper()
		select {
		case got := <-told:
			if got != want {
				t.Fatalf("told %t, want %t", got, want)
			}
		case <-ctx.Done():
			t.Fatalf("never told %t", want)
		}
	}
	next(true)
	woken := errors.New("woken")
	err := r.api.Events(ctx, 0, func(string, uint64, json.RawMessage) error {
		next(false)
		return woken
	})
	if !errors.Is(err, woken) {
		t.Fatal(err)
	}
	next(true) // the page is gone
	if _, err := r.api.Status(ctx); err != nil {
		t.Fatal(err)
	}
	next(false)
	next(true)
}
