package tray

import (
	"bytes"
	"fmt"
	"image"
	"image/color"
	"image/png"
	"math"

	"pilotlight/backend/rule/say"
)

// Style is how a desktop wants its icons.
type Style int

const (
	// Template is black and alpha alone: macOS colours it to suit its bar.
	Template Style = iota
	// Coloured can be told from a light and from a dark panel: where the panel is
	// not asked, nothing can suit it by itself (Linux).
	Coloured
)

var (
	ember = color.NRGBA{0xe8, 0x6a, 0x17, 0xff}
	ash   = color.NRGBA{0x8c, 0x8c, 0x8c, 0xff}
)

// Icon draws the flame in a square of so many pixels, as a PNG. The four
// shapes differ without their colours.
func Icon(shape say.Flame, px int, style Style) ([]byte, error) {
	ink := color.NRGBA{0, 0, 0, 0xff}
	if style == Coloured {
		ink = ember
		if shape == say.Outline {
			ink = ash
		}
	}
	img := image.NewNRGBA(image.Rect(0, 0, px, px))
	inside := shapes()[shape]
	if inside == nil {
		return nil, fmt.Errorf("there is no flame %q", shape)
	}
	for y := range px {
		for x := range px {
			ink.A = cover(inside, x, y, px)
			img.SetNRGBA(x, y, ink)
		}
	}
	var out bytes.Buffer
	if err := png.Encode(&out, img); err != nil {
		return nil, fmt.Errorf("encode the icon: %w", err)
	}
	return out.Bytes(), nil
}

// The square that is seen of the plane that the flame is drawn in: the flame
// with its line, and room for at least a pixel around it.
const (
	left, top = 0.2, -0.7
	side      = 23.6
)

// cover is how much of a pixel lies inside, by a grid of samples.
func cover(inside func(point) bool, x, y, px int) uint8 {
	const samples = 6 // a side
	hit, unit := 0, side/float64(px)
	for i := range samples {
		for j := range samples {
			p := point{
				left + (float64(x)+(float64(i)+0.5)/samples)*unit,
				top + (float64(y)+(float64(j)+0.5)/samples)*unit,
			}
			if inside(p) {
				hit++
			}
		}
	}
	return uint8(hit * 255 / (samples * samples))
}

// shapes says for each shape which points are inked.
func shapes() map[say.Flame]func(point) bool {
	flame, core := flamePath(), corePath()
	// One pixel of a small icon is more than a unit; a thinner line would blur.
	const pen = 1.05
	line := func(p point) bool { return flame.near(p, pen) }
	// The mark is a disc, large enough to be seen in a small icon; a gap tells it
	// from the line.
	mark, size, gap := point{18.2, 17.9}, 3.7, 1.3
	return map[say.Flame]func(point) bool{
		say.Lit:     func(p point) bool { return (flame.has(p) || line(p)) && !core.has(p) },
		say.Half:    func(p point) bool { return line(p) || flame.has(p) && p.y > 14.2 },
		say.Outline: line,
		say.Marked: func(p point) bool {
			away := math.Hypot(p.x-mark.x, p.y-mark.y)
			return away <= size || line(p) && away > size+gap
		},
	}
}

type point struct{ x, y float64 }

// path is a closed line through points.
type path []point

// flamePath and corePath are the dashboard's icon: the flame, and the light in it.
func flamePath() path {
	p := path{{12.4, 1.8}}
	p = p.curve(point{12.9, 5.8}, point{18.5, 8.5}, point{18.5, 14.1})
	p = p.arc(point{12, 14.1}, 6.5)
	p = p.curve(point{5.5, 11.3}, point{7.1, 9.4}, point{8.4, 7.9})
	p = p.curve(point{8.7, 9.6}, point{9.5, 10.5}, point{10.5, 11})
	return p.curve(point{10.3, 7.8}, point{10.8, 4.6}, point{12.4, 1.8})
}

func corePath() path {
	p := path{{12, 12.9}}
	p = p.curve(point{12.6, 14.3}, point{14.4, 15.5}, point{14.4, 17.3})
	p = p.arc(point{12, 17.3}, 2.4)
	return p.curve(point{9.6, 15.6}, point{11.4, 14.2}, point{12, 12.9})
}

const steps = 16 // of a curve; more cannot be seen

// curve goes on along a cubic Bézier.
func (p path) curve(a, b, to point) path {
	from := p[len(p)-1]
	for i := 1; i <= steps; i++ {
		t := float64(i) / steps
		u := 1 - t
		p = append(p, point{
			u*u*u*from.x + 3*u*u*t*a.x + 3*u*t*t*b.x + t*t*t*to.x,
			u*u*u*from.y + 3*u*u*t*a.y + 3*u*t*t*b.y + t*t*t*to.y,
		})
	}
	return p
}

// arc goes on along the lower half of a circle, from its right to its left.
func (p path) arc(centre point, r float64) path {
	for i := 1; i <= steps; i++ {
		a := math.Pi * float64(i) / steps
		p = append(p, point{centre.x + r*math.Cos(a), centre.y + r*math.Sin(a)})
	}
	return p
}

// has says whether a point lies inside: a ray from it crosses the line an odd
// number of times.
func (p path) has(q point) bool {
	in := false
	for i, a := range p {
		b := p[(i+1)%len(p)]
		if (a.y > q.y) != (b.y > q.y) && q.x < a.x+(q.y-a.y)/(b.y-a.y)*(b.x-a.x) {
			in = !in
		}
	}
	return in
}

// near says whether a point lies within d of the line.
func (p path) near(q point, d float64) bool {
	for i, a := range p {
		b := p[(i+1)%len(p)]
		dx, dy := b.x-a.x, b.y-a.y
		t := 0.0
		if l := dx*dx + dy*dy; l > 0 {
			t = min(max(((q.x-a.x)*dx+(q.y-a.y)*dy)/l, 0), 1)
		}
		if math.Hypot(q.x-a.x-t*dx, q.y-a.y-t*dy) <= d {
			return true
		}
	}
	return false
}
