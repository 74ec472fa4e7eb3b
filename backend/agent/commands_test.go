package agent_test

import (
	"context"
	"sync"
	"testing"
	"time"

	"pilotlight/backend"
	"pilotlight/backend/source/lmstudio/lmstudiotest"
)

func TestLoadAndUnloadOnce(t *testing.T) {
	t.Parallel()
	r := start(t, lmstudiotest.Options{LoadTime: 200 * time.Millisecond})
	r.untilListed()
	ctx := context.Background()
	length := 8192
	row, err := r.api.Load(ctx, "", "hero", &length) // a part of the key is enough
	if err != nil {
		t.Fatal(err)
	}
	if row.ID == 0 || row.InstanceID != hero || row.Cause != backend.CauseUser || row.Event != backend.Loaded {
		t.Errorf("load answered %+v", row)
	}
	_, err = r.api.Load(ctx, "", hero, nil)
	wantCode(t, err, backend.CodeRefused) // never a second instance
	row, err = r.api.Unload(ctx, "", hero, false)
	if err != nil {
		t.Fatal(err)
	}
	if row.Event != backend.Unloaded || row.Cause != backend.CauseUser {
		t.Errorf("unload answered %+v", row)
	}
	r.untilStory(hero+" loaded user", hero+" unloaded user")
}

func TestUnloadDoesNotCutAnAnswerOff(t *testing.T) {
	t.Parallel()
	r := start(t, lmstudiotest.Options{})
	r.fake.LoadExplicit(hero, 8192)
	r.until("the instance", loaded(1))
	r.fake.SetBusy(hero, true)
	ctx := context.Background()
	_, err := r.api.Unload(ctx, "", hero, false)
	wantCode(t, err, backend.CodeBusy)
	if r.instances() != 1 {
		t.Fatal("a busy instance was unloaded")
	}
	if _, err := r.api.Unload(ctx, "", hero, true); err != nil {
		t.Fatalf("forced: %v", err)
	}
	if r.instances() != 0 {
		t.Fatal("force did not unload it")
	}
}

func TestUnloadingTheKeptModelPausesTheKeep(t *testing.T) {
	t.Parallel()
	r := start(t, lmstudiotest.Options{})
	r.keepHero(backend.Always, 0)
	if _, err := r.api.Unload(context.Background(), "", hero, false); err != nil {
		t.Fatal(err)
	}
	r.untilKeep(backend.KeepPaused, "unloaded_by_you")
}

func TestBadRequestsAreToldApart(t *testing.T) {
	t.Parallel()
	r := start(t, lmstudiotest.Options{})
	r.untilListed()
	ctx := context.Background()
	tooLong := 1_000_000
	for name, c := range map[string]struct {
		do   func() error
		code backend.Code
	}{
		"a model it does not have": {func() error { _, err := r.api.Load(ctx, "", "nothing", nil); return err }, backend.CodeModelMissing},
		"a part that fits two":     {func() error { _, err := r.api.Load(ctx, "", "acme", nil); return err }, backend.CodeInvalid},
		"a server there is not":    {func() error { _, err := r.api.Load(ctx, "other", hero, nil); return err }, backend.CodeNotFound},
		"too long a context":       {func() error { _, err := r.api.Load(ctx, "", hero, &tooLong); return err }, backend.CodeInvalid},
		"keep of a missing model": {func() error {
			_, err := r.api.SetKeep(ctx, backend.Target{Model: "nothing"})
			return err
		}, backend.CodeModelMissing},
		"unload of what is not loaded": {func() error { _, err := r.api.Unload(ctx, "", hero, false); return err }, backend.CodeNotFound},
		"check of what is not loaded":  {func() error { return r.api.Check(ctx, "", hero) }, backend.CodeNotFound},
		"resume of nothing":            {func() error { _, err := r.api.Resume(ctx); return err }, backend.CodeRefused},
	} {
		t.Run(name, func(t *testing.T) { wantCode(t, c.do(), c.code) })
	}
	if got := r.story(); len(got) != 0 {
		t.Errorf("something was done: %v", got)
	}
}

func TestAFailedLoadIsToldAndKept(t *testing.T) {
	t.Parallel()
	r := start(t, lmstudiotest.Options{})
	r.untilListed()
	r.fake.FailLoads("Error: Engine process exited with SIGABRT")
	_, err := r.api.Load(context.Background(), "", hero, nil)
	wantCode(t, err, backend.CodeLoadFailed)
	r.untilStory(" load_failed user")
}

func TestOneLoadAtATime(t *testing.T) {
	t.Parallel()
	r := start(t, lmstudiotest.Options{LoadTime: time.Second})
	r.untilListed()
	var wg sync.WaitGroup
	codes := make(chan backend.Code, 5)
	for range 5 {
		wg.Go(func() {
			_, err := r.api.Load(context.Background(), "", hero, nil)
			codes <- backend.CodeOf(err)
		})
	}
	wg.Wait()
	close(codes)
	done := 0
	for c := range codes {
		switch c {
		case "":
			done++
		case backend.CodeBusy, backend.CodeRefused:
		default:
			t.Errorf("unexpected %s", c)
		}
	}
	if done != 1 || r.instances() != 1 {
		t.Fatalf("%d loads were done and %d instances are loaded, want 1 and 1", done, r.instances())
	}
}
