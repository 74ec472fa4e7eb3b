package agent

import (
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"pilotlight/backend"
	"pilotlight/backend/home"
)

// tokens are what lets a program in over the network.
type tokens struct {
	full string // everything
	read string // looking alone
}

// apiTokens reads the state folder's tokens, and makes them on first use.
func apiTokens(dir string) (t tokens, err error) {
	if t.full, err = apiToken(dir, tokenFile(backend.RightsFull)); err != nil {
		return t, err
	}
	t.read, err = apiToken(dir, tokenFile(backend.RightsRead))
	return t, err
}

// instance tells this agent from every other, on whatever address it answers. It
// is made from the token, so that it stays as long as the token does, and gives
// nothing of it away.
func (t tokens) instance() string {
	mac := hmac.New(sha256.New, []byte(t.full))
	mac.Write([]byte("pilotlight instance 1"))
	return hex.EncodeToString(mac.Sum(nil)[:8])
}

func tokenFile(r backend.Rights) string {
	if r == backend.RightsRead {
		return "token.read"
	}
	return "token"
}

// leastToken is the length below which a file is taken for no token.
const leastToken = 32

// usable says whether a text can be a token: long enough, and of characters that
// can be sent in a header. A file of zeros, which a lost power supply may leave, is
// none.
func usable(t string) bool {
	return len(t) >= leastToken && !strings.ContainsFunc(t, func(r rune) bool { return r <= ' ' || r > '~' })
}

func apiToken(dir, name string) (string, error) {
	path := filepath.Join(dir, name)
	if b, err := os.ReadFile(path); err == nil {
		if t := strings.TrimSpace(string(b)); usable(t) {
			return t, tighten(path)
		}
	} else if !errors.Is(err, fs.ErrNotExist) {
		return "", cannotWrite(dir, err)
	}
	raw := make([]byte, 32)
	rand.Read(raw)
	t := hex.EncodeToString(raw)
	if err := home.WriteFile(path, []byte(t+"\n"), 0o600); err != nil {
		return "", cannotWrite(dir, err)
	}
	return t, nil
}

// tighten takes away what others may do with a file that holds a secret: it may have
// been copied back from a backup with a wider mode. What a link leads to is left alone.
func tighten(path string) error {
	info, err := os.Lstat(path)
	if err == nil && info.Mode().IsRegular() && info.Mode().Perm()&0o077 != 0 {
		err = os.Chmod(path, 0o600)
	}
	if err != nil {
		return cannotWrite(filepath.Dir(path), err)
	}
	return nil
}

// Token reads the token of a state folder with these rights. It makes none: the
// error is not_found where no agent has run there yet.
func Token(dir string, r backend.Rights) (string, error) {
	b, err := os.ReadFile(filepath.Join(dir, tokenFile(r)))
	if t := strings.TrimSpace(string(b)); err == nil && usable(t) {
		return t, nil
	}
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return "", cannotRead(dir, err)
	}
	return "", &backend.Error{
		Code: backend.CodeNotFound, Message: "There is no token yet: it is made when Pilotlight starts.",
		Hint: "Start it, or end and start the one that runs, which may be older: pilotlight agent",
	}
}

func cannotRead(dir string, err error) error {
	return &backend.Error{
		Code: backend.CodeForbidden, Err: err,
		Message: "The token in " + dir + " cannot be read: " + rootCause(err).Error() + ".",
		Hint:    "Run this as the person who started Pilotlight.",
	}
}
