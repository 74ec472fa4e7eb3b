package tray_test

import (
	"bytes"
	"image"
	"image/png"
	"testing"

	"pilotlight/backend/face/tray"
	"pilotlight/backend/rule/say"
)

var flames = []say.Flame{say.Lit, say.Half, say.Outline, say.Marked}

func draw(t *testing.T, f say.Flame, px int, style tray.Style) image.Image {
	t.Helper()
	b, err := tray.Icon(f, px, style)
	if err != nil {
		t.Fatal(err)
	}
	img, err := png.Decode(bytes.NewReader(b))
	if err != nil {
		t.Fatal(err)
	}
	if got := img.Bounds().Dx(); got != px || img.Bounds().Dy() != px {
		t.Fatalf("%s is %d pixels wide, want %d", f, got, px)
	}
	return img
}

// ink is the alpha of each pixel: the shape without its colour.
func ink(img image.Image) []uint32 {
	var all []uint32
	b := img.Bounds()
	for y := range b.Dy() {
		for x := range b.Dx() {
			_, _, _, a := img.At(x, y).RGBA()
			all = append(all, a>>8)
		}
	}
	return all
}

// TestIconsDiffer wants four shapes that can be told apart without colour: a
// good part of the pixels is not the same.
func TestIconsDiffer(t *testing.T) {
	for _, px := range []int{22, 44} {
		for i, a := range flames {
			for _, b := range flames[i+1:] {
				one, other := ink(draw(t, a, px, tray.Template)), ink(draw(t, b, px, tray.Template))
				differ := 0
				for p := range one {
					if max(one[p], other[p])-min(one[p], other[p]) > 128 {
						differ++
					}
				}
				if least := px * px / 60; differ < least {
					t.Errorf("%s and %s differ in %d pixels of %d×%d, want %d", a, b, differ, px, px, least)
				}
			}
		}
	}
}

func TestIconsAreDrawn(t *testing.T) {
	for _, f := range flames {
		for _, px := range []int{22, 44} {
			set, edge := 0, 0
			pixels := ink(draw(t, f, px, tray.Coloured))
			for p, a := range pixels {
				if a > 128 {
					set++
				}
				if x, y := p%px, p/px; a > 0 && (x == 0 || y == 0 || x == px-1 || y == px-1) {
					edge++
				}
			}
			if set < px*px/12 || set > px*px/2 {
				t.Errorf("%s has %d of %d pixels inked", f, set, px*px)
			}
			if edge > 0 {
				t.Errorf("%s at %d pixels touches the edge", f, px)
			}
		}
	}
	if _, err := tray.Icon("none", 22, tray.Template); err == nil {
		t.Error("a shape that does not exist was drawn")
	}
}

// TestTemplateIsBlack holds macOS to its rule for template images: only the
// alpha says anything.
func TestTemplateIsBlack(t *testing.T) {
	img := draw(t, say.Lit, 44, tray.Template)
	for y := range 44 {
		for x := range 44 {
			if r, g, b, _ := img.At(x, y).RGBA(); r|g|b != 0 {
				t.Fatalf("pixel %d,%d has colour", x, y)
			}
		}
	}
}
