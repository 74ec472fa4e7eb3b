package agent

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net"
	"net/http"
	"os"
	"time"

	"pilotlight/backend"
	"pilotlight/backend/face/api"
	"pilotlight/backend/rule/keep"
	"pilotlight/backend/rule/use"
	"pilotlight/backend/rule/watch"
	"pilotlight/backend/source/openclaw"
	"pilotlight/store"
)

// shutdownLimit is how long open requests may take when the agent ends.
const shutdownLimit = 2 * time.Second

// Run is the agent's whole life: it starts everything, serves until ctx ends,
// and ends everything. An error means that it could not start, or that it
// could no longer serve.
func Run(ctx context.Context, cfg Config) error {
	if cfg.Poll < MinPoll {
		return &backend.Error{
			Code: backend.CodeInvalid, Message: fmt.Sprintf("A watch period of %s is too short.", cfg.Poll),
			Hint: fmt.Sprintf("It must be at least %s: LM Studio writes to its log at every look.", MinPoll),
		}
	}
	if err := prepareHome(cfg.Home); err != nil {
		return err
	}
	held, err := lock(cfg.Home)
	if err != nil {
		return err
	}
	defer held.Close()
	// The port first: where it is taken, nothing at all should happen.
	tcp, err := listenTCP(cfg.Listen, cfg.ListenUnsafe)
	if err != nil {
		return err
	}
	defer tcp.Close()
	tokens, err := apiTokens(cfg.Home)
	if err != nil {
		return err
	}
	a, db, err := remember(ctx, cfg, "http://"+tcp.Addr().String(), tokens.instance())
	if err != nil {
		return err
	}
	defer db.Close()
	unix, err := listenSocket(SocketPath(cfg.Home))
	if err != nil {
		return err
	}
	defer os.Remove(SocketPath(cfg.Home))
	defer unix.Close()
	return a.serve(ctx, tcp, unix, db, tokens)
}

// remember opens the history and picks up where it left off. Damage that only the
// picking up meets is looked for at once by opening it again, rather than by the person
// who would have to start Pilotlight again.
func remember(ctx context.Context, cfg Config, listen, instance string) (*Agent, *store.Store, error) {
	for again := false; ; again = true {
		db, report, err := store.Open(ctx, DatabasePath(cfg.Home), cfg.Now)
		if err != nil {
			return nil, nil, err
		}
		a, err := newAgent(ctx, cfg, db, report, listen, instance)
		if err == nil {
			a.Desk, err = NewDesk(ctx, db, a.deskConfig())
		}
		if err == nil {
			return a, db, nil
		}
		_ = db.Close() // what it was opened for has failed already
		if again || !store.IsDamage(err) {
			return nil, nil, err
		}
	}
}

// newAgent picks up where the history and the stored keep left off.
func newAgent(ctx context.Context, cfg Config, db Storage, report store.Report, listen, instance string) (*Agent, error) {
	a := &Agent{
		cfg: cfg, in: make(chan func(), 32), ended: make(chan struct{}), listen: listen, instance: instance,
		rec: newRecorder(db, cfg.Log), startedAt: cfg.Now(),
	}
	a.host, _ = os.Hostname() // "" is not known
	a.cast = newBroadcaster(func() { a.post(func() {}) })
	a.rec.tell = func(rows []backend.Load) { a.post(func() { a.recorded(rows) }) }
	a.rec.wrote = func(err error) { a.post(func() { a.wrote(byRecorder, err) }) }
	a.rec.pruned = func() { a.post(a.tidyAgain) }
	whole := a.carryOver(ctx, report)
	open, err := recall(ctx, db)
	if err != nil {
		return nil, err
	}
	src := cfg.Source
	a.main = &watched{id: src.ID(), src: src, lmstudio: true, local: src.Local(), state: watch.New(backend.Server{
		ID: src.ID(), Kind: backend.KindLMStudio, Name: cfg.ServerName, URL: src.URL(), Engine: backend.EngineLMStudio, Host: hostOf(src),
	}, open.loads), uses: use.New(src.ID(), open.uses)}
	if err := a.restoreAsked(ctx); err != nil {
		return nil, err
	}
	a.remember(a.main)
	a.servers = []*watched{a.main}
	a.saved, err = a.state(ctx, stateName)
	if err != nil {
		return nil, err
	}
	if a.saved != nil {
		if err := json.Unmarshal(a.saved, &a.keep); err != nil {
			// Losing the choice is told; a state that cannot be read must not
			// keep the agent from starting.
			a.keep = keep.State{}.Forgotten(cfg.Now(), cfg.Keep)
			a.notices.raise(cfg.Now(), backend.Notice{
				ID: "keep_lost", Level: backend.NoticeError, Code: "keep_lost",
				Text: "What was to be kept loaded could not be read.", Hint: "Choose the model to keep again.",
			})
		}
	}
	if report.SetAside != "" {
		a.keep = a.keep.Forgotten(cfg.Now(), cfg.Keep)
	}
	if err := a.resumeChanges(ctx); err != nil {
		return nil, err
	}
	if err := a.restoreIDs(ctx); err != nil {
		return nil, err
	}
	if err := a.resumeFallbacks(ctx, db); err != nil {
		return nil, err
	}
	if err := a.startPeers(); err != nil {
		return nil, err
	}
	if err := a.restoreUpdate(ctx); err != nil {
		return nil, err
	}
	a.carried = nil // what was chosen since is in the database
	a.keep = a.keep.Restarted(cfg.Now(), cfg.Keep)
	if err := a.tellAside(ctx, report, whole); err != nil {
		return nil, err
	}
	_, _, a.keepView = a.keep.Step(a.facts(cfg.Now()), cfg.Keep)
	a.publish(cfg.Now())
	return a, nil
}

// resumeFallbacks picks up where the history of fallbacks left off.
func (a *Agent) resumeFallbacks(ctx context.Context, db Storage) error {
	if err := a.restoreSettings(ctx); err != nil {
		return err
	}
	if err := a.restoreFallbacks(ctx); err != nil {
		return err
	}
	if a.cfg.OpenClaw == nil {
		return nil
	}
	var err error
	a.openclaw.reader = openclaw.NewReader(*a.cfg.OpenClaw)
	a.follow, err = newFollower(ctx, a, db)
	return err
}

// deskConfig is the desk's in a running agent. Where no OpenClaw is looked for,
// its config is where there is none.
func (a *Agent) deskConfig() DeskConfig {
	c := DeskConfig{
		Env: openclaw.Env{Getenv: func(string) string { return "" }, Home: a.cfg.Home, UID: os.Getuid()}, Now: a.cfg.Now,
		Servers: func() []backend.Server { return a.Status().Servers },
		Watch:   a.beside,
		News: func(n backend.ConfigNews) {
			a.post(func() {
				a.judged(n.Revision)
				a.cast.publish(backend.EventConfig, n)
			})
		},
		Log: func(t time.Time) string {
			if r := a.latest.Load(); r != nil {
				return r.Paths.LogNow(t)
			}
			return ""
		},
	}
	if a.cfg.OpenClaw != nil {
		c.Env = *a.cfg.OpenClaw
	}
	return c
}

// serve runs the loop and both listeners until ctx ends.
func (a *Agent) serve(ctx context.Context, tcp, unix net.Listener, history api.History, tokens tokens) error {
	life, end := context.WithCancel(ctx)
	defer end()
	a.life = life
	faces := api.New(api.Config{
		Agent: a, History: history, Dashboard: a.cfg.Dashboard, Demo: a.cfg.Demo, Version: a.cfg.Version,
		Token: tokens.full, ReadToken: tokens.read, Now: a.cfg.Now, Log: a.cfg.Log,
	})
	onSocket := faces.HTTPServer(faces.SocketHandler())
	onLoopback := faces.HTTPServer(faces.LoopbackHandler(tcp.Addr().String()))
	onSocket.ConnState, onLoopback.ConnState = a.stirred, a.stirred
	failed := make(chan error, 2)
	for srv, ln := range map[*http.Server]net.Listener{onSocket: unix, onLoopback: tcp} {
		a.wg.Go(func() {
			if err := srv.Serve(ln); !errors.Is(err, http.ErrServerClosed) {
				failed <- fmt.Errorf("serve on %s: %w", ln.Addr(), err)
			}
		})
	}
	recording, stopRecording := context.WithCancel(context.WithoutCancel(ctx))
	recorded := make(chan struct{})
	go func() { defer close(recorded); a.rec.run(recording) }()
	if t := a.keep.Target; t != nil {
		a.learnExpected(t.Model)
	}
	a.beside(func(ctx context.Context) { a.readLearned(ctx, a.main) })
	looping := make(chan struct{})
	go func() { defer close(looping); a.loop() }()
	if a.follow != nil {
		r := a.openclaw.reader.Read(a.cfg.Now())
		a.latest.Store(&r)
		a.beside(a.follow.run)
	}
	a.cfg.Log.Info("started", "version", a.cfg.Version, "listen", a.listen, "server", a.main.src.URL())
	if a.cfg.Started != nil {
		a.cfg.Started(a)
	}
	if a.cfg.Ready != nil {
		a.cfg.Ready(a.listen, a.listen+faces.NewLink())
	}

	var err error
	select {
	case <-ctx.Done():
	case err = <-failed:
	}
	end()
	<-looping
	a.cast.end()
	shutdown(onSocket, onLoopback)
	var closeErr error
	for _, w := range a.servers {
		closeErr = errors.Join(closeErr, w.src.Close())
	}
	a.wg.Wait()
	a.endPeers()
	a.leaveAll()
	stopRecording() // last, so that everything learned is written
	<-recorded
	return errors.Join(err, closeErr)
}

// shutdown lets open requests end, for a short while.
func shutdown(servers ...*http.Server) {
	ctx, cancel := context.WithTimeout(context.Background(), shutdownLimit)
	defer cancel()
	for _, s := range servers {
		if s.Shutdown(ctx) != nil {
			_ = s.Close()
		}
	}
}

// Subscribe starts a subscription to events after the given id.
func (a *Agent) Subscribe(after uint64) *api.Subscription { return a.cast.subscribe(after, true) }

// Listen is Subscribe for who is there all the time, as the menu is: for it
// alone the servers are not looked at more closely.
func (a *Agent) Listen() *api.Subscription { return a.cast.subscribe(0, false) }
