package fit

import "fmt"

const (
	gigabyte = 1_000_000_000
	gibibyte = 1 << 30
)

// GB writes a size on disk as people read it, in units of 1,000,000,000 bytes,
// as Finder and LM Studio do.
func GB(bytes int64) string { return inUnits(bytes, gigabyte) }

// RAM writes memory as people read it, in units of 2³⁰ bytes that are called GB,
// as Activity Monitor does: a Mac that was sold with 512 GB has 512 GB.
func RAM(bytes int64) string { return inUnits(bytes, gibibyte) }

func inUnits(bytes int64, unit float64) string {
	g := float64(bytes) / unit
	if g < 9.95 {
		return fmt.Sprintf("%.1f GB", g)
	}
	return fmt.Sprintf("%.0f GB", g)
}
