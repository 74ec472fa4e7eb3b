package store

import (
	"bytes"
	"compress/flate"
	"errors"
	"fmt"
	"io"
	"strings"
	"unicode/utf8"
)

// pack makes texts smaller, each by itself, as RFC 1951 says. They share one
// writer, which takes a megabyte. The usual level: the highest takes twice as long
// for a fiftieth less.
func pack(texts ...string) ([][]byte, error) {
	w, err := flate.NewWriter(nil, flate.DefaultCompression)
	if err != nil {
		return nil, fmt.Errorf("pack a text: %w", err)
	}
	list := make([][]byte, len(texts))
	for i, text := range texts {
		var packed bytes.Buffer
		w.Reset(&packed)
		_, err := io.WriteString(w, text)
		if err := errors.Join(err, w.Close()); err != nil {
			return nil, fmt.Errorf("pack a text: %w", err)
		}
		list[i] = packed.Bytes()
	}
	return list, nil
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
