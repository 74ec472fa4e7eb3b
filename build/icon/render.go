package main

import (
	"bytes"
	"errors"
	"fmt"
	"image"
	"image/png"

	"github.com/srwiley/oksvg"
	"github.com/srwiley/rasterx"
)

// linuxSizes are the sizes that Linux desktops look for, in pixels.
var linuxSizes = []int{16, 22, 24, 32, 48, 64, 128, 256, 512}

// render draws an SVG into a square of size pixels. Each size is drawn from
// the shapes, none is scaled from another, so that small ones stay sharp.
func render(svg []byte, size int) (*image.RGBA, error) {
	icon, err := oksvg.ReadIconStream(bytes.NewReader(svg), oksvg.StrictErrorMode)
	if err != nil {
		return nil, fmt.Errorf("read the drawing: %w", err)
	}
	if len(icon.SVGPaths) == 0 || icon.ViewBox.W <= 0 || icon.ViewBox.W != icon.ViewBox.H {
		return nil, errors.New("read the drawing: it must have shapes and a square viewBox")
	}
	icon.SetTarget(0, 0, float64(size), float64(size))
	img := image.NewRGBA(image.Rect(0, 0, size, size))
	icon.Draw(rasterx.NewDasher(size, size, rasterx.NewScannerGV(size, size, img, img.Bounds())), 1)
	return img, nil
}

func renderPNG(svg []byte, size int) ([]byte, error) {
	img, err := render(svg, size)
	if err != nil {
		return nil, err
	}
	var out bytes.Buffer
	enc := png.Encoder{CompressionLevel: png.BestCompression}
	if err := enc.Encode(&out, img); err != nil {
		return nil, fmt.Errorf("write a PNG of %d pixels: %w", size, err)
	}
	return out.Bytes(), nil
}
