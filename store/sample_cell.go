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

// eachCell calls f for every cell of a packed chunk; see readChunk.
func eachCell(b []byte, slots int, f func(series int64, slot int, v cell)) error {
	var series int64
	_, err := readChunk(b, slots, func(id int64) bool { series = id; return true },
		func(slot int, v cell) { f(series, slot, v) })
	return err
}

// readChunk asks of every series of a packed chunk whether it is wanted, and
// gives its cells if it is. It returns which slots have anything of any series, as
// bits. A row that is not what appendChunk made is an error; what was given before
// it stands.
func readChunk(b []byte, slots int, wanted func(series int64) bool, give func(slot int, v cell)) (filled uint64, err error) {
	if len(b) == 0 || b[0] != chunkFormat {
		return 0, errChunk
	}
	r := packed{b: b, at: 1}
	var id int64
	for r.at < len(b) {
		id += int64(r.unsigned() & math.MaxInt32)
		present := r.unsigned()
		if r.bad || present == 0 || bits.Len64(present) > slots {
			return filled, errChunk
		}
		want := wanted(id)
		var low int64
		for rest := present; rest != 0; rest &= rest - 1 {
			var v cell
			v.count = int64(r.unsigned())
			low += r.signed()
			v.min = low
			v.max = low + int64(r.unsigned())
			v.sum = int64(r.unsigned()) + v.count*low
			if r.bad || !v.sound() {
				return filled, errChunk
			}
			slot := bits.TrailingZeros64(rest)
			filled |= 1 << slot
			if want {
				give(slot, v)
			}
		}
	}
	return filled, nil
}

// sound says whether a cell can have been made of readings.
func (c cell) sound() bool {
	return c.count > 0 && c.count <= mostCount && c.min >= -mostQuanta && c.max <= mostQuanta &&
		c.min <= c.max && c.sum >= c.count*c.min && c.sum <= c.count*c.max
}

// packed reads numbers off a blob, and zeros once it is bad.
type packed struct {
	b   []byte
	at  int
	bad bool
}

func (p *packed) unsigned() uint64 {
	if p.at < len(p.b) && p.b[p.at] < 0x80 { // most are a byte
		p.at++
		return uint64(p.b[p.at-1])
	}
	return p.long()
}

// long reads a number of several bytes; most of those have two.
func (p *packed) long() uint64 {
	if rest := p.b[p.at:]; len(rest) > 1 && rest[0] >= 0x80 && rest[1]-1 < 0x7f {
		p.at += 2
		return uint64(rest[0]&0x7f) | uint64(rest[1])<<7
	}
	v, n := binary.Uvarint(p.b[p.at:])
	if n <= 0 {
		p.bad, p.at = true, len(p.b)
		return 0
	}
	p.at += n
	return v
}

// signed reads what binary.AppendVarint wrote.
func (p *packed) signed() int64 {
	u := p.unsigned()
	return int64(u>>1) ^ -int64(u&1)
}
