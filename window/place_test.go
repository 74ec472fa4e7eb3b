package window_test

import (
	"os"
	"path/filepath"
	"testing"

	"pilotlight/window"
)

func TestPlaceComesBack(t *testing.T) {
	dir := t.TempDir()
	want := window.Place{X: -1200, Y: 40, Placed: true, Width: 1000, Height: 700, Maximised: true, Zoom: 1.25, Background: window.RGB{26, 24, 22}}
	if err := want.Save(dir); err != nil {
		t.Fatal(err)
	}
	if got := window.LoadPlace(dir); got != want {
		t.Errorf("got %+v, want %+v", got, want)
	}
	info, err := os.Stat(filepath.Join(dir, "window.json"))
	if err != nil || info.Mode().Perm() != 0o600 {
		t.Errorf("the file is %v, %v", info, err)
	}
	if left, _ := filepath.Glob(filepath.Join(dir, ".tmp-*")); len(left) > 0 {
		t.Errorf("%v was left behind", left)
	}
}

func TestNonsenseIsNoPlace(t *testing.T) {
	usual := window.LoadPlace(t.TempDir())
	if usual.Width < window.MinWidth || usual.Height < window.MinHeight || usual.Placed || usual.Zoom != 1 {
		t.Fatalf("the usual place is %+v", usual)
	}
	for name, text := range map[string]string{
		"empty": "", "no JSON": "{", "other JSON": `[1]`, "other types": `{"width":"wide"}`, "zeroes": `{"width":0,"height":0,"zoom":0}`,
		"far away": `{"x":99999999,"y":0,"placed":true,"zoom":1e300}`,
	} {
		dir := t.TempDir()
		if err := os.WriteFile(filepath.Join(dir, "window.json"), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		if got := window.LoadPlace(dir); got != usual {
			t.Errorf("%s: got %+v, want %+v", name, got, usual)
		}
	}
	dir := t.TempDir()
	if err := os.WriteFile(filepath.Join(dir, "window.json"), []byte(`{"width":1,"height":999999}`), 0o600); err != nil {
		t.Fatal(err)
	}
	if got := window.LoadPlace(dir); got.Width != window.MinWidth || got.Height > 20000 {
		t.Errorf("a window of 1 × 999999 became %d × %d", got.Width, got.Height)
	}
}

func TestFit(t *testing.T) {
	left, right := window.Area{X: 0, Y: 25, Width: 1440, Height: 875}, window.Area{X: 1440, Y: 0, Width: 2560, Height: 1440}
	for _, tt := range []struct {
		name  string
		in    window.Place
		areas []window.Area
		want  [4]int
	}{
		{"inside", window.Place{Placed: true, X: 100, Y: 100, Width: 800, Height: 600}, []window.Area{left}, [4]int{100, 100, 800, 600}},
		{"on the second screen", window.Place{Placed: true, X: 1500, Y: 10, Width: 800, Height: 600}, []window.Area{left, right}, [4]int{1500, 10, 800, 600}},
		{"the second screen went", window.Place{Placed: true, X: 1500, Y: 10, Width: 800, Height: 600}, []window.Area{left}, [4]int{640, 25, 800, 600}},
		{"mostly on the second", window.Place{Placed: true, X: 1300, Y: 10, Width: 800, Height: 600}, []window.Area{left, right}, [4]int{1440, 10, 800, 600}},
		{"title bar above the top", window.Place{Placed: true, X: 100, Y: -300, Width: 800, Height: 600}, []window.Area{left}, [4]int{100, 25, 800, 600}},
		{"too large", window.Place{Placed: true, X: 0, Y: 0, Width: 4000, Height: 3000}, []window.Area{left}, [4]int{0, 25, 1440, 875}},
		{"first time", window.Place{Width: 800, Height: 600}, []window.Area{left}, [4]int{320, 162, 800, 600}},
		{"a tiny screen", window.Place{Width: 800, Height: 600}, []window.Area{{Width: 640, Height: 400}}, [4]int{0, 0, 720, 480}},
		{"no screen known", window.Place{Placed: true, X: 7, Y: 8, Width: 800, Height: 600}, nil, [4]int{7, 8, 800, 600}},
	} {
		p := tt.in.Fit(tt.areas)
		if got := [4]int{p.X, p.Y, p.Width, p.Height}; got != tt.want {
			t.Errorf("%s: got %v, want %v", tt.name, got, tt.want)
		}
	}
}

func TestZoom(t *testing.T) {
	z, steps := 1.0, 0
	for z < 3 && steps < 100 {
		next := window.NextZoom(z, 1)
		if next <= z {
			t.Fatalf("after %v comes %v", z, next)
		}
		if back := window.NextZoom(next, -1); back != z {
			t.Errorf("before %v comes %v, want %v", next, back, z)
		}
		z, steps = next, steps+1
	}
	for _, tt := range []struct {
		z    float64
		by   int
		want float64
	}{{3, 1, 3}, {0.5, -1, 0.5}, {1.75, 0, 1}} {
		if got := window.NextZoom(tt.z, tt.by); got != tt.want {
			t.Errorf("zoom %v by %d is %v, want %v", tt.z, tt.by, got, tt.want)
		}
	}
}
