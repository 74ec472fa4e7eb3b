package doctor

import "pilotlight/backend"

// setup goes through the list of what has to be in place for a local model to
// answer.
func setup(s *scene) []backend.Check {
	return nil
}
