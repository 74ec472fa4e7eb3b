package openaitest

import (
	"net/http"
	"strconv"
	"time"
)

// Fault is a bad habit. The zero value is none.
type Fault struct {
	Slow      time.Duration // before every answer
	Hang      bool          // takes the request and never answers
	HTML      bool          // a web page at 200, as of a program's own pages
	Redirect  string        // sends every request there, with its path
	Status    int           // answers everything with this
	CutOff    bool          // promises more than it sends
	Empty     bool          // 200 and nothing
	Garbage   bool          // 200 and no JSON
	WrongType bool          // says text/html of its JSON
	Reset     bool          // closes the connection without an answer
	Only      string        // the path that has the fault; "" is all
}

// play answers as the fault would, or says that the answer is still to be given.
func (f Fault) play(w http.ResponseWriter, r *http.Request) (done bool) {
	if f.Only != "" && f.Only != r.URL.Path {
		return false
	}
	if f.Slow > 0 {
		select {
		case <-time.After(f.Slow):
		case <-r.Context().Done():
			return true
		}
	}
	switch {
	case f.Hang:
		<-r.Context().Done()
	case f.Reset:
		panic(http.ErrAbortHandler)
	case f.Redirect != "":
		http.Redirect(w, r, f.Redirect+r.URL.Path, http.StatusTemporaryRedirect) //nolint:gosec // the fault to be played
	case f.HTML:
		w.Header().Set("Content-Type", "text/html")
		_, _ = w.Write([]byte("<!doctype html><html><head><title>Sign in</title></head><body>Welcome</body></html>"))
	case f.Status != 0:
		http.Error(w, http.StatusText(f.Status), f.Status)
	case f.CutOff:
		w.Header().Set("Content-Type", "application/json")
		w.Header().Set("Content-Length", strconv.Itoa(4096))
		_, _ = w.Write([]byte(`{"object":"list","data":[{"id":"a","object":"model"`))
	case f.Empty:
		w.WriteHeader(http.StatusOK)
	case f.Garbage:
		_, _ = w.Write([]byte(`{"object":"list","data":[{"id":`))
	case f.WrongType:
		w.Header().Set("Content-Type", "text/html; charset=utf-8")
		return false
	default:
		return false
	}
	return true
}
