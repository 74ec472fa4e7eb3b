package api

import "net/http"

// MayRead says whether the read-only token opens a path.
func MayRead(s *Server, path string) bool {
	r, err := http.NewRequest(http.MethodGet, path, nil)
	return err == nil && s.mayRead(r)
}
