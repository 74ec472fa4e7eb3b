// Command icon makes the icons of every size from the one drawing: an .icns for
// macOS and a folder of PNGs for Linux. It reads nothing but the SVG and writes
// nothing but those files.
package main

import (
	"flag"
	"fmt"
	"os"
	"path/filepath"
)

func main() {
	svg := flag.String("svg", "build/icon.svg", "the drawing")
	icns := flag.String("icns", "", "write a macOS icon file here")
	hicolor := flag.String("hicolor", "", "write PNGs below this folder, as icon themes lay them out")
	flag.Parse()
	if err := run(*svg, *icns, *hicolor); err != nil {
		fmt.Fprintln(os.Stderr, "error:", err)
		os.Exit(1)
	}
}

func run(svg, icns, hicolor string) error {
	text, err := os.ReadFile(svg)
	if err != nil {
		return err
	}
	if icns != "" {
		file, err := makeICNS(text)
		if err != nil {
			return err
		}
		if err := write(icns, file); err != nil {
			return err
		}
	}
	if hicolor == "" {
		return nil
	}
	for _, size := range linuxSizes {
		file, err := renderPNG(text, size)
		if err != nil {
			return err
		}
		dir := fmt.Sprintf("%dx%d", size, size)
		if err := write(filepath.Join(hicolor, dir, "apps", "pilotlight.png"), file); err != nil {
			return err
		}
	}
	return write(filepath.Join(hicolor, "scalable", "apps", "pilotlight.svg"), text)
}

func write(path string, data []byte) error {
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil { //nolint:gosec // everybody reads an icon
		return err
	}
	return os.WriteFile(path, data, 0o644) //nolint:gosec // everybody reads an icon
}
