package agent_test

import (
	"context"
	"testing"

	"pilotlight/backend"
	"pilotlight/backend/agent"
	"pilotlight/backend/source/lmstudio"
	"pilotlight/backend/source/lmstudio/lmstudiotest"
)

func TestFitByTheServersEstimate(t *testing.T) {
	t.Parallel()
	r := start(t, lmstudiotest.Options{})
	r.untilListed()
	length := 8192
	got, err := r.api.Fit(context.Background(), backend.FitQuery{Model: "hero", ContextLength: &length, Curve: true})
	if err != nil {
		t.Fatal(err)
	}
	f := got.Fit
	if got.Model != hero || got.Server != "lmstudio" || f == nil {
		t.Fatalf("got %+v", got)
	}
	// 600 MB of weights and 1000 bytes a token, 64 GB of which 4 are in use: see the harness.
	if f.TotalBytes != 608_192_000 || *f.WeightsBytes != 600_000_000 || *f.KVBytes != 8_192_000 || *f.ContextLength != length ||
		*f.LimitBytes != 64_000_000_000 || *f.InUseBytes != 4_000_000_000 || *f.AfterBytes != 4_608_192_000 || f.Verdict != backend.Fits {
		t.Errorf("fit %+v", f)
	}
	first, last := got.Curve[0], got.Curve[len(got.Curve)-1]
	if first.ContextLength != 512 || first.TotalBytes != 600_512_000 || last.ContextLength != 32768 || last.TotalBytes != 632_768_000 || *last.AfterBytes != 4_632_768_000 {
		t.Errorf("the curve goes from %+v to %+v", first, last)
	}
	if got.FitsUpTo == nil || *got.FitsUpTo != 32768 || *got.MaxContextLength != 32768 {
		t.Errorf("fits up to %v of %v", got.FitsUpTo, got.MaxContextLength)
	}
	if n := r.instances(); n != 0 {
		t.Errorf("asking loaded %d instances", n)
	}
}

func TestFitOfAContextBeyondTheModels(t *testing.T) {
	t.Parallel()
	r := start(t, lmstudiotest.Options{})
	r.untilListed()
	length := 1 << 20
	got, err := r.api.Fit(context.Background(), backend.FitQuery{Model: hero, ContextLength: &length})
	if err != nil {
		t.Fatal(err)
	}
	if *got.Fit.ContextLength != 32768 || got.Fit.TotalBytes != 632_768_000 {
		t.Errorf("fit %+v", got.Fit)
	}
}

// Without a WebSocket and without the files only the size is known.
func TestFitBySize(t *testing.T) {
	t.Parallel()
	r := start(t, lmstudiotest.Options{NoWebSocket: true}, func(_ *agent.Config, lm *lmstudio.Config) { lm.NoWebSocket = true })
	r.untilListed()
	got, err := r.api.Fit(context.Background(), backend.FitQuery{Model: hero, Curve: true})
	if err != nil {
		t.Fatal(err)
	}
	if f := got.Fit; f.TotalBytes != 600_000_000 || f.KVBytes != nil || f.HighBytes != nil || f.Verdict != backend.FitUnknown || got.Curve != nil || got.FitsUpTo != nil {
		t.Errorf("fit %+v, curve %v", f, got.Curve)
	}
	length := 8192
	got, err = r.api.Fit(context.Background(), backend.FitQuery{Model: hero, ContextLength: &length})
	if err != nil {
		t.Fatal(err)
	}
	if f := got.Fit; f.TotalBytes != 600_000_000 || f.KVBytes != nil || *f.HighBytes != 600_000_000+8192*(512<<10)+2_000_000_000 || f.Verdict != backend.Fits {
		t.Errorf("at a known context: %+v", f)
	}
}

func TestFitOfNothing(t *testing.T) {
	t.Parallel()
	r := start(t, lmstudiotest.Options{})
	r.untilListed()
	for name, c := range map[string]struct {
		q    backend.FitQuery
		code backend.Code
	}{
		"a model it does not have": {backend.FitQuery{Model: "nothing"}, backend.CodeModelMissing},
		"a part that fits two":     {backend.FitQuery{Model: "acme"}, backend.CodeInvalid},
		"a server there is not":    {backend.FitQuery{Server: "other", Model: hero}, backend.CodeNotFound},
	} {
		t.Run(name, func(t *testing.T) {
			_, err := r.api.Fit(context.Background(), c.q)
			wantCode(t, err, c.code)
		})
	}
}
