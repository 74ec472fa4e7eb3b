package say_test

import (
	"testing"
	"time"

	"pilotlight/backend"
	"pilotlight/backend/rule/say"
)

var now = time.Date(2026, 11, 22, 12, 0, 0, 0, time.UTC)

func ptr[T any](v T) *T { return &v }

func at(d time.Duration) *backend.Time { return backend.AtPtr(now.Add(d)) }

// status is a server with one loaded model, and a keep.
func status(k backend.Keep, state backend.ServerState) *backend.Status {
	i := backend.Instance{
		ID: "m", ContextLength: ptr(131072), SeenLoadedAt: *at(-3 * time.Hour), LastUsedAt: at(-2 * time.Minute),
	}
	k.Model = "m"
	return &backend.Status{Keep: k, Servers: []backend.Server{{
		Name: "LM Studio", State: state,
		Models: []backend.Model{{Key: "m", Name: "MiniMax M2.1", Instances: []backend.Instance{i}}},
	}}}
}

func TestHeadline(t *testing.T) {
	why := &backend.Error{Code: "x", Message: "It is so.", Hint: "Do this."}
	for name, c := range map[string]struct {
		keep   backend.Keep
		server backend.ServerState
		want   say.Headline
	}{
		"warm": {
			backend.Keep{State: backend.KeepWarm, InstanceID: "m"}, backend.ServerUp,
			say.Headline{Flame: say.Lit, Title: "MiniMax M2.1 is warm", Sub: "131k context · loaded 3 h ago · idle 2 min"},
		},
		"loading, with progress and expectation": {
			backend.Keep{State: backend.KeepLoading, Progress: ptr(0.42), LoadingSince: at(-20 * time.Second), ExpectedSeconds: ptr(41.0)}, backend.ServerUp,
			say.Headline{Flame: say.Half, Title: "MiniMax M2.1 is loading", Sub: "42 % · 20 s of about 41 s"},
		},
		"waiting for the next try": {
			backend.Keep{State: backend.KeepWaiting, Reason: why, NextAttemptAt: at(90 * time.Second)}, backend.ServerUp,
			say.Headline{Flame: say.Half, Title: "Waiting to load MiniMax M2.1", Sub: "It is so. · next try in 1 min", Hint: "Do this."},
		},
		"waiting for a server that is off": {
			backend.Keep{State: backend.KeepWaiting, Reason: why}, backend.ServerOff,
			say.Headline{Flame: say.Marked, Title: "LM Studio's server is off", Sub: "It is so.", Hint: "Do this."},
		},
		"waiting for an app that is closed": {
			backend.Keep{State: backend.KeepWaiting}, backend.ServerDown,
			say.Headline{Flame: say.Marked, Title: "LM Studio is not running"},
		},
		"paused for good": {
			backend.Keep{State: backend.KeepPaused}, backend.ServerUp,
			say.Headline{Flame: say.Outline, Title: "Keeping MiniMax M2.1 is paused"},
		},
		"blocked": {
			backend.Keep{State: backend.KeepBlocked, Reason: why}, backend.ServerUp,
			say.Headline{Flame: say.Marked, Title: "MiniMax M2.1 cannot be kept loaded", Sub: "It is so.", Hint: "Do this."},
		},
		"nothing kept": {
			backend.Keep{State: backend.KeepOff}, backend.ServerUp,
			say.Headline{Flame: say.Outline, Title: "Nothing is kept loaded", Sub: "In memory: MiniMax M2.1"},
		},
		"nothing kept, and nobody knows what is loaded": {
			backend.Keep{State: backend.KeepOff}, backend.ServerDown,
			say.Headline{Flame: say.Outline, Title: "Nothing is kept loaded"},
		},
	} {
		t.Run(name, func(t *testing.T) {
			if got := say.Of(status(c.keep, c.server), now); got != c.want {
				t.Errorf("got  %+v\nwant %+v", got, c.want)
			}
		})
	}
}

func TestInstanceTellsWhatMatters(t *testing.T) {
	for want, i := range map[string]backend.Instance{
		"loaded just now":                                 {},
		"loaded just now · answering now":                 {Busy: ptr(true), LastUsedAt: at(-time.Hour)},
		"loaded just now · its engine has crashed":        {Crashed: true, Busy: ptr(true)},
		"loaded just now · goes in 5 min unless used":     {ExpiresAt: at(5 * time.Minute)},
		"8k context · loaded just now · idle 1 h 30 min":  {ContextLength: ptr(8192), LastUsedAt: at(-90 * time.Minute)},
		"loaded just now · not listed, looking once more": {Missing: true, Busy: ptr(true)},
	} {
		i.SeenLoadedAt = *at(0)
		if got := say.Instance(i, now); got != want {
			t.Errorf("got %q, want %q", got, want)
		}
	}
}

func TestSpansAndTokens(t *testing.T) {
	for d, want := range map[time.Duration]string{
		-time.Second: "0 s", 59 * time.Second: "59 s", 60 * time.Second: "1 min", 59 * time.Minute: "59 min",
		time.Hour: "1 h", 3*time.Hour + 12*time.Minute: "3 h 12 min", 11*time.Hour + 30*time.Minute: "11 h", 49 * time.Hour: "2 d",
	} {
		if got := say.Span(d); got != want {
			t.Errorf("Span(%s) = %q, want %q", d, got, want)
		}
	}
	for n, want := range map[int]string{512: "512", 4096: "4k", 32768: "32k", 131072: "131k", 196608: "196k", 1_048_576: "1M"} {
		if got := say.Tokens(n); got != want {
			t.Errorf("Tokens(%d) = %q, want %q", n, got, want)
		}
	}
}

// Every row that the history can hold has words.
func TestEveryRowHasWords(t *testing.T) {
	loads := []backend.LoadCause{backend.CauseKeepWarm, backend.CauseUser, backend.CauseOpenClaw, backend.CauseExternal, backend.CauseAlreadyLoaded}
	unloads := []backend.LoadCause{
		backend.CauseUser, backend.CauseKeepWarm, backend.CauseTTL, backend.CauseEvicted, backend.CauseExternal,
		backend.CauseCrashed, backend.CauseServerStopped, backend.CauseUnknown,
	}
	seen := map[string]bool{}
	check := func(e backend.LoadEvent, c backend.LoadCause) {
		words := say.What(backend.Load{Event: e, Cause: c})
		if words == "" || seen[words] {
			t.Errorf("%s by %s is %q", e, c, words)
		}
		seen[words] = true
	}
	for _, c := range loads {
		check(backend.Loaded, c)
	}
	for _, c := range unloads {
		check(backend.Unloaded, c)
	}
	check(backend.LoadFailed, backend.CauseKeepWarm)
	check(backend.LoadFailed, backend.CauseUser)
}
