package api

import (
	"encoding/json"
	"net/http"
	"slices"
	"strings"
	"testing"
)

// TestWhatServesKnowsRequestsAlone: by the document, every schema that a request is
// checked by is still there, also those inside another, and no other is.
func TestWhatServesKnowsRequestsAlone(t *testing.T) {
	t.Parallel()
	var doc map[string]any
	if err := json.Unmarshal(OpenAPI(), &doc); err != nil {
		t.Fatal(err)
	}
	all, _ := follow(doc, "components", "schemas").(map[string]any)
	want := map[string]bool{}
	paths, _ := doc["paths"].(map[string]any)
	for _, methods := range paths {
		for _, op := range methods.(map[string]any) {
			referred(follow(op, "requestBody"), all, want)
			referred(follow(op, "parameters"), all, want)
		}
	}
	a := newAPI(http.NewServeMux())
	(&Server{}).register(a)
	slim(a)
	left := a.OpenAPI().Components.Schemas.Map()
	var missing, spare []string
	for name := range want {
		if left[name] == nil {
			missing = append(missing, name)
		}
	}
	for name := range left {
		if !want[name] {
			spare = append(spare, name)
		}
	}
	slices.Sort(spare)
	if len(want) < 10 || len(missing) > 0 || len(spare) > 0 {
		t.Errorf("of %d schemas of requests these are gone: %q; these are of no request: %q", len(want), missing, spare)
	}
}

// referred notes the schemas that a part of the document refers to, and those that
// they do.
func referred(part any, all map[string]any, names map[string]bool) {
	switch v := part.(type) {
	case []any:
		for _, item := range v {
			referred(item, all, names)
		}
	case map[string]any:
		if ref, ok := v["$ref"].(string); ok {
			name := ref[strings.LastIndexByte(ref, '/')+1:]
			if !names[name] {
				names[name] = true
				referred(all[name], all, names)
			}
		}
		for _, item := range v {
			referred(item, all, names)
		}
	}
}
