package doctor

import "pilotlight/backend"

// trouble looks for what goes wrong now, or went wrong lately.
func trouble(s *scene) []backend.Check {
	return nil
}
