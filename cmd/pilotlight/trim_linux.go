//go:build cgo

package main

/*
#include <malloc.h>

static void trim(void) {
#ifdef __GLIBC__
	malloc_trim(0);
#endif
}
*/
import "C"

// trimHeaps returns what SQLite and GTK have freed: the C library keeps it, in a heap
// for every thread that ever asked it for memory (malloc_trim(3)).
func trimHeaps() { C.trim() }
