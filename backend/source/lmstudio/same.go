package lmstudio

import (
	"bytes"
	"io"
	"net/http"

	"pilotlight/backend"
)

// shortCap is how large a list may be to be compared with the one before; a larger
// one is always read row by row.
const shortCap = 64 << 10

// lastList is the last list that was read whole, with its text: LM Studio is asked
// every few seconds, and answers the same for hours. Nothing changes models once
// they were handed out.
type lastList struct {
	api  backend.API
	text []byte
	of   listing
}

// short reads the beginning of an answer. text is all of it, nil where it is longer
// than shortCap or did not come whole; answer reads the same from its beginning, and
// ends as the answer did.
func short(res *http.Response) (text []byte, answer io.Reader) {
	text, err := io.ReadAll(io.LimitReader(res.Body, shortCap+1))
	switch {
	case err != nil:
		return nil, io.MultiReader(bytes.NewReader(text), failing{err})
	case len(text) > shortCap:
		return nil, io.MultiReader(bytes.NewReader(text), res.Body)
	}
	return text, bytes.NewReader(text)
}

// failing is a reader whose end is an error.
type failing struct{ err error }

func (f failing) Read([]byte) (int, error) { return 0, f.err }

// same gives what the last list was read as, where text is its to the byte.
func (c *Client) same(d dialect, text []byte) (listing, bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	l := c.seen.list
	return l.of, text != nil && l.api == d.api && bytes.Equal(l.text, text)
}

// keepList remembers a list that was read. One that tells how long something stays
// is another at every moment, also where its text is the same.
func (c *Client) keepList(d dialect, text []byte, l listing) {
	keep := lastList{api: d.api, text: text, of: l}
	if text == nil || !l.found || !l.whole || l.apiErr != nil || tellsEnd(l.models) {
		keep = lastList{}
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	c.seen.list = keep
}

func tellsEnd(models []backend.Model) bool {
	for _, m := range models {
		for _, i := range m.Instances {
			if i.ExpiresAt != nil {
				return true
			}
		}
	}
	return false
}
