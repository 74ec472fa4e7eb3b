package journal

import (
	"context"
	"os"
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
	if len(w.missing) == 0 {
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

// TestOnlyWhatIsMissingIsLookedFor: while a folder is not there yet, nothing else is
// read again for it; once it is, everything is.
func TestOnlyWhatIsMissingIsLookedFor(t *testing.T) {
	if !watchFolders {
		t.Skip("where folders are not watched, they are looked at now and then anyway")
	}
	dir := t.TempDir()
	places := Places{LogFile: filepath.Join(dir, "openclaw.log"), StateDir: dir}
	r := New(Config{Places: func() Places { return places }}, nil)
	w := r.newWatch()
	defer w.close()
	if !w.aim(places).all {
		t.Error("the first look is not at everything")
	}
	w.looked = w.looked.Add(-missingLook)
	if due := w.aim(places); due.all {
		t.Error("everything is looked at again, and nothing was told or appeared")
	}
	if err := os.Mkdir(filepath.Join(dir, "agents"), 0o700); err != nil {
		t.Fatal(err)
	}
	if !w.aim(places).all || len(w.missing) > 0 {
		t.Errorf("the folder is there, and is not looked at; %q is missing", w.missing)
	}
	places.StateDir = filepath.Join(dir, "none")
	w.aim(places)
	w.looked = w.looked.Add(-restLook)
	if !w.aim(places).all {
		t.Error("what is missing keeps everything from being looked at for good")
	}
}
