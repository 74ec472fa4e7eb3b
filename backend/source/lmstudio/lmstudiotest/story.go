package lmstudiotest

import (
	"context"
	"fmt"
	"time"
)

// StoryPace is the pace at which one round of the Story takes under two minutes.
const StoryPace = 3 * time.Second

// storyToken is what the story's owner sets as API token for a while.
const storyToken = "sk-lm-pilotdem:01234567890123456789" //nolint:gosec // opens the simulated LM Studio alone

// Story plays what happens to a person's LM Studio, round after round, until
// the context ends: models come and go by themselves, the server and the app
// go off and on, memory runs short. It needs an LLM among the downloads; the
// first is the one whose fate it is about, and others play along. Say gets one
// plain sentence for each thing that happens. A program that keeps the first
// model loaded is welcome to act meanwhile; when it does not, the story loads
// the model as somebody else would.
//
// It returns only when the context ends, and leaves things as they are then.
func Story(ctx context.Context, s *Server, a Audience, pace time.Duration) {
	t := teller{ctx: ctx, s: s, audience: a, pace: pace}
	s.mu.Lock()
	t.memory, t.token = s.memory, s.token
	for _, m := range s.models {
		if m.Type == LLM {
			t.models = append(t.models, m)
		}
	}
	s.mu.Unlock()
	if len(t.models) == 0 {
		<-ctx.Done()
		return
	}
	scenes := []func(){
		t.idleTimeout, t.eviction, t.duplicate, t.serverOff, t.crash,
		t.noMemory, t.demandToken, t.eject, t.otherContext, t.restart,
	}
	for ctx.Err() == nil {
		for _, scene := range scenes {
			if ctx.Err() != nil {
				return
			}
			scene()
		}
	}
}

// Audience is who a Story is told to.
type Audience struct {
	Say func(sentence string)
	// Suspect is told an instance whose engine has died although it is still
	// listed, as the gateway whose request failed would tell. It may be nil.
	Suspect func(instanceID string)
}

type teller struct {
	ctx      context.Context
	s        *Server
	audience Audience
	pace     time.Duration
	memory   int64  // the guardrail before the story
	token    string // the token before the story
	models   []*Model
}

// tell says a sentence, unless the story is over.
func (t *teller) tell(format string, args ...any) {
	if t.ctx.Err() == nil {
		t.audience.Say(fmt.Sprintf(format, args...))
	}
}

// wait lets some beats pass.
func (t *teller) wait(beats float64) {
	timer := time.NewTimer(time.Duration(beats * float64(t.pace)))
	defer timer.Stop()
	select {
	case <-timer.C:
	case <-t.ctx.Done():
	}
}

// hero is the model that the story is about.
func (t *teller) hero() *Model { return t.models[0] }

// extra is another model, the same for the same n; nil when there is none.
func (t *teller) extra(n int) *Model {
	if len(t.models) < 2 {
		return nil
	}
	return t.models[1+n%(len(t.models)-1)]
}

// ensure waits until the hero is loaded, and has somebody load it when nobody
// begins to for some beats.
func (t *teller) ensure(beats float64) string {
	timed, stop := context.WithTimeout(t.ctx, time.Duration(beats*float64(t.pace)))
	defer stop()
	var id string
	loaded := func() bool {
		if i := t.s.instanceOf(t.hero()); i != nil {
			id = i.id
		}
		return id != ""
	}
	_ = t.s.await(timed, loaded)
	_ = t.s.await(t.ctx, func() bool { return loaded() || !t.s.loading(t.hero()) })
	if id != "" || t.ctx.Err() != nil {
		return id
	}
	t.tell("Another program asks for %s, so it is loaded again.", t.hero().Name)
	id, err := t.s.Do(Action{Do: "load_explicit", Key: t.hero().Key})
	if err != nil {
		t.tell("That did not work: %v.", err)
	}
	return id
}

// act performs an action; what somebody else undid meanwhile is no trouble.
func (t *teller) act(a Action) {
	if t.ctx.Err() == nil {
		_, _ = t.s.Do(a)
	}
}

// die is a crash that a failed request brings to light.
func (t *teller) die(id string) {
	if t.audience.Suspect == nil {
		t.act(Action{Do: "crash", ID: id})
		return
	}
	t.act(Action{Do: "crash", ID: id, StayListed: true})
	t.wait(0.5)
	if t.ctx.Err() == nil {
		t.audience.Suspect(id)
	}
	// Whoever keeps it loaded removes the dead instance first.
	gone, stop := context.WithTimeout(t.ctx, 3*t.pace)
	defer stop()
	if t.s.await(gone, func() bool { i := t.s.byID(id); return i == nil || !i.crashed }) != nil {
		t.act(Action{Do: "eject", ID: id})
	}
}

func (t *teller) idleTimeout() {
	t.tell("A chat program asks for %s. LM Studio loads it for that request, to be unloaded when idle.", t.hero().Name)
	t.act(Action{Do: "jit", Key: t.hero().Key, TTLSeconds: (2 * t.pace).Seconds()})
	t.wait(2.25)
	t.tell("Nobody used %s for its idle time, so LM Studio unloaded it.", t.hero().Name)
	t.ensure(3)
	t.wait(1)
}

func (t *teller) eviction() {
	first, second := t.extra(0), t.extra(1)
	if first == nil || first == second {
		return
	}
	t.tell("A request loads %s.", first.Name)
	t.act(Action{Do: "jit", Key: first.Key, TTLSeconds: 3600})
	t.wait(1.5)
	t.tell("A request for %s makes LM Studio unload %s, to keep one such model at a time.", second.Name, first.Name)
	t.act(Action{Do: "jit", Key: second.Key, TTLSeconds: t.pace.Seconds()})
	t.wait(1.5)
}

func (t *teller) duplicate() {
	t.ensure(2)
	t.tell("Somebody loads %s a second time, with a small context.", t.hero().Name)
	id, err := t.s.Do(Action{Do: "load_explicit", Key: t.hero().Key, Context: 4096})
	t.wait(2)
	if err != nil {
		return
	}
	t.tell("They notice and eject the second one.")
	t.act(Action{Do: "eject", ID: id})
	t.wait(1)
}

func (t *teller) serverOff() {
	t.tell("The server is switched off in LM Studio. The app stays open.")
	t.act(Action{Do: "stop_server"})
	t.wait(2)
	t.tell("The server is switched on again.")
	t.act(Action{Do: "start_server"})
	t.wait(1.5)
}

func (t *teller) crash() {
	id := t.ensure(2)
	t.tell("The engine of %s crashes, and LM Studio goes on listing it.", t.hero().Name)
	t.die(id)
	t.ensure(3)
	t.wait(0.5)
}

func (t *teller) noMemory() {
	t.ensure(2)
	t.tell("A video editor takes most of the memory, and LM Studio restarts.")
	t.s.SetMemory(max(t.hero().SizeBytes/2, 1))
	t.act(Action{Do: "quit_app"})
	t.wait(1)
	t.act(Action{Do: "start_app"})
	t.wait(3)
	t.tell("The video editor is closed; there is memory again.")
	t.s.SetMemory(t.memory)
	t.ensure(1.5)
}

func (t *teller) demandToken() {
	t.tell("LM Studio is set to demand an API token.")
	t.s.SetToken(storyToken)
	t.wait(2)
	t.tell("The API token is no longer demanded.")
	t.s.SetToken(t.token)
	t.wait(1)
}

func (t *teller) eject() {
	id := t.ensure(2)
	t.tell("A person ejects %s in LM Studio.", t.hero().Name)
	t.act(Action{Do: "eject", ID: id})
	t.wait(2)
	t.ensure(0.1)
	t.wait(0.5)
}

// otherContext has the app restarted, because only a new load gets another
// context.
func (t *teller) otherContext() {
	t.tell("LM Studio is quit.")
	t.act(Action{Do: "quit_app"})
	t.wait(1.5)
	t.s.OverrideContext(8192)
	t.tell("LM Studio is opened again. It now fits contexts to memory and gives less than asked for.")
	t.act(Action{Do: "start_app"})
	t.ensure(3)
	t.wait(1.5)
}

// restart ends the round as it began: with nothing loaded.
func (t *teller) restart() {
	t.tell("LM Studio restarts for an update.")
	t.act(Action{Do: "quit_app"})
	t.s.OverrideContext(0)
	t.wait(1)
	t.act(Action{Do: "start_app"})
	t.tell("LM Studio is back, with nothing loaded.")
	t.wait(0.25)
}
