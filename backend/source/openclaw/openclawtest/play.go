package openclawtest

import (
	"context"
	"math/rand/v2"
	"slices"
	"time"
)

// Play writes a whole turn at once, with the times that it would have had from
// Turn.At on.
func (c *OpenClaw) Play(t Turn) (Run, error) {
	t = t.withDefaults()
	if t.At.IsZero() {
		t.At = c.opts.Now()
	}
	seed := c.seed()
	scale := 1.0
	if t.Took > 0 {
		trial := c.newRun(context.Background(), t, &paper{at: t.At, scale: 1}, seed)
		trial.dry = true
		trial.ask = trial.scripted
		trial.play()
		if d := trial.now().Sub(t.At); d > 0 {
			scale = float64(t.Took) / float64(d)
		}
	}
	r := c.newRun(context.Background(), t, &paper{at: t.At, scale: scale}, seed)
	r.ask = r.scripted
	r.play()
	return r.result(), r.err
}

// PlayLive writes a turn as it happens: it waits between the lines as OpenClaw
// does, pace times as long; 0.01 is a hundred times as fast, 0 is life. Times are those of
// Options.Now. It returns early, with the context's error, when the context ends.
func (c *OpenClaw) PlayLive(ctx context.Context, t Turn, pace float64) (Run, error) {
	if pace <= 0 {
		pace = 1
	}
	r := c.newRun(ctx, t.withDefaults(), &wall{clock: c.opts.Now, pace: pace}, c.seed())
	r.ask = r.scripted
	r.play()
	return r.result(), r.err
}

func (c *OpenClaw) seed() uint64 {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.rng.Uint64()
}

// newRun prepares a turn: its session, its chain and its ids.
func (c *OpenClaw) newRun(ctx context.Context, t Turn, clk clock, seed uint64) *run {
	s := c.session(t.Session, clk.now())
	r := &run{c: c, ctx: ctx, turn: t, session: s, clock: clk, jitter: rand.New(rand.NewPCG(seed, 1))}
	if r.id = t.RunID; r.id == "" {
		r.id = c.newUUID()
	}
	r.trace, r.span = c.newHex(32), c.newHex(16)
	for _, ref := range c.chainFor(t, s) {
		r.chainOf = append(r.chainOf, c.candidate(ref))
	}
	return r
}

// chainFor is the models that a turn tries. Another model than the configured
// one, a person's or a heartbeat's, still falls back on the configured ones.
func (c *OpenClaw) chainFor(t Turn, s *session) []string {
	first := c.opts.Primary
	if s.override != "" {
		first = s.override
	}
	if t.Model != "" {
		first = c.candidate(t.Model).ref()
	}
	chain := []string{first}
	for _, ref := range c.opts.Fallbacks {
		if !slices.Contains(chain, ref) {
			chain = append(chain, ref)
		}
	}
	return chain
}

// scripted is what the script says of a request.
func (r *run) scripted(c candidate, position, try int) wire {
	f := r.turn.failure(position)
	if f == Hang {
		return r.hang()
	}
	if f == None {
		r.soon(400 * time.Millisecond)
		return wire{}
	}
	w := wireOf(f, c)
	began := r.now()
	if f == ServerOff && c.provider == "lmstudio" {
		r.preloadFails(c, "Error: LM Studio model discovery failed: TypeError: fetch failed")
	}
	switch {
	case r.c.era == era9:
		r.soon(20 * time.Millisecond)
	case f == RateLimited:
		r.soon(2 * time.Second) // the SDK tries three times by itself
	case f == ServerOff, f == Err500:
		r.soon(1400 * time.Millisecond)
	default:
		r.soon(40 * time.Millisecond)
	}
	w.took = r.now().Sub(began)
	return w
}

// hang waits for an answer that does not come, until the provider's patience or
// the run's is at its end.
func (r *run) hang() wire {
	began := r.now()
	left := r.turn.Timeout - r.unscaled(r.now().Sub(r.started))
	if limit := r.c.opts.Timeout; r.c.era == era9 && limit > 0 && limit < left {
		r.wait(limit)
		return wire{timeout: "provider", took: r.now().Sub(began)}
	}
	r.wait(max(0, left))
	return wire{timeout: "run", took: r.now().Sub(began)}
}

// unscaled is how long something takes before a Turn.Took or a pace changes it.
func (r *run) unscaled(d time.Duration) time.Duration {
	switch clk := r.clock.(type) {
	case *paper:
		return time.Duration(float64(d) / clk.scale)
	case *wall:
		return time.Duration(float64(d) / clk.pace)
	}
	return d
}

// Choose sets a session's model, as a person's /model does (by "user"), or as
// OpenClaw 2026.4 to 2026.6 did after a fallback (by "auto"). "" takes it back.
func (c *OpenClaw) Choose(sessionKey, ref, by string) error {
	now := c.opts.Now()
	t := Turn{Session: sessionKey, At: now}.withDefaults()
	r := c.newRun(context.Background(), t, &paper{at: now, scale: 1}, 1)
	s := r.session
	if ref == "" {
		s.override, s.overrideBy = "", ""
		ref = c.opts.Primary
	} else {
		s.override, s.overrideBy = c.candidate(ref).ref(), by
	}
	chosen := c.candidate(ref)
	if s.begun {
		r.record(r.link("model_change", field{"provider", chosen.provider}, field{"modelId", chosen.model}), false)
	}
	if c.era == era9 {
		r.chainOf, r.outcome = []candidate{chosen}, Answered
		r.node9(chosen)
	} else {
		r.index(chosen)
	}
	return r.err
}
