package api

import (
	"encoding/json"
	"net/http"
	"reflect"
	"slices"
	"strings"

	"github.com/danielgtaylor/huma/v2"
	"github.com/danielgtaylor/huma/v2/adapters/humago"
)

// apiVersion is the version of the API, not of the program: the document that
// the dashboard's types are made from must not change with every release.
const apiVersion = "1"

// newAPI sets huma up on a mux. Nothing of huma's own is served: its pages load
// scripts from elsewhere, and the document is finished by document first.
func newAPI(mux *http.ServeMux) huma.API {
	registry := huma.NewMapRegistry("#/components/schemas/", huma.DefaultSchemaNamer)
	registry.RegisterTypeAlias(reflect.TypeFor[huma.ErrorModel](), reflect.TypeFor[Problem]())
	return humago.New(mux, huma.Config{
		OpenAPI: &huma.OpenAPI{
			OpenAPI: "3.1.0",
			Info: &huma.Info{
				Title: "Pilotlight", Version: apiVersion,
				Description: "Watches the LLM server on this machine, keeps the chosen model loaded and remembers every load. " +
					"Errors are application/problem+json with a code and a hint. Fields may be added, never renamed. " +
					"In a request null, and a parameter without a value, count as left out.",
			},
			Components: &huma.Components{
				Schemas: registry,
				SecuritySchemes: map[string]*huma.SecurityScheme{
					"cookie": {Type: "apiKey", In: "cookie", Name: cookiePrefix + "session", Description: "Set by the address that pilotlight open prints; what its name ends in differs from agent to agent"},
					"token":  {Type: "http", Scheme: "bearer", Description: "The content of the file token in the state folder"},
				},
			},
			Security: []map[string][]string{{"cookie": {}}, {"token": {}}},
		},
		Formats:                      map[string]huma.Format{"application/json": huma.DefaultJSONFormat, "json": huma.DefaultJSONFormat},
		DefaultFormat:                "application/json",
		RejectUnknownQueryParameters: true,
		Transformers:                 []huma.Transformer{asProblem},
	})
}

// schemaOf registers T's schema and refers to it.
func schemaOf[T any](a huma.API) *huma.Schema {
	return a.OpenAPI().Components.Schemas.Schema(reflect.TypeFor[T](), true, "")
}

// OpenAPI is the OpenAPI 3.1 document, without a running agent and the same
// every time: indented JSON with sorted keys and a newline at its end.
func OpenAPI() []byte {
	a := newAPI(http.NewServeMux())
	(&Server{}).register(a)
	return document(a)
}

// document finishes huma's document. A document that cannot be encoded is a
// mistake in this package's types, so it panics as huma does on registration.
func document(a huma.API) []byte {
	raw, err := json.Marshal(a.OpenAPI())
	if err != nil {
		panic("encode the OpenAPI document: " + err.Error())
	}
	var doc map[string]any
	if err := json.Unmarshal(raw, &doc); err != nil {
		panic("read back the OpenAPI document: " + err.Error())
	}
	finish(doc)
	out, err := json.MarshalIndent(doc, "", "  ")
	if err != nil {
		panic("indent the OpenAPI document: " + err.Error())
	}
	return append(out, '\n')
}

// finish makes the document say what is true here: a list is never null, an
// enum that may be null lists null, and an answer may grow fields while a
// request with an unknown field is refused.
func finish(doc map[string]any) {
	mend(doc)
	schemas, _ := follow(doc, "components", "schemas").(map[string]any)
	strict := requestSchemas(doc)
	for name, s := range schemas {
		if schema, ok := s.(map[string]any); ok && !strict[name] {
			delete(schema, "additionalProperties")
		}
	}
}

// mend walks the document for types that allow null.
func mend(v any) {
	switch v := v.(type) {
	case []any:
		for _, item := range v {
			mend(item)
		}
	case map[string]any:
		mendNull(v)
		for _, item := range v {
			mend(item)
		}
	}
}

func mendNull(schema map[string]any) {
	types, ok := schema["type"].([]any)
	if !ok || !slices.Contains(types, any("null")) {
		return
	}
	if types[0] == huma.TypeArray {
		schema["type"] = huma.TypeArray
		return
	}
	if enum, ok := schema["enum"].([]any); ok && !slices.Contains(enum, nil) {
		schema["enum"] = append(enum, nil)
	}
}

// requestSchemas names the schemas that request bodies are made of.
func requestSchemas(doc map[string]any) map[string]bool {
	names := map[string]bool{}
	paths, _ := doc["paths"].(map[string]any)
	for _, item := range paths {
		methods, _ := item.(map[string]any)
		for _, op := range methods {
			ref, _ := follow(op, "requestBody", "content", "application/json", "schema", "$ref").(string)
			names[strings.TrimPrefix(ref, "#/components/schemas/")] = true
		}
	}
	return names
}

// follow walks keys into nested objects, to nil where one is missing.
func follow(v any, keys ...string) any {
	for _, key := range keys {
		m, ok := v.(map[string]any)
		if !ok {
			return nil
		}
		v = m[key]
	}
	return v
}
