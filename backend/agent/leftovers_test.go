package agent_test

import (
	"bytes"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"pilotlight/backend"
	"pilotlight/backend/agent"
)

// A token that no header can carry is none: a file of zeros is what a lost power
// supply may leave.
func TestABrokenTokenIsMadeAnew(t *testing.T) {
	t.Parallel()
	for name, text := range map[string][]byte{
		"zeros": make([]byte, 65), "bytes": bytes.Repeat([]byte{0xfe, 1}, 40), "short": []byte("abc\n"), "blanks": bytes.Repeat([]byte("a b "), 20),
	} {
		dir := t.TempDir()
		if err := os.WriteFile(filepath.Join(dir, "token"), text, 0o600); err != nil {
			t.Fatal(err)
		}
		if got, err := agent.Token(dir, backend.RightsFull); err == nil {
			t.Errorf("%s: %q counts as a token", name, got)
		}
		full, err := agent.FullToken(dir)
		if err != nil || len(full) != 64 || strings.Trim(full, "0123456789abcdef") != "" {
			t.Errorf("%s: the new token is %q, %v", name, full, err)
		}
		if again, err := agent.FullToken(dir); err != nil || again != full {
			t.Errorf("%s: then %q, %v", name, again, err)
		}
	}
}
