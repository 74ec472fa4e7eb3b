//go:build !linux

package main

// giveBackPages does nothing: only Linux lets a program give its own pages back.
func giveBackPages() {}
