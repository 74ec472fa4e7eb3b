//go:build !linux

package main

// giveBackStart does nothing: only Linux lets a program give its own pages back.
func giveBackStart() {}
