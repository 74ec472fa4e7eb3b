package client

import "time"

// SetSilence shortens the wait for heartbeats.
func (c *Client) SetSilence(d time.Duration) { c.silence = d }
