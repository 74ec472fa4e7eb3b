package machine

import (
	"encoding/binary"
	"errors"
	"time"

	"pilotlight/backend"
)

// cpuTimes are the processor's counters. Their unit does not matter: a share is
// one over the other.
type cpuTimes struct {
	at          time.Time
	busy, total float64
	source      string
}

// use is the processor's share between two readings, nil where they make none:
// too far apart, or counters that ran backwards, as they do when a virtual
// machine is resumed or a core is taken away.
func (t cpuTimes) use(before cpuTimes, period time.Duration) *backend.CPU {
	if _, ok := between(before.at, t.at, period); !ok {
		return nil
	}
	busy, total := t.busy-before.busy, t.total-before.total
	if total <= 0 || busy < 0 {
		return nil
	}
	return &backend.CPU{Utilization: share(busy / total), Source: t.source}
}

// cpuTicks follows macOS's counters of all cores together: user, system, idle
// and nice, 100 a second for each core. They are 32 bits wide, so on 32 cores
// they begin anew every fortnight; from a reading to the next they are followed
// across that.
type cpuTicks struct {
	last        [4]uint32
	known       bool
	busy, total float64
}

// cpuTicksSize is that of struct host_cpu_load_info of <mach/host_info.h>.
const cpuTicksSize = 16

// next takes what host_statistics(HOST_CPU_LOAD_INFO) filled in.
func (c *cpuTicks) next(b []byte, now time.Time) (cpuTimes, error) {
	if len(b) < cpuTicksSize {
		return cpuTimes{}, errors.New("host_statistics gave less than it should")
	}
	for i := range c.last {
		n := binary.LittleEndian.Uint32(b[4*i:])
		// The difference wraps as the counter does; one that ran backwards gives
		// less than 0, and no rate.
		if ticks := float64(int32(n - c.last[i])); c.known {
			c.total += ticks
			if i != 2 { // CPU_STATE_IDLE
				c.busy += ticks
			}
		}
		c.last[i] = n
	}
	c.known = true
	return cpuTimes{at: now, busy: c.busy, total: c.total, source: "host_statistics"}, nil
}
