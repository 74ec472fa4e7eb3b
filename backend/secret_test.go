package backend_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"log/slog"
	"strings"
	"testing"

	"pilotlight/backend"
)

func TestASecretIsToldToNobody(t *testing.T) {
	t.Parallel()
	s := backend.NewSecret("sk-very-secret")
	in := struct {
		Key backend.Secret
		Ptr *backend.Secret
	}{s, &s}
	var log bytes.Buffer
	slog.New(slog.NewTextHandler(&log, nil)).Info("x", "key", s, "in", in)
	slog.New(slog.NewJSONHandler(&log, nil)).Info("x", "key", s, "in", in)
	asJSON, err := json.Marshal(in)
	if err != nil {
		t.Fatal(err)
	}
	for name, text := range map[string]string{
		"json": string(asJSON), "log": log.String(), "v": fmt.Sprint(s, in), "plus": fmt.Sprintf("%+v %+v", s, in),
		"go": fmt.Sprintf("%#v %#v", s, in), "s": fmt.Sprintf("%s %q %x %d", s, s, s, s),
	} {
		if strings.Contains(text, "very") || strings.Contains(text, fmt.Sprintf("%x", "very")) {
			t.Errorf("%s tells it: %s", name, text)
		}
	}
	if s.Reveal() != "sk-very-secret" || s.IsZero() || !(backend.Secret{}).IsZero() {
		t.Error("it does not hold what it was given")
	}
	if s != backend.NewSecret("sk-very-secret") || s == (backend.Secret{}) {
		t.Error("two of the same text must be equal, others not")
	}
}
