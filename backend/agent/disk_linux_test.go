package agent_test

import (
	"bytes"
	"context"
	"os"
	"path/filepath"
	"slices"
	"syscall"
	"testing"
	"time"

	"pilotlight/backend"
	"pilotlight/backend/agent"
	"pilotlight/backend/source/lmstudio"
	"pilotlight/backend/source/lmstudio/lmstudiotest"
	"pilotlight/backend/source/openclaw/openclawtest"
)

// smallDisk mounts a disk of its own for a state folder.
func smallDisk(t *testing.T) string {
	t.Helper()
	dir, err := os.MkdirTemp("", "pl")
	must(t, err)
	if err := syscall.Mount("tmpfs", dir, "tmpfs", 0, "size=1m,mode=700"); err != nil {
		os.Remove(dir)
		t.Skipf("this machine allows no mounts: %v", err)
	}
	t.Cleanup(func() {
		_ = syscall.Unmount(dir, syscall.MNT_DETACH)
		os.Remove(dir)
	})
	return dir
}

// fill takes all the room of a disk with one file.
func fill(t *testing.T, disk string) (filler string) {
	t.Helper()
	filler = filepath.Join(disk, "filler")
	// It is filled up to the last page by halves; what fits no more is no error here.
	f, err := os.Create(filler)
	must(t, err)
	defer f.Close()
	for size := 1 << 20; size >= 1; size /= 2 {
		for {
			if _, err := f.Write(bytes.Repeat([]byte{'x'}, size)); err != nil {
				break
			}
		}
	}
	return filler
}

// What could not be written was a fallback alone: once it is, nothing is wrong any
// more, although nothing was loaded since.
func TestAFallbackThatCouldNotBeWrittenIsWrittenLater(t *testing.T) {
	t.Parallel()
	disk := smallDisk(t)
	c := startClaw(t, openclawtest.Options{}, nil, func(c *agent.Config, _ *lmstudio.Config) { c.Home = filepath.Join(disk, "s") })
	c.untilListed()
	told := func(st *backend.Status) bool {
		return slices.ContainsFunc(st.Notices, func(n backend.Notice) bool { return n.Code == "history_not_written" })
	}
	filler := fill(t, disk)
	runs := 0
	for ; ; runs++ {
		st, err := c.api.Status(context.Background())
		must(t, err)
		if told(st) {
			break
		}
		if runs == 400 {
			t.Fatal("a full disk is never told")
		}
		_, err = c.oc.Play(openclawtest.Turn{Failures: []openclawtest.Failure{openclawtest.Err500}, Took: time.Second})
		must(t, err)
		time.Sleep(10 * time.Millisecond) // one batch each, so that the log of the database grows
	}
	must(t, os.Remove(filler))
	c.until("the notice taken down", func(st *backend.Status) bool { return !told(st) })
	c.until("every run told of", func(*backend.Status) bool {
		page, err := c.api.Fallbacks(context.Background(), backend.FallbackQuery{Limit: 1000})
		return err == nil && len(page.Items) == runs
	})
}

func TestAFullDiskIsToldAndLosesNothing(t *testing.T) {
	t.Parallel()
	disk := smallDisk(t)
	r := start(t, lmstudiotest.Options{}, func(c *agent.Config, _ *lmstudio.Config) { c.Home = filepath.Join(disk, "s") })
	r.keepHero(backend.Always, 0)
	r.untilStory(hero + " loaded keep_warm")

	filler := fill(t, disk)
	// Each round writes a few rows, until the log of the database has no room.
	for i := 0; ; i++ {
		st, err := r.api.Status(context.Background())
		must(t, err)
		if len(st.Notices) > 0 {
			if n := st.Notices[0]; n.Code != "history_not_written" || n.Hint == "" {
				t.Fatalf("notice %+v", n)
			}
			break
		}
		if i == 20 {
			t.Fatal("a full disk is never told")
		}
		if _, err := r.api.Load(context.Background(), "", second, nil); err != nil {
			t.Fatalf("load: %v", err)
		}
		if _, err := r.api.Unload(context.Background(), "", second, false); err != nil {
			t.Fatalf("unload: %v", err)
		}
	}
	r.untilKeep(backend.KeepWarm, "") // the main job goes on
	must(t, os.Remove(filler))
	r.until("the notice taken down", func(st *backend.Status) bool { return len(st.Notices) == 0 })
	story := r.story()
	loads, unloads := 0, 0
	for _, line := range story {
		switch line {
		case second + " loaded user":
			loads++
		case second + " unloaded user":
			unloads++
		}
	}
	if loads == 0 || loads != unloads {
		t.Errorf("%d loads and %d unloads are in the history: %v", loads, unloads, story)
	}
}

func TestAReadOnlyStateFolderIsTold(t *testing.T) {
	t.Parallel()
	disk := smallDisk(t)
	cfg := spare(t)
	cfg.Home = filepath.Join(disk, "s")
	must(t, os.Mkdir(cfg.Home, 0o700))
	must(t, syscall.Mount("tmpfs", disk, "tmpfs", syscall.MS_REMOUNT|syscall.MS_RDONLY, "size=1m"))
	wantCode(t, agent.Run(context.Background(), cfg), backend.CodeInternal)
}
