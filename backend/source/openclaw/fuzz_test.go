package openclaw_test

import (
	"os"
	"path/filepath"
	"testing"
	"time"

	"pilotlight/backend/source/openclaw"
)

// FuzzRead reads any config beside any .env file: it always comes to an end, with a
// bounded number of issues and either a config or why there is none.
func FuzzRead(f *testing.F) {
	files, _ := filepath.Glob("testdata/config/*")
	for _, name := range files {
		if text, err := os.ReadFile(name); err == nil {
			f.Add(text, []byte("KEY=x\n"))
		}
	}
	f.Add([]byte(`{models:{providers:{a:{baseUrl:"${URL}/v1",apiKey:"${KEY}",models:[{id:"x",contextWindow:1e400}]}}},agents:{defaults:{model:"a/x"}}}`),
		[]byte("export URL='http://127.0.0.1:1'\nKEY=\"a#b\" # note\n"))
	f.Add([]byte(`{$include:["openclaw.json","../x"],gateway:{port:-1},logging:{file:"~/x",level:7}}`), []byte("=\n=x\n'"))
	dir, err := os.MkdirTemp(quick(), "plc")
	if err != nil {
		f.Fatal(err)
	}
	f.Cleanup(func() { os.RemoveAll(dir) })
	state := filepath.Join(dir, ".openclaw")
	if err := os.MkdirAll(state, 0o700); err != nil {
		f.Fatal(err)
	}
	env := openclaw.Env{Getenv: func(string) string { return "" }, Home: dir, UID: -1, SharedTmp: dir}
	f.Fuzz(func(t *testing.T, config, dotenv []byte) {
		for name, text := range map[string][]byte{"openclaw.json": config, ".env": dotenv} {
			if err := os.WriteFile(filepath.Join(state, name), text, 0o600); err != nil {
				t.Fatal(err)
			}
		}
		r := openclaw.NewReader(env).Read(time.Now())
		if len(r.OpenClaw.Issues) > 200 || r.Err != nil && r.OpenClaw.ConfigValid || !r.OpenClaw.Found {
			t.Fatalf("%d issues, valid %v, error %v", len(r.OpenClaw.Issues), r.OpenClaw.ConfigValid, r.Err)
		}
		if r.GatewayPort < 0 || r.GatewayPort > 65535 {
			t.Fatalf("port %d", r.GatewayPort)
		}
	})
}

// quick is a folder in memory where the system has one: a disk would be all that is
// waited for.
func quick() string {
	if info, err := os.Stat("/dev/shm"); err == nil && info.IsDir() {
		return "/dev/shm"
	}
	return ""
}
