package say

import (
	"strings"

	"pilotlight/backend"
)

// RefName is what a person calls a model that OpenClaw names "provider/model":
// the name its server gives it, else the alias of the config, else the last
// part of the reference.
func RefName(st *backend.Status, ref string) string {
	if st.OpenClaw != nil {
		for _, hop := range st.OpenClaw.Chain {
			if hop.Ref != ref {
				continue
			}
			if name := keyName(st, hop); name != "" {
				return name
			}
			if hop.Alias != "" {
				return hop.Alias
			}
		}
	}
	if at := strings.LastIndexByte(ref, '/'); at >= 0 && at+1 < len(ref) {
		return ref[at+1:]
	}
	return ref
}

// keyName is the name that a hop's server gives its model, "" where it lists
// none by that key.
func keyName(st *backend.Status, hop backend.Hop) string {
	for _, s := range st.Servers {
		if s.ID != hop.Server {
			continue
		}
		for _, m := range s.Models {
			if m.Key == hop.Key {
				return m.Name
			}
		}
	}
	return ""
}
