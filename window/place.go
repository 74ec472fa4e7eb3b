package window

import (
	"encoding/json"
	"io"
	"os"
	"path/filepath"

	"pilotlight/backend/home"
)

// The window's sizes, in the desktop's own units. The least is half of a small
// laptop's screen, where the dashboard lays itself out for a narrow page.
const (
	MinWidth, MinHeight         = 720, 480
	defaultWidth, defaultHeight = 1120, 780
	maxSide                     = 16384
	maxPlaceFile                = 4 << 10
)

// Place is where the window was, and how it looked. The zero value is a window
// that was never open.
type Place struct {
	X          int     `json:"x"`
	Y          int     `json:"y"`
	Placed     bool    `json:"placed"` // X and Y are known
	Width      int     `json:"width"`
	Height     int     `json:"height"`
	Maximised  bool    `json:"maximised"`
	Zoom       float64 `json:"zoom"` // 1 is 100 %
	Background RGB     `json:"background"`
}

// RGB is a colour: what the window shows until the page is there.
type RGB [3]uint8

// paper is the light theme's ground.
var paper = RGB{0xff, 0xfe, 0xfc}

// Area is a part of the desktop that windows may cover.
type Area struct{ X, Y, Width, Height int }

func placePath(dir string) string { return filepath.Join(dir, "window.json") }

// LoadPlace reads where the window was. A file that is missing, broken or
// nonsense gives the usual place: nobody should have to mend a window's size.
func LoadPlace(dir string) Place {
	p := Place{Background: paper}
	f, err := os.Open(placePath(dir))
	if err == nil {
		defer f.Close()
		if json.NewDecoder(io.LimitReader(f, maxPlaceFile)).Decode(&p) != nil {
			p = Place{Background: paper}
		}
	}
	return p.sane()
}

// Save writes the place for the next time.
func (p Place) Save(dir string) error {
	b, err := json.Marshal(p)
	if err != nil {
		return err
	}
	return home.WriteFile(placePath(dir), append(b, '\n'), 0o600)
}

// sane bounds what came from a file that anybody may have edited.
func (p Place) sane() Place {
	if p.Width == 0 || p.Height == 0 {
		p.Width, p.Height = defaultWidth, defaultHeight
	}
	p.Width = min(max(p.Width, MinWidth), maxSide)
	p.Height = min(max(p.Height, MinHeight), maxSide)
	if p.X < -maxSide || p.X > maxSide || p.Y < -maxSide || p.Y > maxSide {
		p.X, p.Y, p.Placed = 0, 0, false
	}
	p.Zoom = nearestZoom(p.Zoom)
	return p
}

// Fit moves and shrinks a place so that the whole window can be seen: screens
// go and come, and a title bar out of reach cannot be dragged back. It takes
// the area that holds most of the window, else the first. Without a known
// position the window is centred there.
func (p Place) Fit(areas []Area) Place {
	if len(areas) == 0 {
		return p
	}
	best, most := areas[0], 0
	for _, a := range areas {
		if n := a.shared(p); p.Placed && n > most {
			best, most = a, n
		}
	}
	p.Width = min(p.Width, max(best.Width, MinWidth))
	p.Height = min(p.Height, max(best.Height, MinHeight))
	if !p.Placed {
		p.X, p.Y = best.X+(best.Width-p.Width)/2, best.Y+(best.Height-p.Height)/2
		p.Placed = true
	}
	p.X = max(min(p.X, best.X+best.Width-p.Width), best.X)
	p.Y = max(min(p.Y, best.Y+best.Height-p.Height), best.Y)
	return p
}

// shared is how much of a window lies in the area, in square units.
func (a Area) shared(p Place) int {
	w := min(p.X+p.Width, a.X+a.Width) - max(p.X, a.X)
	h := min(p.Y+p.Height, a.Y+a.Height) - max(p.Y, a.Y)
	return max(w, 0) * max(h, 0)
}

// zooms are the steps of the menu, those of the usual browsers.
var zooms = [...]float64{0.5, 0.67, 0.75, 0.8, 0.9, 1, 1.1, 1.25, 1.5, 1.75, 2, 2.5, 3}

// NextZoom is the step above (by > 0) or below (by < 0) a zoom; by 0 is 100 %.
func NextZoom(z float64, by int) float64 {
	if by == 0 {
		return 1
	}
	at := 0
	for i, step := range zooms {
		if step <= z+0.001 {
			at = i
		}
	}
	if by > 0 {
		return zooms[min(at+1, len(zooms)-1)]
	}
	return zooms[max(at-1, 0)]
}

// nearestZoom is the step that a zoom from a file stands for; nonsense is 100 %.
func nearestZoom(z float64) float64 {
	for _, step := range zooms {
		if d := z - step; d > -0.001 && d < 0.001 {
			return step
		}
	}
	return 1
}
