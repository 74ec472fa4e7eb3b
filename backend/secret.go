package backend

import (
	"fmt"
	"log/slog"
)

// Secret is a key or a token on its way to the one host that it belongs to. It
// tells itself to nobody: not printed, not logged, not as JSON. The zero Secret
// is none. Two are equal where their texts are.
type Secret struct{ text string }

// NewSecret wraps a text.
func NewSecret(text string) Secret { return Secret{text} }

// Reveal is the text, for the request that carries it and nothing else.
func (s Secret) Reveal() string { return s.text }

// IsZero says that there is none.
func (s Secret) IsZero() bool { return s.text == "" }

// hidden stands for a secret wherever it would be shown.
func (s Secret) hidden() string {
	if s.IsZero() {
		return ""
	}
	return "***"
}

// String hides the text.
func (s Secret) String() string { return s.hidden() }

// Format hides the text, whatever the verb.
func (s Secret) Format(f fmt.State, _ rune) { _, _ = f.Write([]byte(s.hidden())) }

// LogValue hides the text.
func (s Secret) LogValue() slog.Value { return slog.StringValue(s.hidden()) }

// MarshalText hides the text; JSON goes by it.
func (s Secret) MarshalText() ([]byte, error) { return []byte(s.hidden()), nil }
