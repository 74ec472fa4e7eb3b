package store

import (
	"bytes"
	"compress/flate"
	"fmt"
	"io"
	"strings"
	"unicode/utf8"
)

// pack makes a text smaller, as RFC 1951 says. The usual level: the best one
// takes three times as long for a twentieth less.
func pack(text string) ([]byte, error) {
	var packed bytes.Buffer
	w, err := flate.NewWriter(&packed, flate.DefaultCompression)
	if err != nil {
		return nil, fmt.Errorf("pack a text: %w", err)
	}
	if _, err := io.WriteString(w, text); err != nil {
		return nil, fmt.Errorf("pack a text: %w", err)
	}
	if err := w.Close(); err != nil {
		return nil, fmt.Errorf("pack a text: %w", err)
	}
	return packed.Bytes(), nil
}

// unpack gives the text back. One of more than limit bytes is none of ours, and
// an error: a damaged one could unpack without end.
func unpack(packed []byte, limit int) (string, error) {
	r := flate.NewReader(bytes.NewReader(packed))
	defer r.Close()
	var text strings.Builder
	n, err := io.Copy(&text, io.LimitReader(r, int64(limit)+1))
	if err != nil {
		return "", fmt.Errorf("unpack a text: %w", err)
	}
	if n > int64(limit) {
		return "", fmt.Errorf("unpack a text: it has more than %d bytes", limit)
	}
	return text.String(), nil
}

// cutDiff shortens a unified diff to at most maxDiff bytes and says so in a last
// line. It begins with a backslash, as "\ No newline at end of file" does, so that
// programs that read diffs pass over it. Whole lines stay, except where one line
// alone is most of the diff.
func cutDiff(diff string) string {
	if len(diff) <= maxDiff {
		return diff
	}
	note := fmt.Sprintf("\\ The rest is left out: this diff has %d bytes.\n", len(diff))
	room := maxDiff - len(note) - 1
	head := diff[:room]
	if end := strings.LastIndexByte(head, '\n'); end >= room/2 {
		return head[:end+1] + note
	}
	for n := 0; n < utf8.UTFMax && room > 0 && !utf8.RuneStart(diff[room]); n++ {
		room--
	}
	return diff[:room] + "\n" + note
}
