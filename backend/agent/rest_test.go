package agent_test

import (
	"context"
	"encoding/json"
	"errors"
	"sync"
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

// TestItGivesMemoryBackForEveryPage: also where one page takes the place of another, so
// that there is no moment without any.
func TestItGivesMemoryBackForEveryPage(t *testing.T) {
	t.Parallel()
	given := make(chan struct{}, 16)
	r := start(t, lmstudiotest.Options{}, func(c *agent.Config, _ *lmstudio.Config) {
		c.GiveBack = func() { given <- struct{}{} }
	})
	ctx, cancel := context.WithTimeout(t.Context(), patient)
	defer cancel()
	next := func(after string) {
		t.Helper()
		select {
		case <-given:
		case <-ctx.Done():
			t.Fatalf("nothing was given back after %s", after)
		}
	}
	open := func() (closed func()) {
		page, leave := context.WithCancel(ctx)
		opened, left := make(chan struct{}), make(chan struct{})
		go func() {
			defer close(left)
			var once sync.Once
			_ = r.api.Events(page, 0, func(string, uint64, json.RawMessage) error {
				once.Do(func() { close(opened) })
				return nil
			})
		}()
		select {
		case <-opened:
		case <-ctx.Done():
			t.Error("no page was opened")
		}
		return func() { leave(); <-left }
	}
	next("the start")
	closeFirst := open()
	next("a page was opened")
	closeSecond := open()
	closeFirst()
	next("a page took the place of another")
	closeSecond()
	next("the last page was closed")
}
