package agent_test

import (
	"testing"
	"time"

	"pilotlight/backend"
	"pilotlight/backend/source/lmstudio/lmstudiotest"
)

// A request that came while the model was away has LM Studio load it, which its list
// does not show: nobody asks for a second copy, the keep is warm by the first, and
// nothing is told as failed.
func TestALoadByARequestIsWaitedFor(t *testing.T) {
	t.Parallel()
	r := start(t, lmstudiotest.Options{LoadTime: 3 * time.Second})
	r.untilListed()
	answered := make(chan error, 1)
	go func() { answered <- r.fake.Chat(hero) }()
	r.until("the request's load", func(*backend.Status) bool { return len(r.fake.Loading()) > 0 })
	_, err := r.api.Load(t.Context(), "", hero, nil)
	wantCode(t, err, backend.CodeBusy)
	if _, err := r.api.SetKeep(t.Context(), backend.Target{Model: hero}); err != nil {
		t.Fatal(err)
	}
	r.untilKeep(backend.KeepWaiting, backend.CodeBusy)
	must(t, <-answered)
	r.untilKeep(backend.KeepWarm, "")
	r.untilStory(hero + " loaded external")
	if n := r.instances(); n != 1 {
		t.Errorf("%d instances are loaded, want 1", n)
	}
}
