package windowtest

import (
	"fmt"
	"strconv"
	"strings"
	"time"
)

// Window is one window on the desktop, as the window manager tells.
type Window struct {
	ID                  string
	PID                 int
	Title               string
	X, Y, Width, Height int // without the window manager's frame
}

// Windows are all windows that the window manager has.
func (d *Desktop) Windows() ([]Window, error) {
	text, err := d.Tool("wmctrl", "-l", "-p", "-G")
	if err != nil {
		return nil, err
	}
	var all []Window
	for line := range strings.Lines(text) {
		// id desktop pid x y width height host title
		f := strings.Fields(line)
		if len(f) < 8 {
			continue
		}
		w := Window{ID: f[0], Title: strings.Join(f[8:], " ")}
		for i, to := range map[int]*int{2: &w.PID, 3: &w.X, 4: &w.Y, 5: &w.Width, 6: &w.Height} {
			if *to, err = strconv.Atoi(f[i]); err != nil {
				return nil, fmt.Errorf("read %q: %w", line, err)
			}
		}
		all = append(all, w)
	}
	return all, nil
}

// Find is the window of a process.
func (d *Desktop) Find(pid int) (Window, bool) {
	all, _ := d.Windows()
	for _, w := range all {
		if w.PID == pid {
			return w, true
		}
	}
	return Window{}, false
}

// Titled waits until the window of a process has a title.
func (d *Desktop) Titled(p *Process, title string, limit time.Duration) (Window, error) {
	var w Window
	err := Within(limit, fmt.Sprintf("the window is called %q", title), func() bool {
		w, _ = d.Find(p.PID())
		return w.Title == title
	})
	if err != nil {
		err = fmt.Errorf("%w; it is called %q\n%s", err, w.Title, p.Output())
	}
	return w, err
}

// Active is the window that has the focus.
func (d *Desktop) Active() (id string, err error) {
	text, err := d.Tool("xdotool", "getactivewindow")
	if err != nil {
		return "", err
	}
	n, err := strconv.Atoi(text)
	return fmt.Sprintf("0x%08x", n), err
}

// Keys presses keys, one after the other, as a person with the focus would.
func (d *Desktop) Keys(keys ...string) error {
	_, err := d.Tool("xdotool", append([]string{"key", "--delay", "60"}, keys...)...)
	return err
}

// Click clicks at a place of the desktop. xdotool's --sync would wait for a
// pointer that is there already.
func (d *Desktop) Click(x, y int) error {
	_, err := d.Tool("xdotool", "mousemove", strconv.Itoa(x), strconv.Itoa(y), "click", "1")
	return err
}
