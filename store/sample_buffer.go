package store

import (
	"sync"

	"pilotlight/backend"
)

const (
	// mostPending is how many spans of 10 seconds wait for a disk that cannot be
	// written: an hour. The oldest go first.
	mostPending = 360
	// mostReadings bounds one sample.
	mostReadings = 128
	// flushSpans is how many spans may wait before they should be written.
	flushSpans = 6
)

// seriesInfo is what a series is, beside its name.
type seriesInfo struct {
	unit       backend.Unit
	gpu, label string
}

// pending is what was read and is not in the database yet: the cells of the
// finest level by the second at which they begin, and in each by series' names.
type pending struct {
	mu     sync.Mutex
	cells  map[int64]map[string]cell
	info   map[string]seriesInfo // of every name in cells
	minute int64                 // of the newest reading
	last   int64                 // the newest sample's time in ms, to know the same one again

	// flush is held by FlushSamples, and shared by those who read both the
	// database and what is pending: a reading is in one of them for them.
	flush sync.RWMutex
}

// AddSample takes a sample's readings in. They are kept in memory until
// FlushSamples; reading them back gives them already. It never blocks on the disk.
// What is no figure of its unit is left out, and so is a sample with the very time
// of the one before. It says whether FlushSamples should be called: once a minute
// is over.
func (s *Store) AddSample(at backend.Time, list []backend.Reading) (due bool) {
	if at.IsZero() {
		at = backend.At(s.now())
	}
	ms := millis(at)
	second := floor(ms, 1000) / 1000
	p := &s.pending
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.cells == nil {
		p.cells, p.info = map[int64]map[string]cell{}, map[string]seriesInfo{}
	} else if ms == p.last {
		return false
	}
	p.last = ms
	minute := floor(second, 60)
	due = len(p.cells) > 0 && (minute != p.minute || len(p.cells) >= flushSpans)
	p.minute = minute
	at10 := floor(second, levels[0].step)
	for _, r := range list[:min(len(list), mostReadings)] {
		n, ok := quantize(r.Unit, r.Value)
		if !ok || r.Name == "" || len(r.Name) > maxServer || len(r.GPU) > maxServer {
			continue
		}
		p.add(at10, r.Name, seriesInfo{r.Unit, r.GPU, text(r.Label, maxServer)}, cell{1, n, n, n})
	}
	p.bound()
	return due
}

func (p *pending) add(at int64, name string, info seriesInfo, v cell) {
	if p.cells[at] == nil {
		p.cells[at] = map[string]cell{}
	}
	c := p.cells[at][name]
	c.add(v)
	p.cells[at][name] = c
	p.info[name] = info
}

// bound drops the oldest spans of too many.
func (p *pending) bound() {
	for len(p.cells) > mostPending {
		oldest := lastTime
		for at := range p.cells {
			oldest = min(oldest, at)
		}
		delete(p.cells, oldest)
	}
}

// take empties what is pending and gives it out.
func (p *pending) take() (map[int64]map[string]cell, map[string]seriesInfo) {
	p.mu.Lock()
	defer p.mu.Unlock()
	cells, info := p.cells, p.info
	p.cells, p.info = map[int64]map[string]cell{}, map[string]seriesInfo{}
	return cells, info
}

// putBack returns what could not be written.
func (p *pending) putBack(cells map[int64]map[string]cell, info map[string]seriesInfo) {
	p.mu.Lock()
	defer p.mu.Unlock()
	for at, series := range cells {
		for name, v := range series {
			newer, ok := p.info[name]
			if !ok {
				newer = info[name]
			}
			p.add(at, name, newer, v)
		}
	}
	p.bound()
}

// copied is what is pending now.
func (p *pending) copied() (map[int64]map[string]cell, map[string]seriesInfo) {
	p.mu.Lock()
	defer p.mu.Unlock()
	cells, info := make(map[int64]map[string]cell, len(p.cells)), make(map[string]seriesInfo, len(p.info))
	for at, series := range p.cells {
		c := make(map[string]cell, len(series))
		for name, v := range series {
			c[name] = v
		}
		cells[at] = c
	}
	for name, i := range p.info {
		info[name] = i
	}
	return cells, info
}
