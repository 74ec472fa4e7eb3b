package doctor_test

import (
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"

	"pilotlight/backend"
	"pilotlight/backend/rule/doctor"
)

// bob is somebody with machines of his own.
func bob() doctor.Private {
	return doctor.Private{
		Homes: []string{"/Users/bob"}, Users: []string{"bob"}, Hosts: []string{"bobs-mac", "studio-2", "100.101.102.103", ""},
		Keep: []string{"lmstudio/bob/llama-3.1.8.1-8b", "bob/llama-3.1.8.1-8b", "/Users/bob/models/x.gguf", ""},
	}
}

func TestHide(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]string{
		"":                                                "",
		"/Users/bob/.openclaw/openclaw.json":              "~/.openclaw/openclaw.json",
		"'/home/alice/x y', /home/bob":                    "'~/x y', ~",
		`C:\Users\Bob Smith\x`:                            `~ Smith\x`,
		"/Users/bob/models/x.gguf is loaded":              "~/models/x.gguf is loaded",
		"http://127.0.0.1:1234/v1: 200":                   "http://127.0.0.1:1234/v1: 200",
		"http://localhost:1234, http://[::1]:9":           "http://localhost:1234, http://[::1]:9",
		"It listens on 0.0.0.0 and ::":                    "It listens on 0.0.0.0 and ::",
		"curl http://studio-2.local:8000/v1/models: 200.": "curl http://<host-1>:8000/v1/models: 200.",
		"studio-2 and Bobs-Mac, then studio-2 again":      "<host-2> and <host-1>, then <host-2> again",
		"192.168.1.20:8000 and 100.101.102.103":           "<host-1>:8000 and <host-2>",
		"fe80::1%en0, fd7a:115c::1":                       "<host-1>, <host-2>",
		"https://u:p@api.example.com/v1?key=1#x":          "https://<host-1>/v1",
		"http://[fd7a::1]:80/x":                           "http://<host-1>:80/x",
		"nas.lan, box.tail1234.ts.net":                    "<host-1>, <host-2>",
		"bob's config; Bob, bobcat, (bob)":                "<user>'s config; Bob, bobcat, (<user>)",
		"bob bob bob":                                     "<user> <user> <user>",
		"lmstudio/bob/llama-3.1.8.1-8b on bobs-mac":       "lmstudio/bob/llama-3.1.8.1-8b on <host-1>",
		"agent:main:whatsapp:dm:+4917012345678 is stuck":  "<session> is stuck",
		"+49 170 1234567 wrote":                           "<number> wrote",
		"bob@example.com":                                 "<address>",
		"3f2504e0-4f89-11d3-9a0c-0305e82c3301":            "<id>",
		"key sk-proj-abcdefghijklmnop here":               "key <key> here",
		"Authorization: Bearer abc.def":                   "Authorization: <key>",
		"sk-lm-abcdefgh:01234567890123456789":             "<key>",
		"lm-studio-community/x":                           "lm-studio-community/x",
		"OpenClaw 2026.9.6, version 0.4.25, 12:30:05":     "OpenClaw 2026.9.6, version 0.4.25, 12:30:05",
		"models.providers.lmstudio.baseUrl":               "models.providers.lmstudio.baseUrl",
	} {
		if got := bob().Hide(text); got != want {
			t.Errorf("of %q\n got %q\nwant %q", text, got, want)
		}
	}
	short := doctor.Private{Hosts: []string{"bobs-mac"}, Users: []string{"bob"}, Keep: []string{"a", "mac", "bob/x", "s"}}
	if got := short.Hide("a on bobs-mac of bob, /Users/bob/x, bob/x."); got != "a on <host-1> of <user>, ~/x, bob/x." {
		t.Errorf("names of models let through %q", got)
	}
	words := doctor.Private{Users: []string{"openclaw", "me"}}
	if got := words.Hide("OpenClaw and openclaw tell me"); got != "OpenClaw and openclaw tell me" {
		t.Errorf("a word became %q", got)
	}
}

// Whatever stands around it, what is private never comes out.
func TestHideLeavesNothing(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		secret := rapid.SampledFrom([]string{
			"/Users/bob", "bobs-mac", "100.101.102.103", "192.168.7.8", "studio-2", "sk-proj-abcdefghijklmnop", "agent:main:main",
		}).Draw(t, "secret")
		glue := rapid.SampledFrom([]string{" ", "", ", ", "\n", ": ", "(", ")", "'", "\"", "/", "→"})
		var b strings.Builder
		for range rapid.IntRange(0, 5).Draw(t, "n") {
			b.WriteString(rapid.SampledFrom([]string{"word", "http://127.0.0.1:1/v1", "bob/llama-3.1.8.1-8b", "🔥", secret}).Draw(t, "part"))
			b.WriteString(glue.Draw(t, "glue"))
		}
		text := b.String() + " " + secret + " " + rapid.String().Draw(t, "tail")
		got := bob().Hide(text)
		if strings.Contains(" "+got+" ", " "+secret+" ") {
			t.Fatalf("of %q\n got %q", text, got)
		}
		if again := bob().Hide(got); again != got && !strings.Contains(got, "<host-") {
			t.Fatalf("a second time of %q\n%q became\n%q", text, got, again)
		}
	})
}

func TestMarkdown(t *testing.T) {
	t.Parallel()
	r := doctor.Summed(backend.At(time.Date(2026, 11, 30, 10, 0, 0, 0, time.UTC)), []backend.Check{
		{ID: "a", Group: "setup", Title: "It is on", Verdict: backend.FindingOK, Detail: "It answers at http://bobs-mac:1234.", Hint: "not told"},
		{ID: "b", Group: "trouble", Title: "*Bold* `x`", Verdict: backend.FindingFail, Detail: "line one\n# two <img> [x](y)", Hint: "Look in /Users/bob/x."},
		{ID: "c", Group: "trouble", Title: "Off", Verdict: backend.FindingSkip, Detail: "bobs-mac was not asked."},
		{ID: "d", Group: "mine", Title: "Odd", Verdict: backend.FindingWarn, Detail: "x"},
	})
	const want = `# Pilotlight doctor

Pilotlight 1.2.3 of \<user>.

1 to mend, 1 to know of.

Looked at 2026-11-30T10:00:00Z.

## Set-up

- ok **It is on**: It answers at http://\<host-1>:1234.

## Trouble

- FAIL **\*Bold\* \` + "`x\\`" + `**: line one # two \<img> \[x](y)
  Look in ~/x.
- – **Off**: \<host-1> was not asked.

## mine

- warn **Odd**: x
`
	if got := doctor.Markdown("Pilotlight 1.2.3 of bob.", r, bob()); got != want {
		t.Errorf("got\n%s\nwant\n%s", got, want)
	}
}

func TestSummary(t *testing.T) {
	t.Parallel()
	for want, r := range map[string]backend.Report{
		"All is well.":                     {},
		"Nothing is broken; 2 to know of.": {Warn: 2},
		"1 to mend.":                       {Fail: 1},
		"1 to mend, 3 to know of.":         {Fail: 1, Warn: 3},
	} {
		if got := doctor.Summary(r); got != want {
			t.Errorf("got %q, want %q", got, want)
		}
	}
}
