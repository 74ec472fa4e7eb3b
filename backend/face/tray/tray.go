//go:build !headless && cgo && (linux || darwin)

package tray

import (
	"context"
	"runtime"

	"github.com/getlantern/systray"

	"pilotlight/backend/rule/say"
)

// Built says whether this program was built with a menu bar.
const Built = true

// Run shows the icon until ctx ends or a person quits. It must be called on the
// process's main thread and takes it for itself, as macOS and GTK want it; it
// can be called once. An error says why there is no icon; the agent runs on
// without it. Where the display goes away later, Run never returns: see
// Options.Lost.
func Run(ctx context.Context, a Agent, o Options) error {
	icons, err := drawIcons()
	if err != nil {
		return err
	}
	if err := prepare(o); err != nil {
		return err
	}
	s := &bar{icons: icons, slots: map[string]*slot{}}
	r := newRunner(a, s, o)
	ended := make(chan struct{})
	systray.Run(func() {
		// The items are made here, and the rest goes on beside: the library wants
		// this function to return.
		s.build(ctx, r)
		go func() {
			defer close(ended)
			defer systray.Quit()
			r.run(ctx)
		}()
	}, nil)
	<-ended
	return nil
}

// bar is the menu on the screen. The library can hide an item but not remove
// one, so all that may ever be needed are made at the start.
type bar struct {
	icons map[say.Flame][]byte
	slots map[string]*slot
}

type slot struct {
	item    *systray.MenuItem
	checked bool
}

// build makes the items, hidden.
func (b *bar) build(ctx context.Context, r *runner) {
	for _, p := range layout() {
		s := &slot{}
		switch parent := b.slots[p.under]; {
		case p.id == "":
			systray.AddSeparator()
			continue
		case parent != nil:
			s.item = parent.item.AddSubMenuItem("", "")
		case p.check:
			s.item = systray.AddMenuItemCheckbox("", "", false)
		default:
			s.item = systray.AddMenuItem("", "")
		}
		s.item.Hide()
		b.slots[p.id] = s
		r.wg.Go(func() { listen(ctx, r, p.id, s.item.ClickedCh) })
	}
}

// listen hands an item's clicks over. The library drops a click that nobody
// waits for, which is what should become of clicks that come too fast.
func listen(ctx context.Context, r *runner, id string, clicked <-chan struct{}) {
	for {
		select {
		case <-ctx.Done():
			return
		case <-clicked:
		}
		select {
		case <-ctx.Done():
			return
		case r.clicks <- id:
		}
	}
}

func (b *bar) set(id string, it Item, was *Item) {
	s := b.slots[id]
	if s == nil {
		return // no such place: a test holds View to the layout
	}
	if was == nil || was.Text != it.Text {
		s.item.SetTitle(it.Text)
	}
	// Each of the library's calls writes the whole item, so an item is written
	// once for each thing that differs.
	if it.Off != s.item.Disabled() {
		if it.Off {
			s.item.Disable()
		} else {
			s.item.Enable()
		}
	}
	if on := it.Check == Checked; it.Check != NoCheck && on != s.checked {
		s.checked = on
		if on {
			s.item.Check()
		} else {
			s.item.Uncheck()
		}
	}
}

func (b *bar) hide(id string) {
	if s := b.slots[id]; s != nil {
		s.item.Hide()
	}
}

func (b *bar) icon(shape say.Flame) {
	// The library reads the bytes later, on its own thread: they must stay, and
	// do, as part of b.
	systray.SetTemplateIcon(b.icons[shape], b.icons[shape])
}

func (b *bar) tooltip(text string) { systray.SetTooltip(text) }

// drawIcons draws the four shapes as this system wants them. macOS shows them
// 16 points wide, so 32 pixels are exact where the screen is fine; a panel on
// Linux scales what it gets, and 44 pixels are enough for a fine screen.
func drawIcons() (map[say.Flame][]byte, error) {
	style, px := Coloured, 44
	if runtime.GOOS == "darwin" {
		style, px = Template, 32
	}
	icons := map[say.Flame][]byte{}
	for _, f := range []say.Flame{say.Lit, say.Half, say.Outline, say.Marked} {
		b, err := Icon(f, px, style)
		if err != nil {
			return nil, err
		}
		icons[f] = b
	}
	return icons, nil
}
