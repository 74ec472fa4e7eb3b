//go:build !linux

package main

import (
	"runtime/debug"
	"time"
)

// startOver is when the agent's start is certainly over.
const startOver = 5 * time.Second

// giveBackStart returns the memory that only the start needed.
func giveBackStart() { debug.FreeOSMemory() }
