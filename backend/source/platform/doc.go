// Package platform looks at what this machine offers Pilotlight: its folder,
// its port, the window's program, the desktop, the GPU's library. It owns how
// that is found out, and says only what it saw.
//
// It must never judge, never change anything that outlives the look, and never
// wait for long: every probe is bounded by the caller's context.
package platform
