package api

import (
	"strings"

	"github.com/danielgtaylor/huma/v2"
)

// slim drops from an API that serves what only its document needs: what answers look
// like. Requests alone are checked, and the document is made from another one when it
// is asked for. Without this it is most of what an idle agent has in memory, and looks
// through whenever garbage is collected.
func slim(a huma.API) {
	doc := a.OpenAPI()
	schemas := doc.Components.Schemas
	used := map[string]bool{}
	for _, path := range doc.Paths {
		for _, op := range []*huma.Operation{path.Get, path.Put, path.Post, path.Delete, path.Options, path.Head, path.Patch, path.Trace} {
			if op == nil {
				continue
			}
			op.Responses = nil
			for _, p := range op.Parameters {
				use(schemas, p.Schema, used)
			}
			if op.RequestBody == nil {
				continue
			}
			for _, media := range op.RequestBody.Content {
				use(schemas, media.Schema, used)
			}
		}
	}
	for name := range schemas.Map() {
		if !used[name] {
			delete(schemas.Map(), name)
		}
	}
}

// use notes the schemas that one refers to, and those that they do.
func use(schemas huma.Registry, s *huma.Schema, used map[string]bool) {
	if s == nil {
		return
	}
	if s.Ref != "" {
		name := s.Ref[strings.LastIndexByte(s.Ref, '/')+1:]
		if !used[name] {
			used[name] = true
			use(schemas, schemas.SchemaFromRef(s.Ref), used)
		}
		return
	}
	use(schemas, s.Items, used)
	use(schemas, s.Not, used)
	if more, ok := s.AdditionalProperties.(*huma.Schema); ok {
		use(schemas, more, used)
	}
	for _, p := range s.Properties {
		use(schemas, p, used)
	}
	for _, list := range [][]*huma.Schema{s.OneOf, s.AnyOf, s.AllOf} {
		for _, one := range list {
			use(schemas, one, used)
		}
	}
}
