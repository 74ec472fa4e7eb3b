// Package peer speaks with another Pilotlight, on another machine, over the
// same HTTP API that the dashboard uses.
//
// It sends the peer's token to the peer's own address and nowhere else: no
// redirect is followed and no proxy is asked. It looks with a token of either
// kind and acts through a few typed calls, never through a path that somebody
// else chose. What the other side says is taken as a stranger's word: capped,
// cleaned of control characters and of the token, and read field by field, so
// that an older or a newer version costs only what it does not tell.
//
// It must never read a peer's own peers, keep a token anywhere, or decide when
// to look again.
package peer
