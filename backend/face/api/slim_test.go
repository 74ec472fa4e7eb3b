package api

import (
	"net/http"
	"testing"

	"github.com/danielgtaylor/huma/v2"
)

// TestWhatServesKnowsRequestsAlone: every schema that a request is checked by is still
// there, also those inside another, and none of answers.
func TestWhatServesKnowsRequestsAlone(t *testing.T) {
	t.Parallel()
	a := newAPI(http.NewServeMux())
	(&Server{}).register(a)
	whole := len(a.OpenAPI().Components.Schemas.Map())
	slim(a)
	schemas := a.OpenAPI().Components.Schemas
	bodies := 0
	for path, item := range a.OpenAPI().Paths {
		for _, op := range []*huma.Operation{item.Get, item.Put, item.Post, item.Delete, item.Patch} {
			if op == nil {
				continue
			}
			if len(op.Responses) > 0 {
				t.Errorf("%s still knows what its answers look like", path)
			}
			if op.RequestBody == nil {
				continue
			}
			for _, media := range op.RequestBody.Content {
				used := map[string]bool{}
				use(schemas, media.Schema, used)
				for name := range used {
					bodies++
					if schemas.Map()[name] == nil {
						t.Errorf("%s is checked by %s, which is gone", path, name)
					}
				}
			}
		}
	}
	if left := len(schemas.Map()); bodies == 0 || left == 0 || left > whole/2 {
		t.Errorf("%d of %d schemas are left, %d of them in bodies", left, whole, bodies)
	}
}
