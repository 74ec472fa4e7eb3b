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
