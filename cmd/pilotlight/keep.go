package main

import (
	"time"

	"pilotlight/backend"
	"pilotlight/backend/rule/say"
)

type keepCmd struct {
	Model   string         `arg:"" help:"The model's key, or a part of it that fits one model."`
	Context int            `name:"context" help:"Context length wanted at least, in tokens."`
	Server  string         `name:"server" help:"The server's id."`
	Ask     bool           `name:"ask" help:"Behind a gateway that only requests keep warm: make one of one token every few minutes. It may cost money."`
	Policy  backend.Policy `name:"policy" enum:"respect-manual,always" default:"respect-manual" help:"What to do when a person unloads it: respect-manual leaves it for a while, always loads it again."`
}

// Run chooses the model to keep.
func (c keepCmd) Run(e *env) error {
	t := backend.Target{Model: c.Model, Server: c.Server, Policy: c.Policy, Ask: c.Ask}
	if c.Context < 0 {
		return &backend.Error{Code: backend.CodeInvalid, Message: "A context length cannot be negative.", Hint: "Leave --context out for the server's choice."}
	}
	if c.Context > 0 {
		t.ContextLength = &c.Context
	}
	k, err := e.client().SetKeep(e.ctx, t)
	return e.showKeep(k, err)
}

type releaseCmd struct{}

// Run stops keeping.
func (releaseCmd) Run(e *env) error {
	k, err := e.client().Release(e.ctx)
	return e.showKeep(k, err)
}

type pauseCmd struct {
	Duration time.Duration `arg:"" optional:"" help:"How long, as 90m or 8h; until resumed when left out."`
}

// Run pauses the keep.
func (c pauseCmd) Run(e *env) error {
	if c.Duration < 0 {
		return &backend.Error{Code: backend.CodeInvalid, Message: "A pause cannot be negative.", Hint: "Write it as 90m or 8h."}
	}
	k, err := e.client().Pause(e.ctx, c.Duration)
	return e.showKeep(k, err)
}

type resumeCmd struct{}

// Run ends a pause.
func (resumeCmd) Run(e *env) error {
	k, err := e.client().Resume(e.ctx)
	return e.showKeep(k, err)
}

type replaceCmd struct{}

// Run confirms that an instance may be replaced.
func (replaceCmd) Run(e *env) error {
	k, err := e.client().Replace(e.ctx)
	return e.showKeep(k, err)
}

func (e *env) showKeep(k backend.Keep, err error) error {
	if err != nil {
		return err
	}
	return e.show(k, func() {
		h := say.Of(&backend.Status{Keep: k}, e.now())
		e.line("%s", h.Title)
		for _, more := range []string{h.Sub, h.Hint} {
			if more != "" {
				e.line("  %s", more)
			}
		}
	})
}
