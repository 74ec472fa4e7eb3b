package agent_test

import (
	"context"
	"os"
	"path/filepath"
	"testing"

	"pilotlight/backend"
	"pilotlight/backend/agent"
)

// TestLinksAreNotWrittenThrough puts a link to a file of the person's in the place of
// each file of the state folder. The agent may start or refuse; the file stays as it
// is, and so does its mode.
func TestLinksAreNotWrittenThrough(t *testing.T) {
	t.Parallel()
	for _, name := range []string{
		"token", "token.read", "peers.json", "agent.lock", "agent.sock", "pilotlight.db", "pilotlight.db.new", "pilotlight.db-wal", "pilotlight.db-journal",
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			cfg := spare(t)
			must(t, os.MkdirAll(cfg.Home, 0o700))
			victim, text := filepath.Join(t.TempDir(), "diary"), "dear diary"
			must(t, os.WriteFile(victim, []byte(text), 0o640))
			must(t, os.Symlink(victim, filepath.Join(cfg.Home, name)))
			ctx, cancel := context.WithCancel(context.Background())
			defer cancel()
			cfg.Ready = func(string, string) { cancel() }
			if err := agent.Run(ctx, cfg); err != nil && backend.AsError(err).Hint == "" {
				t.Errorf("it refused without a hint: %v", err)
			}
			got, err := os.ReadFile(victim)
			must(t, err)
			info, err := os.Stat(victim)
			must(t, err)
			if string(got) != text || info.Mode().Perm() != 0o640 {
				t.Errorf("the file has mode %v and reads %q", info.Mode().Perm(), got)
			}
			if name == "token" || name == "token.read" {
				if info, err := os.Lstat(filepath.Join(cfg.Home, name)); err != nil || !info.Mode().IsRegular() || info.Mode().Perm() != 0o600 {
					t.Errorf("the token's file is %v, %v", info, err)
				}
			}
		})
	}
}

// TestAStrangersFileIsNotTrusted plants a token that another user knows.
func TestAStrangersFileIsNotTrusted(t *testing.T) {
	t.Parallel()
	if os.Geteuid() != 0 {
		t.Skip("only root can make a file of another user")
	}
	cfg := spare(t)
	must(t, os.MkdirAll(cfg.Home, 0o777))
	planted := filepath.Join(cfg.Home, "token")
	must(t, os.WriteFile(planted, []byte("0123456789abcdef0123456789abcdef0123456789abcdef\n"), 0o600))
	must(t, os.Lchown(planted, 12345, 12345))
	wantCode(t, agent.Run(context.Background(), cfg), backend.CodeRefused)
}

// TestATokenOthersMayReadIsTightened as the database is: it may have been copied back
// from a backup.
func TestATokenOthersMayReadIsTightened(t *testing.T) {
	t.Parallel()
	cfg := spare(t)
	must(t, os.MkdirAll(cfg.Home, 0o755))
	for _, name := range []string{"token", "token.read", "peers.json"} {
		text := "0123456789abcdef0123456789abcdef0123456789abcdef\n"
		if name == "peers.json" {
			text = `{"peers":[]}`
		}
		must(t, os.WriteFile(filepath.Join(cfg.Home, name), []byte(text), 0o600))
		must(t, os.Chmod(filepath.Join(cfg.Home, name), 0o664))
	}
	ctx, cancel := context.WithCancel(context.Background())
	defer cancel()
	cfg.Ready = func(string, string) { cancel() }
	must(t, agent.Run(ctx, cfg))
	for _, name := range []string{".", "token", "token.read", "peers.json", "pilotlight.db", "agent.lock"} {
		info, err := os.Stat(filepath.Join(cfg.Home, name))
		must(t, err)
		if info.Mode().Perm()&0o077 != 0 {
			t.Errorf("%s has mode %v", name, info.Mode().Perm())
		}
	}
}
