package journal

import (
	"context"
	"path/filepath"
	"runtime"
	"testing"
	"time"
)

// TestAnUntoldLookComesAlong: while the folders are not there yet they are looked for
// every few seconds, and a program that is awake for something else need not be woken
// for that.
func TestAnUntoldLookComesAlong(t *testing.T) {
	dir := t.TempDir()
	r := New(Config{Places: func() Places { return Places{StateDir: filepath.Join(dir, "none")} }}, nil)
	r.Awake()
	if len(r.awake) > 0 {
		t.Error("a look comes along while one is under way")
	}
	w := r.newWatch()
	defer w.close()
	w.aim(r.cfg.Places())
	if !w.missing {
		t.Fatal("the folders are there")
	}
	ctx, cancel := context.WithCancel(t.Context())
	over := make(chan bool)
	began := time.Now()
	go func() { over <- w.wait(ctx, 0) }()
	for r.due.Load() == never { // until it waits
		runtime.Gosched()
	}
	r.Awake()
	if len(r.awake) > 0 || time.Until(time.Unix(0, r.due.Load())) < missingLook/2 {
		t.Error("a look comes along right after the one before")
	}
	r.due.Store(time.Now().UnixNano())
	r.Awake()
	if !<-over || time.Since(began) >= missingLook {
		t.Error("the look waited for its own time")
	}
	cancel()
	if w.wait(ctx, 0) {
		t.Error("it waits on after its end")
	}
}
