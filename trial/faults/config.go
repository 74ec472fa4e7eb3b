package main

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"sync"

	"pilotlight/backend"
)

// whole are pieces of the person's own text that every state of it has: comments,
// and the secrets that the agent never shows.
var whole = []string{
	"// OpenClaw on the Mac in the closet", "// the big one first, the paid one when it must be", "// never in a log",
	"'oc-secret-gateway-token'", "'sk-ant-secret-0123456789'",
}

// config is what OpenClaw's config may be just now: the states that an answer
// settled, or that a change without an answer may have left.
type config struct {
	mu          sync.Mutex
	may         []string // hashes
	base, after string   // of the last edit by the agent
}

func hashOf(text []byte) string {
	sum := sha256.Sum256(text)
	return hex.EncodeToString(sum[:])
}

func (c *config) begin(l *lane) error {
	text, err := os.ReadFile(l.Claw.ConfigPath())
	c.may = []string{hashOf(text)}
	return err
}

// edits says that the agent was asked to make one state out of another.
func (c *config) edits(base, after string) {
	c.expect(after)
	c.mu.Lock()
	defer c.mu.Unlock()
	c.base, c.after = base, after
}

// raced says that an editor put a text there while the agent was asked for an edit:
// its text must stand, or the edit that was made in it.
func (c *config) raced(theirs string) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.may = []string{theirs}; c.base == theirs {
		c.may = append(c.may, c.after)
	}
}

// expect adds a state that the file may have from now on.
func (c *config) expect(hash string) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.may = append(c.may, hash)
}

// settled says that the file has this state and no other.
func (c *config) settled(hash string) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.may = []string{hash}
}

// check looks whether the file is one of those, whole, and with nothing of ours
// left beside it.
func (c *config) check(l *lane) error {
	c.mu.Lock()
	defer c.mu.Unlock()
	text, err := os.ReadFile(l.Claw.ConfigPath())
	if err != nil {
		return err
	}
	if !slices.Contains(c.may, hashOf(text)) {
		return fmt.Errorf("the config is none of the %d states that it may have; it has %d bytes:\n%s", len(c.may), len(text), text)
	}
	c.may = []string{hashOf(text)}
	for _, piece := range whole {
		if !bytes.Contains(text, []byte(piece)) {
			return fmt.Errorf("the config lost %s", piece)
		}
	}
	return nil
}

// write puts another text there as an editor does that is careful.
func (c *config) write(l *lane, text []byte) error {
	path := l.Claw.ConfigPath()
	temp := filepath.Join(filepath.Dir(path), "editor.swp")
	if err := os.WriteFile(temp, text, 0o600); err != nil {
		_ = os.Remove(temp)
		return err
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	if err := os.Rename(temp, path); err != nil {
		return err
	}
	c.may = []string{hashOf(text)}
	return nil
}

// restore has the agent put a state of before back, which must then stand there
// byte for byte.
func (l *lane) restore(ctx context.Context, rng *rand.Rand) error {
	doc, err := l.Client().Config(ctx)
	if err != nil {
		return err
	}
	page, err := l.Client().Revisions(ctx, 0, 50)
	if err != nil || len(page.Items) == 0 {
		return err
	}
	r := page.Items[rng.IntN(len(page.Items))]
	l.mail.expect(r.Hash)
	saved, err := l.Client().RestoreConfig(ctx, doc.Hash, r.ID, "", false)
	if backend.CodeOf(err) == backend.CodeInvalid {
		// A state that somebody left torn was kept too, and is no config to go back to.
		l.rep.fact("torn states not restored")
		return nil
	}
	if err != nil {
		return fmt.Errorf("restore revision %d: %w", r.ID, err)
	}
	text, err := os.ReadFile(l.Claw.ConfigPath())
	if err != nil {
		return err
	}
	if hashOf(text) != r.Hash {
		return errors.New("the restored config is not the one that was")
	}
	l.mail.settled(r.Hash)
	if saved.Revision != nil {
		l.known.addRevision(*saved.Revision)
	}
	l.rep.fact("states of the config restored")
	return nil
}
