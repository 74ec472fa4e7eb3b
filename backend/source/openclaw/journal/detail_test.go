package journal_test

import (
	"strings"
	"testing"
	"unicode/utf8"

	"pgregory.net/rapid"

	"pilotlight/backend"
	"pilotlight/backend/source/openclaw/journal"
)

func TestErrorTextsKeepWhatTheyAreAbout(t *testing.T) {
	t.Parallel()
	for _, s := range []string{
		`404 Model "minimax-m2.1-gs32" not found. Use lms ls to list downloaded models.`,
		`400 Failed to load model "qwen/qwen3-coder-30b-a3b-instruct-mlx-4bit-dwq". Error: insufficient system resources. It requires approximately 130.00 GB of memory.`,
		`401: {"error":{"message":"invalid x-api-key","type":"authentication_error"},"type":"error"}`,
		`The number of tokens to keep is greater than the context length (max tokens: 4096, prompt tokens: 13001)`,
		`connect ECONNREFUSED 127.0.0.1:1234`, `⚠️ API rate limit reached. Please try again later.`,
		`run 183cef84-57b4-435c-8752-6dd51419d991 failed in /Users/ada/.openclaw/agents/main/sessions/x.jsonl`,
		`http://localhost:1234/v1/chat/completions timed out after 15000 ms`,
		`Qwen3-Next-80B-A3B-Instruct-MLX-4bit-Unsloth-UD was not found`,
	} {
		if got := journal.Detail(s); got != s {
			t.Errorf("got  %q\nwant %q", got, s)
		}
	}
}

func TestSecretsAreHidden(t *testing.T) {
	t.Parallel()
	const secret = "s3cr3tS3cr3tS3cr3t"
	for _, s := range []string{
		"Incorrect API key provided: sk-proj-" + secret, "Incorrect API key provided: " + secret + ".", "sk-lm-abcdefgh:" + secret, `{"apiKey":"` + secret + `"}`,
		"Authorization: Bearer " + secret, "authorization=Bearer " + secret, "bearer " + secret, "Basic " + secret, "token=" + secret + "&x=1", "token: " + secret,
		"x-api-key: " + secret, `"access_token": "` + secret + `"`, "http://ada:" + secret + "@10.0.0.1:1234/v1", "https://example.com/v1?key=" + secret,
		"https://example.com/v1?x=1&api_key=" + secret + "#" + secret, "password='" + secret + "'", "api key is " + secret, "client_secret=" + secret,
		"got " + secret + "AbCdEf0123456789XyZ back", "hash 0123456789abcdef0123456789abcdef" + secret, "AIza" + secret, "eyJhbGciOi.eyJzdWIi." + secret + "AAAAAAAAAAAAAA1",
		"ghp_" + secret, "OPENAI_API_KEY=" + secret, "secret " + "x-goog-api-key:" + secret,
	} {
		if got := journal.Detail(s); strings.Contains(got, secret) || !strings.Contains(got, "***") {
			t.Errorf("%q became %q", s, got)
		}
	}
}

func TestErrorTextsAreOneLine(t *testing.T) {
	t.Parallel()
	for s, want := range map[string]string{
		"a\r\n\tb": "a b", "\x1b[31mred\x1b[0m \x1b]0;x": "red ]0;x", "a\x00b\u2028c\u202ed": "a b c d", "  a   b  ": "a b", "\n": "", "ä\u00a0ö": "ä ö",
	} {
		if got := journal.Detail(s); got != want {
			t.Errorf("%q: got %q, want %q", s, got, want)
		}
	}
	rapid.Check(t, func(t *rapid.T) {
		got := journal.Detail(rapid.String().Draw(t, "text") + rapid.StringN(0, 400, -1).Draw(t, "more"))
		if len(got) > backend.MaxDetail || !utf8.ValidString(got) || strings.ContainsAny(got, "\n\r\x00\x1b\t") || strings.TrimSpace(got) != got {
			t.Fatalf("got %q", got)
		}
	})
}
