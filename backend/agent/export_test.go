package agent

import "context"

// RaiseTimeout is the action of a remedy that takes slow loads to come by.
func RaiseTimeout(a *Agent, provider string, seconds float64) error {
	return a.raiseTimeout(context.Background(), provider, seconds)
}

// SameToPeople says that nobody need be told of the second state after the first.
var SameToPeople = sameToPeople
