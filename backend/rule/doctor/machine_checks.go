package doctor

import "pilotlight/backend"

// machineChecks judges whether this machine can bear the models of the chain.
func machineChecks(f Facts) []backend.Check {
	return nil
}
