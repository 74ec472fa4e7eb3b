// Package frontend carries the built dashboard inside the agent's binary. It
// owns nothing but the files: who may read them, and under which headers, is
// for the API to say.
package frontend

import (
	"embed"
	"io/fs"
)

// all: takes in .gitkeep, so that the package compiles before the dashboard
// was ever built, and without Node.
//
//go:embed all:dist
var dist embed.FS

// Dist is the root of the built dashboard. It has no index.html when the
// dashboard was not built before the agent; the caller tells people so.
func Dist() (fs.FS, error) { return fs.Sub(dist, "dist") }
