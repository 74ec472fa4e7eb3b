package main

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"time"

	"pilotlight/window/windowtest"
)

// windowOpens opens and closes the real window on a desktop without a screen.
// Ready is when the title is what the page makes of the agent's state: then
// the page is drawn and its events come.
func (b *bench) windowOpens() error {
	const runs = 7
	if err := windowtest.Missing(); err != nil {
		return err
	}
	desktop, err := windowtest.Start(filepath.Join(b.tmp, "desktop"), 1400, 1000)
	if err != nil {
		return err
	}
	defer desktop.Close()
	before, err := b.agent.rss()
	if err != nil {
		return err
	}
	var took, memory []float64
	for range runs {
		ms, mb, err := b.windowOnce(desktop)
		if err != nil {
			return err
		}
		took, memory = append(took, ms), append(memory, mb)
	}
	// What the last window's requests have left is given back at the third look after it.
	time.Sleep(20 * time.Second)
	after, err := b.agent.rss()
	if err != nil {
		return err
	}
	b.add(fmt.Sprintf("window ready (median of %d)", runs), median(took), "%.0f", 1500, "ms")
	b.note("  the first", fmt.Sprintf("%.0f ms", took[0]))
	b.note("  its memory while open (PSS of all its processes)", fmt.Sprintf("%.0f MB", median(memory)))
	b.add(fmt.Sprintf("more RSS of the agent after %d windows", runs), max(0, after.total-before.total), "%.2f", 2, "MB")
	b.note("  of it anonymous, the rest being pages of the program's file", fmt.Sprintf("%+.2f MB", after.anonymous-before.anonymous))
	return nil
}

// windowOnce gives the milliseconds until a window is ready, and its memory in
// units of 1,000,000 bytes.
func (b *bench) windowOnce(desktop *windowtest.Desktop) (ms, mb float64, err error) {
	env := []string{"PILOTLIGHT_HOME=" + b.home}
	started := time.Now()
	p, err := desktop.Run(env, filepath.Join(b.root, "bin", "pilotlight-window"))
	if err != nil {
		return 0, 0, err
	}
	defer p.Stop()
	var w windowtest.Window
	err = windowtest.Within(30*time.Second, "the window shows what the agent says", func() bool {
		w, _ = desktop.Find(p.PID())
		return strings.HasSuffix(w.Title, " is warm · Pilotlight")
	})
	if err != nil {
		return 0, 0, fmt.Errorf("%w; its title is %q\n%s", err, w.Title, p.Output())
	}
	ms = float64(time.Since(started).Microseconds()) / 1000
	time.Sleep(time.Second)
	for _, pid := range p.Family() {
		mb += pss(pid)
	}
	if _, err := desktop.Tool("wmctrl", "-i", "-c", w.ID); err != nil {
		return 0, 0, err
	}
	<-p.Ended()
	return ms, mb, nil
}

// pss is a process's share of the memory, in units of 1,000,000 bytes: pages
// that several processes have count once in all.
func pss(pid int) float64 {
	text, err := os.ReadFile(fmt.Sprintf("/proc/%d/smaps_rollup", pid))
	if err != nil {
		return 0
	}
	var kb float64
	for line := range strings.Lines(string(text)) {
		if _, err := fmt.Sscanf(line, "Pss: %f kB", &kb); err == nil {
			break
		}
	}
	return kb * 1024 / 1e6
}
