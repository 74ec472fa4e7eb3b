//go:build !cgo

package store

// resultOf finds nothing: without cgo the driver is a stub that cannot open a
// database. The file is there so that the package can be checked for other
// systems.
func resultOf(error) (result, bool) { return result{}, false }
