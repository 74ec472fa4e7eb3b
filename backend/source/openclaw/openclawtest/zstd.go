package openclawtest

import (
	"context"
	"encoding/binary"
	"fmt"
)

// CompressOld packs an agent's transcripts the way 2026.9 packs old ones: all
// events but the last of each session move from event_json to event_zstd.
func (c *OpenClaw) CompressOld(agent string) error {
	d, err := c.database(agent, c.opts.Now())
	if err != nil {
		return err
	}
	ctx := context.Background()
	rows, err := d.db.QueryContext(ctx, `SELECT session_id, seq, event_json FROM transcript_events AS e WHERE event_json IS NOT NULL
		AND seq < (SELECT max(seq) FROM transcript_events WHERE session_id = e.session_id)`)
	if err != nil {
		return fmt.Errorf("read transcripts: %w", err)
	}
	defer rows.Close()
	type event struct {
		session, text string
		seq           int
	}
	var all []event
	for rows.Next() {
		var e event
		if err := rows.Scan(&e.session, &e.seq, &e.text); err != nil {
			return fmt.Errorf("read transcripts: %w", err)
		}
		all = append(all, e)
	}
	if err := rows.Err(); err != nil {
		return fmt.Errorf("read transcripts: %w", err)
	}
	for _, e := range all {
		err := d.exec("UPDATE transcript_events SET event_json = NULL, event_zstd = ? WHERE session_id = ? AND seq = ?",
			zstdFrame([]byte(e.text)), e.session, e.seq)
		if err != nil {
			return err
		}
	}
	return nil
}

// zstdFrame wraps bytes into a Zstandard frame of raw blocks (RFC 8878): valid,
// though nothing gets smaller.
func zstdFrame(b []byte) []byte {
	const (
		magic    = 0xFD2FB528
		single   = 1 << 5 // the content is one segment
		size4    = 2 << 6 // its size follows in four bytes
		blockCap = 128 << 10
	)
	out := binary.LittleEndian.AppendUint32(nil, magic)
	out = append(out, single|size4)
	out = binary.LittleEndian.AppendUint32(out, uint32(len(b)))
	for {
		n := min(len(b), blockCap)
		head := uint32(n) << 3 // type 0, raw
		if n == len(b) {
			head |= 1 // the last block
		}
		out = append(out, byte(head), byte(head>>8), byte(head>>16))
		out = append(out, b[:n]...)
		if b = b[n:]; len(b) == 0 {
			return out
		}
	}
}
