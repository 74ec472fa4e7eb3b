package api

import (
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha256"
	"crypto/subtle"
	"encoding/base64"
	"encoding/binary"
	"encoding/hex"
	"net/http"
	"strings"
	"sync"
	"time"

	"pilotlight/backend"
)

const (
	cookiePrefix = "pilotlight-"
	// sessionLife slides: a session that is used is renewed once a day.
	sessionLife    = 30 * 24 * time.Hour
	sessionRenewal = 24 * time.Hour
	codeLife       = 10 * time.Minute
	// maxCodes bounds the unused links, and maxRevoked the sign-outs that are
	// remembered. Past the bound the one that ends first is forgotten.
	maxCodes   = 16
	maxRevoked = 1024
	idSize     = 16
	cookieSize = idSize + 8 + sha256.Size
)

// sessions knows who is signed in over loopback.
//
// A session is a cookie and nothing else: a random id, the second it ends, and
// an HMAC of both under a key made from the token. Nothing of it is kept, so it
// outlives a restart of the agent, and it cannot be made without the token. A
// new token ends all sessions. A sign-out is remembered in memory until the
// session would have ended; a copy of a cookie that was signed out works again
// after a restart, unless the token is renewed too.
//
// Cookies do not know ports: a browser shows ours to every server on the same
// host. So that two agents, the demo and the real one, do not sign each other
// out, a part of the key is in the cookie's name. What keeps it safe is that those servers run as the same person or are
// trusted with this machine anyway.
type sessions struct {
	now   func() time.Time
	name  string // of the cookie
	key   []byte
	token [sha256.Size]byte
	any   bool // there is a token at all
	reads readToken

	mu      sync.Mutex
	codes   map[[sha256.Size]byte]time.Time // hash of an unused code, and its end
	revoked map[[idSize]byte]time.Time      // id of a session signed out, and its end
}

// readToken is the token that may only look.
type readToken struct {
	token [sha256.Size]byte
	any   bool
}

func newSessions(token, read string, now func() time.Time) *sessions {
	mac := hmac.New(sha256.New, []byte(token))
	mac.Write([]byte("pilotlight session 1"))
	key := mac.Sum(nil)
	mac.Write([]byte("name"))
	return &sessions{
		now: now, key: key, name: cookiePrefix + hex.EncodeToString(mac.Sum(nil)[:4]), token: digest(token), any: token != "",
		reads: readToken{token: digest(read), any: read != ""},
		codes: map[[sha256.Size]byte]time.Time{}, revoked: map[[idSize]byte]time.Time{},
	}
}

// bearer is what the token in an Authorization header may do, "" where it is
// none of ours. Hashes are compared, and both always, so that neither content
// nor length nor which of the two it is shows in the time it takes.
func (s *sessions) bearer(header string) backend.Rights {
	scheme, sent, ok := strings.Cut(header, " ")
	if !ok || !strings.EqualFold(scheme, "Bearer") {
		return ""
	}
	got := digest(strings.TrimSpace(sent))
	full := subtle.ConstantTimeCompare(got[:], s.token[:]) == 1
	read := subtle.ConstantTimeCompare(got[:], s.reads.token[:]) == 1
	switch {
	case full && s.any:
		return backend.RightsFull
	case read && s.reads.any:
		return backend.RightsRead
	}
	return ""
}

// newCode makes a sign-in code of which only the hash is kept.
func (s *sessions) newCode() string {
	code := rand.Text()
	s.mu.Lock()
	defer s.mu.Unlock()
	keep(s.codes, digest(code), s.now().Add(codeLife), s.now(), maxCodes)
	return code
}

// redeem uses up a code. A code works once, in its time.
func (s *sessions) redeem(code string) bool {
	hash := digest(code)
	s.mu.Lock()
	defer s.mu.Unlock()
	end, ok := s.codes[hash]
	delete(s.codes, hash)
	return ok && s.any && s.now().Before(end)
}

// session is a cookie that was found good.
type session struct {
	id  [idSize]byte
	end time.Time
}

// start makes a new session.
func (s *sessions) start() session {
	sess := session{end: s.now().Add(sessionLife)}
	_, _ = rand.Read(sess.id[:]) // never fails, by its documentation
	return sess
}

// find reads the session cookies of a request; a browser may hold several of
// the name.
func (s *sessions) find(r *http.Request) (session, bool) {
	for _, c := range r.CookiesNamed(s.name) {
		if sess, ok := s.read(c.Value); ok {
			return sess, true
		}
	}
	return session{}, false
}

func (s *sessions) read(value string) (session, bool) {
	raw, err := base64.RawURLEncoding.DecodeString(value)
	if err != nil || len(raw) != cookieSize || !s.any {
		return session{}, false
	}
	signed, sum := raw[:idSize+8], raw[idSize+8:]
	if !hmac.Equal(sum, s.sum(signed)) {
		return session{}, false
	}
	sess := session{
		id:  [idSize]byte(signed[:idSize]),
		end: time.Unix(int64(binary.BigEndian.Uint64(signed[idSize:])), 0),
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	_, out := s.revoked[sess.id]
	return sess, !out && s.now().Before(sess.end)
}

func (s *sessions) sum(signed []byte) []byte {
	mac := hmac.New(sha256.New, s.key)
	mac.Write(signed)
	return mac.Sum(nil)
}

// stale tells whether a session is due to be renewed.
func (s *sessions) stale(sess session) bool {
	return sess.end.Sub(s.now()) < sessionLife-sessionRenewal
}

// renew gives a session its whole life again.
func (s *sessions) renew(sess session) session {
	sess.end = s.now().Add(sessionLife)
	return sess
}

// revoke ends a session. Any cookie of its id was renewed no later than now, so
// remembering it for a whole life is enough.
func (s *sessions) revoke(sess session) {
	s.mu.Lock()
	defer s.mu.Unlock()
	keep(s.revoked, sess.id, s.now().Add(sessionLife), s.now(), maxRevoked)
}

// cookie is the session as the browser keeps it. It has no Secure attribute:
// loopback has no TLS, and browsers other than Chromium would drop it.
func (s *sessions) cookie(sess session) *http.Cookie {
	raw := make([]byte, 0, cookieSize)
	raw = append(raw, sess.id[:]...)
	raw = binary.BigEndian.AppendUint64(raw, uint64(sess.end.Unix()))
	raw = append(raw, s.sum(raw)...)
	return &http.Cookie{ //nolint:gosec // no Secure: see above
		Name: s.name, Value: base64.RawURLEncoding.EncodeToString(raw), Path: "/",
		Expires: sess.end, MaxAge: int(sess.end.Sub(s.now()) / time.Second),
		HttpOnly: true, SameSite: http.SameSiteStrictMode,
	}
}

// noCookie makes the browser forget its session.
func (s *sessions) noCookie() *http.Cookie {
	return &http.Cookie{Name: s.name, Path: "/", MaxAge: -1, HttpOnly: true, SameSite: http.SameSiteStrictMode} //nolint:gosec // no Secure: as cookie
}

// keep puts an entry into a map of ends, after clearing what has ended and, if
// it is still full, what ends first.
func keep[K comparable](ends map[K]time.Time, key K, end, now time.Time, most int) {
	var first K
	for k, e := range ends {
		if !now.Before(e) {
			delete(ends, k)
		}
	}
	if len(ends) >= most {
		for k, e := range ends {
			if f, ok := ends[first]; !ok || e.Before(f) {
				first = k
			}
		}
		delete(ends, first)
	}
	ends[key] = end
}
