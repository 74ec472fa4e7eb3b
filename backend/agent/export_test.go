package agent

import (
	"context"

	"pilotlight/backend"
)

// RaiseTimeout is the action of a remedy that takes slow loads to come by.
func RaiseTimeout(a *Agent, provider string, seconds float64) error {
	doc, err := a.Config(context.Background())
	if err != nil {
		return err
	}
	_, err = a.carry(context.Background(), backend.Mending{
		Kind: backend.MendConfig, Edits: []backend.ConfigEdit{waitLonger(provider, seconds)},
	}, errand{note: "Wait longer for " + provider, hash: doc.Hash})
	return err
}

// Reached is what came of asking the providers of the chain.
func (a *Agent) Reached(ctx context.Context) map[string]backend.Reach {
	f, hash, err := a.symptoms(ctx)
	if err != nil {
		return nil
	}
	a.probe(&f, hash, reuse)
	return f.Reach
}

// SameToPeople says that nobody need be told of the second state after the first.
var SameToPeople = sameToPeople

// FullToken is the token of a state folder, made where there is none.
func FullToken(dir string) (string, error) {
	t, err := apiTokens(dir)
	return t.full, err
}
