package agent

import "pilotlight/backend"

// shapes are what the models' own files tell of them, by key. Owned by the loop.
type shapes struct {
	known map[string]backend.Shape
}

// of is a model's shape, nil where it is not known.
func (s *shapes) of(key string) *backend.Shape {
	if known, ok := s.known[key]; ok {
		return &known
	}
	return nil
}
