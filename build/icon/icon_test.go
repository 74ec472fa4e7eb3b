package main

import (
	"bytes"
	"encoding/binary"
	"image/png"
	"os"
	"path/filepath"
	"testing"
)

func drawing(t *testing.T) []byte {
	t.Helper()
	svg, err := os.ReadFile("../icon.svg")
	if err != nil {
		t.Fatal(err)
	}
	return svg
}

// TestEverySizeShowsTheFlame looks at the places that make the icon what it
// is: the renderer passes over what it does not know without an error.
func TestEverySizeShowsTheFlame(t *testing.T) {
	svg := drawing(t)
	for _, size := range append([]int{1024}, linuxSizes...) {
		img, err := render(svg, size)
		if err != nil {
			t.Fatalf("%d pixels: %v", size, err)
		}
		at := func(x, y float64) (r, g, b, a uint8) {
			c := img.RGBAAt(int(x*float64(size)), int(y*float64(size)))
			return c.R, c.G, c.B, c.A
		}
		if _, _, _, a := at(0, 0); a != 0 {
			t.Errorf("%d pixels: the corner is not transparent", size)
		}
		if _, _, _, a := at(0.115, 0.115); a > 200 && size >= 64 {
			t.Errorf("%d pixels: the tile's corner is not round", size)
		}
		if r, g, b, a := at(0.2, 0.5); a != 255 || r > 0x50 || g > 0x40 || b > 0x40 {
			t.Errorf("%d pixels: the tile is %x %x %x %x, not dark", size, r, g, b, a)
		}
		if r, g, b, _ := at(0.38, 0.6); r < 0xc0 || g < 0x30 || b > 0x60 {
			t.Errorf("%d pixels: the flame is %x %x %x, not ember", size, r, g, b)
		}
		if r, g, b, _ := at(0.5, 0.7); r < 0xe0 || g < 0xb0 || b < 0x90 {
			t.Errorf("%d pixels: the flame's core is %x %x %x, not bright", size, r, g, b)
		}
	}
}

// TestICNSHoldsEverySize reads the file back as its format is described.
func TestICNSHoldsEverySize(t *testing.T) {
	file, err := makeICNS(drawing(t))
	if err != nil {
		t.Fatal(err)
	}
	if string(file[:4]) != "icns" || int(binary.BigEndian.Uint32(file[4:])) != len(file) {
		t.Fatalf("the head is %q with length %d, the file has %d bytes", file[:4], binary.BigEndian.Uint32(file[4:]), len(file))
	}
	want := map[string]int{"ic07": 128, "ic08": 256, "ic09": 512, "ic10": 1024, "ic11": 32, "ic12": 64, "ic13": 256, "ic14": 512}
	for rest := file[8:]; len(rest) > 0; {
		name, length := string(rest[:4]), int(binary.BigEndian.Uint32(rest[4:]))
		if length < 8 || length > len(rest) {
			t.Fatalf("%s says it has %d bytes of %d", name, length, len(rest))
		}
		c, err := png.DecodeConfig(bytes.NewReader(rest[8:length]))
		if err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		if c.Width != want[name] || c.Height != want[name] {
			t.Errorf("%s is %d×%d, want %d", name, c.Width, c.Height, want[name])
		}
		delete(want, name)
		rest = rest[length:]
	}
	if len(want) > 0 {
		t.Errorf("not in the file: %v", want)
	}
}

func TestRunWritesWhatLinuxThemesLookFor(t *testing.T) {
	dir := t.TempDir()
	if err := run("../icon.svg", filepath.Join(dir, "a", "p.icns"), filepath.Join(dir, "hicolor")); err != nil {
		t.Fatal(err)
	}
	for _, f := range []string{
		"a/p.icns", "hicolor/16x16/apps/pilotlight.png", "hicolor/512x512/apps/pilotlight.png", "hicolor/scalable/apps/pilotlight.svg",
	} {
		if fi, err := os.Stat(filepath.Join(dir, f)); err != nil || fi.Size() == 0 {
			t.Errorf("%s is missing or empty: %v", f, err)
		}
	}
}

func TestRenderRefusesWhatIsNoDrawing(t *testing.T) {
	for _, svg := range []string{"", "not svg", `<svg xmlns="http://www.w3.org/2000/svg"><path d="M1 1 Q"/></svg>`} {
		if _, err := renderPNG([]byte(svg), 16); err == nil {
			t.Errorf("%q was drawn", svg)
		}
	}
}
