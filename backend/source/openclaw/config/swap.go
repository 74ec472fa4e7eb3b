package config

import "os"

// placeByLink puts a file where none is by giving it a second name first, which
// fails where the name is taken.
func placeByLink(from, to string) error {
	if err := os.Link(from, to); err != nil {
		return err
	}
	return os.Remove(from)
}
