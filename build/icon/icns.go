package main

import (
	"bytes"
	"encoding/binary"
)

// icnsTypes are the entries of an icon file and their size in pixels: the
// types that hold a PNG on every macOS since 10.7. Plain 16 and 32 points have
// only types with peculiar formats; macOS scales the next size down for them,
// which no Retina display ever asks for.
var icnsTypes = []struct {
	name string
	size int
}{
	{"ic11", 32},   // 16 points at 2x
	{"ic12", 64},   // 32 points at 2x
	{"ic07", 128},  // 128 points
	{"ic13", 256},  // 128 points at 2x
	{"ic08", 256},  // 256 points
	{"ic14", 512},  // 256 points at 2x
	{"ic09", 512},  // 512 points
	{"ic10", 1024}, // 512 points at 2x
}

// makeICNS draws every size and puts them into one file.
func makeICNS(svg []byte) ([]byte, error) {
	drawn := map[int][]byte{}
	var entries []icnsEntry
	for _, t := range icnsTypes {
		if drawn[t.size] == nil {
			file, err := renderPNG(svg, t.size)
			if err != nil {
				return nil, err
			}
			drawn[t.size] = file
		}
		entries = append(entries, icnsEntry{t.name, drawn[t.size]})
	}
	return packICNS(entries), nil
}

// icnsEntry is one picture of an icon file: a type of four letters and a PNG.
type icnsEntry struct {
	name string
	data []byte
}

// packICNS writes the container: a head, and each entry with a head of its own.
// Both heads are four letters and a big-endian length that counts the head too.
func packICNS(entries []icnsEntry) []byte {
	var body bytes.Buffer
	for _, e := range entries {
		chunk(&body, e.name, e.data)
	}
	var file bytes.Buffer
	chunk(&file, "icns", body.Bytes())
	return file.Bytes()
}

func chunk(out *bytes.Buffer, name string, data []byte) {
	out.WriteString(name)
	_ = binary.Write(out, binary.BigEndian, uint32(len(data)+8)) // a buffer takes everything
	out.Write(data)
}
