//go:build cgo

package main

/*
#cgo LDFLAGS: -ldl
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <pthread.h>
#include <sys/prctl.h>

// While anything runs, a thread of Go's own wakes up every 20 µs to see whether that is
// stuck (runtime.sysmon, Go 1.26). It does so from the moment that a look at LM Studio is
// due, which the system may tell the others 5 ms late, until the answer was taken in: up
// to 70 times for a look, which is most of how often an idle agent wakes up at all. The
// system may let a wake-up come late, together with others, by as much as the thread's
// timer slack (prctl(2)). 1 ms rather than 50 µs is a tenth of what that thread waits by
// itself where nothing happens, so Go does without it for longer than that anyway.
//
// A thread cannot be given its slack by another, but inherits it. That one is the first
// that Go starts, from the thread that the program begins with, before anything of ours
// runs in Go. So the slack is set before Go begins, and put back once there is a second
// thread: no other has it, nor a program that is started from here.
enum { slack = 1000 * 1000 };

static int begun;

__attribute__((constructor)) static void begin(void) { begun = prctl(PR_SET_TIMERSLACK, (unsigned long)slack, 0, 0, 0) == 0; }

int pthread_create(pthread_t *thread, const pthread_attr_t *attr, void *(*run)(void *), void *arg) {
	int (*create)(pthread_t *, const pthread_attr_t *, void *(*)(void *), void *) = dlsym(RTLD_NEXT, "pthread_create");
	if (create == NULL) {
		return EAGAIN;
	}
	int err = create(thread, attr, run, arg);
	if (begun) { // there was one thread until now
		begun = 0;
		prctl(PR_SET_TIMERSLACK, 0UL, 0, 0, 0); // 0 is what it began with
	}
	return err;
}
*/
import "C"
