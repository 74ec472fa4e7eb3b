package openclawtest_test

import (
	"database/sql"
	"encoding/hex"
	"strings"
	"testing"

	"pilotlight/backend/source/openclaw/openclawtest"
)

func TestOldEventsArePacked(t *testing.T) {
	t.Parallel()
	c := start(t, openclawtest.Options{})
	play(t, c, openclawtest.Turn{Prompt: strings.Repeat("long ", 40_000)})
	if err := c.CompressOld("main"); err != nil {
		t.Fatal(err)
	}
	db, err := sql.Open("sqlite3", "file:"+c.DatabasePath("main")+"?mode=ro")
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	rows, err := db.Query("SELECT event_json IS NULL, event_zstd, event_utf8_bytes FROM transcript_events ORDER BY seq")
	if err != nil {
		t.Fatal(err)
	}
	defer rows.Close()
	packed, plain := 0, 0
	for rows.Next() {
		var without bool
		var frame []byte
		var size int
		if err := rows.Scan(&without, &frame, &size); err != nil {
			t.Fatal(err)
		}
		if !without {
			plain++
			continue
		}
		packed++
		// RFC 8878: the magic number, then the descriptor of a single segment with
		// a size of four bytes.
		if got := hex.EncodeToString(frame[:5]); got != "28b52ffda0" {
			t.Errorf("got a frame that begins with %s", got)
		}
		if blocks := (size + 128<<10 - 1) / (128 << 10); len(frame) != 9+size+3*blocks {
			t.Errorf("got %d bytes for %d in %d blocks", len(frame), size, blocks)
		}
	}
	if err := rows.Err(); err != nil {
		t.Fatal(err)
	}
	if packed != 5 || plain != 1 {
		t.Errorf("got %d packed and %d plain, want 5 and 1", packed, plain)
	}
}
