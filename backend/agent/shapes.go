package agent

import (
	"context"
	"hash/fnv"
	"maps"
	"strconv"
	"time"

	"pilotlight/backend"
	"pilotlight/backend/source/modelfile"
)

const (
	// shapesAgain is how long files that were not found, or could not be read,
	// are left in peace while the list of models stays the same.
	shapesAgain = 10 * time.Minute
	// pathsLimit is how long the server may take to tell where its files are.
	pathsLimit = 5 * time.Second
)

// ModelHome is where a server keeps its models on this machine, and what it
// gives a load that asks for no context.
type ModelHome struct {
	Folder         string // "" where there is none
	Context        int    // tokens; 0 is not known
	LongestContext bool   // all that the model can
}

// shapes are what the models' own files tell of them, by key. Owned by the
// loop.
type shapes struct {
	known   map[string]backend.Shape
	home    ModelHome
	reader  *modelfile.Reader // of whoever reads just now; nil before anybody did
	list    uint64            // the list that they were read for
	at      time.Time
	missing bool // of some model nothing was found
	reading bool
}

// of is a model's shape, nil where it is not known.
func (s *shapes) of(key string) *backend.Shape {
	if known, ok := s.known[key]; ok {
		return &known
	}
	return nil
}

// usualContext is what a load of the model gets that asks for none, nil where it
// is not known.
func (s *shapes) usualContext(m backend.Model) *int {
	switch {
	case s.home.LongestContext:
		return m.MaxContextLength
	case s.home.Context > 0:
		n := bounded(m, s.home.Context)
		return &n
	}
	return nil
}

// readShapesIfDue reads the models' files beside the loop when a list brings
// other models than the one before: once for each file as long as it stays as it
// is. Looks are its clock.
func (a *Agent) readShapesIfDue(w *watched, now time.Time) {
	s, models := &w.shapes, w.last.Models
	if a.cfg.ModelHome == nil || !w.last.Listed || !w.fits() || s.reading {
		return
	}
	list := signature(models)
	if age := now.Sub(s.at); list == s.list && !s.at.IsZero() && (!s.missing || age >= 0 && age < shapesAgain) {
		return
	}
	s.reading = true
	if s.reader == nil {
		s.reader = &modelfile.Reader{}
	}
	src, reader := w.src, s.reader
	a.beside(func(ctx context.Context) {
		known, home := a.readShapes(ctx, src, reader, models)
		a.post(func() {
			if !w.speaks(src) {
				return
			}
			w.shown = nil
			s.known, s.home, s.list, s.at, s.reading = known, home, list, a.cfg.Now(), false
			s.missing = len(known) < len(models)
		})
	})
}

// readShapes reads what is to be had of the models' files. A model without any
// is left out; nothing of it is an error, because sizes and the server's own
// estimate remain.
func (a *Agent) readShapes(ctx context.Context, src Source, reader *modelfile.Reader, models []backend.Model) (map[string]backend.Shape, ModelHome) {
	home := a.cfg.ModelHome()
	known := map[string]backend.Shape{}
	if home.Folder == "" {
		return known, home
	}
	limited, cancel := context.WithTimeout(ctx, pathsLimit)
	defer cancel()
	paths, err := src.ModelPaths(limited)
	if err != nil {
		a.cfg.Log.Debug("paths of models not told", "error", err)
	}
	files, lost := map[string]modelfile.File{}, map[string]int64{}
	for _, m := range models {
		size := valueOr(m.SizeBytes, 0)
		if file, ok := modelfile.Find(home.Folder, valueOrElse(paths, m.Key), size); ok {
			files[m.Key] = file
		} else if size > 0 {
			lost[m.Key] = size
		}
	}
	maps.Copy(files, modelfile.BySize(home.Folder, lost))
	for key, file := range files {
		if ctx.Err() != nil {
			break
		}
		shape, err := reader.Read(file.Path)
		if err != nil {
			a.cfg.Log.Info("model file not understood", "model", key, "file", file.Path, "error", err)
			continue
		}
		shape.FileBytes = file.Bytes
		known[key] = shape
	}
	return known, home
}

// valueOrElse is the value of a key, or the key itself: LM Studio names a model
// by its path where it has no better name.
func valueOrElse(m map[string]string, key string) string {
	if v, ok := m[key]; ok {
		return v
	}
	return key
}

// signature tells two lists of models apart by what their files depend on.
func signature(models []backend.Model) uint64 {
	h := fnv.New64a()
	for _, m := range models {
		_, _ = h.Write([]byte(m.Key))
		_, _ = h.Write(strconv.AppendInt([]byte{0}, valueOr(m.SizeBytes, 0), 10))
		_, _ = h.Write([]byte{'\n'})
	}
	return h.Sum64()
}
