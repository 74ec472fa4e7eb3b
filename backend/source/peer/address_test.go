package peer

import (
	"strings"
	"testing"

	"pilotlight/backend"
)

func TestAddress(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]string{
		"http://192.168.1.20:7456":    "http://192.168.1.20:7456",
		" http://192.168.1.20:7456/ ": "http://192.168.1.20:7456",
		"studio.local":                "http://studio.local:7456",
		"Studio.Local:8000":           "http://studio.local:8000",
		"HTTPS://studio.example":      "https://studio.example:443",
		"http://[fd00::1]:7456":       "http://[fd00::1]:7456",
		"http://[fd00::1]":            "http://[fd00::1]:7456",

		"":                                    "",
		"http://":                             "",
		"ftp://studio":                        "",
		"unix:///tmp/agent.sock":              "",
		"http://me:secret@studio":             "",
		"http://studio/api/status":            "",
		"http://studio?x=1":                   "",
		"http://studio#x":                     "",
		"http://studio:0":                     "",
		"http://studio:99999":                 "",
		"http://studio:x":                     "",
		"http://stu dio":                      "",
		"http://stu\r\ndio":                   "",
		"http://<b>":                          "",
		"http://" + strings.Repeat("a", 1000): "",
	} {
		got, err := Address(text)
		if got != want || (err == nil) != (want != "") {
			t.Errorf("Address(%q) = %q, %v, want %q", text, got, err, want)
		}
		if err != nil && (backend.CodeOf(err) != backend.CodeInvalid || backend.AsError(err).Hint == "") {
			t.Errorf("Address(%q): %v", text, err)
		}
		if strings.Contains(errText(err), "secret") {
			t.Errorf("the error repeats a password: %v", err)
		}
	}
}

func TestToken(t *testing.T) {
	t.Parallel()
	if got, err := Token(" abc123\n"); got != "abc123" || err != nil {
		t.Errorf("got %q, %v", got, err)
	}
	for _, bad := range []string{"", " ", "a b", "a\r\nX-Evil: 1", "é", strings.Repeat("a", 1000)} {
		if _, err := Token(bad); backend.CodeOf(err) != backend.CodeInvalid {
			t.Errorf("Token(%q): %v", bad, err)
		}
	}
}

func errText(err error) string {
	if err == nil {
		return ""
	}
	return err.Error() + backend.AsError(err).Hint
}
