package modelfile

import (
	"errors"
	"io"
	"io/fs"
	"os"
	"strings"
	"sync"
	"time"

	"pilotlight/backend"
)

// Reader reads shapes, and each file once as long as it stays as it is. Its
// methods may be called at the same time.
type Reader struct {
	mu   sync.Mutex
	seen map[string]read
}

// read is what a file told when it was like this.
type read struct {
	size  int64
	mtime time.Time
	shape backend.Shape
	err   error
}

// maxSeen bounds what is remembered; nobody has so many models.
const maxSeen = 4096

// Read reads the shape from a GGUF file or a config.json. Of a GGUF file that is
// one of several parts the first is read. The error says what is wrong with the
// file, or is the system's.
func (r *Reader) Read(path string) (backend.Shape, error) {
	path = firstPart(path)
	info, err := os.Stat(path)
	if err != nil {
		return backend.Shape{}, err
	}
	if !info.Mode().IsRegular() {
		return backend.Shape{}, os.ErrInvalid // a pipe would never end
	}
	r.mu.Lock()
	was, known := r.seen[path]
	r.mu.Unlock()
	if known && was.size == info.Size() && was.mtime.Equal(info.ModTime()) {
		return was.shape, was.err
	}
	is := read{size: info.Size(), mtime: info.ModTime()}
	is.shape, is.err = readFile(path, info.Size())
	if _, system := errors.AsType[*fs.PathError](is.err); system {
		return is.shape, is.err // it may go away without the file changing
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.seen == nil || len(r.seen) >= maxSeen {
		r.seen = map[string]read{}
	}
	r.seen[path] = is
	return is.shape, is.err
}

func readFile(path string, size int64) (backend.Shape, error) {
	f, err := os.Open(path)
	if err != nil {
		return backend.Shape{}, err
	}
	defer f.Close()
	if strings.HasSuffix(path, ".gguf") {
		return GGUF(f, size)
	}
	b, err := io.ReadAll(io.LimitReader(f, configCap+1))
	if err != nil {
		return backend.Shape{}, err
	}
	return Config(b)
}
