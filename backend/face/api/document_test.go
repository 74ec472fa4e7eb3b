package api_test

import (
	"bytes"
	"encoding/json"
	"os"
	"strings"
	"testing"

	"pilotlight/backend/face/api"
)

// committed is the document that the dashboard's types are generated from.
const committed = "../../../frontend/src/api/openapi.json"

func TestCommittedDocumentIsFresh(t *testing.T) {
	got, err := os.ReadFile(committed)
	if err != nil || !bytes.Equal(got, api.OpenAPI()) {
		t.Errorf("frontend/src/api/openapi.json is not what the API is now (%v). In the repository's root run:\n"+
			"go run ./backend/face/api/dumpspec > frontend/src/api/openapi.json", err)
	}
}

type schema struct {
	Type       any               `json:"type"`
	Ref        string            `json:"$ref"`
	Enum       []any             `json:"enum"`
	Properties map[string]schema `json:"properties"`
	Extra      *bool             `json:"additionalProperties"`
}

type openAPI struct {
	OpenAPI string                                `json:"openapi"`
	Paths   map[string]map[string]json.RawMessage `json:"paths"`
	Parts   struct {
		Schemas map[string]schema `json:"schemas"`
	} `json:"components"`
}

func TestDocument(t *testing.T) {
	raw := api.OpenAPI()
	if !bytes.Equal(raw, api.OpenAPI()) {
		t.Error("two documents differ")
	}
	var doc openAPI
	if err := json.Unmarshal(raw, &doc); err != nil {
		t.Fatal(err)
	}
	if !strings.HasPrefix(doc.OpenAPI, "3.1") {
		t.Errorf("openapi = %q", doc.OpenAPI)
	}
	for path, methods := range map[string]string{
		"/api/status": "get", "/api/events": "get", "/api/models": "get", "/api/models/load": "post", "/api/models/unload": "post",
		"/api/models/check": "post", "/api/keep": "get put delete", "/api/keep/pause": "post", "/api/keep/resume": "post", "/api/keep/replace": "post",
		"/api/loads": "get", "/api/session": "delete", "/api/session/link": "post", "/healthz": "get",
	} {
		for method := range strings.SplitSeq(methods, " ") {
			if doc.Paths[path][method] == nil {
				t.Errorf("%s %s is not there", method, path)
			}
		}
	}
	for _, name := range []string{"Status", "Server", "Model", "ServerModel", "Instance", "Load", "Keep", "Notice", "Fallback", "Sample", "Problem", "Heartbeat"} {
		if len(doc.Parts.Schemas[name].Properties) == 0 {
			t.Errorf("the schema %s is not there", name)
		}
	}
	if text := string(raw); strings.Contains(text, "ErrorModel") || strings.Contains(text, `"array",`) {
		t.Error("the document has huma's own errors, or lists that may be null")
	}
	if api := doc.Parts.Schemas["Server"].Properties["api"]; len(api.Enum) != 4 || api.Enum[3] != nil {
		t.Errorf("api = %+v", api)
	}
	if target := doc.Parts.Schemas["Target"]; target.Extra == nil || *target.Extra {
		t.Error("a request may have unknown fields")
	}
	if status := doc.Parts.Schemas["Status"]; status.Extra != nil {
		t.Error("an answer may not grow fields")
	}
}

func TestServedDocument(t *testing.T) {
	got := start(t, &fakeAgent{}).overSocket(t, "GET", "/openapi.json", "")
	if got.StatusCode != 200 || got.Header.Get("Content-Type") != "application/openapi+json" || got.body != string(api.OpenAPI()) {
		t.Errorf("status %d, Content-Type %q", got.StatusCode, got.Header.Get("Content-Type"))
	}
}
