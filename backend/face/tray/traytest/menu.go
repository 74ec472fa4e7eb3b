package traytest

import (
	"fmt"
	"strings"
	"time"

	"github.com/godbus/dbus/v5"
)

const menuName = "com.canonical.dbusmenu"

// Icon is an icon that registered.
type Icon struct {
	conn  *dbus.Conn
	owner string
	obj   dbus.BusObject
	menu  dbus.BusObject
}

// Entry is one line of a menu as a panel would draw it; invisible ones are
// left out.
type Entry struct {
	ID        int32
	Text      string
	Enabled   bool
	Separator bool
	Checkable bool
	Checked   bool
	Children  []Entry
}

// String draws a menu as text.
func (e Entry) String() string {
	var b strings.Builder
	for _, c := range e.Children {
		c.draw(&b, "")
	}
	return b.String()
}

func (e Entry) draw(b *strings.Builder, indent string) {
	mark := ""
	switch {
	case e.Separator:
		b.WriteString(indent + "—\n")
		return
	case e.Checked:
		mark = "[x] "
	case e.Checkable:
		mark = "[ ] "
	}
	off := ""
	if !e.Enabled {
		off = " (off)"
	}
	fmt.Fprintf(b, "%s%s%s%s\n", indent, mark, e.Text, off)
	for _, c := range e.Children {
		c.draw(b, indent+"    ")
	}
}

// Find gives the first entry whose text contains part.
func (e Entry) Find(part string) (Entry, bool) {
	for _, c := range e.Children {
		if strings.Contains(c.Text, part) {
			return c, true
		}
		if f, ok := c.Find(part); ok {
			return f, true
		}
	}
	return Entry{}, false
}

// Property reads one property of the icon, as IconName or Status.
func (i *Icon) Property(name string) (any, error) {
	v, err := i.obj.GetProperty(itemName + "." + name)
	return v.Value(), err
}

// layout is what GetLayout answers: an item with its properties and children.
type layout struct {
	ID       int32
	Props    map[string]dbus.Variant
	Children []dbus.Variant
}

// Menu reads the whole menu.
func (i *Icon) Menu() (Entry, error) {
	m, err := i.menuObject()
	if err != nil {
		return Entry{}, err
	}
	var revision uint32
	var l layout
	err = m.Call(menuName+".GetLayout", 0, int32(0), int32(-1), []string{}).Store(&revision, &l)
	if err != nil {
		return Entry{}, fmt.Errorf("read the menu: %w", err)
	}
	return entry(l)
}

func (i *Icon) menuObject() (dbus.BusObject, error) {
	if i.menu == nil {
		v, err := i.Property("Menu")
		if err != nil {
			return nil, fmt.Errorf("ask for the menu: %w", err)
		}
		path, ok := v.(dbus.ObjectPath)
		if !ok {
			return nil, fmt.Errorf("the menu is a %T", v)
		}
		i.menu = i.conn.Object(i.owner, path)
	}
	return i.menu, nil
}

func entry(l layout) (Entry, error) {
	e := Entry{ID: l.ID, Text: text(l.Props["label"]), Enabled: flag(l.Props["enabled"])}
	e.Separator = text(l.Props["type"]) == "separator"
	if text(l.Props["toggle-type"]) != "" {
		e.Checkable = true
		state, _ := l.Props["toggle-state"].Value().(int32)
		e.Checked = state == 1
	}
	for _, c := range l.Children {
		var k layout
		if err := dbus.Store([]any{c.Value()}, &k); err != nil {
			return e, fmt.Errorf("read an entry: %w", err)
		}
		if !flag(k.Props["visible"]) {
			continue
		}
		child, err := entry(k)
		if err != nil {
			return e, err
		}
		e.Children = append(e.Children, child)
	}
	return e, nil
}

func text(v dbus.Variant) string {
	s, _ := v.Value().(string)
	return strings.ReplaceAll(s, "__", "_") // an underscore marks the key to press
}

// flag is a property that is true where it is left out.
func flag(v dbus.Variant) bool {
	b, ok := v.Value().(bool)
	return b || !ok
}

// Click clicks an entry, as a panel does after a person did.
func (i *Icon) Click(id int32) error {
	m, err := i.menuObject()
	if err != nil {
		return err
	}
	return m.Call(menuName+".Event", 0, id, "clicked", dbus.MakeVariant(int32(0)), uint32(time.Now().Unix())).Err
}

// Changes tells, until the bus ends, when something in the menu changed.
func (i *Icon) Changes() (<-chan time.Time, error) {
	if _, err := i.menuObject(); err != nil {
		return nil, err
	}
	err := i.conn.AddMatchSignal(dbus.WithMatchInterface(menuName), dbus.WithMatchSender(i.owner))
	if err != nil {
		return nil, err
	}
	signals, changed := make(chan *dbus.Signal, 1024), make(chan time.Time, 1024)
	i.conn.Signal(signals)
	go func() {
		defer close(changed)
		for s := range signals {
			if strings.HasPrefix(s.Name, menuName) {
				select {
				case changed <- time.Now():
				default:
				}
			}
		}
	}()
	return changed, nil
}
