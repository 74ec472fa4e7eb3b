package agent_test

import (
	"sync/atomic"
	"time"
)

// jumpingClock is the real clock, set forward or back.
type jumpingClock struct{ by atomic.Int64 }

func (c *jumpingClock) Now() time.Time       { return time.Now().Add(time.Duration(c.by.Load())) }
func (c *jumpingClock) jump(d time.Duration) { c.by.Add(int64(d)) }
