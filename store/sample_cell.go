package store

import (
	"encoding/binary"
	"errors"
	"math"
	"math/bits"
	"slices"

	"pilotlight/backend"
)

// cell is what is kept of one series' readings in one span of time. min, max and
// sum count quanta of the series' unit.
type cell struct{ count, min, max, sum int64 }

const (
	// mostQuanta bounds a reading: 64 PiB in bytes. With mostCount it keeps the
	// sum within 64 bits.
	mostQuanta = 1 << 40
	// mostCount bounds the readings of a cell. A clock that is set back again and
	// again fills the same hour; an hour of readings has 3600.
	mostCount = 1 << 22
)

// quanta is the fineness in which each unit is kept. A chart is a thousand
// pixels high; finer figures would be noise that takes room.
var quanta = map[backend.Unit]float64{
	backend.UnitBytes:   64 << 10,
	backend.UnitRatio:   0.001,
	backend.UnitWatts:   0.1,
	backend.UnitCelsius: 0.1,
	backend.UnitLevel:   1,
}

// quantize is not ok for what is no reading of that unit.
func quantize(unit backend.Unit, v float64) (n int64, ok bool) {
	q, known := quanta[unit]
	f := math.Round(v / q)
	if !known || math.IsNaN(f) || math.Abs(f) > mostQuanta {
		return 0, false
	}
	return int64(f), true
}

// add merges o into c, or leaves it out where c is full.
func (c *cell) add(o cell) {
	switch {
	case o.count == 0 || c.count+o.count > mostCount:
	case c.count == 0:
		*c = o
	default:
		c.count, c.sum = c.count+o.count, c.sum+o.sum
		c.min, c.max = min(c.min, o.min), max(c.max, o.max)
	}
}

// chunk is the cells of one row: of each series, by its id, one for each slot.
// A slot without a reading has the count 0.
type chunk map[int64][]cell

// slot finds or makes a cell.
func (c chunk) slot(series int64, i, slots int) *cell {
	if c[series] == nil {
		c[series] = make([]cell, slots)
	}
	return &c[series][i]
}

// chunkFormat is the first byte of a packed chunk.
const chunkFormat = 1

// appendChunk packs a chunk: of each series, in the order of ids, the distance
// from the id before, the slots that have a cell as bits, and of each of those
// count, min as the distance from the min before, max - min and sum - count·min.
// These are small numbers where a figure moves slowly, and small numbers take a
// byte or two.
func appendChunk(b []byte, c chunk) []byte {
	b = append(b, chunkFormat)
	ids := make([]int64, 0, len(c))
	for id := range c {
		ids = append(ids, id)
	}
	slices.Sort(ids)
	var before int64
	for _, id := range ids {
		var present uint64
		for i, v := range c[id] {
			if v.count > 0 {
				present |= 1 << i
			}
		}
		if present == 0 {
			continue
		}
		b = binary.AppendUvarint(b, uint64(id-before))
		b = binary.AppendUvarint(b, present)
		before = id
		var low int64
		for _, v := range c[id] {
			if v.count == 0 {
				continue
			}
			b = binary.AppendUvarint(b, uint64(v.count))
			b = binary.AppendVarint(b, v.min-low)
			b = binary.AppendUvarint(b, uint64(v.max-v.min))
			b = binary.AppendUvarint(b, uint64(v.sum-v.count*v.min))
			low = v.min
		}
	}
	return b
}

var errChunk = errors.New("a row of samples is damaged")

// eachCell calls f for every cell of a packed chunk. A row that is not what
// appendChunk made is an error; what f was told before it stands.
func eachCell(b []byte, slots int, f func(series int64, slot int, v cell)) error {
	if len(b) == 0 || b[0] != chunkFormat {
		return errChunk
	}
	r := packed{rest: b[1:]}
	var id int64
	for len(r.rest) > 0 && !r.bad {
		id += int64(r.unsigned() & math.MaxInt32)
		present := r.unsigned()
		if present == 0 || bits.Len64(present) > slots {
			return errChunk
		}
		var low int64
		for ; present != 0 && !r.bad; present &= present - 1 {
			var v cell
			v.count = int64(r.unsigned())
			low += r.signed()
			v.min = low
			v.max = v.min + int64(r.unsigned())
			v.sum = int64(r.unsigned()) + v.count*v.min
			if r.bad || !v.sound() {
				return errChunk
			}
			f(id, bits.TrailingZeros64(present), v)
		}
	}
	if r.bad {
		return errChunk
	}
	return nil
}

// sound says whether a cell can have been made of readings.
func (c cell) sound() bool {
	return c.count > 0 && c.count <= mostCount && c.min >= -mostQuanta && c.max <= mostQuanta &&
		c.min <= c.max && c.sum >= c.count*c.min && c.sum <= c.count*c.max
}

// packed reads numbers off a blob, and zeros once it is bad.
type packed struct {
	rest []byte
	bad  bool
}

func (p *packed) unsigned() uint64 {
	v, n := binary.Uvarint(p.rest)
	return take(p, v, n)
}

func (p *packed) signed() int64 {
	v, n := binary.Varint(p.rest)
	return take(p, v, n)
}

func take[T int64 | uint64](p *packed, v T, n int) T {
	if n <= 0 {
		p.bad, p.rest = true, nil
		return 0
	}
	p.rest = p.rest[n:]
	return v
}
